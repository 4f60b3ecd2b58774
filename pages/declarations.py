"""What declares a page: ``@page`` above a function of the request, and ``link`` to an address that exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import slugify

from capsule.access import Access
from capsule.arguments import known_arguments
from capsule.places import app_label_of, calling_place
from capsule.registry import Registry
from handlers.annotations import written
from pages.serving import serve

__all__ = ["Link", "PageDeclaration", "PageFunction", "link", "links", "listed", "page", "pages"]

P = ParamSpec("P")
R = TypeVar("R")
P_co = ParamSpec("P_co")
R_co = TypeVar("R_co", covariant=True)
Label = str | Promise
View = Callable[..., HttpResponseBase]

_CONVERTER = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


class PageFunction(Protocol[P, R_co]):
    """A declared page: the plain function, with its Django view and its address beside it.

    ``view`` is what a line of ``urls.py`` names. Calling it is calling the function.

    Example: ``redirect(overview.url(period="30d"))``
    """

    view: View

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def url(self, **values: object) -> str:
        """The page's address; ``values`` fill its route and then its query string."""


@dataclass(frozen=True)
class PageDeclaration:
    """One page as declared. Frozen, so it is safe to share across requests and threads."""

    name: str
    label: Label
    function: Callable[..., Any]
    icon: str
    route: str
    order: int | None
    access: Access
    hidden: bool
    module: str
    line: int

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def app_label(self) -> str:
        return app_label_of(self.module)

    @property
    def route_names(self) -> tuple[str, ...]:
        """The names that the route's converters fill."""
        return tuple(_CONVERTER.findall(self.route))

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the sidebar: a page of one record has no single address to link to."""
        return not self.hidden and not self.route_names

    @property
    def view(self) -> View:
        return partial(serve, self)

    def address(self, **values: object) -> str:
        """The page's address; ``values`` fill its route and then its query string."""
        in_route = {name: values.pop(name) for name in self.route_names if name in values}
        query = {name: written(value) for name, value in values.items() if value is not None}
        return reverse(f"pages:{self.name}", kwargs=in_route, query=query or None)


@dataclass(frozen=True)
class Link:
    """A line of the sidebar that leads to an address which is not a page of ours."""

    label: Label
    target: str
    icon: str
    order: int | None
    access: Access
    module: str
    line: int

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    def address(self) -> str:
        """The target itself if it is a path or a whole address, else the address of that URL name."""
        is_address = self.target.startswith(("/", "https://", "http://"))
        return self.target if is_address else reverse(self.target)


pages: Registry[PageDeclaration] = Registry("page")
links: Registry[Link] = Registry("link")


@overload
def page(name: Callable[P, R]) -> PageFunction[P, R]: ...
@overload
def page(
    name: Label | None = None,
    *,
    icon: str = "file",
    route: str | None = None,
    order: int | None = None,
    access: Access = "authenticated",
    hidden: bool = False,
) -> Callable[[Callable[P, R]], PageFunction[P, R]]: ...
@known_arguments
def page(
    name: Any = None,
    *,
    icon: str = "file",
    route: str | None = None,
    order: int | None = None,
    access: Access = "authenticated",
    hidden: bool = False,
) -> Any:
    """Declare a page: a function of the request and of typed query parameters, called for each request.

    ``name`` is what the sidebar says (default: the function's name as words). The page answers at ``route``
    (default: the function's name, ``/all-threads/``) and under the URL name ``pages:<function's name>``. It
    returns a ``ui.Page`` or any Django response. ``order`` sorts the sidebar: pages with a number stand
    first, by it; the others follow as declared. A refused, ``hidden`` or parametrised page is not in it.

    The decorated name stays the plain function; ``.view`` is its Django view, ``.url(**values)`` its address.

    Example: ``@page("Overview", icon="layout-dashboard")``
    """
    place = calling_place()

    def declare(function: Callable[P, R]) -> PageFunction[P, R]:
        slug = slugify(function.__name__.replace("_", "-"))
        declaration = PageDeclaration(
            name=function.__name__,
            label=function.__name__.replace("_", " ").capitalize() if name is None else name,
            function=function,
            icon=icon,
            route=f"{slug}/" if route is None else route.lstrip("/"),
            order=order,
            access=access,
            hidden=hidden,
            module=place[0],
            line=place[1],
        )
        pages.add(declaration.name, declaration, declaration.place)
        declared = cast("PageFunction[P, R]", function)
        declared.view = declaration.view
        declared.url = declaration.address  # type: ignore[method-assign]
        return declared

    if callable(name) and not isinstance(name, str):
        function, name = name, None
        return declare(function)
    return declare


@known_arguments
def link(
    name: Label, url: str, *, icon: str = "link", order: int | None = None, access: Access = "authenticated"
) -> Link:
    """Put a line into the sidebar that leads to ``url``: a URL name, a path or a whole address.

    It is hidden where ``access`` refuses; what it leads to asks for itself.

    Example: ``link("Reports", "desk:reports", icon="chart-bar")``
    """
    module, line = calling_place()
    declared = Link(name, url, icon, order, access, module, line)
    links.add(str(name), declared, declared.place)
    return declared


def listed() -> list[PageDeclaration | Link]:
    """What may stand in the sidebar, in order: first by ``order``, then as declared, links after pages."""
    return sorted(_candidates(), key=lambda item: (item.order is None, item.order or 0))


def _candidates() -> Iterator[PageDeclaration | Link]:
    yield from (declared for declared in pages if declared.is_listed)
    yield from links
