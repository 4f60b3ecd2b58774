"""The async twin of a method: the same, on the thread where the context's database connection is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

__all__ = ["twin"]

Params = ParamSpec("Params")
Result = TypeVar("Result")


def twin(method: Callable[Params, Result]) -> Callable[Params, Coroutine[Any, Any, Result]]:
    """A coroutine function that does what ``method`` does.

    Whatever the method opens, its transaction above all, ends within the one call: what is awaited holds
    nothing.

    Example: ``acount = twin(count)``, in the body of a class
    """
    asynchronous = sync_to_async(method)

    @wraps(method)
    async def awaited(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        return await asynchronous(*args, **kwargs)

    awaited.__name__ = f"a{method.__name__}"
    awaited.__qualname__ = f"{method.__qualname__.rpartition('.')[0]}.a{method.__name__}"
    return awaited
