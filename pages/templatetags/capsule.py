"""``{% load capsule %}``: the house's icons, form fields and widgets in any template."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.widgets import ChoiceWidget
from django.http import HttpRequest
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from capsule.errors import NotDeclared
from capsule.toasts import undo_address
from capsule.widgets import Widget
from pages import ui
from pages.errors import BadTag
from pages.forms.gone import chooser_of, problems_of
from pages.forms.pickers import picker_of
from pages.icons import icon as draw_icon
from pages.inspecting.access import is_inspecting, may_ask
from pages.parts import parts_of
from pages.rendering import files_of, render_widget
from pages.shared_text import keeps_for_all, refuse_what_is_kept
from pages.shell import Shell

__all__ = ["register"]

register = template.Library()


@register.simple_tag(name="icon")
def icon_tag(name: str, **attributes: str) -> SafeString:
    """An icon by its Lucide name: ``{% icon "inbox" %}``, ``{% icon name class="icon-lg" %}``."""
    try:
        return draw_icon(name, attributes.get("class", ""))
    except NotDeclared as error:
        # NotDeclared is a 404 to whoever asks; a template's own mistake is ours.
        raise template.TemplateSyntaxError(str(error)) from error


@register.simple_tag
def field_control(field: BoundField) -> SafeString:
    """A form field's control with the look of the house: ``{% field_control form.name %}``."""
    # Django itself adds aria-describedby for the help and the errors, and aria-invalid.
    control = picker_of(field, chooser_of(field))
    return field.as_widget(control, attrs={"class": _classes(field, field.field.widget.attrs)})


@register.filter
def problems(field: BoundField) -> list[str]:
    """What is wrong with a form's field, in sentences: ``{{ form.name|problems|join:" " }}``."""
    return problems_of(field)


@register.simple_tag
def option_control(option: BoundWidget, field: BoundField) -> SafeString:
    """One option of a group with the look of the house: ``{% option_control option field %}``."""
    attrs = {**option.data["attrs"], "class": _classes(field, option.data["attrs"])}
    return BoundWidget(option.parent_widget, {**option.data, "attrs": attrs}, option.renderer).tag()


def _classes(field: BoundField, attrs: dict[str, Any]) -> str:
    invalid = "is-invalid" if field.errors else ""
    classes = f"{attrs.get('class', '')} {_control_class(field.field.widget)} {invalid}"
    return " ".join(dict.fromkeys(classes.split()))


@register.filter(name="undo_address")
def undo_address_filter(message: object) -> str:
    """Where a message says that it can be taken back, or nothing."""
    return undo_address(message)


@register.filter
def control_kind(field: BoundField) -> str:
    """How ``_field.html`` lays a field out: ``check``, ``group``, ``parts`` or ``plain``.

    ``check`` is a box before its label, a ``group`` of options, each with its own; ``parts`` are several
    controls of one question.
    """
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "check"
    if not field.use_fieldset:
        return "plain"
    return "group" if isinstance(field.field.widget, ChoiceWidget) else "parts"


