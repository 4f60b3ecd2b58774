"""A change of columns, from its beginning to its end, and on from wherever it was broken off.

The rule: whoever reads finds every value, at each moment. A column that is added with its values, or renamed
with them, comes in force once every document is ready for it, in one transaction that lets no writer in; so
filters, orders and sums never see half of it. What is left over goes afterwards, and no reader sees it.

What is to be done to the values stands in the scope's row (``Step``) before anything is done, and leaves it
last: after a kill -9 the next change of the scope goes on there, or ``manage.py settle_columns`` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from collections_app.changing import knowledge
from collections_app.changing.columns import ColumnChanges, Columns, InForce, Step
from collections_app.changing.edits import Edit, check_whole
from collections_app.changing.holding import let_no_writer_in
from collections_app.changing.sweeping import leftovers_away, prepare
from collections_app.errors import StaleColumns
from collections_app.history.logbook import grouped
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes as block_of_changes
from live.topics import Topic

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["change", "finish", "unfinished"]


def change(
    collection: Collection, scope_key: str, edit: Edit, *, wanted: Step | None, version: int | None
) -> None:
    """Change the columns of one scope; see ``Collection.add_column`` and the others.

    ``wanted`` is what is done to the values: where that is begun already, it is finished, and that is all.
    """
    with grouped():
        begun = _in_force(collection, scope_key).step
        finish(collection, scope_key)
        if wanted is not None and wanted.is_same_as(begun):
            return
        _announce(collection, scope_key)
        while not _begin(collection, scope_key, edit, version):
            finish(collection, scope_key)  # somebody else was quicker: theirs first, then this upon it
        finish(collection, scope_key)


def finish(collection: Collection, scope_key: str) -> bool:
    """Do what is still to be done to the values of a scope; whether anything was."""
    is_begun = False
    while (step := _in_force(collection, scope_key).step) is not None:
        is_begun = True
        if step.is_after:
            leftovers_away(collection, scope_key, step)
            _put_away(collection, scope_key, step)
        else:
            prepare(collection, scope_key, step)
            _put_in_force(collection, scope_key, step)
    return is_begun


def unfinished() -> list[tuple[str, str]]:
    """The collections and scopes in which something is still to be done to the values."""
    with opened(EVERY_SCOPE):
        rows = knowledge.changed_model().objects.order_by("id")
        found = rows.values_list("collection", "scope_key", "state")
        return [(name, scope_key) for name, scope_key, state in found if "step" in state]


def _in_force(collection: Collection, scope_key: str) -> InForce:
    with knowledge.steady(fresh=True):
        knowledge.forget()
        return knowledge.in_force_in(collection, scope_key)


def _announce(collection: Collection, scope_key: str) -> None:
    """See that every process knows, from now on, that this collection's columns may be changed.

    Whoever has not asked for a while asks before ``LEASE`` is over, and finds the row.
    """
    with opened(scope_key), transaction.atomic():
        knowledge.changed_model().objects.get_or_create(collection=collection.name, scope_key=scope_key)
    knowledge.forget_now_and_then()
    if knowledge.LEASE and not connection.in_atomic_block:  # nobody sees what is not committed
        with opened(EVERY_SCOPE):
            rows = knowledge.changed_model().objects.filter(collection=collection.name)
            first = rows.order_by("created_at").values_list("created_at", flat=True)[0]
        known = 2 * knowledge.LEASE - (timezone.now() - first).total_seconds()
        time.sleep(min(max(known, 0), 2 * knowledge.LEASE))


def _begin(collection: Collection, scope_key: str, edit: Edit, version: int | None) -> bool:
    """Write down what shall be; what needs no preparing is in force then. False if another is begun."""

    def begun(row: Any, now: InForce) -> bool:
        if now.step is not None:
            return False
        if version is not None and version != row.version:
            raise StaleColumns(collection.name, Columns(now.declaration.columns, row.version))
        following, step = edit(collection.declaration, now)
        following = replace(following, concealed=now.declaration.hidden_keys)
        check_whole(collection.declaration, following)
        if step is None or step.is_after:
            _enforce(collection, row, replace(following, step=step))
        else:
            step = replace(step, following=following.as_json())
            row.state = replace(now.changes, step=step).as_json()
        return True

    return _with_row(collection, scope_key, begun)


def _put_in_force(collection: Collection, scope_key: str, step: Step) -> None:
    """What was prepared, for every document, and the columns for which it was: in one transaction."""

    def enforced(row: Any, now: InForce) -> bool:
        if now.step is None or not now.step.is_same_as(step) or now.step.is_after:
            return False  # somebody else has done it
        let_no_writer_in(collection.writer.table)
        prepare(collection, scope_key, step)  # what was written meanwhile
        following = ColumnChanges.from_json(step.following)
        after = replace(step, is_after=True, following={}) if step.kind == "move" else None
        _enforce(collection, row, replace(following, step=after))
        return True

    _with_row(collection, scope_key, enforced)


def _put_away(collection: Collection, scope_key: str, step: Step) -> None:
    """Nothing is left over of the step, so it is forgotten."""

    def forgotten(row: Any, now: InForce) -> bool:
        if now.step is None or not now.step.is_same_as(step) or not now.step.is_after:
            return False
        row.state = replace(now.changes, step=None).as_json()
        return True

    _with_row(collection, scope_key, forgotten)


def _enforce(collection: Collection, row: Any, following: ColumnChanges) -> None:
    let_no_writer_in(collection.writer.table)
    row.state, row.version = following.as_json(), row.version + 1


def _with_row(collection: Collection, scope_key: str, work: Callable[[Any, InForce], bool]) -> bool:
    """Change a scope's row, which is held meanwhile. Whether ``work`` did; pages with its rows follow."""
    with block_of_changes() as block, opened(scope_key):
        rows = knowledge.changed_model().objects.select_for_update()
        row = rows.get(collection=collection.name)
        version = row.version
        done = work(row, InForce(collection.declaration, row.state, row.version))
        if done:
            rows.filter(pk=row.pk).update(state=row.state, version=row.version)
            knowledge.forget_now_and_then()
        if row.version != version:
            block.touch(Topic("collection", collection.name, scope_key))
    return done
