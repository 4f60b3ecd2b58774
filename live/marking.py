"""An element that follows what it shows: its topics stand on it, signed, and the page's client reads them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.identity import current_identity
from live.tokens import signed
from live.tracking import Reads, tracking

__all__ = ["Drawing", "attributes_of", "inspect_by", "live_element", "marked"]


Drawing = Callable[[], tuple[SafeString, Reads]]
# Draws what it is given, and says on it what it is made of: see ``inspect_by``.
Inspector = Callable[[HttpRequest, str, tuple[str, str], Drawing], SafeString]

_inspectors: list[Inspector] = []


def inspect_by(inspector: Inspector) -> None:
    """Let ``inspector(request, dom_id, of, draw)`` draw the elements that say what they are ``of``."""
    _inspectors[:] = [inspector]


def live_element(
    dom_id: str,
    render: Callable[[], SafeString],
    request: HttpRequest | None = None,
    *,
    of: tuple[str, str] = ("", ""),
) -> SafeString:
    """The HTML of ``render()``, whose element ``dom_id`` is fetched again when what it read has changed.

    For a part of an ordinary view; the widgets of a page are live by themselves. ``of`` are the kind and the
    name of the declared thing that it shows, for whoever inspects the page with this ``request``.

    Example: ``live_element("table-threads", lambda: render_table(request, threads, key="threads"))``
    """

    def drawn() -> tuple[SafeString, Reads]:
        with tracking() as reads:
            html = render()
        return marked(html, dom_id, reads), reads

    if request is None or not _inspectors:
        return drawn()[0]
    return _inspectors[0](request, dom_id, of, drawn)


def marked(
    html: SafeString, dom_id: str, reads: Reads, *, digest: str = "", every: float | None = None
) -> SafeString:
    """``html`` with the attributes of a live element where ``id="<dom_id>"`` first stands in it.

    With ``every`` an open page asks for it again after so many seconds, whatever it read: see ``every.js``.
    """
    attributes = attributes_of(reads, digest=digest, every=every)
    mark = f' id="{escape(dom_id)}"'
    if not dom_id or not attributes or mark not in html:
        return html
    return SafeString(html.replace(mark, mark + attributes, 1))  # escaped where they were made


def attributes_of(reads: Reads, *, digest: str = "", every: float | None = None) -> str:
    """`` data-live="…" data-digest="…"``, signed for the identity that acts; each only where there is one."""
    parts = []
    if reads.topics:
        parts.append(f' data-live="{escape(signed(reads.topics, current_identity()))}"')
    if digest:
        parts.append(f' data-digest="{escape(digest)}"')
    if every is not None:
        parts.append(f' data-refresh="{every:g}"')
    return "".join(parts)
