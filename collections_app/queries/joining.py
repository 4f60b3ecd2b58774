"""How the conditions of several parts become one, whatever each of them is compiled to."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from collections_app.queries.tree import And, Node, Or

__all__ = ["NONE", "joined"]

NONE = Q(pk__in=[])


def joined(node: And | Or, negated: bool, compiled: Callable[[Node], Q]) -> Q:
    """All of the parts, or any; "not all" is any of their opposites, which ``compiled`` gives already."""
    every = isinstance(node, And) is not negated
    if not node.parts:
        return Q() if every else NONE
    whole = Q(_connector=Q.AND if every else Q.OR)
    for part in node.parts:
        condition = compiled(part)
        if condition or every:
            whole.add(condition, whole.connector)
        else:
            return Q()  # any of several, and one of them always holds
    return whole
