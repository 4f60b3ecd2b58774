"""What a control's form asks for: keep a value, forget it, or take the last change back."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.errors import sentence_of
from capsule.identity import current_identity
from capsule.scopes import SCOPES, Scope
from settings_app.access import require_editable
from settings_app.controls import Outcome
from settings_app.declarations import Setting
from settings_app.forms import field_of
from settings_app.models import SettingChange
from settings_app.past import last_change
from settings_app.values import ChangedMeanwhile, keep, reset, undo, value_at

__all__ = ["act", "is_from_toast", "scope_of"]

_NUMBER = re.compile(r"[0-9]{1,18}")


def scope_of(request: HttpRequest) -> Scope | None:
    """The layer that the form names, if any. Raises ``ValidationError`` for a word that is none."""
    named = request.POST.get("scope") or request.GET.get("scope") or ""
    if not named:
        return None
    found = next((scope for scope in SCOPES if scope == named), None)
    if found is None:
        raise ValidationError(_("Scopes are %(scopes)s.") % {"scopes": ", ".join(SCOPES)})
    return found


def is_from_toast(request: HttpRequest) -> bool:
    """Whether a message's Undo sent this, whose address says all."""
    return "undo" in request.GET


def act(request: HttpRequest, setting: Setting[Any]) -> Outcome:
    """Do what was sent. What cannot be done is in the outcome, with what was typed.

    Raises ``PermissionDenied`` and ``ScopeError`` where it is not this person's to change.
    """
    sent = request.POST.getlist("value")
    typed = sent[-1] if sent else ""  # the last: a toggle sends "off" before its "on"
    try:
        scope = scope_of(request)
        require_editable(setting, current_identity(), scope)
        if number := request.POST.get("undo") or request.POST.get("redo") or request.GET.get("undo"):
            return _undone(setting, number, scope, is_redo="redo" in request.POST)
        if "reset" in request.POST:
            return Outcome("reset", undo=_undoable(setting, reset(setting, scope)))
        return _saved(setting, _cleaned(setting, sent, typed), scope)
    except ValidationError as error:
        return Outcome(
            typed=typed if sent and not setting.secret else None,
            error=" ".join(error.messages),
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )


def _cleaned(setting: Setting[Any], sent: list[str], typed: str) -> Any:
    if not sent:
        raise ValidationError(_("No value was sent."))
    if setting.secret and not typed:
        raise ValidationError(_("Type the new value first. Remove takes the old one away."))
    return field_of(setting).clean(typed)


def _saved(setting: Setting[Any], value: Any, scope: Scope | None) -> Outcome:
    number = keep(setting, value, scope)
    if number is None:  # it was so already: what may be undone is what made it so
        number = _own_last_change(setting, scope)
    return Outcome("saved", value, undo=_undoable(setting, number))


def _undone(setting: Setting[Any], number: str, scope: Scope | None, *, is_redo: bool) -> Outcome:
    if not _NUMBER.fullmatch(number):
        raise ValidationError(_("This is not the number of a change."))
    try:
        undo(setting, int(number), scope)
    except (ChangedMeanwhile, SettingChange.DoesNotExist) as error:
        is_gone = isinstance(error, SettingChange.DoesNotExist)
        sentence = _("There is nothing to undo any more.") if is_gone else sentence_of(error)
        return Outcome(error=sentence, status=HTTPStatus.CONFLICT)
    again = _own_last_change(setting, scope)
    if is_redo:
        return Outcome("saved", value_at(setting, scope or setting.scope), undo=again)
    return Outcome("undone", undo=again)


def _undoable(setting: Setting[Any], number: int | None) -> int | None:
    return None if setting.secret else number  # of a secret the history knows nothing to bring back


def _own_last_change(setting: Setting[Any], scope: Scope | None) -> int | None:
    change = last_change(setting, scope or setting.scope)
    is_own = change is not None and change.changed_by == (current_identity().user_id or "")
    return change.pk if change is not None and is_own else None
