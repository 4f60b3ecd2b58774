"""What people do with a thread, by a press at its row: it is closed, or somebody takes care of it."""

from __future__ import annotations

from typing import Annotated

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from capsule import Identity
from collections_app import Row
from handlers import action

__all__ = ["assign", "close"]

Colleague = Annotated[str, Field(title="Colleague", description="A name; blank means you.", max_length=80)]


@action(label=gettext_lazy("Close"), icon="check")
def close(row: Row) -> str:
    """Close a thread."""
    if row["status"] == "closed":
        return _("It is closed already.")
    row.patch({"status": "closed", "closed": timezone.localdate()})
    return _("The thread was closed.")


@action(label=gettext_lazy("Assign"), icon="user-plus")
def assign(row: Row, identity: Identity, colleague: Colleague = "") -> str | dict[str, str]:
    """Who takes care of it?"""
    names = colleagues(identity)
    found = [name for name in names if name.casefold() == colleague.strip().casefold()]
    if colleague.strip() and not found:
        known = {"names": ", ".join(names)}
        return {"colleague": _("Nobody here is called so. There are: %(names)s.") % known}
    name = found[0] if found else names[0]
    row.patch({"assignee": name})
    return _("%(name)s takes care of it.") % {"name": name}


def colleagues(identity: Identity) -> list[str]:
    """The names of whoever is in the same organisation, one's own first."""
    people = get_user_model()._default_manager
    person, organization = identity.user_id or "", identity.organization_id or ""
    mine = people.filter(pk=person)
    others = people.exclude(pk=person).filter(memberships__organization_id=organization, is_active=True)
    return [str(person) for person in (*mine, *others.order_by("name"))]