def _control_class(control: forms.Widget) -> str:
    if isinstance(control, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "form-check-input"
    chooses = isinstance(control, (forms.Select, forms.SelectDateWidget))
    return "form-select" if chooses else "form-control"


@register.simple_tag
def scripts_of_every_page() -> SafeString:
    """The scripts that every page has: one file where static files are collected, else each by itself."""
    joined = getattr(staticfiles_storage, "joined_scripts", "")
    names = [joined] if joined else settings.CAPSULE_SCRIPTS
    return format_html_join("\n  ", '<script src="{}" defer></script>', ((static(name),) for name in names))


@register.inclusion_tag("capsule/_head.html", takes_context=True)
def capsule_head(context: Context, styles: bool = True) -> dict[str, Any]:
    """In the head of a base template of one's own: what widgets look like, and the scripts that they need.

    ``{% capsule_head styles=False %}`` brings the scripts alone.
    """
    parts = parts_of(_request_of(context))
    if parts is not None:
        parts.is_used = True
    return {"styles": styles}


@register.inclusion_tag("capsule/_body.html", takes_context=True)
def capsule_body(context: Context) -> dict[str, Any]:
    """In the body's own tag: who looks, and the token of what they send, ``<body{% capsule_body %}>``."""
    refuse_what_is_kept("{% capsule_body %}")
    return {"shell": Shell(_request_of(context)), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("capsule/_foot.html", takes_context=True)
def capsule_foot(context: Context) -> dict[str, Any]:
    """At the body's end: the drawer, the messages and the words of the scripts."""
    refuse_what_is_kept("{% capsule_foot %}")
    request = _request_of(context)
    return {"request": request, "messages": get_messages(request)}


@register.simple_tag(takes_context=True)
def inspector(context: Context) -> SafeString:
    """At the body's end, for whoever inspects the page: what shows of what its parts are made."""
    request: HttpRequest | None = context.get("request")
    if request is None or not is_inspecting(request):
        return SafeString("")
    return render_to_string("pages/_inspector.html", {"asked": may_ask(request)}, request=request)


@register.simple_tag(takes_context=True)
def page_marks(context: Context) -> SafeString:
    """What makes a page of one's own follow what its view reads: ``<main id="main"{% page_marks %}>``."""
    refuse_what_is_kept("{% page_marks %}")
    request = context.get("request")
    parts = parts_of(request) if request is not None else None
    return parts.marks() if parts is not None else SafeString("")


@register.simple_tag(takes_context=True)
def widget(context: Context, shown: Widget) -> SafeString:
    """Any widget of ``pages.ui`` that the view put into the context: ``{% widget chart %}``."""
    refuse_what_is_kept("A widget")
    if not isinstance(shown, Widget):
        raise BadTag(
            f"{{% widget %}} draws one of pages.ui, not {shown!r}: does the view give it to the template?"
        )
    request = _request_of(context)
    parts = parts_of(request)
    html = render_widget(shown, request) if parts is None else parts.draw(shown)
    return format_html("{}{}", _files_once(shown, request), html)


@register.simple_tag(takes_context=True)
def table(context: Context, source: Any, **options: Any) -> SafeString:
    """A table as ``ui.Table`` draws it: ``{% table threads sort="-received" %}``."""
    return widget(context, ui.Table(source, **options))


@register.simple_tag(takes_context=True)
def button(context: Context, label: str, action: Any = None, **options: Any) -> SafeString:
    """A button that does an action, or leads somewhere: ``{% button "Close" close primary=True %}``."""
    return widget(context, ui.Button(label, action=action, **options))


@register.simple_tag(takes_context=True)
def metric(context: Context, label: str, source: Any = None, **options: Any) -> SafeString:
    """One number: ``{% metric "Open" threads %}``."""
    return widget(context, ui.Metric(label, source, **options))


@register.simple_tag(takes_context=True)
def chart(context: Context, source: Any, **options: Any) -> SafeString:
    """A chart of a data handler's rows: ``{% chart activity x="day" y="opened" %}``."""
    return widget(context, ui.Chart(source, **options))


@register.simple_tag(takes_context=True)
def setting(context: Context, declared: Any, **options: Any) -> SafeString:
    """The control of a setting: ``{% setting show_closed %}``, or its name as a string."""
    control = ui.Setting(declared, **options)
    try:
        _ = control.declared  # what a view forgot to give is the template's mistake
    except NotDeclared as error:  # as of an icon
        raise template.TemplateSyntaxError(str(error)) from error
    return widget(context, control)


@register.simple_tag(takes_context=True)
def form(context: Context, source: Any, **options: Any) -> SafeString:
    """A form as ``ui.Form`` draws it: ``{% form form %}``, or a record's: ``{% form contacts %}``."""
    return widget(context, ui.Form(source, **options))


@register.simple_tag(takes_context=True)
def chat(context: Context, /, name: Any = None, **options: Any) -> SafeString:  # context= is an option too
    """A conversation: ``{% chat %}`` with the default assistant, ``{% chat "billing" thread=order.id %}``."""
    return widget(context, ui.ChatPanel(name, **options))


def _request_of(context: Context) -> HttpRequest:
    request: HttpRequest | None = context.get("request")
    if request is None:
        raise BadTag(
            "This is drawn for whoever asks, and the template has no request: give it one, as "
            "render(request, ...) and render_to_string(..., request=request) do."
        )
    return request


def _files_once(shown: Widget, request: HttpRequest) -> SafeString:
    """The styles and scripts of a widget inside a template, whose head is drawn already: each once."""
    brought: set[str] = request.__dict__.setdefault("widget_files", set())
    styles, scripts = files_of(shown)
    new = [path for path in (*styles, *scripts) if path not in brought]
    brought.update(new)
    return format_html_join("", "{}", ((_file_tag(path),) for path in new))


def _file_tag(path: str) -> SafeString:
    if path.endswith(".css"):
        return format_html('<link rel="stylesheet" href="{}">', static(path))
    return format_html('<script src="{}" defer></script>', static(path))


class RememberNode(template.Node):
    """Renders what it encloses and keeps it under a name, so that it can stand in two places."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        context[self.name] = self.nodelist.render(context)
        return SafeString("")


class KeepNode(template.Node):
    """Renders what it encloses once for each language, and then no more."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.kept: dict[str, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language() or ""
        if settings.DEBUG or settings.CAPSULE_DEV or language not in self.kept:
            self.kept[language] = self.nodelist.render(context)
        return self.kept[language]


keeps_for_all("keep", KeepNode)


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    """``{% keep "head" %}...{% endkeep %}``: for words and files that depend on nothing but the language.

    Never around anything of a person, a request or a token: whoever came first would be shown to all.
    """
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist)


@register.tag
def remember(parser: Parser, token: Token) -> RememberNode:
    """``{% remember page_title %}{% block page.title %}{% endblock %}{% endremember %}``."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endremember",))
    parser.delete_first_token()
    return RememberNode(name, nodelist)
