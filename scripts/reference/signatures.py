"""How a name is called: its parameters with their annotations and defaults, as its source has them."""

from __future__ import annotations

import enum
import inspect
from typing import Any, ForwardRef

from django.utils.functional import Promise

WIDTH = 96  # of a line in a block of code, which scrolls nowhere


def signature_of(function: Any, name: str, *, prefix: str = "", without_self: bool = False) -> str:
    """``def name(a: int = 1) -> str``, over several lines where it is long.

    Annotations are as they are written in the source, so that every Python says the same.
    """
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if without_self and parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    words = _with_marks(parameters)
    end = returned(signature)
    line = f"{prefix}{name}({', '.join(words)}){end}"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {word},\n" for word in words)
    return f"{prefix}{name}(\n{inner}){end}"


def _with_marks(parameters: list[inspect.Parameter]) -> list[str]:
    """Each parameter as it is written, with the bare ``*`` and ``/`` between them."""
    words: list[str] = []
    star = False
    for place, one in enumerate(parameters):
        if one.kind is one.KEYWORD_ONLY and not star:
            words.append("*")
            star = True
        star = star or one.kind is one.VAR_POSITIONAL
        words.append(_parameter(one))
        following = parameters[place + 1].kind if place + 1 < len(parameters) else None
        if one.kind is one.POSITIONAL_ONLY and following is not one.POSITIONAL_ONLY:
            words.append("/")
    return words


def _parameter(one: inspect.Parameter) -> str:
    stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    kind = annotation(one.annotation)
    text = f"{stars}{one.name}: {kind}" if kind else f"{stars}{one.name}"
    if one.default is one.empty:
        return text
    return f"{text} = {default(one.default)}" if kind else f"{text}={default(one.default)}"


def returned(signature: inspect.Signature) -> str:
    """`` -> str``, or nothing for what returns nothing."""
    kind = annotation(signature.return_annotation)
    return "" if kind in ("", "None") else f" -> {kind}"


def annotation(kind: Any) -> str:
    """An annotation as it stands in the source."""
    if kind is inspect.Parameter.empty:
        return ""
    if isinstance(kind, str):
        return kind.replace('"', "")
    if isinstance(kind, ForwardRef):
        return kind.__forward_arg__
    return getattr(kind, "__name__", str(kind))


def default(value: Any) -> str:
    """A default as one would write it."""
    if isinstance(value, Promise):
        return repr(str(value))
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if type(value) is object or callable(value):
        return "..."
    return repr(value).replace("<factory>", "...")
