"""A widget tree as HTML: the whole page, or the one widget that htmx names, from the same address.

Whatever goes wrong in a widget stays in that widget's own frame: the others are shown as ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.costs import costing
from capsule.errors import (
    AnswerInstead,
    BadDrawing,
    BadInput,
    Busy,
    CapsuleError,
    NotDeclared,
    ScopeError,
    TimedOut,
    TooCostly,
    Unavailable,
    sentence_of,
)
from capsule.failures import Failure, failure_of
from capsule.http import error_response, requested_widget, sign_in_url
from capsule.refreshing import MAIN, REFRESH_HEADER, Refresh, refresh_of
from capsule.widgets import Widget, made_at, walk
from handlers.errors import NothingReturned
from live.marking import attributes_of, marked
from live.tracking import Reads, tracking
from pages.inspecting.access import is_inspecting
from pages.inspecting.facts import page_attributes, with_facts
from pages.shapes import is_part, shape_digest, visible

if TYPE_CHECKING:
    from pages.declarations import PageDeclaration

__all__ = ["VARY", "DuplicateKey", "NoticeKind", "answer", "files_of", "gone", "is_ours", "render_widget"]

logger = logging.getLogger("capsule.pages")

# Why a widget is not shown: its visitor is signed out or refused, its address a mistake, it took too long, or
# we failed.
NoticeKind = Literal["signed_out", "refused", "mistake", "timed_out", "failed"]
VARY = ("Accept", "Cookie", "HX-Request", "HX-Target", REFRESH_HEADER)


class DuplicateKey(CapsuleError, ValueError):
    """Two widgets of one kind on a page share a key, so that neither could be fetched by itself."""

    anchor = "duplicatekey"


def render_widget(widget: Widget, request: HttpRequest) -> SafeString:
    """The widget's HTML; where it fails, a notice in its place that says what and offers the next step.

    Its element follows what it read: see ``live.marking``. A widget that the client has already, and that
    would be the same, is only pointed at. For whoever inspects, it says what it is made of.

    Example: ``format_html("<div>{}</div>", render_widget(child, request))``
    """
    if not is_inspecting(request):
        return _followed(widget, request)[0]
    with costing() as cost:
        html, reads = _followed(widget, request)
    return with_facts(html, widget, request, reads, cost)


def _followed(widget: Widget, request: HttpRequest) -> tuple[SafeString, Reads]:
    with tracking() as reads:
        dom_id, html = _rendered(widget, request)
    digest = widget.digest(request) if dom_id and is_part(widget) else ""
    return marked(html, dom_id, reads, digest=digest, every=widget.refreshed_every), reads


def _rendered(widget: Widget, request: HttpRequest) -> tuple[str, SafeString]:
    if widget.answers_alone(request):
        return widget.dom_id, widget.render(request)  # what is wrong with it is the answer, not a notice
    dom_id, made = "", made_at(widget)
    try:
        dom_id = widget.dom_id
        _claim(dom_id, widget, request)
        refresh: Refresh | None = request.__dict__.get("whole_refresh")
        if refresh is not None and is_part(widget) and not refresh.wants(dom_id, widget.digest(request)):
            return "", SafeString(f'<template data-same id="{escape(dom_id)}"></template>')
        return dom_id, widget.render(request)
    except ScopeError:
        return dom_id, _notice(request, dom_id, "signed_out", _("Sign in to see this."))
    except PermissionDenied as error:
        message = str(error) or _("You do not have permission to see this.")
        return dom_id, _notice(request, dom_id, "refused", message)
    except (BadDrawing, NotDeclared, NothingReturned, DuplicateKey) as error:
        fields, failure = getattr(error, "fields", {}), failure_of(error, made)
        return dom_id, _notice(request, dom_id, "mistake", sentence_of(error), fields=fields, failure=failure)
    except BadInput as error:
        request.__dict__["has_bad_input"] = True
        return dom_id, _notice(request, dom_id, "mistake", sentence_of(error), fields=error.fields)
    except (TimedOut, Busy) as error:
        return dom_id, _notice(request, dom_id, "timed_out", str(error))
    except (TooCostly, Unavailable) as error:
        return dom_id, _notice(request, dom_id, "failed", str(error), failure=failure_of(error, made))
    except AnswerInstead:
        raise
    except Exception as error:
        # Whatever it was, its text may hold what this person must not read: the log has it.
        logger.exception("Widget %s failed in request %s", dom_id or widget.kind, _request_id(request))
        message = _("This could not be shown. The error was recorded.")
        return dom_id, _notice(request, dom_id, "failed", message, failure=failure_of(error, made))


def answer(request: HttpRequest, declaration: PageDeclaration, page: Widget) -> HttpResponse:
    """The page in full, only the widget that the request names, or only what is new on a page that is open.

    What is not sent is not evaluated. A 400 where a widget found something in the address that it cannot
    use: what is there is still shown. Raises ``AnswerInstead`` where a widget answers with a file.
    """
    for widget in visible(page, request):
        if widget.answers_alone(request):
            widget.render(request)
    refresh = refresh_of(request)
    if refresh is not None:
        response = _refreshed(request, declaration, page, refresh)
    elif wanted := requested_widget(request):
        response = _part(request, declaration, page, wanted)
    else:
        response = _whole(request, declaration, page)
    if request.__dict__.get("has_bad_input"):
        response.status_code = HTTPStatus.BAD_REQUEST
    patch_vary_headers(response, VARY)
    if "Cache-Control" not in response.headers:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _whole(request: HttpRequest, declaration: PageDeclaration, page: Widget) -> HttpResponse:
    return render(request, "pages/page.html", _context(request, declaration, page))


def _part(request: HttpRequest, declaration: PageDeclaration, page: Widget, wanted: str) -> HttpResponse:
    widget = next((one for one in visible(page, request) if one.dom_id == wanted), None)
    if widget is not None:
        content = render_widget(widget, request)
        if not get_messages(request):
            return HttpResponse(content)  # without what a template of a request costs
        return render(request, "pages/_part.html", {"content": content})
    return gone(request) if is_ours(wanted) else _whole(request, declaration, page)


def gone(request: HttpRequest) -> HttpResponse:
    """The answer to whoever asks for a widget that the page does not show."""
    message = _("This part of the page is gone. Load the page again to see what is there now.")
    return error_response(request, HTTPStatus.GONE, "gone", message)


def _refreshed(
    request: HttpRequest, declaration: PageDeclaration, page: Widget, refresh: Refresh
) -> HttpResponse:
    """The parts that are new; where the page itself has another shape, all of it with the others left out."""
    if refresh.digests.get(MAIN) != shape_digest(page, request):
        request.__dict__["whole_refresh"] = refresh
        return _whole(request, declaration, page)
    parts = [render_widget(one, request) for one in _new_parts(page, request, refresh)]
    return render(request, "pages/_parts.html", {"parts": parts, "marks": _marks(request, page)})


def _new_parts(widget: Widget, request: HttpRequest, refresh: Refresh) -> Iterator[Widget]:
    """What has to come anew, outermost first: what stands inside of such a one comes along with it."""
    is_new = is_part(widget) and refresh.wants(widget.dom_id, widget.digest(request))
    if is_new or widget.dom_id in refresh.stale:
        yield widget
        return
    for child in widget.shown(request):
        yield from _new_parts(child, request, refresh)


def _marks(request: HttpRequest, page: Widget) -> SafeString:
    """What the page's own element carries: what its function read, and its shape."""
    reads: Reads = request.__dict__.get("page_reads") or Reads()
    marks = attributes_of(reads, digest=shape_digest(page, request)) + page_attributes(request, reads)
    return SafeString(marks)  # escaped where they are made


