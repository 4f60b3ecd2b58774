"""The map as JSON, kept beside the code: a declaration that appears, goes or opens is seen in review."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import override

from declared.entries import LAYERS, Entry, entries

__all__ = ["KINDS", "NotAMap", "as_document", "as_text", "differences", "of_one_app", "read_document"]

SCHEMA: Final = 1
KINDS: Final = {
    "collections": "collection",
    "handlers": "data handler",
    "actions": "action",
    "settings": "setting",
    "pages": "page",
    "conversations": "conversation",
}


class NotAMap(ValueError):
    """A file that is not what ``manage.py declared --json`` has written."""


def as_document(found: Iterable[Entry]) -> dict[str, Any]:
    """The map as JSON values, described in ``docs/declared.md``.

    Lines stand by themselves at the end, so that one that is put in above moves nothing but numbers.
    """
    by_layer: dict[str, list[Entry]] = {layer: [] for layer in LAYERS}
    for entry in found:
        by_layer[entry.layer].append(entry)
    listed = {layer: [_as_json(entry) for entry in group] for layer, group in by_layer.items()}
    lines = {layer: {entry.name: entry.line for entry in group} for layer, group in by_layer.items()}
    return {"schema": SCHEMA, **listed, "lines": lines}


def _as_json(entry: Entry) -> dict[str, Any]:
    scope = {"scope": entry.scope, "scope_words": entry.scope_words} if entry.scope else {}
    uses = {} if entry.uses is None else {"uses": {layer: list(names) for layer, names in entry.uses.items()}}
    pages = {} if entry.layer == "pages" else {"pages": list(entry.pages)}
    return {
        "name": entry.name,
        "label": entry.label,
        "app": entry.app,
        "file": entry.file,
        **scope,
        "access": entry.access,
        "access_words": entry.access_words,
        **entry.details,
        **uses,
        **pages,
    }


def as_text() -> str:
    """The map as it is kept in a file: the same text at every start, in whichever language."""
    with override(None):
        return json.dumps(as_document(entries()), indent=2, ensure_ascii=False) + "\n"


def of_one_app(document: Mapping[str, Any], app: str) -> dict[str, Any]:
    """What one application declares, of a whole map. Its ``lines``, which are no difference, stay."""
    listed = {layer: [one for one in document[layer] if one.get("app") == app] for layer in LAYERS}
    return {**document, **listed}


def read_document(text: str) -> dict[str, Any]:
    """The map that a file holds. Raises ``NotAMap``."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NotAMap(f"it is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise NotAMap(f'it has no "schema": {SCHEMA}')
    found.setdefault("actions", [])  # of before they were on the map: each is new to it
    for layer in LAYERS:
        listed = found.get(layer)
        if not isinstance(listed, list) or not all(isinstance(one, dict) and "name" in one for one in listed):
            raise NotAMap(f"its {layer} are not a list of declarations")
    return found


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is different now, a line each: ``+`` appeared, ``-`` went, ``~`` changed. Lines do not count."""
    return [line for layer in LAYERS for line in _of_layer(KINDS[layer], before[layer], now[layer])]


def _of_layer(kind: str, before: Sequence[Any], now: Sequence[Any]) -> Iterator[str]:
    old, new = ({str(one["name"]): one for one in listed} for listed in (before, now))
    for name in sorted(old.keys() | new.keys()):
        title = f"{kind} '{name}'"
        if name not in old:
            yield f"+ {title} ({new[name].get('file')}), for {new[name].get('access_words')}"
        elif name not in new:
            yield f"- {title} ({old[name].get('file')}), for {old[name].get('access_words')}"
        else:
            yield from (f"~ {title}: {change}" for change in _changes(old[name], new[name]))


def _changes(before: Any, now: Any, where: str = "") -> Iterator[str]:
    if before == now:
        return
    old, new = _by_key(before), _by_key(now)
    if old is None or new is None:
        yield f"{where} was {_shown(before)}, is {_shown(now)}"
        return
    for key in [*new, *(key for key in old if key not in new)]:
        if key.endswith("_words"):
            continue  # they say in words what stands beside them
        place = f"{where} {key}".strip()
        if key not in old:
            yield f"{place} is new: {_shown(new[key])}"
        elif key not in new:
            yield f"{place} is gone: was {_shown(old[key])}"
        else:
            yield from _changes(old[key], new[key], place)
    if list(old) != list(new) and old.keys() == new.keys() and isinstance(now, list):
        yield f"{where} stand in another order"


def _by_key(value: Any) -> dict[str, Any] | None:
    """An object, or a list of objects that have a name each, as a dictionary; else ``None``."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return None
    named = {str(one.get("name") or one.get("key")): one for one in value}
    return named if len(named) == len(value) else None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
