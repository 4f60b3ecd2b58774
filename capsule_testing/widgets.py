"""Metrics, charts, settings and parameters of a page, as a person finds them."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from capsule_testing.elements import Element
from capsule_testing.forms import Form
from capsule_testing.problems import NotShown, those_there

if TYPE_CHECKING:
    from capsule_testing.browsing import Page

__all__ = ["Chart", "Metric", "Parameter", "Setting"]


class Metric:
    """A number on a page.

    Example: ``assert page("/overview/", as_=alice).metric("Open").value == 5``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element

    def __repr__(self) -> str:
        return f"<Metric '{self.label}': {self.text}>"

    @property
    def label(self) -> str:
        """The words above the number."""
        said = self.element.first("div.metric-label")
        return said.text if said is not None else ""

    @property
    def value(self) -> int | float | None:
        """The number, with all its digits; ``None`` where there is none."""
        exact = self.element.first("data.metric-value")
        if exact is None:
            return None
        number = exact.get("value")
        try:
            return int(number)
        except ValueError:
            return float(number)

    @property
    def text(self) -> str:
        """The number as it is written: ``"87%"``."""
        shown = [self.element.first(".metric-value"), self.element.first(".metric-unit")]
        return " ".join(one.text for one in shown if one is not None)

    @property
    def change(self) -> str:
        """How it changed, in words: ``"up by 3, which is better"``."""
        said = self.element.first("p.metric-change")
        words = said.first("span.visually-hidden") if said is not None else None
        return words.text if words is not None else ""

    @property
    def goal(self) -> str:
        """What is said of its target: ``"of 8"``."""
        said = self.element.first("div.metric-goal")
        return said.text if said is not None else ""

    def open(self) -> Page:
        """The page that it leads to."""
        link = self.element.first("a[href]")
        if link is None:
            raise NotShown(f"The metric '{self.label}' leads nowhere: give it a link=.")
        return self.page.open(link.get("href"))


class Chart:
    """A chart of a page: what is drawn, not how.

    Example: ``assert page("/overview/", as_=alice).chart("workload").series["Threads"] == [1, 2, 0, 4]``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element

    def __repr__(self) -> str:
        return f"<Chart '{self.title}' with {', '.join(self.series) or 'nothing'}>"

    @property
    def title(self) -> str:
        """The words above the drawing."""
        said = self.element.first("h2")
        return said.text if said is not None else ""

    @cached_property
    def _drawn(self) -> dict[str, Any]:
        data = self.element.first("script[type=application/json]")
        return json.loads(data.content) if data is not None else {"type": "", "series": [], "points": []}

    @property
    def type(self) -> str:
        """What kind it is: ``"line"``, ``"bar"``."""
        return str(self._drawn["type"])

    @property
    def is_empty(self) -> bool:
        """Whether it says that there is nothing to draw yet."""
        return not self._drawn["series"]

    @property
    def series(self) -> dict[str, list[float | None]]:
        """The values of each series, by its label, from left to right."""
        return {one["label"]: one["values"] for one in self._drawn["series"]}

    @property
    def x(self) -> list[str]:
        """What stands below the values, as the chart's own table says it."""
        return [one.text for one in self.element.all("th[scope=row]")]


class Setting:
    """The control of a setting on a page.

    Example: ``assert page("/overview/", as_=alice).setting("show_closed").set(True).table().count == "60"``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element
        self.name = setting_of(element)

    def __repr__(self) -> str:
        return f"<Setting '{self.name}': {self.value!r}>"

    @property
    def label(self) -> str:
        """The words beside the control."""
        said = self.element.first("span.form-check-label", "label.form-label")
        return said.text if said is not None else ""

    @property
    def value(self) -> Any:
        """What the control shows: a bool of a switch, a number, a text."""
        return value_of(self._input)

    @property
    def options(self) -> dict[str, str]:
        """What can be chosen: the words by the value."""
        return Form(self.page, self.element).options("value") if self._input.tag == "select" else {}

    @property
    def reason(self) -> str:
        """Why it cannot be set by this person, else ``""``."""
        said = self.element.first(f"#{self.element.id}-reason")
        return said.text if said is not None else ""

    @property
    def origin(self) -> str:
        """Where the value comes from, in the words of the page."""
        said = self.element.first("span.setting-origin")
        return said.text if said is not None else ""

    def set(self, value: Any) -> Page:
        """Set it: this page again, as it is then; or what is wrong with the value, in ``.errors``.

        Raises ``NotShown`` where this person may not.
        """
        if self._input.has("disabled"):
            raise NotShown(f"{self.page.person_name} may not set '{self.name}' on {self.page}: {self.reason}")
        return Form(self.page, self.element).fill(value=value).submit()

    def reset(self) -> Page:
        """Press Reset: what is set here is forgotten, and what lies beneath is in force."""
        button = self.element.first("button[name=reset]")
        if button is None:
            raise NotShown(f"The setting '{self.name}' of {self.page} has no value of its own to reset.")
        return Form(self.page, self.element).send(button)

    @property
    def _input(self) -> Element:
        return input_of(self.element, "value")


class Parameter:
    """A control of a page that changes its address.

    Example: ``page("/overview/", as_=alice).param("period").set("30d").url``
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element
        self.name = element.get("data-param")

    def __repr__(self) -> str:
        return f"<Parameter '{self.name}': {self.value!r}>"

    @property
    def value(self) -> Any:
        """What the control shows."""
        boxes = self.element.all("input[type=checkbox]")
        if len(boxes) > 1:
            return [one.get("value") for one in boxes if one.has("checked")]
        return value_of(input_of(self.element, self.name))

    @property
    def options(self) -> dict[str, str]:
        """What can be chosen: the words by the value."""
        return Form(self.page, self.element).options(self.name)

    def set(self, value: Any) -> Page:
        """Choose another value: the page at that address."""
        form = Form(self.page, self.element)
        if form.options(self.name):
            return form.fill({self.name: value}).submit()
        sent = {**form.values, self.name: str(value)}  # of dates, say: what is typed
        return self.page.open(f"{urlsplit(self.page.url).path}?{urlencode(sent, doseq=True)}")

    @property
    def asked(self) -> str:
        """What the address says of it, ``""`` for nothing."""
        return dict(parse_qsl(urlsplit(self.page.url).query)).get(self.name, "")


def setting_of(form: Element) -> str:
    """The name of the setting that a form sets."""
    parts = urlsplit(form.get("action")).path.strip("/").split("/")
    return unquote(parts[-1]) if "settings" in parts[:-1] else ""


def input_of(form: Element, name: str) -> Element:
    """The control that a person uses, of those with that name."""
    named = form.all(f"input[name={name}]", f"select[name={name}]", f"textarea[name={name}]")
    seen = [one for one in named if one.get("type") != "hidden"]
    if not seen:
        raise NotShown(f"{form!r} has nothing to type into. {those_there(name, [])}")
    return seen[0]


def value_of(control: Element) -> Any:
    """What a control shows: a bool, a number, a text."""
    if control.get("type") in ("checkbox", "radio"):
        return control.has("checked")
    if control.tag == "textarea":
        return control.content.removeprefix("\n")
    if control.tag == "select":
        options = control.all("option")
        chosen = [one for one in options if one.has("selected")] or options[:1]
        return chosen[0].get("value") if chosen else ""
    text = control.get("value")
    if control.get("type") == "number" and text:
        return float(text) if "." in text or "e" in text.lower() else int(text)
    return text
