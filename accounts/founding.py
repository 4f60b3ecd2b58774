"""What a person may bring along when they found an organisation.

The layers above own the data; each registers here how to count and to move what it keeps in owner scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from capsule.registry import Registry

__all__ = ["Movable", "Offer", "movables", "move_all", "offers_for"]


@dataclass(frozen=True, slots=True)
class Movable:
    """One kind of owner-scope data that can change its owner.

    Example::

        movables.add("threads", Movable(
            label_for_count=lambda count: ngettext("%d thread", "%d threads", count) % count,
            count=lambda key: Thread.objects.filter(scope_key=key).count(),
            move=lambda old, new: Thread.objects.filter(scope_key=old).update(scope_key=new),
        ))

    ``move`` runs inside the transaction that founds the organisation, and returns how many it moved.
    """

    label_for_count: Callable[[int], str]
    count: Callable[[str], int]
    move: Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Offer:
    """How much of one kind there is to bring along."""

    label: str
    count: int


movables: Registry[Movable] = Registry("movable")


def offers_for(scope_key: str) -> list[Offer]:
    """What could be brought along from ``scope_key``; empty kinds are left out."""
    return list(_offers(scope_key))


def _offers(scope_key: str) -> Iterator[Offer]:
    for movable in movables:
        count = movable.count(scope_key)
        if count:
            yield Offer(str(movable.label_for_count(count)), count)


def move_all(from_key: str, to_key: str) -> int:
    """Move everything movable from one owner to another; returns how many things were moved."""
    return sum(movable.move(from_key, to_key) for movable in movables)
