"""The sidebar's entries for one identity."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.identity import Identity
from conversations.declarations import message_handlers
from pages.declarations import Link, PageDeclaration, listed

__all__ = ["SidebarEntry", "sidebar_of"]


@dataclass(frozen=True, slots=True)
class SidebarEntry:
    """One line of the sidebar."""

    label: str
    icon: str
    url: str
    is_current: bool


def sidebar_of(request: HttpRequest) -> list[SidebarEntry]:
    """The pages and links that the request's identity may see, in order."""
    identity: Identity = getattr(request, "identity", None) or Identity()
    entries = [_entry(item, request) for item in listed() if allows(item.access, identity)]
    if identity.is_authenticated and any(allows(one.access, identity) for one in message_handlers):
        url = reverse("conversations:index")
        entries.append(SidebarEntry(_("Conversations"), "message-circle", url, request.path.startswith(url)))
    if any(entry.is_current for entry in entries):
        return entries
    # A record's page stands in no sidebar: it belongs to the page that one came from.
    came_from = _came_from(request)
    return [replace(entry, is_current=entry.url == came_from) for entry in entries]


def _came_from(request: HttpRequest) -> str:
    try:
        return request.GET.get("next", "").partition("?")[0]
    except SuspiciousOperation:  # more parameters than are read: this is the page that says so
        return ""


def _entry(item: PageDeclaration | Link, request: HttpRequest) -> SidebarEntry:
    url = item.address()
    # The first page answers at "/" too, so the address alone does not say where one is.
    is_current = item is getattr(request, "page", None) or url == request.path
    return SidebarEntry(str(item.label), item.icon, url, is_current)
