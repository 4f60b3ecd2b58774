"""``page(url, as_=alice)``: what somebody sees at an address, without a browser, in some milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from django.test import Client

from accounts.models import Organization, User
from capsule.widgets import slug_of
from capsule_testing.chats import Chat
from capsule_testing.elements import Element, parse
from capsule_testing.forms import Button, Form, Link
from capsule_testing.people import name_of, signed_in
from capsule_testing.problems import Failure, NotShown, heard, those_there
from capsule_testing.tables import Table
from capsule_testing.widgets import Chart, Metric, Parameter, Setting, setting_of

__all__ = ["Browser", "Page", "page"]

T = TypeVar("T")
REDIRECTS = 10
LEADING = (301, 302, 303)
OURS = ("", "testserver")  # whatever leads elsewhere is not followed
HTML = "text/html"
# What a page says went wrong, wherever it stands.
WRONG = (
    ".widget-notice", ".alert-danger", ".capsule-error", ".invalid-feedback", ".capsule-error-page",
    ".empty-subtitle[role=alert]",
)  # fmt: skip


def page(
    url: str,
    as_: User | None = None,
    *,
    organization: Organization | None = None,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """What ``as_`` sees at ``url``; without one a visitor, who has not signed in. Redirects are followed.

    They act in the organisation that they joined first, or in ``organization``. What breaks in a view is
    raised, at its line; what breaks in a widget stands in ``.errors``, as the rest of the page is shown.

    Example::

        overview = page("/overview/", as_=alice)
        assert overview.metric("Open").value == 5
        assert overview.errors == []
    """
    return Browser(as_, organization).open(url, headers=headers)


class Browser:
    """Somebody's browser: it is signed in, and keeps its cookies from page to page.

    Without a person it is a visitor's. Example: ``Browser(alice).open("/overview/").metric("Open").value``
    """

    def __init__(self, person: User | None = None, organization: Organization | None = None) -> None:
        self.person = person
        self.client: Client = signed_in(person, organization)

    def open(
        self, url: str, query: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """The page at ``url``."""
        return self._ask("get", url, query, headers)

    def post(
        self, url: str, fields: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """What comes of sending a form to ``url``."""
        return self._ask("post", url, fields, headers)

    def _ask(self, method: str, url: str, data: Any, headers: Mapping[str, str] | None) -> Page:
        asked, sent = url, dict(data or {}) or None
        with heard() as failures:
            for _redirect in range(REDIRECTS):
                try:
                    response = getattr(self.client, method)(url, sent, headers=dict(headers or {}))
                except Exception as error:
                    error.add_note(f"It broke {method.upper()} {url} as {name_of(self.person)}.")
                    raise
                url = _address(response)
                to = urljoin(url, response.headers.get("Location", ""))
                if response.status_code not in LEADING or urlsplit(to).netloc not in OURS:
                    break
                method, url, sent = "get", to, None
            else:
                raise NotShown(f"{asked} leads in a circle: {REDIRECTS} redirects, the last to {url}.")
        return Page(self, asked, url, response, tuple(failures))


@dataclass(frozen=True)
class Page:
    """A page as somebody sees it. It does not change: what one does on it gives the page that comes of it.

    ``url`` is the address that answered, ``asked`` the one that was asked for.

    Example: ``page("/overview/", as_=alice).table("threads").sort("subject").rows[0]["subject"]``
    """

    browser: Browser
    asked: str  # the address that was asked for
    url: str  # the one that answered
    response: Any = field(repr=False)
    failures: tuple[Failure, ...] = ()  # what broke on the way, with tracebacks

    def __str__(self) -> str:
        return f"{self.url} ({self.status}, as {self.person_name})"

    @property
    def person_name(self) -> str:
        return name_of(self.browser.person)

    @property
    def status(self) -> int:
        """The status of the answer, such as 200."""
        return int(self.response.status_code)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, by name."""
        return dict(self.response.headers)

    @cached_property
    def content(self) -> bytes:
        """The answer as it came: of a file, say."""
        return bytes(self.response.getvalue())

    @property
    def html(self) -> str:
        """The whole answer as text."""
        return self.content.decode()

    @property
    def json(self) -> Any:
        """The answer of an address for programs."""
        return json.loads(self.content)

    @cached_property
    def root(self) -> Element:
        """The whole answer as a tree of elements."""
        return parse(self.html if HTML in self.response.headers.get("Content-Type", "") else "")

    @cached_property
    def main(self) -> Element:
        """What the page shows, without what is around every page."""
        return self.root.first("main") or self.root.first("body") or self.root

    # What it says --------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Its heading, or what its tab is called."""
        heading = self.main.first("h1") or self.root.first("title")
        return heading.text if heading is not None else ""

    @property
    def text(self) -> str:
        """All that it says, as a screen reader would read it."""
        return self.main.text

    @property
    def errors(self) -> list[str]:
        """What went wrong on the page, each in a line: a widget that failed, a field that was refused.

        What broke is named, though no reader of the page is told.
        """
        found = self.main.all(*WRONG)
        return [self._said(one) for one in found if not any(_is_inside(one, other) for other in found)]

    @property
    def messages(self) -> list[str]:
        """What was said about what was done: "Saved", with Undo beside it."""
        toasts = self.root.first("#toasts")
        return [one.text for one in toasts.all("p")] if toasts is not None else []

    # What it shows -------------------------------------------------------------------------------------

    def table(self, name: str | None = None) -> Table:
        """A table, by its key (its collection's name) or its heading; without a name the only one."""
        return self._one(
            "table",
            name,
            [Table(self, one) for one in self.main.all("section.data-table")],
            lambda one: (one.name, one.label),
        )

    def metric(self, name: str | None = None) -> Metric:
        """A metric, by its label or its key."""
        return self._one(
            "metric",
            name,
            [Metric(self, one) for one in self.main.all("div.metric")],
            lambda one: (one.element.id.removeprefix("metric-"), one.label),
        )

    def chart(self, name: str | None = None) -> Chart:
        """A chart, by the name of its source (its key) or its title."""
        return self._one(
            "chart",
            name,
            [Chart(self, one) for one in self.main.all("figure.chart")],
            lambda one: (one.element.id.removeprefix("chart-"), one.title),
        )

    def setting(self, name: str | None = None) -> Setting:
        """The control of a setting, by its name or its label."""
        forms = [one for one in self.main.all("form.setting") if setting_of(one)]
        return self._one(
            "setting", name, [Setting(self, one) for one in forms], lambda one: (one.name, one.label)
        )

    def param(self, name: str | None = None) -> Parameter:
        """The control of a parameter of the page."""
        return self._one(
            "parameter",
            name,
            [Parameter(self, one) for one in self.main.all("form[data-param]")],
            lambda one: (one.name, one.name),
        )

    def chat(self, name: str | None = None) -> Chat:
        """A chat, by its key or what it is called."""
        return self._one(
            "chat",
            name,
            [Chat(self, one) for one in self.main.all("section.chat")],
            lambda one: (one.name, one.element.get("aria-label")),
        )

    def form(self, name: str | None = None) -> Form:
        """A form, by its key, its address or what a button of it says; without a name the page's own."""
        forms = [one for one in self.main.all("form") if name is not None or _is_own(one)]
        if name is None and len(forms) > 1:
            forms = [one for one in forms if one.first("button.btn-primary")] or forms
        return self._one("form", name, [Form(self, one) for one in forms], lambda one: one.called)

    def button(self, text: str) -> Button:
        """A button, or a link that looks like one, by what it says."""
        found = [one for one in self.main.all("button", "a.btn", "a.row-act") if _is_seen(one)]
        return self._one(
            "button",
            text,
            [Button(self, one) for one in found],
            lambda one: (one.text, one.element.get("aria-label")),
            several=True,
        )

    def link(self, text: str) -> Link:
        """A link, by what it says: in the page, else in what is around it."""
        found = [*self.main.all("a[href]"), *self.root.all("a[href]")]
        return self._one(
            "link", text, [Link(self, one) for one in found], lambda one: (one.text, ""), several=True
        )

    @property
    def links(self) -> list[Link]:
        """All links of the page itself."""
        return [Link(self, one) for one in self.main.all("a[href]")]

    @property
    def sidebar(self) -> list[str]:
        """What the sidebar offers this person."""
        around = self.root.first("#sidebar")
        return [one.text for one in around.all("a.shell-link")] if around is not None else []

    # What one does -------------------------------------------------------------------------------------

    def open(self, url: str, query: Mapping[str, Any] | None = None) -> Page:
        """Another page in the same browser; ``url`` may be relative to this one's."""
        return self.browser.open(urljoin(self.url, url), query)

    def post(self, url: str, fields: Mapping[str, Any]) -> Page:
        """What comes of sending a form of this page."""
        return self.browser.post(urljoin(self.url, url), fields)

    def follow(self, text: str) -> Page:
        """The page that the link with that text leads to."""
        return self.link(text).follow()

    def reload(self) -> Page:
        """The page as it is now."""
        return self.browser.open(self.url)

    def part(self, dom_id: str) -> Page:
        """One widget by itself, as an open page fetches it when something that it shows has changed."""
        return self.browser.open(self.url, headers={"HX-Request": "true", "HX-Target": dom_id})

    # How it says that something is not there -----------------------------------------------------------

    def _one(
        self,
        kind: str,
        name: str | None,
        found: list[T],
        names: Callable[[T], Sequence[str]],
        several: bool = False,
    ) -> T:
        matching = found if name is None else [one for one in found if _fits(name, names(one))]
        if len(matching) == 1 or (matching and several):
            return matching[0]
        there = [next(filter(None, names(one)), "") for one in found]
        if len(matching) > 1:
            raise NotShown(f"{self} has {len(matching)} of these: say which {kind}. {those_there('', there)}")
        raise NotShown(self._why_not(kind, name, there)) from self._cause(kind, name)

    def _why_not(self, kind: str, name: str | None, there: list[str]) -> str:
        wanted = f"{kind} '{name}'" if name is not None else kind
        notice = self._notice(kind, name)
        if notice is not None:
            return f"In place of the {wanted}, {self} says: {self._said(notice)}"
        told = f"There is no {wanted} on {self}."
        if self.url != self.asked and urlsplit(self.url).path != urlsplit(self.asked).path:
            told += f" {self.person_name.capitalize()} asked for {self.asked} and was led there."
        if self.status >= 400:
            return f"{told} It says: {'; '.join(self.errors) or self.text[:300]}"
        return f"{told} {those_there(name or '', there)}"

    def _notice(self, kind: str, name: str | None) -> Element | None:
        notices = self.main.all(".widget-notice")
        ids = {f"{kind}-{slug_of(name or '') or name}", f"{kind}-{name}"}
        for one in notices:
            if one.id in ids or (name is None and one.id.startswith(f"{kind}-")):
                return one
        return None

    def _cause(self, kind: str, name: str | None) -> BaseException | None:
        notice = self._notice(kind, name)
        ids = [one.error for one in self.failures if notice is not None and one.about == notice.id]
        return ids[0] if ids else None

    def _said(self, element: Element) -> str:
        """A line about what went wrong: what broke in a widget's place, which field was refused."""
        classes = element.get("class").split()
        if "invalid-feedback" in classes and element.id:
            fields = [
                one
                for one in self.main.all("[aria-describedby]")
                if element.id in one.get("aria-describedby")
            ]
            return f"{fields[0].get('name')}: {element.text}" if fields else element.text
        if "capsule-error-page" in classes:
            return " ".join(one.text for one in element.all("h1", "p.empty-subtitle"))
        if "widget-notice" not in classes:
            return element.text
        said = [one.text for one in element.all("p") if one.first("a") is None and one.first("code") is None]
        broke = [str(one) for one in self.failures if one.about == element.id]
        words = " ".join([*said, *broke])
        return f"{element.id}: {words}" if element.id else words


def _address(response: Any) -> str:
    request = response.request
    query = request.get("QUERY_STRING", "")
    path = quote(request["PATH_INFO"])
    return f"{path}?{query}" if query else path


def _fits(name: str, names: Sequence[str]) -> bool:
    """Whether a thing is called so: by its key first, and by what people read."""
    return name in names or (bool(names[0]) and names[0] == slug_of(name))


def _is_own(form: Element) -> bool:
    """Whether a form is the page's own, and no control of a widget."""
    return form.get("method", "get").lower() == "post" and "setting" not in form.get("class").split()


def _is_seen(button: Element) -> bool:
    return not button.has("hidden") and "visually-hidden" not in button.get("class")


def _is_inside(one: Element, other: Element) -> bool:
    around = one.parent
    while around is not None:
        if around is other:
            return True
        around = around.parent
    return False
