"""Mail that arrives while one looks on: a thread a second for half a minute, for one owner at a time.

How far it is stands in a collection of the owner's, so that every open page follows, whichever process
serves it, and so that a second click finds the first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from capsule import Identity, acting_as, current_identity
from collections_app import Column, Row, collection
from demo import words
from demo.declarations import contacts, threads
from demo.seed import subject_of
from live.changes import changes

__all__ = ["LETTERS", "begin", "deliver", "deliveries", "end", "in_background", "is_arriving", "latest"]

logger = logging.getLogger("capsule.demo")

LETTERS: Final = 30
EVERY: Final = 1.0  # seconds; the setting CAPSULE_DEMO_MAIL_EVERY says otherwise
FORGOTTEN_AFTER: Final = 10.0  # seconds without a letter: the server that wrote them was stopped

deliveries = collection(
    "deliveries",
    columns=[
        Column("arrived", type="number", required=True),
        Column("total", type="number", required=True),
        Column("state", type="status", options=["arriving", "stopped", "done"], required=True),
    ],
    scope="owner", label=_("Mail of the demo"), icon="mail",
)  # fmt: skip


def latest() -> Row | None:
    """The owner's latest delivery, or ``None`` before the first."""
    return deliveries.find_one()


def is_arriving(delivery: Row | None) -> bool:
    """Whether its letters are still coming."""
    if delivery is None or delivery["state"] != "arriving":
        return False
    patience = timedelta(seconds=FORGOTTEN_AFTER + _interval())
    return bool(delivery.updated_at > timezone.now() - patience)


def begin() -> Row | None:
    """A new delivery for the owner, or ``None`` while one is under way. Its letters are ``deliver``'s."""
    with changes():
        _hold_the_owner(current_identity())
        if is_arriving(latest()):
            return None
        # One stays; should somebody still write letters for an older one, they find it gone and end.
        while deliveries.delete_one({}).deleted:
            pass
        return deliveries.insert_one({"arrived": 0, "total": LETTERS, "state": "arriving"})


def end() -> None:
    """Let no more letters come."""
    deliveries.update_one({"state": "arriving"}, {"state": "stopped"})


def deliver(identity: Identity, delivery_id: str) -> None:
    """Write the letters of a delivery, one at a time, until it has all of them or is stopped."""
    with acting_as(identity):
        for letter in letters(Random(), LETTERS):
            if not _arrives(delivery_id, letter):
                return
            time.sleep(_interval())
        deliveries.update_one({"_id": delivery_id, "state": "arriving"}, {"state": "done"})


def in_background(identity: Identity, delivery_id: str) -> None:
    """``deliver`` on a thread of its own, which a server that stops does not wait for."""

    def work() -> None:
        try:
            deliver(identity, delivery_id)
        except Exception:
            logger.exception("No more mail arrives.")
        finally:
            connections.close_all()  # this thread's own

    threading.Thread(target=work, name="demo-mail", daemon=True).start()


def letters(chance: Random, count: int) -> Iterator[dict[str, Any]]:
    """Threads such as the seed's, of today. Every fifth only says thank you, and is closed at once."""
    senders = [contact["email"] for contact in contacts.find(limit=200)] or ["post@firm.example"]
    thanks = [subject for subject in words.SUBJECTS if "thanks" in subject[2]]
    requests = [subject for subject in words.SUBJECTS if "thanks" not in subject[2]]
    for at in range(1, count + 1):
        is_thanks = at % 5 == 0
        template, priority, tags = chance.choice(thanks if is_thanks else requests)
        today = timezone.localdate()
        yield {
            "subject": subject_of(chance, template),
            "sender": chance.choice(senders),
            "status": "closed" if is_thanks else "new",
            "priority": priority,
            "tags": list(tags),
            "received": today,
            "closed": today if is_thanks else None,
        }


def _arrives(delivery_id: str, letter: dict[str, Any]) -> bool:
    """Count one more and write it, together; False once it was stopped, or another took its place."""
    with changes():
        counted = deliveries.update_one({"_id": delivery_id, "state": "arriving"}, {"$inc": {"arrived": 1}})
        if counted.matched:
            threads.insert_one(letter)
    return bool(counted.matched)


def _hold_the_owner(identity: Identity) -> None:
    """Until the transaction ends: of two clicks at the same moment, in whatever process, one comes first."""
    if identity.organization_id is not None:
        Organization.objects.select_for_update().filter(pk=identity.organization_id).first()
    else:
        User.objects.select_for_update(no_key=True).filter(pk=identity.user_id or "").first()


def _interval() -> float:
    return float(getattr(settings, "CAPSULE_DEMO_MAIL_EVERY", EVERY))
