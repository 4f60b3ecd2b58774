"""Where a metric's label leads: a page, an address, or the table of the very rows that it counts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.errors import BadDrawing
from capsule.identity import current_identity
from collections_app.handle import Collection
from collections_app.queries.query import Query
from collections_app.tables import query_pairs
from pages.addresses import link_address
from pages.declarations import PageDeclaration, PageFunction, pages

__all__ = ["address_for", "page_of"]

Link = bool | str | PageFunction[..., Any] | None


def address_for(link: Link, source: object) -> str:
    """The address, or ``""`` where there is none, or none that this person may open.

    ``True`` is the collection's own table with the query's filter in its address; a page is told the filter
    too. Raises ``BadDrawing`` for a filter that no table's address can say, and for an address that is none.
    """
    if link is None or link is False:
        return ""
    if isinstance(link, str):
        address = link_address(link)
        if address is None:
            raise BadDrawing(_("The metric’s address cannot be used."))
        return address
    query = source if isinstance(source, Query) else source.all() if isinstance(source, Collection) else None
    if link is True:
        if query is None:
            raise BadDrawing(_("Only a collection or a query has rows to lead to."))
        return _with_filter(reverse("collections_app:collection", args=[query.collection.name]), query)
    address = _page_address(link)
    return _with_filter(address, query) if address and query is not None else address


def page_of(link: object) -> PageDeclaration | None:
    """The declaration of a page's function; nothing for any other thing.

    Example: ``page_of(overview)``
    """
    name = getattr(link, "__name__", "")
    declared = pages.get(name) if name in pages else None
    return declared if declared is not None and declared.function is link else None


def _page_address(link: Any) -> str:
    declared = page_of(link)
    if declared is None:
        raise BadDrawing(_("A metric leads to a page, an address, or True for its rows."))
    if not allows(declared.access, current_identity()):
        return ""
    try:
        return declared.address()
    except NoReverseMatch:
        raise BadDrawing(_("A metric leads to a page that needs no values: give its address.")) from None


def _with_filter(address: str, query: Query) -> str:
    name = query.collection.name
    try:
        pairs = query_pairs(query, name)
    except ValueError as error:
        # Where only this scope's own columns are in the way it is nobody's mistake.
        if _can_be_said(query, name):
            return ""
        reason = _("No table’s address says this query: %(reason)s.") % {"reason": error}
        advice = _("Give the address of a page: link=page.url().")
        raise BadDrawing(
            _("This metric cannot lead to its rows."), {"link": [f"{reason} {advice}"]}
        ) from None
    if not pairs:
        return address
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(pairs)}"


def _can_be_said(query: Query, name: str) -> bool:
    try:
        query_pairs(query, name, query.collection.declaration)
    except ValueError:
        return False
    return True
