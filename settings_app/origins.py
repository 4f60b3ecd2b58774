"""Where a value comes from, in the words that a control says it with: "From Acme, set by Ana on 3 May"."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.roles import organization_name
from capsule.identity import Identity
from capsule.scopes import Scope
from settings_app.layers import Layer, Origin
from settings_app.memory import current_memory
from settings_app.whose import people_named

__all__ = ["day_in_words", "layer_in_words", "origin_in_words", "person_in_words"]


def origin_in_words(origin: Origin, layer: Scope, identity: Identity) -> SafeString | str:
    """From which layer, who set it and when; empty for the default. ``layer`` is the one that is shown."""
    if origin.layer == "default" or origin.set_at is None:
        return ""
    who = person_in_words(origin.set_by, origin.layer, identity)
    when = day_in_words(origin.set_at)
    if origin.layer == layer:
        return format_html(_("Set by {who} on {when}") if who else _("Set on {when}"), who=who, when=when)
    sentence = _("From {where}, set by {who} on {when}") if who else _("From {where}, set on {when}")
    return format_html(sentence, where=_source_in_words(origin.layer, identity), who=who, when=when)


def layer_in_words(layer: Scope, identity: Identity) -> str:
    """For whom a value of the layer holds, as the scope menu says it.

    Example: ``layer_in_words("app", identity) == "For everybody"``
    """
    if layer == "session":
        return _("For this conversation")
    if layer == "user" or (layer == "owner" and identity.organization_id is None):
        return _("For me")
    if layer == "owner":
        return _("For %(organization)s") % {"organization": organization_name(identity)}
    return _("For everybody")


def person_in_words(person_id: str, layer: Layer, identity: Identity) -> str:
    """Who it was, as far as this identity is told; empty for nobody, and for who is not to be named.

    Members know who sets what is their organisation's. Who sets what is everybody's is for staff to know.
    """
    if not person_id:
        return ""
    if person_id == identity.user_id:
        return _("you")
    return _name_of(person_id) if layer != "app" or identity.is_staff else ""


def day_in_words(at: datetime) -> SafeString:
    """The day, without its year while that is this year's; the moment as its title."""
    local, now = timezone.localtime(at), timezone.localtime()
    day = date_format(local, "MONTH_DAY_FORMAT" if local.year == now.year else "DATE_FORMAT")
    exact = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, day)


def _source_in_words(layer: Layer, identity: Identity) -> str:
    if layer == "owner":
        return organization_name(identity) or _("your organisation")
    return _("your own settings") if layer == "user" else _("the site")


def _name_of(person_id: str) -> str:
    """Remembered until the request ends; all who set what it has read by one query."""
    memory = current_memory()
    if memory is None:
        return people_named([person_id]).get(person_id, "")
    if person_id not in memory.people:
        set_by = {one.set_by for found in memory.snapshots.values() for one in found.stored.values()}
        wanted = {person_id, *set_by} - memory.people.keys()
        names = people_named(wanted)
        memory.people.update({one: names.get(one, "") for one in wanted})
    return memory.people[person_id]
