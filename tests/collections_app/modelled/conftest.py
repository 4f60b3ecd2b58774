"""Two organisations, each with a project, a label and a contact that the other must never see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import Membership, Organization, User
from capsule import Identity
from tests.crm.models import Contact, Label, Project


@dataclass(frozen=True)
class Side:
    """An organisation, somebody of it, and what it has."""

    identity: Identity
    organization: Organization
    user: User
    project: Project
    label: Label
    contact: Contact


def side(name: str, user: User, organization: Organization) -> Side:
    project = Project.objects.create(organization=organization, name=f"{name} project")
    label = Label.objects.create(organization=organization, word=f"{name} label")
    contact = Contact.objects.create(
        project=project, name=f"{name} Contact", email=f"{name}@example.org".lower()
    )
    contact.labels.add(label)
    identity = Identity.of(user=user, organization=organization)
    return Side(identity, organization, user, project, label, contact)


@pytest.fixture
def ours(alice: User, acme: Organization) -> Side:
    return side("Our", alice, acme)


@pytest.fixture
def theirs(charlie: User) -> Side:
    organization = Organization.objects.create(name="Rivals", slug="rivals")
    Membership.objects.create(organization=organization, user=charlie)
    return side("Their", charlie, organization)


def contact(project: Project, name: str, **values: Any) -> Contact:
    email = f"{name.lower().replace(' ', '.')}@example.org"
    made: Contact = Contact.objects.create(project=project, name=name, email=email, **values)
    return made
