from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Membership, Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.handle import Collection
from demo import seed
from demo.declarations import STATUSES, bookmarks, contacts, packages, threads
from live.models import TopicVersion

TODAY = date(2026, 11, 23)


def run() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def rows_of(collection: Collection, name: str, organization: Organization | None = None) -> list[Row]:
    with acting_as(user=person(name), organization=organization):
        return collection.find()


def test_it_fills_an_empty_site_and_a_second_run_changes_nothing(db: None) -> None:
    said = run()
    assert "threads: 2,000 added." in said
    assert "contacts: 150 added." in said
    assert "packages: 2,000 added." in said
    assert "people: 4 added." in said

    acme = Organization.objects.get(slug="acme-support")
    before = rows_of(threads, "alice", acme)
    assert len(before) == seed.THREADS
    versions = dict(TopicVersion.objects.values_list("topic", "version"))

    again = run()
    assert "added" not in again
    assert again.count("already there.") == said.count("added.")
    assert dict(TopicVersion.objects.values_list("topic", "version")) == versions
    assert rows_of(threads, "alice", acme) == before

    assert_believable(before, timezone.localdate())
    # Every record of the extract is valid: none was refused, none was left out.
    assert rows_of(packages, "bob") and len(rows_of(packages, "bob")) == 2000


def assert_believable(rows: list[Row], today: date) -> None:
    received = [date.fromisoformat(row["received"]) for row in rows]
    assert max(received) == today
    assert min(received) >= today - timedelta(days=seed.DAYS)
    statuses = Counter(row["status"] for row in rows)
    assert set(statuses) == set(STATUSES)
    assert statuses["closed"] > 0.8 * len(rows)
    assert len({row["subject"] for row in rows}) > 0.4 * len(rows)
    assert {row["priority"] for row in rows} == {1, 2, 3, 4}
    for row in rows:
        assert (row["status"] == "closed") == (row.get("closed") is not None)
        if row.get("closed"):
            assert row["received"] <= row["closed"] <= today.isoformat()
        assert row["sender"].endswith(".example")
        assert row["subject"][0] == row["subject"][0].upper()


def test_the_people_are_who_the_tutorial_says(desk: Organization) -> None:
    assert {str(user) for user in User.objects.all()} == {"Alice", "Bob", "Charlie", "Dana"}
    assert all(user.is_demo for user in User.objects.all())
    # Their buttons on the sign-in page are the only way in.
    assert not any(user.has_usable_password() for user in User.objects.all())
    roles = {str(member.user): member.role for member in Membership.objects.filter(organization=desk)}
    assert roles == {"Alice": "admin", "Bob": "member"}
    assert [user.name for user in User.objects.filter(is_superuser=True)] == ["Dana"]


def test_alice_and_bob_share_what_charlie_has_none_of(desk: Organization) -> None:
    ours = {row.id for row in rows_of(threads, "alice", desk)}
    assert ours == {row.id for row in rows_of(threads, "bob", desk)}
    his = rows_of(threads, "charlie")
    assert len(his) == 7
    assert not ours & {row.id for row in his}
    assert rows_of(threads, "alice") == []
    assert rows_of(threads, "dana") == []


def test_bookmarks_belong_to_one_person_each(desk: Organization) -> None:
    seen: set[str] = set()
    for name in seed.PEOPLE:
        own = {row.id for row in rows_of(bookmarks, name)}
        assert own
        assert not own & seen
        seen |= own


def test_a_thread_comes_from_one_of_the_contacts(desk: Organization) -> None:
    known = {row["email"] for row in rows_of(contacts, "bob")}
    assert {row["sender"] for row in rows_of(threads, "bob", desk)} <= known


def test_it_leaves_alone_what_somebody_changed(desk: Organization) -> None:
    with acting_as(user=person("alice"), organization=desk):
        first = threads.find_one()
        assert first is not None
        threads.update_one({"_id": first.id}, {"subject": "Mine now"})
        threads.delete_one({"priority": 1})
        left = threads.count()
    assert "added" not in run()
    with acting_as(user=person("alice"), organization=desk):
        assert threads.count() == left
        assert threads.count({"subject": "Mine now"}) == 1


def test_a_failure_half_way_leaves_no_half(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield from ({"name": f"package-{number}"} for number in range(seed.BATCH))
        yield {"name": "no number", "download_size": "many"}

    monkeypatch.setattr(seed, "THREADS", 60)
    monkeypatch.setattr(seed, "packaged", broken)
    with pytest.raises(Exception, match="download_size"):
        run()
    assert packages.across_scopes().count() == 0


def test_it_refuses_where_strangers_could_reach_it(db: None, settings: Any) -> None:
    settings.CAPSULE_LOCAL = False
    with pytest.raises(CommandError, match="own address"):
        run()
    assert not User.objects.exists()


def test_the_same_desk_is_made_each_time() -> None:
    def made() -> list[dict[str, Any]]:
        chance = Random(7)
        customers = list(seed.customers(chance, TODAY))
        return [*customers, *seed.received_threads(chance, TODAY, customers)]

    assert made() == made()


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 11, 22)])
def test_dates_end_on_the_day_whatever_it_is(today: date) -> None:
    chance = Random(1)
    made = list(seed.received_threads(chance, today, [{"email": "ana@firm.example"}]))
    assert len(made) == seed.THREADS
    assert made[-1]["received"] == today
    assert [thread["received"] for thread in made] == sorted(thread["received"] for thread in made)
    assert all(thread["closed"] is None or thread["closed"] <= today for thread in made)


def test_the_extract_shows_what_real_records_are_like() -> None:
    with gzip.open(seed.PACKAGES, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    assert len(records) == 2000
    assert len({record["name"] for record in records}) == 2000
    assert len({record["section"] for record in records}) == 58
    assert sum(record["homepage"] is None for record in records) > 100
    assert sum(not record["tags"] for record in records) > 500
    assert max(len(record["summary"]) for record in records) > 400
    assert max(record["installed_size"] for record in records) > 2**32
    assert any(record["essential"] for record in records)
    priorities = {"required", "important", "standard", "optional", "extra"}
    assert {record["priority"] for record in records} == priorities
