"""Fills an empty site with the support desk's people and records, through the layers' own doors.

By chance and yet the same each time, with dates that end today. What is there already is left alone.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Organization, Role, User
from capsule import acting_as
from collections_app.handle import Collection
from demo import words
from demo.declarations import bookmarks, contacts, packages, threads

__all__ = ["PEOPLE", "THREADS", "seed", "subject_of"]

Document = dict[str, Any]
Say = Callable[[str], None]

THREADS = 2000
CONTACTS = 150
DAYS = 180  # how far back the threads reach
BATCH = 500  # records in one insert
PACKAGES = Path(__file__).resolve().parent / "data" / "packages.ndjson.gz"

# First name, and the role in Acme Support or None for somebody who is not in it.
PEOPLE: dict[str, str | None] = {"alice": Role.ADMIN, "bob": Role.MEMBER, "charlie": None, "dana": None}

GROUPS = {
    "Readers of threads": ["view_threads"],
    "Keepers of contacts": ["view_contacts", "add_contacts", "change_contacts", "delete_contacts"],
}


def seed(say: Say, today: date | None = None) -> None:
    """Make what is missing, and ``say`` one sentence for each kind of thing."""
    today = today or timezone.localdate()
    people, acme = _people(say)
    _groups(say)
    chance = Random(2)  # the same desk each time
    senders = list(customers(chance, today))
    with acting_as(user=people["alice"], organization=acme):
        _fill(contacts, senders, say)
        _fill(threads, received_threads(chance, today, senders), say)
        _fill(packages, packaged(), say)
    with acting_as(user=people["charlie"]):
        _fill(threads, personal_threads(chance, today), say, of="charlie")
    for name, person in people.items():
        with acting_as(user=person):
            _fill(bookmarks, bookmarked(name, today), say, of=name)


def _fill(collection: Collection, documents: Iterable[Document], say: Say, of: str = "") -> None:
    """All or nothing, so that a second run never finds half."""
    name = f"{collection.name} of {of}" if of else collection.name
    if collection.find_one() is not None:
        say(f"{name}: already there.")
        return
    count = 0
    pending = iter(documents)
    with transaction.atomic():
        while batch := list(islice(pending, BATCH)):
            count += len(collection.insert_many(batch))
    say(f"{name}: {count:,} added.")


# People -----------------------------------------------------------------------------------------------------


def _people(say: Say) -> tuple[dict[str, User], Organization]:
    with transaction.atomic():
        made = 0
        people = {}
        for name in PEOPLE:
            people[name], is_new = _person(name)
            made += is_new
        name_of = {"name": "Acme Support"}
        acme, _new = Organization.objects.get_or_create(slug="acme-support", defaults=name_of)
        for name, role in PEOPLE.items():
            if role is not None:
                defaults = {"role": role}
                Membership.objects.get_or_create(organization=acme, user=people[name], defaults=defaults)
    say(f"people: {made} added." if made else "people: already there.")
    return people, acme


def _person(name: str) -> tuple[User, bool]:
    """No password: the demo's people come in by their buttons on the sign-in page, and no other way."""
    administrator = name == "dana"
    return User.objects.get_or_create(
        email=f"{name}@example.com",
        defaults={
            "name": name.capitalize(),
            "is_demo": True,
            "is_staff": administrator,
            "is_superuser": administrator,
            "password": "!",
        },
    )


def _groups(say: Say) -> None:
    """Rights that somebody of the staff may be given."""
    made = 0
    for name, rights in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(Permission.objects.filter(codename__in=rights))
        made += is_new
    say(f"groups: {made} added." if made else "groups: already there.")


# Contacts ---------------------------------------------------------------------------------------------------


