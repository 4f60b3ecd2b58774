"""Who changed a topic last, and from where: remembered in this process, once somebody inspects a page of it.

It is a help to whoever builds, and no truth: what another process has written, and what was written before
anybody inspected, the histories of the layers know, where they keep one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from capsule.bounded import BoundedStore
from capsule.identity import acting_identity
from capsule.sources import Source, current_source
from live.changes import on_commit_of_changes
from live.topics import Topic
from live.versions import Versions

__all__ = ["Cause", "begin", "cause_of"]

LIMIT = 512 * 1024  # bytes: some hundreds of topics


@dataclass(frozen=True, slots=True)
class Cause:
    """The change that made a topic's version: when, from where, and by whom, where that is a person."""

    version: int
    at: datetime
    source: Source
    user_id: str | None


_causes: BoundedStore[Cause] = BoundedStore(lambda: LIMIT)
_listening: list[bool] = []


def begin() -> None:
    """Remember from now on, until the process ends. The second call does nothing."""
    if not _listening:
        _listening.append(True)
        on_commit_of_changes(_heard)


def cause_of(topic: Topic, version: int) -> Cause | None:
    """What made this version of the topic, if it was made here since ``begin``."""
    cause = _causes.get(str(topic))
    return cause if cause is not None and cause.version == version else None


def _heard(versions: Versions) -> None:
    identity = acting_identity()
    user_id = None if identity is None else identity.user_id
    for name, version in versions.items():
        _causes.put(name, Cause(version, timezone.now(), current_source(), user_id), len(name))
