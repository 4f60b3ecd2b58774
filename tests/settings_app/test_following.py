"""What is read is never older than the version under which it is noted: no change is missed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from capsule.identity import acting_as
from live.changes import changes
from live.topics import Topic
from live.tracking import UNSETTLED, remembering_versions, tracking
from live.versions import version_of
from settings_app.models import SettingValue
from settings_app.values import follow, read_all, remembering, topic_of, write_at
from tests.meanwhile import meanwhile
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, font_size

pytestmark = pytest.mark.django_db(transaction=True)

EVERYBODYS = BY_SCOPE_AND_TYPE["app", int]
OWN = BY_SCOPE_AND_TYPE["user", int]
Reads = dict[Topic, int]


class Counting:
    """A setting whose value is always its version, however often somebody writes it."""

    def __init__(self, setting: Any, scope_key: str) -> None:
        self.setting, self.scope_key = setting, scope_key
        self.topic = topic_of(setting.name, scope_key)
        self.write()

    def write(self) -> None:
        with changes():
            write_at(self.setting, self.scope_key, version_of(self.topic) + 1, by="somebody")

    def check(self, value: int, reads: Reads) -> None:
        """Whoever noted version v saw value v or a newer one: what came later is told."""
        assert self.topic in reads and value >= reads[self.topic]


@contextmanager
def remembered(values: bool, versions: bool) -> Iterator[None]:
    with ExitStack() as stack:
        if versions:
            stack.enter_context(remembering_versions())
        if values:
            stack.enter_context(remembering())
        yield


memories = pytest.mark.parametrize(
    ("values", "versions"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["nothing", "values", "versions", "a request"],
)


@memories
def test_each_read_is_noted_by_the_version_before_it(values: bool, versions: bool, alice: User) -> None:
    own, all_ = Counting(OWN, f"user:{alice.pk}"), Counting(EVERYBODYS, "app")

    def write() -> None:
        own.write()
        all_.write()

    with acting_as(user=alice), remembered(values, versions), meanwhile(write):
        OWN.get()  # not tracked: what it read is of no use to whoever tracks
        for _ in range(3):
            for counting in (own, all_):
                with tracking() as reads:
                    value = counting.setting.get()
                counting.check(value, reads.topics)
        with tracking() as reads:
            found: Any = read_all()
        own.check(found[OWN.name], reads.topics)
        all_.check(found[EVERYBODYS.name], reads.topics)


@memories
def test_one_setting_read_before_the_others_notes_only_itself(
    values: bool, versions: bool, alice: User
) -> None:
    with acting_as(user=alice), remembered(values, versions), tracking() as reads:
        font_size.get()
    assert reads.topics == {topic_of(font_size.name, f"user:{alice.pk}"): 0}


@pytest.mark.parametrize("scope", ["app", "user", "owner", "session"])
def test_a_setting_is_followed_in_the_scope_of_whoever_acts(scope: Any, alice: User, acme: Any) -> None:
    setting = BY_SCOPE_AND_TYPE[scope, int]
    keys = {"app": "app", "user": f"user:{alice.pk}", "owner": f"org:{acme.pk}", "session": "conv:0a"}
    with acting_as(user=alice, organization=acme, session="0a"):
        with tracking() as read:
            setting.get()
        with tracking() as followed:
            follow(setting)
    assert read.topics == followed.topics == {topic_of(setting.name, keys[scope]): 0}


def test_a_request_that_tracks_asks_no_more_than_twice(alice: User, django_assert_num_queries: Any) -> None:
    with acting_as(user=alice), remembered(values=True, versions=True), django_assert_num_queries(2):
        for setting in BY_SCOPE_AND_TYPE.values():
            if setting.scope != "session":
                with tracking():
                    setting.get()


steps = st.lists(st.sampled_from(["tracked", "untracked", "all", "nested", "write", "undone"]), max_size=8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=steps)
def test_whatever_a_request_does_it_never_takes_old_for_new(done: list[str], alice: User) -> None:
    SettingValue.objects.all().delete()
    connection.cursor().execute("DELETE FROM live_topicversion")
    own = Counting(OWN, f"user:{alice.pk}")
    noted: list[int] = []
    with acting_as(user=alice), remembered(values=True, versions=True), meanwhile(own.write):
        for what in done:
            with tracking() as outer:
                if what == "tracked":
                    own.check(OWN.get(), outer.topics)
                elif what == "all":
                    found: Any = read_all()[OWN.name]
                    own.check(found, outer.topics)
                elif what == "nested":
                    with tracking() as inner:
                        value = OWN.get()
                    own.check(value, inner.topics)
                    assert own.topic not in outer.topics
            if what == "untracked":
                OWN.get()
            elif what == "write":
                own.write()
            elif what == "undone":
                _write_and_undo(own, noted)
    assert all(version == UNSETTLED for version in noted), "a number that was undone is somebody else's next"


def _write_and_undo(own: Counting, noted: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        own.write()
        with tracking() as reads:
            OWN.get()
        noted.append(reads.topics[own.topic])
        raise ZeroDivisionError
