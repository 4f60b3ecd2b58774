"""Actions that are done to a row: how a table offers them, and how the row is found again when one is done.

A button carries the row's id, and an offer: sealed, the collection and the actions that a page shows for it.
So nobody does to a row of one collection what is meant for those of another. The row itself is fetched again
when it is done, in the scope of whoever does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import safe_next
from capsule.identity import current_identity
from capsule.injection import injectable
from capsule.sealing import BadSeal, seal, unseal
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.row_actions import OFFER, RowAct, RowActions, read_offers_by
from collections_app.rows import Row
from collections_app.showing import title_of
from collections_app.views import admit
from handlers.actions import Action, actions_registry
from handlers.asking import Given, asking_address, is_asked_first
from pages.icons import icon

__all__ = ["offer_row_actions", "row_actions", "row_address", "takes_row"]

ROW = "row"  # the key under which a row's id travels
SALT = "pages.row_actions"


def offer_row_actions() -> None:
    """Let actions ask for a ``Row``, and let a record's page show what its table offers."""
    injectable(Row, row_of, offered=True)
    read_offers_by(_acts_offered)


def takes_row(action: Action[..., Any]) -> bool:
    """Whether the action is done to a row, at which alone its button can stand.

    Example: ``takes_row(close)``
    """
    return row_of in action.parameters.injected.values()


def row_actions(collection: Collection, actions: Sequence[Action[..., Any]], next: str) -> RowActions:
    """What a table of ``collection`` offers of ``actions``: those that the bound identity may do."""
    identity = current_identity()
    may = [action for action in actions if action.may(identity)]
    offer = _sealed(collection, may)
    return RowActions(tuple(_act(action, offer, next) for action in may), offer if may else "")


def row_address(action: Action[..., Any], collection: Collection, id: str) -> str:
    """Where a program does ``action`` to a row of ``collection`` by POST, for whoever may see that row.

    Example: ``client.post(row_address(close, threads, row.id))``
    """
    return f"{action.url()}?{urlencode({OFFER: _sealed(collection, [action]), ROW: id})}"


def row_of(request: HttpRequest) -> Row:
    """The row that the action at hand is done to.

    Raises ``BadInput`` where the request names none, or none for this action, and ``Http404`` where whoever
    acts has no such row; and as reading the collection does.
    """
    collection, names = _opened(request)
    if request.__dict__.get("action") not in names:
        raise BadInput(_("This page did not come from here. Load it again."))
    if not current_identity().is_authenticated:
        admit(collection)  # who may have no scope to look in
    row = collection.get(request.GET.get(ROW, ""))
    admit(collection, None, row)
    if row is None:
        raise Http404
    request.__dict__["action_about"] = title_of(collection.in_force, row)
    return row


def _act(action: Action[..., Any], offer: str, next: str) -> RowAct:
    tail = f"&{ROW}="  # both addresses end where the id belongs
    ask = f"{asking_address(action, Given(), next, **{OFFER: offer})}{tail}"
    do = "" if is_asked_first(action, Given()) else f"{action.url()}?{urlencode({OFFER: offer})}{tail}"
    return RowAct(str(action.label), icon(action.icon) if action.icon else SafeString(""), ask, do)


def _acts_offered(request: HttpRequest, collection: Collection, row: Row) -> list[RowAct]:
    try:
        found, names = _opened(request)
    except BadInput:
        return []  # an address that somebody changed: the record is shown all the same
    if found.name != collection.name:
        return []
    identity = current_identity()
    actions = [actions_registry.get(name) for name in names if name in actions_registry]
    offer, next = request.GET[OFFER], safe_next(request)
    return [_act(action, offer, next) for action in actions if action.may(identity)]


def _sealed(collection: Collection, actions: Sequence[Action[..., Any]]) -> str:
    return seal([collection.name, [action.name for action in actions]], SALT)


def _opened(request: HttpRequest) -> tuple[Collection, list[str]]:
    try:
        name, names = unseal(request.GET.get(OFFER, ""), SALT)
    except BadSeal:
        problem = _("Do this from the row that it is for.")
        raise BadInput(_("This is done to a row, and none was named."), {ROW: [problem]}) from None
    return collections.get(name), names
