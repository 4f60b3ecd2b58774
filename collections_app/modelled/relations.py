"""Which rows a foreign key may lead to, and what they are called.

Nothing outside is listed, named or taken: a target is reached by the rest of the way to whose the row is, or
as a collection of its own says, to whoever may read that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from capsule.identity import acting_identity
from collections_app.columns.reference import MOST_CHOICES
from collections_app.modelled import scoping
from collections_app.modelled.sensitive import is_sensitive

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.modelled.columns import ModelColumn
    from collections_app.modelled.handle import ModelCollection

__all__ = ["Relations"]

PARTS = 500  # ids a statement
TEXTS = frozenset({"CharField", "TextField", "EmailField", "SlugField"})


class Relations:
    """The foreign keys and many-to-many fields of one collection."""

    def __init__(self, registry: Iterable[Collection]) -> None:
        self.registry = registry
        self.handle: ModelCollection | None = None  # whose these are, once it is made

    # Where they may lead ----------------------------------------------------------------------------

    def reach(self, handle: ModelCollection, field: Any) -> QuerySet[Any] | None:
        """The rows that ``field`` may lead to, seen as ``handle`` is; ``None`` where nothing says which."""
        target, scope = field.related_model, handle.declaration.scope
        everything = target._default_manager.all()
        if handle.is_of_all:
            return cast("QuerySet[Any]", everything)
        condition = self._by_path(handle, field)
        if condition is not None:
            return cast("QuerySet[Any]", everything.filter(condition))
        other = self._collection_of(target, scope)
        if other is not None:
            return _as_read(other, handle)
        if target._meta.concrete_model is get_user_model():
            return self._people(everything, handle)
        return cast("QuerySet[Any]", everything) if scope == "app" else None

    def is_known(self, field: Any, scope: str, path: str) -> bool:
        """Whether anything says which rows ``field`` may lead to."""
        target = field.related_model
        is_on_path = field.name == path.partition("__")[0]
        is_person = target._meta.concrete_model is get_user_model() and scope in ("user", "owner")
        is_app = scope == "app" and target._meta.concrete_model is not get_user_model()
        return is_on_path or is_person or is_app or self._collection_of(target, scope) is not None

    def _by_path(self, handle: ModelCollection, field: Any) -> Q | None:
        """The condition on the target of the first step of the way to whose the row is."""
        declaration = handle.declaration
        first, _dunder, rest = declaration.scope_field.partition("__")
        if field.name != first:
            return None
        return scoping.condition_of(declaration.scope, rest or "pk", handle.scope_key)

    def _collection_of(self, target: Any, scope: str) -> ModelCollection | None:
        """The collection of another model, of our scope before one that is for everybody."""
        found = [one for one in self.registry if one.declaration.model is target]
        own = (one for one in found if one.declaration.scope == scope)
        anybody = (one for one in found if one.declaration.scope == "app")
        return cast("ModelCollection | None", next(own, next(anybody, None)))

    def _people(self, people: QuerySet[Any], handle: ModelCollection) -> QuerySet[Any] | None:
        """Of an organisation its members, of a person themselves."""
        scope, key = handle.declaration.scope, handle.scope_key
        if scope == "app":
            return None
        path = "pk" if scope == "user" else "organizations"
        return people.filter(scoping.condition_of(scope, path, key))

    # What they are called ---------------------------------------------------------------------------

    def choices(self, column: ModelColumn, text: str) -> list[tuple[str, str]]:
        """Some rows that may be chosen, as ids and words, those that ``text`` names first found."""
        rows = self._to_choose(column)
        if rows is None:
            return []
        if text:
            rows = rows.filter(_names(self._texts(column.field), text))
        attname = _target(column.field)
        return [(str(getattr(row, attname)), str(row)) for row in rows[:MOST_CHOICES]]

    def words_of(self, column: ModelColumn, ids: Sequence[str]) -> dict[str, str]:
        """What the rows of these ids are called; those that may not be chosen are left out."""
        rows = self._to_choose(column)
        known = _converted(column.field, ids)
        if rows is None or not known:
            return {}
        attname = _target(column.field)
        return {str(getattr(one, attname)): str(one) for one in rows.filter(**{f"{attname}__in": known})}

    def _to_choose(self, column: ModelColumn) -> QuerySet[Any] | None:
        assert self.handle is not None
        rows = self.reach(self.handle, column.field)
        return None if rows is None else rows.complex_filter(column.field.get_limit_choices_to())

    def _texts(self, field: Any) -> list[str]:
        """The fields of the other rows that a search for them looks into: none whose values nobody sees.

        What is found would tell, letter by letter, what they hold.
        """
        assert self.handle is not None
        model = field.related_model
        other = self._collection_of(model, self.handle.declaration.scope)
        seen = None if other is None else {column.key for column in other.declaration.visible_columns}
        return [
            one.name
            for one in model._meta.concrete_fields
            if one.get_internal_type() in TEXTS
            and not is_sensitive(one)
            and (seen is None or one.name in seen)
        ]

    def labels(self, handle: ModelCollection, field: Any, values: Iterable[Any]) -> dict[Any, str]:
        """What the rows that ``field`` leads to are called, by its values; without those out of reach."""
        wanted, rows = list({value for value in values if value is not None}), self.reach(handle, field)
        if rows is None or not wanted:
            return {}
        attname = _target(field)
        return {
            getattr(row, attname): str(row)
            for start in range(0, len(wanted), PARTS)
            for row in rows.filter(**{f"{attname}__in": wanted[start : start + PARTS]})
        }

    def tags(self, handle: ModelCollection, field: Any, keys: Sequence[Any]) -> dict[Any, list[Any]]:
        """Of each row the ids that a many-to-many field leads to, within reach, in their order."""
        rows = self.reach(handle, field)
        found: dict[Any, list[Any]] = defaultdict(list)
        if rows is None:
            return found
        source, target = field.m2m_field_name(), field.m2m_reverse_field_name()
        for start in range(0, len(keys), PARTS):
            links = field.remote_field.through._base_manager.filter(
                **{
                    f"{source}__in": keys[start : start + PARTS],
                    f"{target}__in": rows.order_by().values("pk"),
                }
            )
            pairs = links.order_by(f"{target}_id").values_list(f"{source}_id", f"{target}_id")
            for own, other in pairs:
                found[own].append(other)
        return found

    def chosen(self, handle: ModelCollection, column: ModelColumn, values: Sequence[Any]) -> list[Any]:
        """The rows that ``values`` name. Raises ``ValidationError`` for one out of reach, as for none."""
        rows, wanted = self.reach(handle, column.field), _converted(column.field, values)
        attname, found = _target(column.field), {}
        if rows is not None and wanted:
            rows = rows.complex_filter(column.field.get_limit_choices_to())
            found = {str(getattr(one, attname)): one for one in rows.filter(**{f"{attname}__in": wanted})}
        known = [found[str(one)] for one in wanted if str(one) in found]
        if len(known) < len(values):
            raise ValidationError({column.key: [_("There is no such choice.")]})
        return known


def _as_read(other: ModelCollection, handle: ModelCollection) -> QuerySet[Any]:
    """The rows of another model's collection that whoever ``handle`` is for may read."""
    seen = other if handle.given_identity is None else other.in_scope_of(handle.given_identity)
    identity = handle.given_identity or acting_identity()
    if identity is not None and not other.declaration.may_read(identity):
        return cast("QuerySet[Any]", other.model._default_manager.none())
    return cast("ModelCollection", seen).scoped_queryset()


def _names(texts: Iterable[str], text: str) -> Q:
    """Rows in one of whose ``texts`` this one stands."""
    found = scoping.NOBODY
    for name in texts:
        found |= Q(**{f"{name}__icontains": text})
    return found


def _target(field: Any) -> str:
    """What of the other row a value of ``field`` names."""
    if field.many_to_many:
        return str(field.related_model._meta.pk.attname)
    return str(field.target_field.attname)


def _converted(field: Any, values: Iterable[Any]) -> list[Any]:
    """The values as the other row has them, without those that it could not have."""
    target = field.related_model._meta.pk if field.many_to_many else field.target_field
    converted = []
    for value in values:
        if (
            isinstance(value, (str, int))
            and not isinstance(value, bool)
            and value != ""
            and "\0" not in str(value)
        ):
            try:
                converted.append(target.to_python(value))
            except ValidationError:
                continue
    return [one for one in converted if not isinstance(one, int) or abs(one) < 2**63]
