"""What was answered so far: what step functions and ``on_finish`` are given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.text import camel_case_to_spaces, slugify

from capsule.errors import CapsuleError
from capsule.registry import did_you_mean

__all__ = ["Answers", "NotAnswered", "call", "name_of"]


class NotAnswered(CapsuleError, KeyError):
    """A question that was not answered yet, or is not asked at all."""

    anchor = "notanswered"

    @property
    def sentence(self) -> str:
        return str(self.args[0])  # a KeyError would show it in quotes


class Answers(Mapping[str, Any]):
    """The cleaned values of all steps that count, by the names of their fields.

    Where two steps have a field of one name, it is the later one's; ``of`` tells them apart.

    Example: ``threads.insert_one({**answers, "status": "new"})``
    """

    def __init__(self) -> None:
        self._given: list[tuple[str, type[BaseForm], dict[str, Any]]] = []

    def __getitem__(self, name: str) -> Any:
        for _step, _form, values in reversed(self._given):
            if name in values:
                return values[name]
        raise NotAnswered(f"Nothing is answered as '{name}'. {did_you_mean(name, list(self))}")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for _step, _form, values in self._given for name in values))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def of(self, step: str | type[BaseForm] | Callable[..., Any]) -> list[dict[str, Any]]:
        """What was answered at one step, once for each time that it was asked.

        ``step`` is its form, its function, or its name.

        Example: ``[person["email"] for person in answers.of(Person)]``
        """
        if isinstance(step, type):
            return [dict(values) for _name, form, values in self._given if issubclass(form, step)]
        wanted = step if isinstance(step, str) else name_of(step)
        return [dict(values) for name, _form, values in self._given if name == wanted]

    def add(self, step: str, form: type[BaseForm], values: Mapping[str, Any]) -> None:
        """Note what one step was answered with."""
        self._given.append((step, form, dict(values)))


def name_of(step: Callable[..., Any]) -> str:
    """What a form class or a function is called in an address: ``VatForm`` and ``vat`` are ``"vat"``."""
    name = getattr(step, "__name__", "")
    if not name.isidentifier():  # a lambda
        return ""
    words = camel_case_to_spaces(name.removesuffix("Form") or "form") if isinstance(step, type) else name
    return slugify(words.replace("_", "-"))


def call(function: Callable[..., Any], request: HttpRequest, answers: Answers) -> Any:
    """``function(answers)``, or ``function(request, answers)`` where its first parameter is so called."""
    return function(request, answers) if _wants_request(function) else function(answers)


@cache
def _wants_request(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters), "") == "request"
