"""The six who try every door, and what each of them has: a world that one transaction holds.

alice is Acme's admin, bob a member, charlie the admin of a company that is a stranger to them, erin was
removed from Acme and her browser still names it as the active one, dana is staff, and nobody is a visitor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.test import Client

from accounts.invitations import invite
from accounts.models import Membership, Organization, Role, User
from accounts.organizations import remove_member
from capsule import acting_as
from capsule.identity import Identity
from collections_app.declarations import Column
from collections_app.files.keeping import keep
from conversations.blocks import packed
from conversations.models import Author, ChatMessage, Conversation, Kind, Prompt
from conversations.ownership import begin
from conversations.posting import post
from pages import ui
from tests.conftest import PASSWORD, signed_in
from tests.crm.declarations import contacts as crm_contacts
from tests.crm.declarations import places, reminders
from tests.crm.models import Project
from tests.testapp.declared import collections as declared
from tests.testapp.declared.settings import greeting, motto

__all__ = ["NOBODY", "PEOPLE", "WHO", "World", "marker", "settle"]

NOBODY = "nobody"
PEOPLE = ("alice", "bob", "charlie", "erin", "dana")
WHO = (NOBODY, *PEOPLE)
# Whose the things of an organisation are; what is not in Acme or Beta is a person's alone.
COMPANIES = {"acme": ("alice", "bob"), "beta": ("charlie",)}


def marker(share: str) -> str:
    """The text that everything of a share has in it, and nothing else of the site."""
    return f"belongs-to-{share}-alone"


def sharers(share: str) -> tuple[str, ...]:
    """Who may see what is marked with ``share``."""
    return COMPANIES.get(share, (share,))


@dataclass
class World:
    """Who is there, and what lies where. Keys are shares: the name of a person or of a company."""

    people: dict[str, User] = field(default_factory=dict)
    companies: dict[str, Organization] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)  # collection -> share -> id
    conversations: dict[str, Conversation] = field(default_factory=dict)
    sent_files: dict[str, UUID] = field(default_factory=dict)
    prompts: dict[str, UUID] = field(default_factory=dict)
    invitations: dict[str, tuple[UUID, str]] = field(default_factory=dict)  # company -> id and token
    clients: dict[str, Client] = field(default_factory=dict)

    def foreign_markers(self, who: str) -> list[str]:
        """What ``who`` must never read."""
        return [marker(share) for share in (*PEOPLE, *COMPANIES) if who not in sharers(share)]

    @property
    def identities(self) -> dict[str, Identity]:
        """As whom each of the six comes."""
        within = {name: self.companies.get(_company_of(name)) for name in PEOPLE}
        return {NOBODY: Identity(), **{name: Identity.of(self.people[name], within[name]) for name in PEOPLE}}

    def identity(self, share: str) -> Identity:
        """Who writes what belongs to ``share``."""
        if share in COMPANIES:
            return Identity.of(self.people[COMPANIES[share][0]], self.companies[share])
        return Identity.of(self.people[share])


def _company_of(name: str) -> str:
    """Where somebody is a member; nothing for who is in none."""
    return next((company for company, members in COMPANIES.items() if name in members), "")


def settle() -> World:
    """Everybody, and for each share a thing of every kind."""
    world = World()
    for name in PEOPLE:
        make = User.objects.create_superuser if name == "dana" else User.objects.create_user
        world.people[name] = make(f"{name}@example.com", PASSWORD, name=name.title())
    for name, members in COMPANIES.items():
        company = Organization.objects.create(name=name.title(), slug=name)
        world.companies[name] = company
        for at, member in enumerate(members):
            role = Role.MEMBER if at else Role.ADMIN
            Membership.objects.create(organization=company, user=world.people[member], role=role)
    _let_erin_go(world)
    _fill_collections(world)
    _fill_models(world)
    _fill_others(world)
    _sign_in(world)
    return world


def _let_erin_go(world: World) -> None:
    acme, erin = world.companies["acme"], world.people["erin"]
    Membership.objects.create(organization=acme, user=erin, role=Role.MEMBER)
    remove_member(world.people["alice"], acme, erin.pk)
    erin.refresh_from_db()  # what was signed for her before counts no more


def _fill_collections(world: World) -> None:
    for share in (*COMPANIES, "erin", "dana"):
        _add(world, declared.threads, share, {"subject": marker(share), "status": "open"})
        held = ContentFile(marker(share), name=f"{marker(share)}.txt")
        _add(world, declared.intake, share, {"text": marker(share), "file": held})
    for share in PEOPLE:
        _add(world, declared.bookmarks, share, {"title": marker(share)})
    for handle in (declared.everything, declared.contacts, declared.staff_only, declared.guarded):
        key = "text" if handle is declared.everything else "name"
        email = {"email": "all@example.com"} if handle is declared.contacts else {}
        _add(world, handle, "dana", {key: "Everybody's who may come in", **email})


def _add(world: World, handle: Any, share: str, document: dict[str, Any]) -> None:
    with acting_as(world.identity(share)):
        world.rows.setdefault(handle.name, {})[share] = handle.insert_one(document).id


def _fill_models(world: World) -> None:
    for share in COMPANIES:
        project = Project.objects.create(organization=world.companies[share], name=marker(share))
        document = {"project": project.pk, "name": marker(share), "email": f"{share}@example.com"}
        _add(world, crm_contacts, share, document)
    for share in PEOPLE:
        _add(world, reminders, share, {"about": marker(share)})
    _add(world, places, "dana", {"code": "B1", "name": "Berlin"})


def _fill_others(world: World) -> None:
    for share in (*COMPANIES, "erin", "dana"):
        with acting_as(world.identity(share)):
            greeting.set(marker(share))
    for name in PEOPLE:
        with acting_as(world.identity(name)):
            motto.set(marker(name))
        chat = begin(world.identities[name], "test-helper")
        with acting_as(world.identity(name)):
            sent = keep(Column("files", type="file"), ContentFile(marker(name), name=f"{marker(name)}.txt"))
            post(chat, world.people[name], marker(name), files=[sent])
        world.sent_files[name] = UUID(sent["id"])
        world.conversations[name] = chat
        world.prompts[name] = _ask(chat, name)
    for share, members in COMPANIES.items():
        made = invite(world.people[members[0]], world.companies[share], Role.MEMBER)
        world.invitations[share] = (made.invitation.pk, made.token)


def _ask(chat: Conversation, share: str) -> UUID:
    """A turn that showed the person's own records, and asks something that waits."""
    said = {"conversation": chat, "position": 2, "text": marker(share)}
    turn = ChatMessage.objects.create(author=Author.PERSON, sender=chat.user, **said)
    reply = {**said, "author": Author.ASSISTANT, "turn": turn}
    block = packed(ui.Table(declared.bookmarks))
    ChatMessage.objects.create(part=1, kind=Kind.WIDGET, block=block, **reply)
    asked = ChatMessage.objects.create(part=2, kind=Kind.PROMPT, **reply)
    labels = {"approve_label": "Approve", "decline_label": "Decline"}
    return Prompt.objects.create(reply=asked, then="jot", arguments={"text": "noted"}, **labels).pk


def _sign_in(world: World) -> None:
    world.clients[NOBODY] = Client()
    for name in PEOPLE:
        # Erin's browser goes on to say that Acme is active, which must help her nowhere.
        chosen = "acme" if name == "erin" else _company_of(name)
        world.clients[name] = signed_in(world.people[name], world.companies.get(chosen))
    for client in world.clients.values():
        client.raise_request_exception = (
            False  # a page of the suites breaks on purpose: it is answered as others
        )
