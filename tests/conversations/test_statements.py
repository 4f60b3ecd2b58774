"""How often the end of a turn asks the database: the first half second of an answer is spent there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from conversations.models import ChatMessage, State
from conversations.running import Turn
from conversations.turns import claim_turns
from tests.conversations.chatting import answering, chat_of, say
from tests.conversations.conftest import data_of

pytestmark = pytest.mark.django_db

MARKS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def statements_of_an_end(person: User, owner: Organization | None, *, changes: bool) -> list[str]:
    """What ``finish`` asks where a turn has answered, and where its handler has changed its data."""
    with answering(lambda session, msg: None):
        message = say(chat_of(person, owner), sender=person)
        (claim,) = claim_turns(1)
        turn = Turn(claim)
        turn.prepare()
        if changes:
            turn.data["step"] = 2
        with CaptureQueriesContext(connection) as asked:
            turn.finish(["Done."])
    assert ChatMessage.objects.get(pk=message.pk).state == State.DONE
    assert data_of(message.conversation) == ({"step": 2} if changes else {})
    return [one["sql"] for one in asked if not one["sql"].startswith(MARKS)]


@pytest.mark.parametrize("within", [False, True], ids=["person", "organisation"])
def test_what_is_stored_of_its_data_costs_a_turn_one_statement(
    alice: User, acme: Organization, within: bool
) -> None:
    owner = acme if within else None
    plain = statements_of_an_end(alice, owner, changes=False)
    changed = statements_of_an_end(alice, owner, changes=True)
    assert len(changed) - len(plain) <= 1
    assert len(changed) <= 8 + within
