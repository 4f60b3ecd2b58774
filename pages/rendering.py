"""A widget tree as HTML: the whole page, or the one widget that htmx names, from the same address.

Whatever goes wrong in a widget stays in that widget's own frame: the others are shown as ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadInput, CapsuleError, NotDeclared, ScopeError
from capsule.http import error_response, requested_widget, sign_in_url
from capsule.widgets import Widget, walk

if TYPE_CHECKING:
    from pages.declarations import PageDeclaration

__all__ = ["DuplicateKey", "answer", "files_of", "render_widget", "visible"]

logger = logging.getLogger("capsule.pages")

VARY = ("Accept", "Cookie", "HX-Request", "HX-Target")


class DuplicateKey(CapsuleError, ValueError):
    """Two widgets of one kind on a page share a key, so that neither could be fetched by itself."""


def render_widget(widget: Widget, request: HttpRequest) -> SafeString:
    """The widget's HTML; where it fails, a notice in its place that says what and offers the next step."""
    dom_id = ""
    try:
        dom_id = widget.dom_id
        _claim(dom_id, widget, request)
        return widget.render(request)
    except ScopeError:
        return _notice(request, dom_id, "signed_out", _("Sign in to see this."))
    except PermissionDenied as error:
        return _notice(request, dom_id, "refused", str(error) or _("You do not have permission to see this."))
    except (BadInput, NotDeclared, DuplicateKey) as error:
        if isinstance(error, BadInput):
            request.__dict__["has_bad_input"] = True
        return _notice(request, dom_id, "mistake", str(error), fields=getattr(error, "fields", {}))
    except Exception:
        # Whatever it was, its text may hold what this person must not read: the log has it.
        logger.exception("Widget %s failed in request %s", dom_id or widget.kind, _request_id(request))
        return _notice(request, dom_id, "failed", _("This could not be shown. The error was recorded."))


def answer(request: HttpRequest, declaration: PageDeclaration, page: Widget) -> HttpResponse:
    """The page in full, or only the widget that the request names; the others are then not evaluated.

    A 400 where a widget found something in the address that it cannot use: what is there is still shown.
    """
    wanted = requested_widget(request)
    widget = _find(page, wanted, request) if wanted else None
    if widget is not None:
        content = render_widget(widget, request)
        response = render(request, "pages/_part.html", {"content": content})
    elif wanted and _is_ours(wanted):
        message = _("This part of the page is gone. Load the page again to see what is there now.")
        response = error_response(request, HTTPStatus.GONE, "gone", message)
    else:
        response = render(request, "pages/page.html", _context(request, declaration, page))
    if request.__dict__.get("has_bad_input"):
        response.status_code = HTTPStatus.BAD_REQUEST
    patch_vary_headers(response, VARY)
    if "Cache-Control" not in response.headers:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def visible(widget: Widget, request: HttpRequest) -> Iterator[Widget]:
    """The widget and all inside it that this request shows, outermost first."""
    yield widget
    for child in widget.shown(request):
        yield from visible(child, request)


def _context(request: HttpRequest, declaration: PageDeclaration, page: Widget) -> dict[str, Any]:
    styles, scripts = files_of(page)
    return {
        "title": getattr(page, "title", None) or declaration.label,
        "actions": [render_widget(action, request) for action in getattr(page, "actions", ())],
        "content": render_widget(page, request),
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


def _find(page: Widget, dom_id: str, request: HttpRequest) -> Widget | None:
    return next((widget for widget in visible(page, request) if widget.dom_id == dom_id), None)


def _is_ours(dom_id: str) -> bool:
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
    request: HttpRequest, dom_id: str, kind: str, message: str, fields: dict[str, list[str]] | None = None
) -> SafeString:
    context = {
        "dom_id": dom_id,
        "notice": kind,
        "message": message,
        "fields": fields or {},
        "request_id": _request_id(request),
        "sign_in_url": sign_in_url(request),
        "here": request.get_full_path(),
        "beginning": request.path if request.GET else "",
    }
    return render_to_string("pages/_widget_notice.html", context)


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
