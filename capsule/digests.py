"""A short digest of a value: equal for equal values, in every process, so that what is unchanged is known.

A value of a kind that it does not know is never equal to itself: that costs a rendering, and shows nothing
old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import count
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise

__all__ = ["digest_of", "written"]

PLAIN: Final = (type(None), bool, int, float, str, bytes, date, datetime, time, timedelta, Decimal, UUID)
DEPTH: Final = 24  # levels within each other; what lies deeper is never equal

_never = count()


def digest_of(value: Any, size: int = 6) -> str:
    """Twelve characters for ``value``; two for each byte of ``size``.

    Where a stranger may choose values, and two with one digest would do harm, 16 bytes are enough.

    Example: ``digest_of(ui.Table(threads)) == digest_of(ui.Table(threads))``
    """
    return blake2b(written(value).encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def written(value: Any, depth: int = DEPTH) -> str:
    """``value`` as a text that is equal for equal values. An object may say its own by ``digest_key()``."""
    kind = type(value)
    if kind in PLAIN:
        return f"{kind.__name__}:{value!r}"
    if depth <= 0:
        return _unlike_any()
    # Of its class: a record whose attributes are its keys says whatever somebody stored under that name.
    own: Callable[[Any], Any] | None = getattr(kind, "digest_key", None)
    if own is not None and not isinstance(value, type):
        return f"{_named(kind)}[{written(own(value), depth - 1)}]"
    if isinstance(value, Promise):
        return f"str:{str(value)!r}"
    if isinstance(value, type):
        return _named(value)
    if isinstance(value, Enum):
        return f"{_named(kind)}.{value.name}"
    if isinstance(value, str):
        # A text that is HTML already is shown otherwise than the same characters.
        return f"{'html' if hasattr(kind, '__html__') else 'str'}:{str.__str__(value)!r}"
    return _composite(value, depth - 1)


def _composite(value: Any, depth: int) -> str:
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return f"{_named(type(value))}({_pairs(((n, getattr(value, n)) for n in names), depth)})"
    if isinstance(value, Mapping):
        return f"{{{_pairs(value.items(), depth)}}}"
    if isinstance(value, Set):
        return f"set({','.join(sorted(written(item, depth) for item in value))})"
    if isinstance(value, (list, tuple, range)):
        return f"[{','.join(written(item, depth) for item in value)}]"
    return _callable(value, depth)


def _callable(value: Any, depth: int) -> str:
    if isinstance(value, partial):
        return f"partial({written([value.func, value.args, value.keywords], depth)})"
    if isinstance(value, MethodType):
        return f"method({written([value.__func__, value.__self__], depth)})"
    if isinstance(value, FunctionType):
        # A function is what it was defined as, and what it holds on to: a lambda is made anew each time.
        try:
            held = [cell.cell_contents for cell in value.__closure__ or ()]
        except ValueError:  # a name that was never given a value
            return _unlike_any()
        defined = (value.__module__, value.__qualname__, value.__code__)
        return f"function({written([defined, held, value.__defaults__, value.__kwdefaults__], depth)})"
    if isinstance(value, CodeType):
        return _code(value, depth)
    if isinstance(value, BuiltinFunctionType):
        whose = value.__self__  # a module of functions, or the object of a method: "/{id}".format
        of = "" if isinstance(whose, ModuleType) else written(whose, depth)
        return f"{value.__module__}.{value.__qualname__}({of})"
    return _unlike_any()


@lru_cache(maxsize=2048)  # a page's functions are the same at each request
def _code(code: CodeType, depth: int) -> str:
    """What it does and not only where it stands: a line can hold two lambdas."""
    does = (code.co_firstlineno, code.co_code, code.co_names, code.co_consts)
    return f"code({written(does, depth)})"


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _pairs(pairs: Iterable[tuple[Any, Any]], depth: int) -> str:
    return ",".join(f"{written(key, depth)}={written(item, depth)}" for key, item in pairs)


def _unlike_any() -> str:
    return f"unlike any other ({next(_never)})"
