"""Forms, buttons and links of a page, used as a browser without JavaScript uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from capsule_testing.elements import Element
from capsule_testing.problems import NotShown, those_there

if TYPE_CHECKING:
    from capsule_testing.browsing import Page

__all__ = ["Button", "Form", "Link"]

CONTROLS = ("input", "select", "textarea")
NO_VALUE = frozenset({"submit", "button", "reset", "image", "file"})


class Link:
    """A link of a page: ``.text``, ``.url`` and ``.follow()``.

    Example: ``page("/overview/", as_=alice).link("Threads").follow().title``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element

    def __repr__(self) -> str:
        return f"<Link '{self.text}' to {self.url}>"

    @property
    def text(self) -> str:
        """What it says, or what it is called where it is only a sign."""
        return _said(self.element)

    @property
    def url(self) -> str:
        """The address that it names."""
        return self.element.get("href")

    def follow(self) -> Page:
        """The page that it leads to."""
        return self.page.open(self.url)


class Button:
    """A button of a page, or a link that does an action.

    Example: ``page.button("Close").press()``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element

    def __repr__(self) -> str:
        return f"<Button '{self.text}'>"

    @property
    def text(self) -> str:
        """What it says, or is called."""
        return _said(self.element)

    @property
    def is_disabled(self) -> bool:
        """Whether it cannot be pressed."""
        return self.element.has("disabled")

    def press(self) -> Page:
        """Press it: the page that comes of it. An action that asks first gives the page where it asks."""
        if self.is_disabled:
            raise NotShown(f"The button '{self.text}' of {self.page} is disabled.")
        if self.element.tag == "a":
            act = self.element.get("hx-post")
            if act and self.element.has("data-act"):  # it does something at once
                return self.page.post(act, {"next": self.page.url})
            return self.page.open(self.element.get("href"))
        form = self.element.closest("form")
        if form is None:
            raise NotShown(f"The button '{self.text}' of {self.page} is for scripts: use live_browser.")
        return Form(self.page, form).send(self.element)


class Form:
    """A form of a page: what stands in it, what one types, and its end.

    Example: ``page.form("Save").fill(subject="The lamp flickers", priority=3).submit()``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element
        controls = element.all(*CONTROLS)
        if element.id:
            controls += page.main.all(*(f"{tag}[form={element.id}]" for tag in CONTROLS))
        self.controls = [one for one in controls if one.get("name") and not one.has("disabled")]
        self.filled: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Form '{self.called[0]}' with {', '.join(self.names)}>"

    @property
    def called(self) -> list[str]:
        """What it is called by: its key or address, what its buttons say, its id."""
        id_, action = self.element.id, self.element.get("action")
        key = id_.removeprefix("form-") or urlsplit(action).path
        return [key, *(_said(one) for one in self.buttons), id_, action]

    @property
    def buttons(self) -> list[Element]:
        """What sends it."""
        found = self.element.all("button", "input[type=submit]")
        return [one for one in found if one.get("type", "submit") == "submit"]

    @property
    def names(self) -> list[str]:
        """The names of what one can type or choose."""
        shown = [one for one in self.controls if one.get("type") not in ("hidden", "submit", "button")]
        return list(dict.fromkeys(one.get("name") for one in shown))

    @property
    def values(self) -> dict[str, Any]:
        """What would be sent, by name: a text, or a list where there are several."""
        sent: dict[str, list[str]] = {}
        for control in self.controls:
            for value in _values_of(control):
                sent.setdefault(control.get("name"), []).append(value)
        return {**{name: one[0] if len(one) == 1 else one for name, one in sent.items()}, **self.filled}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the name of the field; by ``""`` what is said above all of them."""
        said: dict[str, str] = {}
        for name in self.names:
            marked = [one for one in self._named(name) if one.get("aria-invalid") == "true"]
            for control in marked:
                ids = control.get("aria-describedby").split()
                found = [self.element.first(f"#{id_}") for id_ in ids if id_.endswith(("error", "_error"))]
                said[name] = " ".join(one.text for one in found if one is not None)
        above = [one.text for one in self.element.all("div.alert-danger")]
        return {**({"": " ".join(above)} if above else {}), **said}

    def options(self, name: str) -> dict[str, str]:
        """What can be chosen in a field: its words by the value that is sent."""
        found: dict[str, str] = {}
        for control in self._named(self._name(name)):
            if control.tag == "select":
                found |= {_value_of_option(one): one.text for one in control.all("option")}
            elif control.get("type") in ("radio", "checkbox"):
                around = control.closest("label")
                found[control.get("value", "on")] = around.text if around is not None else ""
        return found

    def fill(self, fields: Mapping[str, Any] | None = None, /, **more: Any) -> Form:
        """Type into fields, named by their name or their label; ``True`` and ``False`` set a check box.

        A file is an object that can be read, as Django's ``SimpleUploadedFile``. Raises ``NotShown`` for a
        field that is not there, or an option that cannot be chosen.
        """
        for given, value in {**(fields or {}), **more}.items():
            name = self._name(given)
            self.filled[name] = self._typed(name, value)
        return self

    def submit(self, button: str = "") -> Page:
        """Send it, by the button with that text or by the first: the page that comes of it."""
        if not button:
            return self.send(self.buttons[0] if self.buttons else None)
        for one in self.buttons:
            if button in (_said(one), one.get("value")):
                return self.send(one)
        hint = those_there(button, [_said(one) for one in self.buttons])
        raise NotShown(f"{self!r} has no button '{button}'. {hint}")

    def send(self, button: Element | None) -> Page:
        """Send it as a browser does when ``button`` is pressed."""
        sent = {name: value for name, value in self.values.items() if value is not None}
        if button is not None and button.get("name"):
            sent[button.get("name")] = button.get("value")
        to = (button.get("formaction") if button is not None else "") or self.element.get("action")
        address = to or self.page.url
        if self.element.get("method", "get").lower() == "post":
            return self.page.post(address, sent)
        return self.page.open(urlsplit(address)._replace(query="", fragment="").geturl(), sent)

    def _typed(self, name: str, value: Any) -> Any:
        controls = self._named(name)
        kind = controls[-1].get("type") if controls[-1].tag == "input" else controls[-1].tag
        if kind == "checkbox" and isinstance(value, bool):
            unchecked = [one.get("value") for one in controls if one.get("type") == "hidden"]
            return [*unchecked, controls[-1].get("value", "on")] if value else (unchecked or None)
        if kind in ("select", "radio", "checkbox"):
            chosen = [*map(str, value)] if isinstance(value, (list, tuple, set)) else [str(value)]
            options = self.options(name)
            by_words = {words: sent for sent, words in options.items()}
            for one in chosen:
                if one not in options and one not in by_words:
                    raise NotShown(f"'{one}' cannot be chosen in '{name}'. {those_there(one, options)}")
            return [one if one in options else by_words[one] for one in chosen]
        if kind == "file":
            return value
        return "" if value is None else str(value)

    def _named(self, name: str) -> list[Element]:
        return [one for one in self.controls if one.get("name") == name]

    def _name(self, given: str) -> str:
        if self._named(given):
            return given
        labels = {one.text: one for one in self.element.all("label", "legend")}
        label = labels.get(given)
        if label is not None:
            inside = label if label.tag == "label" else label.parent or label
            for control in self.controls:
                if control.id and control.id == label.get("for"):
                    return control.get("name")
            for control in inside.all(*CONTROLS):
                if control.get("name") and control.get("type") != "hidden":
                    return control.get("name")
        hint = those_there(given, self.names)
        raise NotShown(f"The form '{self.called[0]}' has no field '{given}'. {hint}")


def _said(element: Element) -> str:
    return element.text or element.get("aria-label") or element.get("title") or element.get("value")


def _values_of(control: Element) -> list[str]:
    kind = control.get("type", "text")
    if control.tag == "textarea":
        return [control.content.removeprefix("\n").replace("\n", "\r\n")]
    if control.tag == "select":
        options = control.all("option")
        chosen = [_value_of_option(one) for one in options if one.has("selected")]
        if not chosen and options and not control.has("multiple"):
            chosen = [_value_of_option(options[0])]
        return chosen
    if kind in NO_VALUE:
        return []
    if kind in ("checkbox", "radio"):
        return [control.get("value", "on")] if control.has("checked") else []
    return [control.get("value")]


def _value_of_option(option: Element) -> str:
    return option.get("value") if option.has("value") else option.text
