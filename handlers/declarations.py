"""``@data``: what makes a function's value an address, a metric's number and a chart's series."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from copy import copy
from functools import cached_property, update_wrapper, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from capsule.access import Access, require
from capsule.arguments import known_arguments
from capsule.errors import (
    BadInput,
    Busy,
    ChangedMeanwhile,
    NotDeclared,
    ScopeError,
    TimedOut,
    TooCostly,
    Unavailable,
)
from capsule.http import PageRequest, allow
from capsule.identity import current_identity
from capsule.json_values import InvalidJSON
from capsule.registry import Registry
from capsule.sources import Source
from capsule.time_limits import TOO_LONG
from capsule.words import Words
from handlers.caching import KeptResult, results
from handlers.errors import NotAFunction
from handlers.parameters import Parameters, parameters_of
from handlers.results import ResponseNotJSON, encode, failed, json_answer, passed_through, plain, settled
from handlers.routed import routed_request
from handlers.running import arunning, awaited, called, for_reading, only_reading, running
from handlers.trying import is_for_people, tried

__all__ = ["Handler", "data", "handlers_registry"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

TIMEOUT: Final = 10.0  # seconds
METHODS: Final = ("GET",)

# What a handler may raise on purpose: each has an answer of its own.
ANSWERED: Final = (
    BadInput,
    Busy,
    ChangedMeanwhile,
    Http404,
    InvalidJSON,
    NotDeclared,
    PermissionDenied,
    ScopeError,
    SuspiciousOperation,
    TimedOut,
    TooCostly,
    Unavailable,
)


class Handler(Generic[P, R]):
    """A declared data handler. Calling it is calling the function; nothing is checked then. Only where a line
    of ``urls.py`` leads to it, Django's resolver gets the answer of ``.view``.

    ``name``, ``access``, ``description`` (the docstring) and ``place`` (``module:line``) are what was
    declared. Safe to share across threads: nothing of a request is kept in it. Of a view class it has the
    attributes; ``Activity.as_view()`` is the same for its line in ``urls.py``.

    Example: ``ui.Chart(activity, x="day", y="opened")``
    """

    do_not_call_in_templates = True  # {% chart activity %} means the handler itself
    kind = "Data handler"
    source: Source = "handler"
    too_long: Words = TOO_LONG

    def __init__(
        self,
        function: Callable[P, R],
        name: str | None = None,
        access: Access = "authenticated",
        cache: float | None = None,
        stale: float = 0,
        timeout: float = TIMEOUT,
        methods: Sequence[str] = METHODS,
    ) -> None:
        view_class = isinstance(function, type) and issubclass(function, View)
        if not callable(function) or (isinstance(function, type) and not view_class):
            raise NotAFunction(f"@data stands on a function or a view, not on {function!r}.")
        update_wrapper(self, function, updated=() if view_class else ("__dict__",))
        self.declared = function
        self.function: Callable[..., Any] = (
            function.as_view() if view_class else function  # type: ignore[attr-defined]
        )
        self.name = name or function.__name__
        self.access = access
        self.cache = cache
        self.stale = stale
        self.timeout = timeout
        self.methods = tuple(methods)
        self._parameters: dict[str, Parameters] = {}
        self.description = (function.__doc__ and inspect.getdoc(function)) or ""
        self.is_async = iscoroutinefunction(self.function)
        if self.is_async:
            markcoroutinefunction(self)

    def __repr__(self) -> str:
        return f"<data handler '{self.name}' ({self.place})>"

    def digest_key(self) -> str:
        """What tells two handlers apart: see ``capsule.digests``."""
        return self.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        request = routed_request(self, args)
        if request is not None:
            answer: R = self._routed(request, *args[1:], **kwargs)  # to Django
            return answer
        return self.declared(*args, **kwargs)

    def _routed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = sync_to_async(self.view) if self.is_async else self.view
        return answer(request, *args, **kwargs)

    def _as_view(self, **given: Any) -> Callable[..., Any]:
        """That of the class, which an address leads to as to ``.view``."""
        asked = copy(self)
        asked.function = self.declared.as_view(**given)  # type: ignore[attr-defined] # a view class
        if given:
            asked.cache = None  # what is kept is the class's own, whatever one line says

        @wraps(asked.function)
        def view(*args: Any, **kwargs: Any) -> Any:
            request = routed_request(view, args)
            if request is not None:
                return asked._routed(request, *args[1:], **kwargs)
            return asked.function(*args, **kwargs)

        return view

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # What a view class has beside what a handler has; a class may even inherit from a decorated one.
            declared = self.__dict__.get("declared")
            if isinstance(declared, type):
                return self._as_view if name == "as_view" else getattr(declared, name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self.declared,) if isinstance(self.declared, type) else ()

    @cached_property
    def place(self) -> str:
        """Where it stands: ``module:line``."""
        declared = inspect.unwrap(self.declared)
        code = getattr(declared, "__code__", None)
        line = f":{code.co_firstlineno}" if code is not None else ""
        if isinstance(declared, type):
            line = f".{declared.__qualname__}"
        return f"{declared.__module__}{line}"

    @cached_property
    def parameters(self) -> Parameters:
        """What it takes to be read. Made at the first need, when all that its annotations name is imported.

        Raises ``BadSignature``, which the system checks report.
        """
        return self.parameters_of(self.methods[0])

    def parameters_of(self, method: str) -> Parameters:
        """What it takes by this method: a view class has a function for each.

        Raises ``BadSignature``.
        """
        kept = self._parameters.get(method)
        if kept is None:
            kept = self._parameters[method] = parameters_of(self.declared, method)
        return kept

    def url(self, **params: object) -> str:
        """Its address with these parameters; ``None`` leaves one out.

        Raises ``TypeError`` for a parameter that it does not take.

        Example: ``activity.url(period="7d") == "/data/activity?period=7d"``
        """
        address = reverse("handlers:data", args=[self.name])
        query = urlencode(self.parameters.written(params), doseq=True)
        return f"{address}?{query}" if query else address

    def view(self, request: HttpRequest, **in_path: Any) -> HttpResponseBase:
        """The Django view: ``path("activity/", activity.view)``. Answers its methods, and HEAD for GET.

        In a browser it is a page with a form for its parameters, and the answer beside it; not where some of
        them stand in the path, which no form fills.
        """
        request.answers_json = True  # type: ignore[attr-defined] # wherever it is mounted, its errors are JSON
        if "GET" in self.methods and not in_path and is_for_people(request):
            return tried(self, request, self._answer)
        return self._answer(request, in_path)

    def _answer(
        self, request: HttpRequest, in_path: Mapping[str, Any] = MappingProxyType({})
    ) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in self.methods:
            refused = allow(request, self.methods)
            if refused is not None:
                return refused
        try:
            self._admit()
            arguments = self.parameters_of(method).from_query(request.GET, in_path)
            with running(self, request, arguments):
                if self.cache is not None and method == "GET":
                    body = self._kept(arguments).body
                else:
                    result = self._run(request, arguments)
                    if isinstance(result, HttpResponseBase):
                        return passed_through(request, result)
                    body = encode(result)
        except ANSWERED:
            raise
        except ResponseNotJSON as other:  # cache= keeps values alone
            return passed_through(request, other.response)
        except Exception as error:
            return failed(request, self.name, self.place, error)
        return json_answer(request, body)

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
        arguments = self._checked(params)
        with running(self, request, arguments):
            return self._called(request, arguments)

    def settled(self, request: HttpRequest | None = None, /, **params: object) -> Any:
        """The same as ``call``; what is lazy in it is read here, within its time.

        Example: ``activity.settled(period="7d")["days"]``
        """
        arguments = self._checked(params)
        with running(self, request, arguments):
            return settled(self._called(request, arguments))

    def plain(self, request: HttpRequest | None = None, /, **params: object) -> Any:
        """The same, made only of JSON's own types: what is lazy is read here, within its time.

        Example: ``urgent.plain()["rows"]``
        """
        arguments = self._checked(params)
        with running(self, request, arguments):
            return plain(self._called(request, arguments))

    def _called(self, request: HttpRequest | None, arguments: dict[str, Any]) -> Any:
        if self.cache is not None:
            return self._kept(arguments).value
        return self._run(self._asking(request), arguments)

    @overload
    async def acall(
        self: Handler[P, Coroutine[Any, Any, T]], request: HttpRequest | None = None, /, **params: object
    ) -> T: ...
    @overload
    async def acall(self, request: HttpRequest | None = None, /, **params: object) -> R: ...
    async def acall(self, request: HttpRequest | None = None, /, **params: object) -> Any:
        """``call`` for async code: ``await activity.acall(period="7d")``."""
        if not self.is_async or self.cache is not None:
            return await sync_to_async(self.call)(request, **params)
        arguments = await sync_to_async(self._checked)(params)
        async with arunning(self, request, arguments):
            args, kwargs = await sync_to_async(self._bound)(request, arguments)
            return await awaited(self, args, kwargs)

    def _checked(self, params: dict[str, object]) -> dict[str, Any]:
        self._admit()
        return self.parameters.from_values(params)

    def _bound(
        self, request: HttpRequest | None, arguments: dict[str, Any]
    ) -> tuple[tuple[HttpRequest, ...], dict[str, Any]]:
        return self.parameters.bound(self._asking(request), arguments)

    def _admit(self) -> None:
        if self.access != "public":  # a public handler need not know who asks: no session, no query
            require(self.access, current_identity())

    def _kept(self, arguments: dict[str, Any]) -> KeptResult:
        """The result, kept or computed. What a cached handler is given of the request is what the cache
        knows of: the arguments and who asks."""

        def compute() -> Any:
            return self._run(self._own_request(), dict(arguments))

        return results.get(self.name, arguments, compute, seconds=self.cache or 0, stale=self.stale)

    def _run(self, request: HttpRequest, arguments: dict[str, Any]) -> Any:
        method = "GET" if request.method == "HEAD" else request.method or ""
        args, kwargs = self.parameters_of(method).bound(request, arguments)
        with only_reading(self, request):
            return called(self, args, kwargs)

    def _asking(self, request: HttpRequest | None) -> HttpRequest:
        """The request with which Python asks for the value. What a page was sent is not sent to its chart."""
        if request is None:
            return self._own_request()
        return request if self.methods[0] != "GET" else for_reading(request)

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
    name: str | None = None,
    *,
    access: Access = "authenticated",
    cache: float | None = None,
    stale: float = 0,
    timeout: float = TIMEOUT,
    methods: Sequence[str] = METHODS,
) -> Callable[[Callable[P, R]], Handler[P, R]]: ...
@known_arguments
def data(
    name: Callable[P, R] | str | None = None,
    *,
    access: Access = "authenticated",
    cache: float | None = None,
    stale: float = 0,
    timeout: float = TIMEOUT,
    methods: Sequence[str] = METHODS,
) -> Any:
    """Serve a function's value at ``/data/<name>``; the name is the function's unless given.

    On a sync or async function, or on a Django view (function or class) whose ``HttpResponse`` passes
    through. A first parameter named ``request`` is the request; one annotated with ``Identity`` is the
    caller's; all others come from the query string and are checked by their annotations. ``access`` says
    who may: ``"public"``, ``"authenticated"``, ``"staff"``, a permission, or a function of the identity.

    With ``cache`` a result is kept for at most that many seconds, for everybody for whom it is the same, and
    forgotten at once when a collection, a setting or a conversation that it read changes. For ``stale``
    seconds more the old one is given to others while one computes it anew.

    ``timeout`` is how many seconds it may take; then whoever asks is answered 503. ``methods`` are those that
    a view takes: others than GET may write, and are behind Django's CSRF wall as ever.

    Raises ``DeclaredTwice`` if the name is taken.

    Example::

        @data
        def activity(request: PageRequest, period: Literal["7d", "30d"] = "7d") -> list[dict[str, object]]:
            return [{"day": "Mon", "opened": 5, "closed": 3}]
    """
    if name is not None and not isinstance(name, str):
        return _declared(Handler(name))
    return lambda function: _declared(Handler(function, name, access, cache, stale, timeout, methods))


def _declared(handler: Handler[P, R]) -> Handler[P, R]:
    handlers_registry.add(handler.name, handler, handler.place)
    return handler
