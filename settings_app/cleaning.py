"""The one check that every value passes on its way in, whoever brings it."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.errors import sentence_of
from settings_app.declarations import MISSING, Setting
from settings_app.kinds import words_of
from settings_app.options import current_options
from settings_app.secrecy import encrypted, readable

__all__ = ["clean", "fits", "kept", "to_keep"]


def clean(setting: Setting[Any], value: object) -> Any:
    """``value`` as it is kept. Raises ``ValidationError`` with one sentence.

    Type, options, range, then the setting's own ``validate``.
    """
    cleaned = _declared(setting, value)
    if setting.validate is not None:
        try:
            setting.validate(cleaned)
        except ValidationError:
            raise
        except ValueError as error:
            raise ValidationError(sentence_of(error) or _("This value cannot be used.")) from error
    return cleaned


def fits(setting: Setting[Any], value: object) -> bool:
    """Whether a value has the declared type, options and range; no function of the declaration is asked."""
    try:
        _declared(setting, value, with_options=not callable(setting.options))
    except ValidationError:
        return False
    return True


def to_keep(setting: Setting[Any], cleaned: Any) -> Any:
    """A clean value as the database has it: a secret is encrypted."""
    return encrypted(cleaned) if setting.secret else cleaned


def kept(setting: Setting[Any], stored: object) -> Any:
    """What a stored value means today, or ``MISSING`` if the declaration no longer allows it.

    Options that a function gives are not asked here: they were when the value came in, and every read would
    call it.
    """
    if setting.secret:
        stored = readable(stored, setting.name)
    try:
        return _declared(setting, setting.kind.restore(stored), with_options=not callable(setting.options))
    except (ValidationError, OverflowError):
        return MISSING


def _declared(setting: Setting[Any], value: object, *, with_options: bool = True) -> Any:
    cleaned = setting.kind.check(value)
    if with_options and setting.options is not None and cleaned not in current_options(setting.options):
        legal = ", ".join(label for _value, label in setting.choices)
        raise ValidationError(_("Choose one of: %(options)s.") % {"options": legal})
    if setting.kind.has_range:
        _check_range(setting, cleaned)
    return cleaned


def _check_range(setting: Setting[Any], number: float) -> None:
    if setting.min is not None and number < setting.min:
        raise ValidationError(_("Use %(limit)s or more.") % {"limit": words_of(setting.min)})
    if setting.max is not None and number > setting.max:
        raise ValidationError(_("Use %(limit)s or less.") % {"limit": words_of(setting.max)})
    if setting.step is not None and not _on_step(number - (setting.min or 0), setting.step):
        names = {"step": words_of(setting.step), "start": words_of(setting.min or 0)}
        raise ValidationError(_("Use steps of %(step)s, starting from %(start)s.") % names)


def _on_step(distance: float, step: float) -> bool:
    # Floats: 0.3 is three steps of 0.1, though 0.3 / 0.1 is 2.9999999999999996.
    steps = distance / step
    return math.isfinite(steps) and abs(steps - round(steps)) < 1e-9 * max(1.0, abs(steps))
