"""What an application writes: ``setting(...)`` gives a handle that is read and written. Imports no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypedDict, TypeVar, Unpack, overload

from asgiref.sync import sync_to_async

from capsule.access import Access
from capsule.errors import CapsuleError
from capsule.places import app_label_of, calling_place
from capsule.registry import Registry
from capsule.scopes import Scope
from capsule.words import Words
from settings_app.kinds import KINDS, Kind

__all__ = ["NotReady", "Setting", "Settings", "keep_values_in", "setting", "settings", "settings_registry"]

# The order matters to mypy: True is also an int, an int passes for a float.
T = TypeVar("T", bool, str, int, float)
Value = bool | str | int | float
Options = Sequence[T] | Mapping[T, Words]
PythonType = type  # inside Setting the name "type" is the field's


class NotReady(CapsuleError, RuntimeError):
    """A setting was read while modules were still being imported: no database can be asked yet."""

    def __init__(self) -> None:
        super().__init__(
            "A setting was read while the site was starting. Declare at the top of a module, read inside a "
            "function: a page, a view, a handler (docs/settings.md#reading-and-writing)."
        )


class ValueStore(Protocol):
    """What ``values`` does for the handles. They do not import it: it needs models, declarations do not."""

    def read(self, setting: Setting[Any]) -> Any: ...

    def write(self, setting: Setting[Any], value: object) -> None: ...

    def reset(self, setting: Setting[Any]) -> None: ...

    def read_all(self) -> dict[str, Value]: ...


_stores: list[ValueStore] = []


def keep_values_in(store: ValueStore) -> None:
    """Say where values are kept; ``apps.ready`` does so once the models are loaded."""
    _stores[:] = [store]


def _store() -> ValueStore:
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
    validate: Callable[[T], object] | None
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
        """The options with their labels; none where anything goes."""
        if isinstance(self.options, Mapping):
            return [(value, str(label)) for value, label in self.options.items()]
        return [(value, self.kind.text_of(value)) for value in self.options or ()]

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def app_label(self) -> str:
        """The app that declares it."""
        return app_label_of(self.module)

    def get(self) -> T:
        """The value in force for the identity that is acting, else the default.

        Raises ``ScopeError`` for an anonymous visitor in user or owner scope, ``NoIdentity`` where nobody
        acts (app scope apart: that is one value for everybody).
        """
        value: T = _store().read(self)
        return value

    def set(self, value: T) -> None:
        """Keep ``value`` for the identity that is acting: one atomic upsert, last writer wins.

        Raises ``ValidationError`` (``django.core.exceptions``) for a value that does not fit. Python is
        bound by scope, not by ``access`` and ``editable``: those are for browsers.
        """
        _store().write(self, value)

    def reset(self) -> None:
        """Forget what was set: the default is in force again."""
        _store().reset(self)

    async def aget(self) -> T:
        """``get`` for async code."""
        value: T = await sync_to_async(self.get)()
        return value

    async def aset(self, value: T) -> None:
        """``set`` for async code."""
        await sync_to_async(self.set)(value)

    async def areset(self) -> None:
        """``reset`` for async code."""
        await sync_to_async(self.reset)()

    def __str__(self) -> str:
        return self.name


settings_registry: Registry[Setting[Any]] = Registry("setting")


class Settings:
    """Every declared setting by its name.

    Example: ``settings.get("show_closed")``
    """

    def get(self, name: str) -> Any:
        """The value in force, as ``Setting.get``. Raises ``NotDeclared`` with a hint."""
        return settings_registry.get(name).get()

    def set(self, name: str, value: Value) -> None:
        """Keep a value, as ``Setting.set``."""
        settings_registry.get(name).set(value)

    def reset(self, name: str) -> None:
        """Back to the default, as ``Setting.reset``."""
        settings_registry.get(name).reset()

    def get_all(self) -> dict[str, Value]:
        """All values in force by name, in one query; without those that an anonymous visitor cannot have."""
        return _store().read_all()

    async def aget(self, name: str) -> Any:
        return await settings_registry.get(name).aget()

    async def aset(self, name: str, value: Value) -> None:
        await settings_registry.get(name).aset(value)

    async def areset(self, name: str) -> None:
        await settings_registry.get(name).areset()

    async def aget_all(self) -> dict[str, Value]:
        return await sync_to_async(self.get_all)()


settings = Settings()


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
    validate: Callable[[Any], object] | None
    access: Access
    editable: Access | bool | None


@overload
def setting(
    name: str,
    *,
    type: type[T],
    default: T | None = None,
    options: Options[T] | None = None,
    **details: Unpack[_Details],
) -> Setting[T]: ...


@overload
def setting(
    name: str, *, default: T, options: Options[T] | None = None, **details: Unpack[_Details]
) -> Setting[T]: ...


@overload
def setting(name: str, *, options: Options[T], **details: Unpack[_Details]) -> Setting[T]: ...


@overload
def setting(name: str, **details: Unpack[_Details]) -> Setting[str]: ...


def setting(
    name: str,
    *,
    scope: Scope = "app",
    type: type | None = None,
    default: Any = None,
    options: Options[Any] | None = None,
    label: Words | None = None,
    help_text: Words = "",
    section: Words | None = None,
    min: float | None = None,
    max: float | None = None,
    step: float | None = None,
    unit: Words | None = None,
    multiline: bool = False,
    placeholder: Words = "",
    validate: Callable[[Any], object] | None = None,
    access: Access = "authenticated",
    editable: Access | bool | None = None,
) -> Setting[Any]:
    """Declare a setting: scoped, typed configuration that people change in the browser.

    ``type`` is one of ``bool str int float``; left out, it is that of ``default``, else of the first of
    ``options``, else ``str``. Without a default a setting is the first option, else off, empty or 0.
    ``options`` are values, or a mapping of values to labels. ``min max step`` are for numbers, ``unit``
    stands beside them. ``validate`` is called with a value of the right type and raises
    ``ValidationError`` or ``ValueError`` to refuse it. ``access`` says who may see it, ``editable`` who
    may change it in a browser: by default staff in app scope, the organisation's admins in owner scope,
    else the person. Raises ``DeclaredTwice``; whatever else is wrong, ``manage.py check`` says with a hint.

    Example: ``font_size = setting("font_size", scope="user", default=14, min=8, max=32, unit="px")``
    """
    module, line = calling_place()
    python_type, default = _type_and_default(type, default, options)
    declared: Setting[Any] = Setting(
        name, scope, python_type, default, options, label, help_text, section, min, max, step, unit,
        multiline, placeholder, validate, access, editable, module, line,
    )  # fmt: skip
    settings_registry.add(name, declared, declared.place)
    return declared


def _type_and_default(given: type | None, default: Any, options: Options[Any] | None) -> tuple[type, Any]:
    first = next(iter(options), None) if options else None
    sample = first if default is None else default
    python_type = given or (str if sample is None else sample.__class__)
    kind = KINDS.get(python_type)
    if sample is None and kind is not None:
        sample = kind.zero
    if python_type is float and sample.__class__ is int:
        sample = float(sample)  # default=1 of a float is meant as 1.0
    return python_type, sample