def _context(request: HttpRequest, declaration: PageDeclaration, page: Widget) -> dict[str, Any]:
    styles, scripts = files_of(page)
    request.__dict__["widget_files"] = {*styles, *scripts}  # which no template within brings again
    return {
        "title": getattr(page, "title", None) or declaration.label,
        "actions": [render_widget(action, request) for action in getattr(page, "actions", ())],
        "content": render_widget(page, request),
        "marks": _marks(request, page),
        "styles": styles,
        "scripts": scripts,
    }


def files_of(widget: Widget) -> tuple[list[str], list[str]]:
    """The styles and scripts that a widget and all inside it need, each once, in the order of first need.

    Also what no open tab shows yet: it may be fetched into this page.
    """
    inside = list(walk(widget))
    styles = dict.fromkeys(path for one in inside for path in getattr(one, "styles", ()))
    scripts = dict.fromkeys(path for one in inside for path in getattr(one, "scripts", ()))
    return list(styles), list(scripts)


def is_ours(dom_id: str) -> bool:
    """Whether an element's id is one that a widget would have: ``<kind>-<key>``."""
    return any(dom_id.startswith(f"{kind}-") for kind in _kinds(Widget.__subclasses__()))


def _kinds(classes: Iterable[type[Widget]]) -> Iterator[str]:
    for widget_class in classes:
        if "kind" in vars(widget_class):
            yield widget_class.kind
        yield from _kinds(widget_class.__subclasses__())


def _claim(dom_id: str, widget: Widget, request: HttpRequest) -> None:
    """Note that this id is taken on the page. Raises ``DuplicateKey`` for the second that wants it."""
    if not dom_id:
        return
    taken: set[str] = request.__dict__.setdefault("rendered_widgets", set())
    if dom_id in taken:
        raise DuplicateKey(
            f"Two {widget.kind} widgets on this page have the key '{widget.name}'. "
            f"Give one of them another: {type(widget).__name__}(..., key='{widget.name}-2')."
        )
    taken.add(dom_id)


def _notice(
    request: HttpRequest,
    dom_id: str,
    kind: NoticeKind,
    message: str,
    fields: dict[str, list[str]] | None = None,
    failure: Failure | None = None,
) -> SafeString:
    context = {
        "dom_id": dom_id,
        "notice": kind,
        "message": message,
        "fields": fields or {},
        "failure": failure,
        "request_id": _request_id(request),
        "sign_in_url": sign_in_url(request),
        "here": request.get_full_path(),
        "beginning": request.path if request.GET else "",
    }
    return render_to_string("pages/_widget_notice.html", context)


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
