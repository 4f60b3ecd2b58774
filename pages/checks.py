"""What ``manage.py check`` says about declared pages and links."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from inspect import signature
from typing import Any, Final, Protocol

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve
from django.urls.resolvers import RoutePattern

from capsule.access import access_problem
from capsule.places import app_label_of
from capsule.routing import routed_callbacks, views_behind
from capsule.system_checks import Error
from collections_app.declaring import collections
from handlers.actions import actions_registry
from handlers.parameters import BadSignature
from pages.declarations import Link, PageDeclaration, links, pages
from pages.icons import icon_problem
from pages.parameters import parameters_of

__all__ = ["OWN", "check_links", "check_pages", "check_routed", "problems_of_page", "route_problem"]


OWN: Final = "own-"  # as the URL names of the pages that nobody declares begin


def check_pages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every declared page, of the given apps only if some are given."""
    declared = [page for page in pages if app_configs is None or page.app_label in _labels(app_configs)]
    own = [problem for page in declared for problem in problems_of_page(page)]
    return [*own, *_same_routes(declared)]


def check_links(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every link of the sidebar, and icons that collections and actions name."""
    problems: list[CheckMessage] = []
    for link in links:
        if app_configs is None or app_label_of(link.module) in _labels(app_configs):
            problems += [*_shared(f"The link '{link.label}'", link), *_target(link)]
    for declaration in (collection.declaration for collection in collections):
        problems += _icon(f"The collection '{declaration.name}'", declaration) if declaration.icon else ()
    for action in actions_registry:
        problems += _icon(f"The action '{action.name}'", action) if action.icon else ()
    return problems


def check_routed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Lines of ``urls.py`` that name a page's plain function or class: its ``access=`` is not asked there."""
    plain = {page.function: page for page in pages}
    problems: list[CheckMessage] = []
    for callback in routed_callbacks(get_resolver().url_patterns):
        page = next((plain[view] for view in views_behind(callback) if view in plain), None)
        if page is not None:
            hint = f"Name '{page.name}.view' there: it asks for the page's access, and reads its parameters."
            message = f"is named in a urls.py, where its access ({page.access!r}) would not be asked for."
            problems.append(_error(f"The page '{page.name}'", message, hint, page, "E010"))
    return problems


def problems_of_page(page: PageDeclaration) -> Iterator[CheckMessage]:
    """What is wrong with one page."""
    subject = f"The page '{page.name}'"
    yield from _shared(subject, page)
    problem = route_problem(page.route)
    if problem:
        yield _error(subject, f"has the route '{page.route}', which {problem}.", _ROUTE_HINT, page, "E003")
    elif page.route_names:
        yield from _route_names(subject, page)
    else:
        yield from _taken(subject, page)
    yield from _parameters(subject, page)


_ROUTE_HINT = "Write it as Django's path() takes it: 'threads/<str:id>/'."


def route_problem(route: str) -> str | None:
    """What is wrong with a route, or ``None``."""
    if re.search(r"[?#\s\\]", route):
        return "holds a character that no path has"
    try:
        RoutePattern(route, is_endpoint=True).regex  # noqa: B018 - reading it is what compiles it
    except (ImproperlyConfigured, re.error):
        return "names a converter that Django does not have, or a name twice"
    return None


def _shared(subject: str, declared: PageDeclaration | Link) -> Iterator[CheckMessage]:
    yield from _icon(subject, declared)
    problem = access_problem(declared.access)
    if problem:
        yield _error(subject, "has an access that means nothing.", problem, declared, "E002")


def _icon(subject: str, declared: Drawn) -> Iterator[CheckMessage]:
    problem = icon_problem(declared.icon or "")
    if problem:
        yield _error(subject, "asks for an icon that there is not.", problem, declared, "E001")


def _taken(subject: str, page: PageDeclaration) -> Iterator[CheckMessage]:
    """Another app's address stands before the page's own, or one of the house's."""
    try:
        found = resolve(f"/{page.route}")
    except Resolver404:
        return  # the site does not serve declared pages
    is_own = str(found.url_name).startswith(OWN) and page.route  # "/" shows the first page
    if "pages" not in found.namespaces or is_own:
        hint = f"'/{page.route}' belongs to '{found.view_name or found._func_path}'. Give route= another."
        yield _error(subject, "would never be seen at its address.", hint, page, "E005")


def _same_routes(declared: Iterable[PageDeclaration]) -> Iterator[CheckMessage]:
    by_shape: dict[str, list[PageDeclaration]] = defaultdict(list)
    for page in declared:
        by_shape[re.sub(r"<[^>]*>", "<>", page.route).rstrip("/")].append(page)
    for first, *others in by_shape.values():
        for other in others:
            taken = f"'{first.name}' ({first.place})"
            message = f"has the same route as {taken}: '{other.route}' and '{first.route}'."
            hint = "Give one of the two another route=."
            yield _error(f"The page '{other.name}'", message, hint, other, "E004")


def _route_names(subject: str, page: PageDeclaration) -> Iterator[CheckMessage]:
    """What the route gives and the function does not take would be a 500."""
    function = getattr(page.function, "get", None) if isinstance(page.function, type) else page.function
    taken = signature(function).parameters if function is not None else {}
    if function is None or any(one.kind is one.VAR_KEYWORD for one in taken.values()):
        return
    for name in page.route_names:
        if name not in taken:
            hint = f"Let it take '{name}', or name in the route what it takes: {', '.join(taken)}."
            message = f"has '{name}' in its route '{page.route}', which its function does not take."
            yield _error(subject, message, hint, page, "E011")


def _parameters(subject: str, page: PageDeclaration) -> Iterator[CheckMessage]:
    if isinstance(page.function, type):
        return  # a class-based view reads its own
    try:
        parameters = parameters_of(page.function, page.route_names)
    except BadSignature as error:
        number = "E008" if error.code == "E005" else "E006"  # a default that does not fit; all else
        yield _error(subject, f"cannot be called. {error.message}", error.hint, page, number)
        return
    for name in parameters.required if page.is_listed else ():
        hint = "The sidebar's link has no query. Give it a default, or write hidden=True."
        yield _error(subject, f"needs a value for '{name}'.", hint, page, "E007")


def _target(link: Link) -> Iterator[CheckMessage]:
    try:
        link.address()
    except NoReverseMatch as error:
        yield _error(f"The link '{link.label}'", "leads nowhere.", str(error), link, "E009")


class Placed(Protocol):
    """A declaration that knows where it was written."""

    @property
    def place(self) -> str: ...


class Drawn(Placed, Protocol):
    """One that may have an icon."""

    @property
    def icon(self) -> str | None: ...


def _error(subject: str, message: str, hint: str, declared: Placed, number: str) -> Error:
    return Error(f"{subject} {message}", hint=f"{hint} ({declared.place})", obj=subject, id=f"pages.{number}")


def _labels(app_configs: Iterable[AppConfig]) -> set[str]:
    return {config.label for config in app_configs}
