"""The four types of a setting's value: each says what it accepts, and how a form writes it.

A value is checked alike from Python, a form, JSON and the admin; only a form's is text that is parsed
first, so that ``"7"`` is a number there and nowhere else.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from capsule.json_values import SAFE_INTEGER, InvalidJSON, clean_text

__all__ = ["KINDS", "TEXT_LIMIT", "Kind", "kind_of", "words_of"]

TEXT_LIMIT = 32 * 1024  # bytes of UTF-8

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,5})?")


class Kind(ABC):
    """One type of value. ``control`` is the control that shows it where nothing else is asked for."""

    python: ClassVar[type]
    zero: ClassVar[bool | str | int | float]  # what a setting without a default is
    control: ClassVar[str]
    controls: ClassVar[frozenset[str]]  # all that can show it; "select" needs options besides
    has_range: ClassVar[bool] = False

    @abstractmethod
    def check(self, value: object) -> Any:
        """Override to give the value as it is kept, or raise ``ValidationError``."""

    @abstractmethod
    def parse(self, text: str) -> object:
        """Override to read what a form sent; ``check`` follows."""

    def restore(self, stored: object) -> object:
        """What the database gave back, in the type that went in; ``check`` follows."""
        return stored

    def text_of(self, value: Any) -> str:
        """The value as a form's field holds it: what ``parse`` reads back."""
        return str(value)


class BoolKind(Kind):
    python = bool
    zero = False
    control = "toggle"
    controls = frozenset({"toggle"})

    _words: ClassVar[dict[str, bool]] = {"on": True, "true": True, "off": False, "false": False}

    def check(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValidationError(_("This can only be on or off."))

    def parse(self, text: str) -> object:
        return self._words.get(text.strip().lower(), text)

    def text_of(self, value: Any) -> str:
        return "on" if value else "off"


class TextKind(Kind):
    python = str
    zero = ""
    control = "text-input"
    controls = frozenset({"text-input", "select"})

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValidationError(_("This must be a text."))
        try:
            text = clean_text(str.__str__(value))  # a SafeString or a choice becomes a plain string
        except InvalidJSON:
            raise ValidationError(_("This text contains a character that cannot be stored.")) from None
        if len(text) > TEXT_LIMIT or len(text.encode()) > TEXT_LIMIT:
            limit = TEXT_LIMIT // 1024
            raise ValidationError(_("This text is too long: at most %(limit)s KiB fit.") % {"limit": limit})
        return text

    def parse(self, text: str) -> object:
        # Browsers send the lines of a text area with CRLF.
        return text.replace("\r\n", "\n")


class WholeKind(Kind):
    python = int
    zero = 0
    control = "number-input"
    controls = frozenset({"number-input", "select"})
    has_range = True

    def check(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(_("This must be a whole number, such as 7."))
        if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
            raise ValidationError(_("This number is too large: it would lose digits."))
        return int(value)  # an IntEnum's member becomes a plain number

    def parse(self, text: str) -> object:
        text = text.strip()
        return int(text) if _WHOLE.fullmatch(text) else text


class NumberKind(Kind):
    python = float
    zero = 0.0
    control = "number-input"
    controls = frozenset({"number-input", "select"})
    has_range = True

    def check(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValidationError(_("This must be a number, such as 1.5."))
        if isinstance(value, int):
            value = WholeKind().check(value)
        if not math.isfinite(value):
            raise ValidationError(_("This must be a finite number, such as 1.5."))
        return float(value) + 0.0  # PostgreSQL keeps no negative zero; adding zero makes it positive

    def parse(self, text: str) -> object:
        text = text.strip()
        return float(text) if _NUMBER.fullmatch(text) else text

    def restore(self, stored: object) -> object:
        # PostgreSQL gives 1e16 back as a whole number.
        return float(stored) if type(stored) is int else stored

    def text_of(self, value: Any) -> str:
        return repr(value).removesuffix(".0")


def words_of(number: float) -> str:
    """A limit as a sentence says it, in the reader's language: 0,5 in German, where a form's value is 0.5."""
    return number_format(Decimal(repr(number).removesuffix(".0")))


KINDS: dict[type, Kind] = {kind.python: kind for kind in (BoolKind(), TextKind(), WholeKind(), NumberKind())}


def kind_of(python_type: type) -> Kind:
    """The kind that keeps values of a Python type; ``KeyError`` for a type that no setting has."""
    return KINDS[python_type]
