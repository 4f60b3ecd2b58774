"""``@data``: what makes a function's value an address, a metric's number and a chart's series."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import cached_property, update_wrapper
from typing import Any, Final, Generic, ParamSpec, TypeVar, overload

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from capsule.access import Access, require
from capsule.errors import BadInput, NotDeclared, ScopeError, TooCostly
from capsule.http import PageRequest, allow
from capsule.identity import current_identity
from capsule.json_values import InvalidJSON
from capsule.registry import Registry
from capsule.sources import coming_from
from handlers.parameters import Parameters
from handlers.results import METHODS, encode, failed, json_answer, passed_through

__all__ = ["Handler", "data", "handlers_registry"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

# What a handler may raise on purpose: each has an answer of its own.
ANSWERED: Final = (
    BadInput,
    Http404,
    InvalidJSON,
    NotDeclared,
    PermissionDenied,
    ScopeError,
    SuspiciousOperation,
    TooCostly,
)


class Handler(Generic[P, R]):
    """A declared data handler. Calling it is calling the function; nothing is checked then.

    ``name``, ``access``, ``description`` (the docstring) and ``place`` (``module:line``) are what was
    declared. Safe to share across threads: nothing of a request is kept in it.
    """

    def __init__(
        self, function: Callable[P, R], name: str | None = None, access: Access = "authenticated"
    ) -> None:
        if isinstance(function, type) or not callable(function):
            raise TypeError(f"@data stands on a function or a function view, not on {function!r}.")
        update_wrapper(self, function)
        self.function = function
        self.name = name or function.__name__
        self.access = access
        self.description = inspect.getdoc(function) or ""
        self.is_async = iscoroutinefunction(function)
        if self.is_async:
            markcoroutinefunction(self)

    def __repr__(self) -> str:
        return f"<data handler '{self.name}' ({self.place})>"

    def digest_key(self) -> str:
        """What tells two handlers apart: see ``capsule.digests``."""
        return self.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @cached_property
    def place(self) -> str:
        """Where the function stands: ``module:line``."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        line = f":{code.co_firstlineno}" if code is not None else ""
        return f"{self.function.__module__}{line}"

    @cached_property
    def parameters(self) -> Parameters:
        """What it takes. Made at the first need, when all that its annotations name is imported.

        Raises ``BadSignature``, which the system checks report.
        """
        return Parameters.of(self.function)

    def url(self, **params: object) -> str:
        """Its address with these parameters; ``None`` leaves one out.

        Raises ``TypeError`` for a parameter that it does not take.

        Example: ``activity.url(period="7d") == "/data/activity?period=7d"``
        """
        address = reverse("handlers:data", args=[self.name])
        query = urlencode(self.parameters.written(params), doseq=True)
        return f"{address}?{query}" if query else address

    def view(self, request: HttpRequest) -> HttpResponseBase:
        """The Django view: ``path("activity/", activity.view)``. Answers GET and HEAD."""
        request.answers_json = True  # type: ignore[attr-defined] # wherever it is mounted, its errors are JSON
        if request.method not in METHODS:
            refused = allow(request, METHODS)
            if refused is not None:
                return refused
        try:
            self._admit()
            arguments = self.parameters.from_query(request.GET)
            result = self._run(request, arguments)
            if isinstance(result, HttpResponseBase):
                return passed_through(request, result)
            body = encode(result)
        except ANSWERED:
            raise
        except Exception as error:
            return failed(request, self.name, self.place, error)
        return json_answer(request, body, title=self.name, description=self.description)

    @overload
    def call(
        self: Handler[P, Coroutine[Any, Any, T]], request: HttpRequest | None = None, /, **params: object
    ) -> T: ...
    @overload
    def call(self, request: HttpRequest | None = None, /, **params: object) -> R: ...
    def call(self, request: HttpRequest | None = None, /, **params: object) -> Any:
        """Its value for the bound identity, with access and validation, from Python.

        Raises ``ScopeError`` or ``PermissionDenied`` (access), ``BadInput`` (parameters), and what the
        function raises.

        Example: ``activity.call(period="7d")``
        """
        self._admit()
        return self._run(request or self._own_request(), self.parameters.from_values(params))

    @overload
    async def acall(
        self: Handler[P, Coroutine[Any, Any, T]], request: HttpRequest | None = None, /, **params: object
    ) -> T: ...
    @overload
    async def acall(self, request: HttpRequest | None = None, /, **params: object) -> R: ...
    async def acall(self, request: HttpRequest | None = None, /, **params: object) -> Any:
        """``call`` for async code: ``await activity.acall(period="7d")``."""
        if not self.is_async:
            return await sync_to_async(self.call)(request, **params)
        args, kwargs = await sync_to_async(self._prepared)(request, params)
        return await self._awaited(*args, **kwargs)

    def _prepared(
        self, request: HttpRequest | None, params: dict[str, object]
    ) -> tuple[tuple[HttpRequest, ...], dict[str, Any]]:
        self._admit()
        arguments = self.parameters.from_values(params)
        return self.parameters.bound(request or self._own_request(), arguments)

    def _admit(self) -> None:
        if self.access != "public":  # a public handler need not know who asks: no session, no query
            require(self.access, current_identity())

    def _run(self, request: HttpRequest, arguments: dict[str, Any]) -> Any:
        args, kwargs = self.parameters.bound(request, arguments)
        if self.is_async:
            return async_to_sync(self._awaited)(*args, **kwargs)
        try:
            with coming_from("handler"):
                return self.function(*args, **kwargs)  # type: ignore[arg-type]
        except SystemExit as error:
            raise self._left(error) from error

    async def _awaited(self, *args: Any, **kwargs: Any) -> Any:
        # Caught inside the task: outside it would already have stopped the server's event loop.
        try:
            with coming_from("handler"):
                return await self.function(*args, **kwargs)  # type: ignore[misc]
        except SystemExit as error:
            raise self._left(error) from error

    def _left(self, error: SystemExit) -> RuntimeError:
        return RuntimeError(f"Data handler '{self.name}' ({self.place}) called sys.exit({error.code!r}).")

    def _own_request(self) -> HttpRequest:
        """What stands in for a request where Python calls without one: a GET by the bound identity."""
        request = PageRequest()
        request.method = "GET"
        request.path = request.path_info = self.url()
        request.identity = current_identity()
        return request


