"""What an application writes: ``setting(...)`` gives a handle that is read and written. Imports no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypedDict, TypeVar, Unpack, overload

from asgiref.sync import sync_to_async

from capsule.access import Access
from capsule.arguments import known_arguments
from capsule.errors import CapsuleError, NotAValue
from capsule.places import app_label_of, calling_place
from capsule.registry import Registry
from capsule.scopes import Scope
from capsule.words import Words
from settings_app.kinds import KINDS, Kind
from settings_app.layers import Origin, layers_of
from settings_app.options import GivenOptions, Options, current_options, first_option, normalized

__all__ = [
    "BadLayer",
    "NotReady",
    "Setting",
    "Value",
    "ValueStore",
    "keep_values_in",
    "setting",
    "settings_registry",
]

# The order matters to mypy: True is also an int, an int passes for a float.
T = TypeVar("T", bool, str, int, float)
Value = bool | str | int | float
PythonType = type  # inside Setting the name "type" is the field's


class NotReady(CapsuleError, RuntimeError):
    """A setting was read while modules were still being imported: no database can be asked yet."""

    anchor = "notready"

    def __init__(self) -> None:
        super().__init__(
            "A setting was read while the site was starting. Declare at the top of a module, read inside a "
            "function: a page, a view, a handler."
        )


class BadLayer(CapsuleError, ValueError):
    """A setting was written or reset in a scope in which it has no value."""

    anchor = "badlayer"


MISSING = object()


class ValueStore(Protocol):
    """What ``values`` does for the handles. They do not import it: it needs models, declarations do not."""

    def read(self, setting: Setting[Any]) -> Any: ...

    def at_hand(self, setting: Setting[Any]) -> Any:
        """The value where no database need be asked for it, else ``MISSING``."""

    def origin_of(self, setting: Setting[Any]) -> Origin: ...

    def write(self, setting: Setting[Any], value: object, scope: Scope | None = None) -> None: ...

    def reset(self, setting: Setting[Any], scope: Scope | None = None) -> int | None: ...

    def read_all(self) -> dict[str, Value]: ...


_stores: list[ValueStore] = []


def keep_values_in(store: ValueStore) -> None:
    """Say where values are kept; ``apps.ready`` does so once the models are loaded."""
    _stores[:] = [store]


def value_store() -> ValueStore:
    """Where values are kept. Raises ``NotReady`` before the models are loaded."""
    if not _stores:
        raise NotReady
    return _stores[0]


@dataclass(frozen=True, slots=True, eq=False)
class Setting(Generic[T]):
    """A declared setting, and the handle by which Python reads and writes its value.

    Frozen, so it is safe to share across requests and threads; the value is another one for each identity.

    Example::

        show_closed = setting("show_closed", scope="user", default=False)
        if show_closed.get(): ...
    """

    name: str
    scope: Scope
    type: PythonType
    default: T
    options: Options[T] | None
    label: Words | None
    help_text: Words
    section: Words | None
    min: float | None
    max: float | None
    step: float | None
    unit: Words | None
    multiline: bool
    placeholder: Words
    secret: bool
    validate: Callable[[T], object] | None
    inherit: bool
    access: Access
    editable: Access | bool | None
    module: str = ""
    line: int = 0

    def digest_key(self) -> str:
        """What tells two settings apart: see ``capsule.digests``."""
        return self.name

    @property
    def title(self) -> str:
        """What people call it: the label, else the name in words."""
        return str(self.label or self.name.replace("_", " ").strip().capitalize())

    @property
    def kind(self) -> Kind:
        """The type's checks. The system checks have seen to it that there is one."""
        return KINDS[self.type]

    @property
    def choices(self) -> list[tuple[T, str]]:
        """The options with their labels, as they are now; none where anything goes."""
        return [
            (value, str(label) if label != "" else self.kind.text_of(value))
            for value, label in current_options(self.options).items()
        ]

    @property
    def layers(self) -> tuple[Scope, ...]:
        """The scopes in which a value of it may stand, the nearest first: its own, or wider ones besides."""
        return layers_of(self.scope, self.inherit)

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def app_label(self) -> str:
        """The app that declares it."""
        return app_label_of(self.module)

    def get(self) -> T:
        """The value in force for the identity that is acting: the nearest that was set, else the default.

        Raises ``ScopeError`` for an anonymous visitor in user or owner scope (one that inherits is then what
        the site says), ``NoIdentity`` where nobody acts (app scope apart: that is one value for everybody).
        """
        value: T = value_store().read(self)
        return value

    def set(self, value: T, *, scope: Scope | None = None) -> None:
        """Keep ``value`` for the identity that is acting: one atomic upsert, last writer wins.

        ``scope`` is a wider one of a setting that inherits: ``theme.set("dark", scope="owner")`` holds for
        everybody of the organisation who chose nothing. Raises ``ValidationError``
        (``django.core.exceptions``) for a value that does not fit, ``ValueError`` for a scope in which the
        setting has no value. Python is bound by scope, not by ``access`` and ``editable``: those are for
        browsers.
        """
        value_store().write(self, value, scope)

    def reset(self, *, scope: Scope | None = None) -> None:
        """Forget what was set: the next wider value is in force again, else the default."""
        value_store().reset(self, scope)

    def origin(self) -> Origin:
        """Where the value in force comes from, who set it and when.

        Example: ``theme.origin().layer == "owner"``
        """
        return value_store().origin_of(self)

    async def aget(self) -> T:
        """``get`` for async code; without leaving the event loop where the value is at hand."""
        value: T = value_store().at_hand(self)
        return value if value is not MISSING else await sync_to_async(self.get)()

    async def aset(self, value: T, *, scope: Scope | None = None) -> None:
        """``set`` for async code."""
        await sync_to_async(self.set)(value, scope=scope)

    async def areset(self, *, scope: Scope | None = None) -> None:
        """``reset`` for async code."""
        await sync_to_async(self.reset)(scope=scope)

    async def aorigin(self) -> Origin:
        """``origin`` for async code."""
        return await sync_to_async(self.origin)()

    def __str__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        # A handle is always there: an ``if`` of it would be true whatever somebody has chosen.
        raise self._no_value()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (bool, str, int, float)):
            raise self._no_value()
        return self is other

    __hash__ = object.__hash__

    def _no_value(self) -> NotAValue:
        return NotAValue(
            f"The setting '{self.name}' is what was declared, and not its value. Write {self.name}.get(); in "
            f"async code, await {self.name}.aget()."
        )


