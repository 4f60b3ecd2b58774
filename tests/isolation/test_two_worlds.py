"""Two worlds that differ only in what others have: whatever Alice asks, she is answered the same.

So nothing of theirs shows, not by a count, an order, a page number, a suggestion or an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Collection
from collections_app.storage.guarding import opened
from tests.testapp.declared.collections import bookmarks, threads

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

THREADS = "/collections/test_threads/"
BOOKMARKS = "/collections/test_bookmarks/"
# Of others: fixed, so that Alice can ask for them in the world where they never were.
THEIR_IDS = [UUID(int=0x0190A000_0000_7000_8000_000000000000 + n) for n in range(60)]
WORDS = ["Printer", "Secret", "Salary", "Lamp"]


@contextmanager
def for_a_while() -> Iterator[None]:
    """What is written within the block is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def others_write(charlie: User, bob: User, acme: Organization) -> None:
    """A stranger's documents, more than a page of them, and a colleague's personal ones."""
    random = Random(3)
    for number, id in enumerate(THEIR_IDS):
        handle = threads if number % 2 else bookmarks
        data = {
            "subject": random.choice(WORDS),
            "title": random.choice(WORDS),
            "status": "open",
            "priority": 9,
        }
        data |= {"tags": ["theirs"], "owner": "alice", "scope_key": f"org:{acme.pk}", "secret": "theirs"}
        person = bob if number % 3 == 0 else charlie
        with opened(f"user:{person.pk}"):
            handle.model.objects.create(public_id=id, scope_key=f"user:{person.pk}", data=data)


def without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text)


def normalised(response: Any) -> tuple[int, str]:
    """The answer without what differs from request to request: tokens, numbers, new ids, the time."""
    text = re.sub(r"[A-Za-z0-9]{64}|[0-9a-f]{32}", "", without_ids(response.content.decode()))
    text = re.sub(r"[\w-]+:[\w-]{6}:[\w-]{43}|\d{4}-\d\d-\d\dT[\d:.+Z]+", "<signed>", text)
    return response.status_code, text


def over_http(client: Client) -> list[Any]:
    """What Alice's browser asks: pages, sorts, filters, other pages, others' records; and what it writes."""
    answers = []
    for page in (THREADS, BOOKMARKS):
        name = page.split("/")[2]
        queries = [
            "",
            "page=1",
            "page=2",
            "page=99",
            "size=1",
            "sort=-priority",
            "sort=subject",
            "sort=title",
        ]
        queries += [f"is-subject={word}" for word in WORDS] + [
            "is-status=open",
            "is-priority=9",
            "is-secret=theirs",
        ]
        answers += [client.get(f"{page}?{name}-{query}") for query in queries]
        for id in THEIR_IDS[:2]:
            answers += [client.get(f"{page}{id}/"), client.get(f"{page}{id}/delete/")]
            answers += [client.post(f"{page}{id}/", {"subject": "mine", "title": "mine"})]
            answers += [client.post(f"{page}{id}/delete/")]
        answers += [client.post(f"{page}add/", {"subject": "New", "title": "New"}), client.get(page)]
    return [normalised(answer) for answer in answers]


def _ask(handle: Collection, question: int, filter: dict[str, Any]) -> Any:
    if question == 0:
        return handle.find(filter, limit=3)
    if question == 1:
        return handle.find(filter, sort={"subject": -1, "priority": 1})
    return handle.count(filter) if question == 2 else handle.update_one(filter, {"$inc": {"priority": 1}})


def in_python(identity: Identity) -> list[Any]:
    """A hundred random questions through the handles."""
    random = Random(5)
    answers: list[Any] = []
    with acting_as(identity):
        for _ in range(100):
            handle = random.choice([threads, bookmarks])
            key = random.choice(["subject", "title", "priority", "owner", "scope_key", "secret", "_id"])
            values = [*WORDS, 9, 1, "alice", "theirs", str(random.choice(THEIR_IDS))]
            operator = (
                random.choice(["$ne", "$eq"])
                if key == "_id"
                else random.choice(["$gte", "$ne", "$eq", "$lt"])
            )
            filter = {key: {operator: random.choice(values)}}
            try:
                answers.append(_ask(handle, random.randrange(4), filter))
            except (ValueError, ValidationError) as error:
                answers.append(repr(error))
    return [without_ids(str(answer)) for answer in answers]


@pytest.fixture
def own(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_many(
            [{"subject": word, "status": "open", "priority": n} for n, word in enumerate(WORDS)]
        )
        bookmarks.insert_many([{"title": word, "url": "https://example.com"} for word in WORDS[:2]])


@pytest.fixture
def ask(own: None, alice: User, acme: Organization, alice_client: Client) -> Callable[[], list[Any]]:
    """What Alice is answered, to everything that she asks."""

    def asked() -> list[Any]:
        with for_a_while():
            return over_http(alice_client) + in_python(Identity.of(alice, acme))

    return asked


@pytest.fixture
def others(charlie: User, bob: User, acme: Organization) -> Callable[[], None]:
    """Lets the others come."""
    return lambda: others_write(charlie, bob, acme)


@pytest.mark.thorough
def test_what_others_have_changes_no_answer(ask: Any, others: Any, acme: Organization, proof: Any) -> None:
    before = ask()
    assert ask() == before  # the comparison itself lets through nothing but what is asked for
    others()
    assert ask() == before
    proof(f"{len(before)} answers, 0 different")
    # And it would show: one document of theirs in her scope, and the answers differ.
    with opened(f"org:{acme.pk}"):
        threads.model.objects.create(scope_key=f"org:{acme.pk}", data={"subject": "Seen", "priority": 9})
    assert ask() != before
