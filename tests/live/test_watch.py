"""The watcher: what other processes commit is found."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections, transaction

from live import watch
from live.hub import Hub
from live.lookout import Lookout
from live.topics import Topic
from live.versions import Versions, versions_of
from live.watch import Watcher
from tests.live.talking import touch
from tests.serving import ROOT, environment_of
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "user:7")
SOON = 20.0  # seconds


class Ears:
    """Who watches, and what the watcher told."""

    def __init__(self, *topics: Topic) -> None:
        self.watched = [str(topic) for topic in topics]
        self.told: list[Versions] = []
        self._heard = threading.Condition()

    def tell(self, versions: Versions) -> None:
        with self._heard:
            self.told.append(versions)
            self._heard.notify_all()

    def hear(self, versions: Versions) -> None:
        """Wait until these were told."""
        with self._heard:
            assert self._heard.wait_for(lambda: versions in self.told, SOON)


def watcher_of(ears: Any) -> Watcher:
    return Watcher(ears, ears.tell, Lookout())


@contextmanager
def running(ears: Any) -> Iterator[Watcher]:
    watcher = watcher_of(ears)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()
        watcher.join(SOON)
        assert not watcher.is_alive()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks more often than in earnest, so that the suites need not wait."""
    monkeypatch.setattr(watch, "LOOK_EVERY", {"sqlite": 0.01, "postgresql": 0.01})
    monkeypatch.setattr(watch, "AFTER_AN_ERROR", 0.01)


def test_a_commit_of_another_connection_is_told() -> None:
    ears = Ears(THREADS, NOTES)
    with running(ears):
        ears.hear({str(THREADS): 0, str(NOTES): 0})
        together(1, lambda number: touch(THREADS))
        ears.hear({str(THREADS): 1, str(NOTES): 0})
        touch(NOTES)
        ears.hear({str(THREADS): 1, str(NOTES): 1})


COMMIT = """
from live.changes import changes
from live.topics import Topic
with changes() as change:
    change.touch(Topic("collection", "threads", "org:1"))
"""


def database_url() -> str:
    """Where this suite's own database is, for another process."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    given = connection.settings_dict
    who = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    address = urlsplit(f"postgres://{who}@{given['HOST']}:{given['PORT'] or 5432}")
    return address._replace(path=f"/{given['NAME']}").geturl()


@pytest.mark.slow
def test_a_commit_of_another_process_is_told(tmp_path: Any) -> None:
    ears = Ears(THREADS)
    environment = environment_of(tmp_path, DATABASE_URL=database_url(), CAPSULE_DEMO="0")
    with running(ears):
        ears.hear({str(THREADS): 0})
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", COMMIT]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
        ears.hear({str(THREADS): 1})


def test_what_was_undone_is_not_told() -> None:
    ears = Ears(THREADS, NOTES)

    def undo(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            _undone()
        touch(NOTES)  # a commit of something else, after which it has looked

    with running(ears):
        ears.hear({str(THREADS): 0, str(NOTES): 0})
        together(1, undo)
        ears.hear({str(THREADS): 0, str(NOTES): 1})
    assert {versions[str(THREADS)] for versions in ears.told} == {0}


def _undone() -> None:
    with transaction.atomic():
        touch(THREADS)
        raise ZeroDivisionError


def test_where_nobody_watches_nothing_is_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        watcher_of(Ears()).look()


def test_without_a_commit_the_table_is_not_read_again(django_assert_num_queries: Any) -> None:
    ears = Ears(THREADS)
    watcher = watcher_of(ears)
    watcher.look()
    with django_assert_num_queries(1):  # SQLite's counter, or PostgreSQL's versions
        watcher.look(certainly=False)
    assert len(ears.told) == (1 if connection.vendor == "sqlite" else 2)
    together(1, lambda number: touch(THREADS))
    watcher.look(certainly=False)
    assert ears.told[-1] == {str(THREADS): 1}


def test_who_wakes_it_is_answered_whatever_has_been_committed() -> None:
    ears = Ears()
    with running(ears) as watcher:
        touch(THREADS)
        ears.watched.append(str(THREADS))
        watcher.wake()
        ears.hear({str(THREADS): 1})


def test_a_woken_watcher_does_not_wait_for_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", {"sqlite": 3600.0, "postgresql": 3600.0})
    ears = Ears(THREADS)
    with running(ears) as watcher:
        watcher.wake()
        ears.hear({str(THREADS): 0})


@pytest.mark.parametrize(
    "error", [DatabaseError, InterfaceError, OperationalError, RuntimeError, KeyError, OSError]
)
def test_an_outage_is_said_once_and_the_watcher_goes_on(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ears = Ears(THREADS)
    failures = [error("no connection") for _ in range(5)]
    failed = threading.Event()

    def fail_at_first(names: Any) -> Versions:
        if failures:
            raise failures.pop()
        failed.set()
        return versions_of(names)

    monkeypatch.setattr(watch, "versions_of", fail_at_first)
    with running(ears) as watcher:
        watcher.wake()
        assert failed.wait(SOON)
        touch(THREADS)
        ears.hear({str(THREADS): 1})
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1 and "no connection" in said[0].getMessage()


def test_a_second_outage_is_said_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ears = Ears(THREADS)
    answers: list[Callable[[Any], Versions]] = [_down, versions_of, _down, versions_of]
    over = threading.Event()

    def answer(names: Any) -> Versions:
        if len(answers) == 1:
            over.set()
            return answers[0](names)
        return answers.pop(0)(names)

    monkeypatch.setattr(watch, "versions_of", answer)
    with running(ears) as watcher:
        while not over.wait(0.01):
            watcher.wake()
    assert len(caplog.records) == 2


def _down(names: Any) -> Versions:
    raise OperationalError("down")


def test_a_failure_to_tell_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    class Deaf(Ears):
        def tell(self, versions: Versions) -> None:
            if not self.told:
                self.told.append({})
                raise RuntimeError("the loop is closed")
            super().tell(versions)

    ears = Deaf(THREADS)
    with running(ears):
        ears.hear({str(THREADS): 0})
    assert len(caplog.records) == 1


def test_it_leaves_no_connection_behind() -> None:
    ears = Ears(THREADS)
    seen: list[Any] = []
    real = Watcher.look

    class Seeing(Watcher):
        def look(self, certainly: bool = True) -> None:
            real(self, certainly)
            seen.append(connections["default"])

    watcher = Seeing(ears, ears.tell)  # type: ignore[arg-type]
    watcher.start()
    ears.hear({str(THREADS): 0})
    watcher.stop()
    watcher.join(SOON)
    assert seen[-1].connection is None


def test_a_hub_is_woken_by_whoever_watches_what_nobody_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.changes._listeners", [])
    hub = Hub()
    heard: list[Versions] = []

    class Ear:
        def push(self, frame: str) -> None: ...
        def push_changed(self, versions: Versions, frame: str) -> None:
            heard.append(versions)

        def close(self, code: int) -> None: ...

    touch(THREADS)
    watcher = Watcher(hub, hub._apply)
    hub.wake = watcher.wake
    hub.watch(Ear(), {str(THREADS): 0})
    assert watcher._awake.is_set() and heard == []
    watcher.look()
    assert heard == [{str(THREADS): 1}]