settings_registry: Registry[Setting[Any]] = Registry("setting")


class _Details(TypedDict, total=False):
    scope: Scope
    label: Words | None
    help_text: Words
    section: Words | None
    min: float | None
    max: float | None
    step: float | None
    unit: Words | None
    multiline: bool
    placeholder: Words
    secret: bool
    validate: Callable[[Any], object] | None
    inherit: bool
    access: Access
    editable: Access | bool | None


@overload
def setting(
    name: str,
    *,
    type: type[T],
    default: T | None = None,
    options: GivenOptions[T] | None = None,
    **details: Unpack[_Details],
) -> Setting[T]: ...


@overload
def setting(
    name: str, *, default: T, options: GivenOptions[T] | None = None, **details: Unpack[_Details]
) -> Setting[T]: ...


@overload
def setting(name: str, *, options: GivenOptions[T], **details: Unpack[_Details]) -> Setting[T]: ...


@overload
def setting(name: str, **details: Unpack[_Details]) -> Setting[str]: ...


@known_arguments
def setting(
    name: str,
    *,
    scope: Scope = "app",
    type: type | None = None,
    default: Any = None,
    options: GivenOptions[Any] | None = None,
    label: Words | None = None,
    help_text: Words = "",
    section: Words | None = None,
    min: float | None = None,
    max: float | None = None,
    step: float | None = None,
    unit: Words | None = None,
    multiline: bool = False,
    placeholder: Words = "",
    secret: bool = False,
    validate: Callable[[Any], object] | None = None,
    inherit: bool = False,
    access: Access = "authenticated",
    editable: Access | bool | None = None,
) -> Setting[Any]:
    """Declare a setting: scoped, typed configuration that people change in the browser.

    ``type`` is one of ``bool str int float``; left out, it is that of ``default``, else of the first of
    ``options``, else ``str``. Without a default a setting is the first option, else off, empty or 0.
    ``options`` are values, a mapping of values to labels, (value, label) pairs, or a function that returns
    one of these. ``min max step`` are for numbers, ``unit`` stands beside them. ``validate`` is called with
    a value of the right type and raises ``ValidationError`` or ``ValueError`` to refuse it. A ``secret`` text
    is encrypted where it is kept and never sent back to a browser. With ``inherit`` a value may also be set
    in any wider scope, and the nearest holds: session, user, owner, app, default. ``access`` says who may see
    it, ``editable`` who may change it in a browser: by default staff in app scope, the organisation's admins
    in owner scope, else the person. Raises ``DeclaredTwice``; whatever else is wrong, ``manage.py check``
    says with a hint.

    Example: ``font_size = setting("font_size", scope="user", default=14, min=8, max=32, unit="px")``
    """
    module, line = calling_place()
    legal = normalized(options)
    python_type, default = _type_and_default(type, default, first_option(legal))
    declared: Setting[Any] = Setting(
        name, scope, python_type, default, legal, label, help_text, section, min, max, step, unit,
        multiline, placeholder, secret, validate, inherit, access, editable, module, line,
    )  # fmt: skip
    settings_registry.add(name, declared, declared.place)
    return declared


def _type_and_default(given: type | None, default: Any, first: Any) -> tuple[type, Any]:
    sample = first if default is None else default
    python_type = given or (str if sample is None else sample.__class__)
    kind = KINDS.get(python_type)
    if sample is None and kind is not None:
        sample = kind.zero
    if python_type is float and sample.__class__ is int:
        sample = float(sample)  # default=1 of a float is meant as 1.0
    return python_type, sample
