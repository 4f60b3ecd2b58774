"""What the tags of a template draw, as the parts of an ordinary view's page: all, one, or what is new.

The view runs as ever, with its own checks. What it answers stays its answer: a redirect, a refusal, a status,
a header. Only where it drew widgets by our tags, and the request asks for a part, the part takes the place of
the page. ``pages.middleware`` makes a ``Parts`` for each request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from secrets import token_hex

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.safestring import SafeString

from capsule.digests import digest_of
from capsule.errors import AnswerInstead, CapsuleError
from capsule.http import requested_widget
from capsule.refreshing import MAIN, refresh_of
from capsule.widgets import Widget
from live.marking import attributes_of
from live.tracking import Reads
from pages.inspecting.facts import page_attributes
from pages.rendering import VARY, gone, is_ours, render_widget
from pages.shapes import is_part, shape_digest, visible

__all__ = ["Parts", "parts_of"]

# What differs each time though nothing changed: a masked token, a signature that holds a time.
PASSING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"| data-(?:live|inspect)="[^"]*"')
TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
WHOLE_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
READING = ("GET", "HEAD")


def parts_of(request: HttpRequest) -> Parts | None:
    """Those of this request, while its view answers; ``None`` where no view does."""
    return request.__dict__.get("template_parts")


@dataclass(frozen=True)
class Drawn:
    """A widget's HTML, what stands for it in the shape of its page, and whether it can be sent by itself.

    What is no part and holds none (a button) stays as it was drawn, while its page has the same shape.
    """

    html: SafeString
    shape: str
    is_part: bool
    may_hold_parts: bool

    @property
    def is_same(self) -> bool:
        """Whether the client has it already, so that the HTML only points at it."""
        return self.html.startswith("<template data-same")


class Parts:
    """The widgets of one request's templates, and what of them the request asks for."""

    def __init__(self, request: HttpRequest, reads: Reads) -> None:
        self.request = request
        self.reads = reads
        self.refresh = refresh_of(request) if request.headers.get("HX-Request") == "true" else None
        self.wanted = requested_widget(request) if self.refresh is None else None
        self.is_used = False  # a template of this answer knows of us
        self.is_followed = False  # what the view reads makes its page look again
        self._nonce = token_hex(8)
        self._drawn: list[Drawn] = []
        self._part: SafeString | None = None
        self._waiting: dict[str, Widget] = {}  # passed over for now, by what stands in its place
        self._is_inside = False
        self._instead: HttpResponseBase | None = None  # of a form that has received what was sent

    # While the view runs ----------------------------------------------------------------------------

    def follow(self, read: Reads | None = None) -> None:
        """From here on note what the view reads, besides what it has ``read``: its change is the page's."""
        if self.request.method in READING:
            self.is_followed = True
            self.reads.is_paused = False
            self.reads.topics |= read.topics if read is not None else {}

    def leave(self) -> None:
        """The view has answered, or draws its widgets in another way: tags draw what they are given."""
        self.request.__dict__.pop("template_parts", None)

    def marks(self) -> SafeString:
        """What stands in the page's main element, until it is known what the page reads."""
        if not self.is_followed:
            return SafeString("")
        self.is_used = True
        return SafeString(self._mark)

    def draw(self, widget: Widget) -> SafeString:
        """The widget's HTML; what the request does not ask for is passed over."""
        if self._is_inside:  # the template of a widget has tags too
            return render_widget(widget, self.request)
        self.is_used = True
        # A page with widgets is somebody's: Django's cache_page() would show it to everybody.
        self.request._cache_update_cache = False  # type: ignore[attr-defined]
        try:
            return self._asked_for(widget)
        except AnswerInstead as instead:
            if "sent_form" not in self.request.__dict__:
                raise
            # What it has written stays: no error leaves the view, which may be one transaction.
            self._instead = instead.response
            return SafeString("")

    def _asked_for(self, widget: Widget) -> SafeString:
        if self.wanted is None:
            return self._draw(widget)
        found = self._found(widget, self.wanted) if self._part is None else None
        if found is not None:
            self._part = self._html(found)
            return self._part
        place = f"<template data-passed-over={self._nonce}-{len(self._waiting)}></template>"
        self._waiting[place] = widget
        return SafeString(place)

    def _draw(self, widget: Widget) -> SafeString:
        html = self._html(widget)
        try:
            shape = shape_digest(widget, self.request)
            drawn = Drawn(html, shape, is_part(widget), bool(widget.children()))
        except CapsuleError:  # its own name is a mistake, which its HTML says
            drawn = Drawn(html, "", False, True)
        self._drawn.append(drawn)
        return html

    def _html(self, widget: Widget) -> SafeString:
        self._is_inside = True
        if self.refresh is not None:
            self.request.__dict__["whole_refresh"] = self.refresh
        try:
            return render_widget(widget, self.request)
        finally:
            self._is_inside = False
            self.request.__dict__.pop("whole_refresh", None)

    def _found(self, widget: Widget, wanted: str) -> Widget | None:
        try:
            return next((one for one in visible(widget, self.request) if one.dom_id == wanted), None)
        except CapsuleError:
            return None

    # When the view has answered ---------------------------------------------------------------------

    def answer(self, response: HttpResponseBase) -> HttpResponseBase:
        """What the request asks for of the view's own response."""
        if self._instead is not None:
            return self._instead
        if not isinstance(response, HttpResponse) or "html" not in response.get("Content-Type", ""):
            return response
        if self.is_used:
            patch_vary_headers(response, VARY)
            # Its own word for how long a browser may keep it stays; for whom, does not.
            known = "Cache-Control" in response.headers
            patch_cache_control(response, private=True, **({} if known else {"no_cache": True}))
            if self.request.__dict__.get("has_bad_input") and response.status_code == HTTPStatus.OK:
                response.status_code = HTTPStatus.BAD_REQUEST
        if self._part is not None:
            return self._replaced(response, self._with_messages(self._part))
        if response.has_header("Content-Encoding"):  # compressed by the view itself
            return response
        if self.is_used or self._waiting:
            self._complete(response)
        return response

    def _complete(self, response: HttpResponse) -> None:
        content = response.content.decode(response.charset)
        if self.wanted is not None and self._is_gone(self.wanted, response, content):
            get_messages(self.request).used = False  # type: ignore[union-attr] # the page that is loaded next says them
            refusal = gone(self.request)
            response.status_code = refusal.status_code
            self._replaced(response, refusal.content.decode(), "private, no-store")
            return
        for place, widget in self._waiting.items():
            if place in content:
                content = content.replace(place, render_widget(widget, self.request))
        marks = ""
        if response.status_code in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST) and self.request.method in READING:
            digest = self._digest(content)
            if self._mark in content:
                marks = attributes_of(self.reads, digest=digest) + page_attributes(self.request, self.reads)
            if self.refresh is not None and self._is_of_parts(digest):
                # An answer to a form is not what a reader's page is: it goes on without following the view.
                self._replaced(response, self._new_parts(marks if self.refresh.digests.get(MAIN) else ""))
                return
        response.content = content.replace(self._mark, marks)

    def _is_gone(self, wanted: str, response: HttpResponse, content: str) -> bool:
        """Whether a widget of that name is on no part of this page; whose element it is, only ours say."""
        is_page = self.is_used and WHOLE_PAGE.match(content) is not None
        is_fine = HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES
        return is_page and is_fine and is_ours(wanted) and f'id="{escape(wanted)}"' not in content

    def _is_of_parts(self, digest: str) -> bool:
        """Whether the client's page has the shape of this one: what is new finds its place by its id."""
        assert self.refresh is not None
        known = self.refresh.digests.get(MAIN)
        is_same = known in (None, "", digest)
        return self.is_used and is_same and not any(one.may_hold_parts for one in self._drawn)

    def _new_parts(self, marks: str) -> str:
        new = [one.html for one in self._drawn if one.is_part and not one.is_same]
        return render_to_string(
            "pages/_parts.html", {"parts": new, "marks": SafeString(marks)}, request=self.request
        )

    def _digest(self, content: str) -> str:
        """Equal for two pages of the view that differ in nothing but what their widgets show."""
        title = TITLE.search(content)
        inside = content[content.find(self._mark) : content.rfind("</main>")] if self._mark in content else ""
        inside = inside.replace(self._mark, "")
        for one in self._drawn:
            inside = inside.replace(one.html, one.shape, 1)
        return digest_of([title[0] if title else "", PASSING.sub("", inside)])

    def _with_messages(self, part: SafeString) -> str:
        if not get_messages(self.request):
            return part
        return render_to_string("pages/_part.html", {"content": part}, request=self.request)

    def _replaced(
        self, response: HttpResponse, content: str, caching: str = "private, no-cache"
    ) -> HttpResponse:
        """The view's response with the part in place of its page, and without what only holds of the page."""
        response.content = content.encode(response.charset)
        for name in ("Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Expires"):
            del response[name]
        response["Cache-Control"] = caching
        return response

    @property
    def _mark(self) -> str:
        return f' data-marks="{self._nonce}"'