handlers_registry: Registry[Handler[..., Any]] = Registry("data handler")


@overload
def data(name: Callable[P, R], /) -> Handler[P, R]: ...
@overload
def data(
    name: str | None = None, *, access: Access = "authenticated"
) -> Callable[[Callable[P, R]], Handler[P, R]]: ...
def data(name: Callable[P, R] | str | None = None, *, access: Access = "authenticated") -> Any:
    """Serve a function's value at ``/data/<name>``; the name is the function's unless given.

    On a sync or async function, or on a function view whose ``HttpResponse`` passes through. A first
    parameter named ``request`` is the request; one annotated with ``Identity`` is the caller's; all others
    come from the query string and are checked by their annotations. ``access`` says who may: ``"public"``,
    ``"authenticated"``, ``"staff"``, a permission, or a function of the identity.

    Raises ``DeclaredTwice`` if the name is taken.

    Example::

        @data
        def activity(request: PageRequest, period: Literal["7d", "30d"] = "7d") -> list[dict[str, object]]:
            return [{"day": "Mon", "opened": 5, "closed": 3}]
    """
    if name is not None and not isinstance(name, str):
        return _declared(Handler(name))
    return lambda function: _declared(Handler(function, name, access))


def _declared(handler: Handler[P, R]) -> Handler[P, R]:
    handlers_registry.add(handler.name, handler, handler.place)
    return handler
