"""What is noted while a part of a page is drawn for somebody who inspects; it stands on the part's element.

Signed for whom it was drawn for, so that asking for more needs no memory of the server's and tells nobody
else anything. Nothing of it is worked out, and nothing counted, for whoever does not inspect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from html import escape
from time import time
from typing import Any, Final, Literal

from django.core import signing
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.costs import Cost, costing
from capsule.errors import CapsuleError
from capsule.http import requested_widget
from capsule.identity import Identity, current_identity
from capsule.refreshing import refresh_of
from capsule.widgets import Widget
from live.marking import Drawing
from live.tracking import Reads
from pages.inspecting.access import is_inspecting
from pages.inspecting.behind import LAYERS, Behind, Layer, behind, is_arranging

__all__ = ["Facts", "How", "cost_of_page", "drawn_for", "facts_in", "page_attributes", "with_facts"]

# Why it was drawn: with its page, by itself, or by a page that was open, because what it read has changed
# ("changed") or what it is given ("given").
How = Literal["page", "part", "changed", "given"]

OLDEST: Final = 12 * 3600  # seconds, as long as a session without a visit
MOST_TOPICS: Final = 100
_FIRST_TAG: Final = re.compile(r"\s*<(?!template\b)[a-zA-Z][\w-]*")


@dataclass(frozen=True)
class Facts:
    """What is known of one drawing of one part. ``things`` are kinds and names: see ``behind``."""

    widget: str  # its class, or "" where it is the page itself
    dom_id: str
    things: list[tuple[str, str]]
    page: str  # the name of a declared page, else nothing
    view: str  # where the function of an ordinary view stands, else nothing
    topics: dict[str, int]
    queries: int | None  # None where nobody counted: what an ordinary view does itself
    seconds: float
    caches: list[tuple[str, bool, float | None]]
    at: float
    how: How
    more_topics: int = 0


def with_facts(
    html: SafeString, widget: Widget, request: HttpRequest, reads: Reads, cost: Cost
) -> SafeString:
    """A widget's HTML, whose first element carries what it is made of. What only arranges others does not."""
    try:
        dom_id = widget.dom_id
        if is_arranging(widget):
            return html
    except CapsuleError:  # its own name is a mistake, which its frame says
        return html
    return _marked(html, behind(widget), _facts(request, reads, cost, type(widget).__name__, dom_id))


def drawn_for(request: HttpRequest, dom_id: str, of: tuple[str, str], draw: Drawing) -> SafeString:
    """An element of an ordinary view: see ``live.marking.live_element``."""
    if not is_inspecting(request):
        return draw()[0]
    with costing() as cost:
        html, reads = draw()
    return _marked(html, Behind((of,)), _facts(request, reads, cost, _("Part"), dom_id))


def _marked(html: SafeString, found: Behind, facts: Facts) -> SafeString:
    said = _("Page only") if found.layer == "page" else f"{LAYERS[found.layer]} {found.name}"
    attributes = _attributes(replace(facts, things=[*found.things]), found.layer, said)
    # Escaped where it was made.
    return SafeString(_FIRST_TAG.sub(lambda tag: tag[0] + attributes, html, count=1))


@contextmanager
def cost_of_page(request: HttpRequest) -> Iterator[None]:
    """What the block costs is the page's own: what its function does."""
    if not is_inspecting(request):
        yield
        return
    with costing() as cost:
        request.__dict__["page_cost"] = cost
        yield


def page_attributes(request: HttpRequest, reads: Reads) -> str:
    """What the page's main element carries, besides its topics; nothing for whoever does not inspect."""
    if not is_inspecting(request):
        return ""
    cost: Cost | None = request.__dict__.get("page_cost")
    facts = _facts(request, reads, cost, "", "main")
    layer = _layer_of(reads)
    return _attributes(facts, layer, _("Page") if layer == "page" else f"{_('Page')}: {LAYERS[layer]}")


def _layer_of(reads: Reads) -> Layer:
    """That of what a page's function read itself."""
    kinds = {topic.kind for topic in reads.topics}
    named: dict[str, Layer] = {"conversation": "session", "setting": "setting", "collection": "collection"}
    return next((layer for kind, layer in named.items() if kind in kinds), "page")


def _facts(request: HttpRequest, reads: Reads, cost: Cost | None, widget: str, dom_id: str) -> Facts:
    declaration = request.__dict__.get("page")
    topics = [(str(topic), version) for topic, version in reads.topics.items()]
    return Facts(
        widget=widget,
        dom_id=dom_id,
        things=[],
        page="" if declaration is None else declaration.name,
        view="" if declaration is not None else _view_of(request),
        topics=dict(topics[:MOST_TOPICS]),
        more_topics=max(0, len(topics) - MOST_TOPICS),
        queries=None if cost is None else cost.queries,
        seconds=0.0 if cost is None else round(cost.seconds, 6),
        caches=[] if cost is None else [(*asked,) for asked in dict.fromkeys(cost.caches)],
        at=time(),
        how=_how(request, dom_id),
    )


def _how(request: HttpRequest, dom_id: str) -> How:
    refresh = refresh_of(request)
    if refresh is not None:
        return "changed" if dom_id in refresh.stale else "given"
    return "part" if requested_widget(request) else "page"


def _view_of(request: HttpRequest) -> str:
    """``module:line`` of the view that answers; nothing where none does."""
    match = request.resolver_match
    if match is None:
        return ""
    view: Callable[..., Any] = match.func
    while isinstance(view, partial):
        view = view.func
    view = getattr(view, "view_class", view)
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    code = getattr(view, "__code__", None)
    line = f":{code.co_firstlineno}" if code is not None else f".{getattr(view, '__qualname__', '')}"
    return f"{getattr(view, '__module__', '')}{line}"


def _attributes(facts: Facts, layer: Layer, said: str) -> str:
    token = signing.dumps(asdict(facts), salt=_salt(current_identity()), compress=True)
    return (
        f' data-inspect="{escape(token)}" data-inspect-layer="{escape(layer)}" '
        f'data-inspect-name="{escape(said)}"'
    )


def facts_in(token: str) -> Facts | None:
    """The facts that a token carries; ``None`` unless it was made for whoever acts, not long ago."""
    try:
        found: dict[str, Any] = signing.loads(token, salt=_salt(current_identity()), max_age=OLDEST)
        return Facts(**found)
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _salt(identity: Identity) -> str:
    """As of what a page may listen to (``live.tokens``): the token of another identity is simply none."""
    version = getattr(identity.user, "auth_version", 0)
    return f"pages.inspecting:{identity.user_id}:{identity.organization_id}:{version}"
