"""``@action``: what makes a function something that a button does, and that a program asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, overload

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from capsule.access import Access, allows
from capsule.arguments import known_arguments
from capsule.errors import BadInput, ScopeError
from capsule.http import allow
from capsule.identity import Identity, current_identity
from capsule.programs import JSON, is_for_programs, sent_object
from capsule.registry import Registry
from capsule.sources import Source
from capsule.undoing import noting_undo
from capsule.words import Words
from handlers.asking import FORM_KEYS, ask_again
from handlers.charts import in_words
from handlers.declarations import ANSWERED
from handlers.errors import NotAFunction
from handlers.forms import FormProvider
from handlers.outcomes import already_done, answer, broke
from handlers.parameters import Parameters
from handlers.running import called, running
from live.changes import telling
from live.once import at_most_once

__all__ = ["Action", "action", "actions_registry", "declared_action"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Action(Generic[P, R]):
    """A declared action. Calling it is calling the function; nothing is checked then.

    ``name``, ``access``, ``confirm``, ``timeout``, ``label``, ``icon``, ``description`` (the docstring) and
    ``place`` (``module:line``) are what was declared. Safe to share across threads: nothing of a request is
    kept in it.

    Example: ``ui.Table(threads, actions=[close])``
    """

    do_not_call_in_templates = True  # {{ action.label }} asks what it says, and does nothing
    kind = "Action"
    source: Source = "action"
    too_long: Words = _(
        "This took too long and was given up. Some of it may be done: look before you do it again."
    )

    def __init__(
        self,
        function: Callable[P, R],
        name: str | None = None,
        *,
        access: Access = "authenticated",
        confirm: Words | None = None,
        timeout: float | None = 10.0,
        label: Words | None = None,
        icon: str | None = None,
    ) -> None:
        if not callable(function) or (isinstance(function, type) and not issubclass(function, View)):
            raise NotAFunction(f"@action stands on a function or a Django view, not on {function!r}.")
        update_wrapper(self, function, updated=() if isinstance(function, type) else ("__dict__",))
        self.function: Callable[..., Any] = _as_function(function)
        self.name = name or function.__name__
        self.access = access
        self.confirm = confirm
        self.timeout = timeout  # seconds
        self.label: Words = label if label is not None else in_words(self.name.replace("-", "_"))
        self.icon = icon
        self.description = inspect.getdoc(function) or ""
        self.is_async = iscoroutinefunction(self.function)
        if self.is_async:
            markcoroutinefunction(self)

    def __repr__(self) -> str:
        return f"<action '{self.name}' ({self.place})>"

    def digest_key(self) -> str:
        """What tells two actions apart: see ``capsule.digests``."""
        return self.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)  # type: ignore[no-any-return]

    @cached_property
    def place(self) -> str:
        """Where the function stands: ``module:line``."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        line = f":{code.co_firstlineno}" if code is not None else ""
        return f"{self.function.__module__}{line}"

    @cached_property
    def parameters(self) -> Parameters:
        """What it takes. Made at the first need, when all that its annotations name is imported.

        Who takes the request alone, as a view does, reads for itself what came with it. Raises
        ``BadSignature``, which the system checks report.
        """
        if getattr(self.function, "view_class", None) is not None:
            return Parameters(True, {}, {}, "ignore")
        parameters = Parameters.of(self.function)
        reads_itself = (parameters.takes_request and not parameters.fields) or self._form_of(parameters)
        return replace(parameters, unknown="ignore") if reads_itself else parameters

    @property
    def form_class(self) -> type[BaseForm] | None:
        """The form that it takes, which says what may be sent: that of its annotation."""
        return self._form_of(self.parameters)

    @staticmethod
    def _form_of(parameters: Parameters) -> type[BaseForm] | None:
        providers = parameters.injected.values()
        return next((one.form_class for one in providers if isinstance(one, FormProvider)), None)

    def url(self) -> str:
        """The address that a POST does it at.

        Example: ``close.url() == "/actions/close/"``
        """
        return reverse("actions:action", args=[self.name])

    def may(self, identity: Identity) -> bool:
        """Whether that identity may do it: asked again whenever it is done."""
        return allows(self.access, identity)

    def view(self, request: HttpRequest) -> HttpResponseBase:
        """The Django view: ``path("close/", close.view)``. Answers POST."""
        for_program = is_for_programs(request)
        if refused := allow(request, ("POST",)):
            return refused
        self.admit()
        try:
            arguments = self.sent(request)
        except BadInput as problem:
            if for_program:
                raise
            return ask_again(request, self, problem.fields)
        return at_most_once(request, lambda: self.done(request, arguments), lambda: already_done(request))

    def done(self, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponseBase:
        """Do it with checked arguments, and answer as whoever asks expects it: see ``handlers.outcomes``."""
        try:
            with running(self, request, arguments):
                with noting_undo() as undo, telling() as told:
                    value = self._run(request, arguments)
                # What changed besides would stay changed: half of it is not taken back.
                return answer(request, self, value, undo() if len(told) <= 1 else "")
        except ANSWERED:
            raise
        except Exception as error:
            return broke(request, self, error)

    @overload
    def call(self: Action[P, Coroutine[Any, Any, T]], request: HttpRequest, /, **params: object) -> T: ...
    @overload
    def call(self, request: HttpRequest, /, **params: object) -> R: ...
    def call(self, request: HttpRequest, /, **params: object) -> Any:
        """Do it for the bound identity, with access and validation, from Python: what the function returns.

        Raises ``ScopeError`` or ``PermissionDenied`` (access), ``BadInput`` (parameters), and what the
        function raises.

        Example: ``assign.call(request, to="ana@example.com")``
        """
        self.admit()
        arguments = self.parameters.from_values(params)
        with running(self, request, arguments):
            return self._run(request, arguments)

    async def acall(self, request: HttpRequest, /, **params: object) -> Any:
        """``call`` for async code: ``await assign.acall(request, to="ana@example.com")``."""
        return await sync_to_async(self.call)(request, **params)

    def admit(self) -> None:
        """Pass if the bound identity may do it. Raises ``ScopeError`` (a visitor) or ``PermissionDenied``."""
        identity = current_identity()
        if self.may(identity):
            return
        if not identity.is_authenticated:
            raise ScopeError(gettext("Sign in to do this."))
        raise PermissionDenied(gettext("You do not have permission to do this."))

    def sent(self, request: HttpRequest) -> dict[str, Any]:
        """What was sent, typed: JSON, or a form. Raises ``InvalidJSON`` or ``BadInput``."""
        if request.content_type == JSON:
            sent = sent_object(request) if request.body.strip() else {}
            if self.parameters.unknown == "ignore":
                sent = {name: value for name, value in sent.items() if name in self.parameters.fields}
            return self.parameters.from_values(sent)
        posted = request.POST.copy()
        for key in FORM_KEYS:
            posted.pop(key, None)
        return self.parameters.from_query(posted)

    def _run(self, request: HttpRequest, arguments: dict[str, Any]) -> Any:
        request.__dict__["action"] = self.name
        args, kwargs = self.parameters.bound(request, arguments)
        return called(self, args, kwargs)


def _as_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """A class-based view as the function that Django calls."""
    if isinstance(function, type) and issubclass(function, View):
        return function.as_view()
    return function


actions_registry: Registry[Action[..., Any]] = Registry("action")


def declared_action(action: Action[..., Any] | str) -> Action[..., Any]:
    """The action, or the one of that name. Raises ``NotDeclared``, with the nearest, where there is none.

    Example: ``declared_action("close_thread").may(identity)``
    """
    return actions_registry.get(action) if isinstance(action, str) else action


@overload
def action(name: Callable[P, R], /) -> Action[P, R]: ...
@overload
def action(
    name: str | None = None,
    *,
    access: Access = "authenticated",
    confirm: Words | None = None,
    timeout: float | None = 10.0,
    label: Words | None = None,
    icon: str | None = None,
) -> Callable[[Callable[P, R]], Action[P, R]]: ...
@known_arguments
def action(
    name: Callable[P, R] | str | None = None,
    *,
    access: Access = "authenticated",
    confirm: Words | None = None,
    timeout: float | None = 10.0,
    label: Words | None = None,
    icon: str | None = None,
) -> Any:
    """Have a button, or a program, do something at ``POST /actions/<name>/``.

    On a sync or async function, whose name it has unless given, or on a Django view. A first parameter named
    ``request`` is the request; one annotated with ``Identity`` or ``Row`` is injected; all others come from
    what was sent, a form or JSON, and are checked by their annotations. ``access`` says who may, asked each
    time it is done. ``confirm`` is the question that a person is asked first. ``timeout`` is how many seconds
    it may take, then whoever asks is answered 503; None leaves it the time of its request. ``label`` and
    ``icon`` are what its buttons say.

    What it returns is what the person sees: nothing, a sentence, a widget, a dict of problems by parameter,
    or a response. Raises ``DeclaredTwice`` if the name is taken.

    Example::

        @action(label="Close", icon="check")
        def close(row: Row) -> str:
            row.patch({"status": "closed"})
            return "The thread was closed."
    """
    if name is not None and not isinstance(name, str):
        return _declared(Action(name))
    return lambda function: _declared(
        Action(function, name, access=access, confirm=confirm, timeout=timeout, label=label, icon=icon)
    )


def _declared(action: Action[P, R]) -> Action[P, R]:
    actions_registry.add(action.name, action, action.place)
    return action