def customers(chance: Random, today: date) -> Iterator[Document]:
    names = [(first, last) for first in words.FIRST_NAMES for last in words.LAST_NAMES]
    for first, last in chance.sample(names, CONTACTS):
        company, country = chance.choice(words.COMPANIES)
        host = company.split()[0].lower() + ".example"
        plan = chance.choice(words.PLANS)
        own = Random(f"{first} {last}")  # so that what one is asked for changes nothing of the others
        yield {
            "name": f"{first} {last}",
            "email": f"{first}.{last}@{host}".lower(),
            "company": company,
            "plan": plan,
            "fee": words.FEES[plan],
            "rating": own.randint(4, 10) / 2 if own.random() < 0.7 else None,
            "country": country,
            "website": f"https://www.{host}/" if chance.random() < 0.8 else None,
            "customer_since": today - timedelta(days=chance.randint(20, 2000)),
            "newsletter": chance.random() < 0.4,
        }


# Threads ----------------------------------------------------------------------------------------------------


def received_threads(chance: Random, today: date, senders: list[Document]) -> Iterator[Document]:
    """In the order in which they came in; the last ones today."""
    for at, received in enumerate(sorted(_dates(chance, today)), 1):
        template, urgency, tags = chance.choice(words.SUBJECTS)
        age = (today - received).days
        # The newest but one is closed: the switch *Show closed threads* is seen on every table's first page.
        status = "closed" if at == THREADS - 1 else _status(chance, age)
        priority = min(4, max(1, urgency + chance.choice([-1, 0, 0, 0, 1])))
        yield {
            "subject": subject_of(chance, template),
            "sender": chance.choice(senders)["email"],
            "status": status,
            "priority": priority,
            "tags": list(tags),
            "received": received,
            "closed": _closed(chance, received, today) if status == "closed" else None,
            "reply_hours": None if status == "new" else _reply_hours(chance, priority, age),
        }


def _dates(chance: Random, today: date) -> list[date]:
    """A quiet weekend, a busy Monday, slowly more from month to month, and never a day to come."""
    days = [today - timedelta(days=age) for age in range(DAYS)]
    by_weekday = [1.4, 1.1, 1.0, 1.0, 0.9, 0.35, 0.3]
    weights = [by_weekday[day.weekday()] * (1.5 - age / DAYS) for age, day in enumerate(days)]
    some = chance.choices(days, weights, k=THREADS - 3)
    return [*some, *[today] * 3]  # a desk that opened today has something to do


def _status(chance: Random, age: int) -> str:
    """The older, the more surely closed."""
    if age <= 1:
        weights = [55, 30, 5, 10]
    elif age <= 7:
        weights = [10, 35, 20, 35]
    elif age <= 30:
        weights = [0, 8, 10, 82]
    else:
        weights = [0, 1, 1, 98]
    return chance.choices(["new", "open", "waiting", "closed"], weights)[0]


def _closed(chance: Random, received: date, today: date) -> date:
    return min(today, received + timedelta(days=int(chance.expovariate(0.4))))


def _reply_hours(chance: Random, priority: int, age: int) -> float:
    """Hours until the first answer: the more urgent, the fewer, and none in the time to come."""
    return min(24.0 * age + 4, round(chance.lognormvariate(1.9 - priority * 0.25, 0.8), 1))


def subject_of(chance: Random, template: str) -> str:
    """A subject such as people write: the template's gaps filled, and perhaps their own number for it."""
    subject = template.format(**{kind: chance.choice(things) for kind, things in words.THINGS.items()})
    ending = chance.choice(words.ENDINGS).format(number=chance.randint(1200, 9800))
    return subject[0].upper() + subject[1:] + ending


def personal_threads(chance: Random, today: date) -> Iterator[Document]:
    for age, subject in enumerate(words.PERSONAL_SUBJECTS):
        yield {
            "subject": subject,
            "sender": "charlie@example.com",
            "status": chance.choice(["new", "open", "waiting"]),
            "priority": chance.randint(1, 3),
            "tags": ["private"],
            "received": today - timedelta(days=age * 3),
        }


# The rest ---------------------------------------------------------------------------------------------------


def bookmarked(name: str, today: date) -> Iterator[Document]:
    for age, (title, address, tags) in enumerate(words.BOOKMARKS[name]):
        yield {"title": title, "address": address, "tags": tags, "added": today - timedelta(days=age * 9)}


def packaged() -> Iterator[Document]:
    with gzip.open(PACKAGES, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
