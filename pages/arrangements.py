"""Which columns of a table a person sees: kept in a setting of theirs, and changed by a small form."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput
from capsule.http import allow, safe_next
from capsule.identity import current_identity
from capsule.json_values import InvalidJSON, dumps, parse_json
from collections_app.tables.arranging import Arrangement, keep_arrangements_in
from live.keeping import Keeper
from live.topics import Topic
from live.tracking import note, versions_known
from settings_app import setting
from settings_app.values import topic_of

__all__ = ["Arrangements", "arrange", "offer_arrangements"]

KEYS_LIMIT = 100
KEY_LIMIT = 64  # characters, as many as a column's key may have
SIZE_LIMIT = 8 * 1024  # characters of all that a person arranged: every request reads it

# Of no page of settings: a table's own menu shows and changes it.
table_columns = setting("table_columns", scope="user", default="{}", access=lambda identity: False)


_texts_kept = Keeper("CAPSULE_KEPT_ARRANGEMENTS")


class Arrangements:
    """Where tables find what a person chose."""

    def topics(self) -> list[Topic]:
        identity = current_identity()
        return [topic_of(table_columns.name, identity.key("user"))] if identity.is_authenticated else []

    def read(self, key: str) -> Arrangement:
        topics = self.topics()
        note(*topics)
        if not topics or not versions_known(str(topic) for topic in topics)[str(topics[0])]:
            return Arrangement()  # a visitor, or somebody who never arranged anything: no table is asked
        found = _all(topics[0].scope_key).get(key)
        if not isinstance(found, dict):
            return Arrangement()
        return Arrangement(tuple(_texts(found.get("order"))), frozenset(_texts(found.get("hidden"))))

    def address(self) -> str:
        return reverse("pages:own-arrange") if current_identity().is_authenticated else ""


def offer_arrangements() -> None:
    """Let every table ask here; ``apps.ready`` does so once the models are loaded."""
    keep_arrangements_in(Arrangements())


def arrange(request: HttpRequest) -> HttpResponse:
    """Keep which columns of one table the person sees: ``table``, ``order`` and ``<table>-show``.

    ``reset`` forgets it. Raises ``BadInput`` for a choice that shows nothing.
    """
    if refused := allow(request, ("POST",)):
        return refused
    require("authenticated", current_identity())
    key, order = request.POST.get("table", ""), _given(request, "order")
    shown = _given(request, f"{key}-show")
    if not key or len(key) > KEY_LIMIT:
        raise BadInput(_("Name the table."), {"table": [_("Name the table.")]})
    kept = _all(current_identity().key("user"))
    kept.pop(key, None)
    if "reset" not in request.POST:
        if not shown:
            raise BadInput(_("Show at least one column."), {f"{key}-show": [_("Show at least one column.")]})
        kept[key] = {"order": order or shown, "hidden": [one for one in order if one not in shown]}
    table_columns.set(_fitting(kept))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return HttpResponseRedirect(safe_next(request, "/"))


def _fitting(kept: dict[str, object]) -> str:
    """As text. What was arranged longest ago is forgotten where it would be too much for a setting."""
    while len(text := dumps(kept).decode()) > SIZE_LIMIT:
        del kept[next(iter(kept))]
    return text


def _all(scope_key: str) -> dict[str, object]:
    """What the person chose for each table; nothing where it can no longer be read."""
    text = _texts_kept.get(scope_key, table_columns.get, size=len)
    try:
        found = parse_json(text)
    except InvalidJSON:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(found: object) -> Iterable[str]:
    return (one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _given(request: HttpRequest, name: str) -> list[str]:
    keys = list(dict.fromkeys(request.POST.getlist(name)))
    if len(keys) > KEYS_LIMIT or any(len(one) > KEY_LIMIT for one in keys):
        raise BadInput(_("This table has no such columns."), {name: [_("This table has no such columns.")]})
    return keys
