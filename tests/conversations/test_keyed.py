"""State kept by the name of a place: one for each person and owner, and a visitor's becomes theirs."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, User
from capsule import Identity, acting_as
from collections_app.files.carrying import move_pending_files
from collections_app.files.keeping import keep, stored_files
from collections_app.files.pending import KEPT_FOR
from collections_app.files.pruning import prune_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from conversations import ConversationRequest
from conversations.keyed import OfPerson, kept_state
from conversations.models import Conversation, ConversationSession
from conversations.ownership import conversation_of
from tests.conftest import PASSWORD, signed_in
from tests.conversations.conftest import Tell
from tests.testapp.declared.collections import papers
from tests.together import together

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.conversations.urls")]

PLACE = "wizard:/somewhere/"
FILES = papers.declaration.column("anything")


def keeps(**values: Any) -> Any:
    def work(request: ConversationRequest) -> None:
        kept_state(request, PLACE).change(lambda state: {**state, **values})

    return work


def kept(client: Client, tell: Tell, place: str = PLACE) -> dict[str, Any]:
    found: dict[str, Any] = {}
    tell(client, lambda request: found.update(kept_state(request, place).read()), "get")
    return found


def test_a_person_finds_it_on_another_device(alice: User, acme: Organization, tell: Tell) -> None:
    one, other = signed_in(alice, acme), signed_in(alice, acme)
    tell(other, lambda request: request.conversation.data.set("current", True))
    tell(one, keeps(step=2))
    assert kept(other, tell) == kept(one, tell) == {"step": 2}
    assert kept(one, tell, "wizard:/elsewhere/") == {}
    tell(other, keeps(name="Ana"))
    assert kept(one, tell) == {"step": 2, "name": "Ana"}


def test_it_is_never_the_current_conversation(alice: User, tell: Tell) -> None:
    client = signed_in(alice)
    tell(client, keeps(step=2))
    assert conversation_of(Identity.of(user=alice), None) is None
    tell(client, lambda request: request.conversation.data.set("count", 1))
    assert Conversation.objects.filter(user=alice).count() == 2
    assert kept(client, tell) == {"step": 2}


def test_nobody_else_finds_it(alice: User, bob: User, charlie: User, acme: Organization, tell: Tell) -> None:
    tell(signed_in(alice, acme), keeps(step=2))
    for client in (signed_in(bob, acme), signed_in(charlie), Client(), signed_in(alice)):
        assert kept(client, tell) == {}  # nor she herself, outside of the organisation


def test_a_former_member_keeps_nothing_of_it(bob: User, acme: Organization, tell: Tell) -> None:
    client = signed_in(bob, acme)
    tell(client, keeps(step=2))
    Membership.objects.filter(user=bob, organization=acme).delete()
    assert kept(client, tell) == {}


def test_a_visitors_is_their_browsers_and_becomes_theirs(alice: User, tell: Tell) -> None:
    visitor = Client()
    tell(visitor, keeps(step=2))
    assert kept(Client(), tell) == {}
    visitor.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert kept(visitor, tell) == kept(signed_in(alice), tell) == {"step": 2}
    current = Conversation.objects.get(user=alice, key="")
    assert "step" not in current.session.session_data


def test_it_is_laid_over_what_the_person_had_begun(alice: User, tell: Tell) -> None:
    tell(signed_in(alice), keeps(who="Ana", where="Here"))
    visitor = Client()
    tell(visitor, keeps(where="There"))
    visitor.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert kept(visitor, tell) == {"who": "Ana", "where": "There"}


def test_what_has_expired_is_begun_anew(alice: User, tell: Tell) -> None:
    client = signed_in(alice)
    tell(client, keeps(step=2))
    ConversationSession.objects.update(expire_date=timezone.now() - timedelta(days=1))
    assert kept(client, tell) == {}
    tell(client, keeps(name="Ana"))
    assert kept(client, tell) == {"name": "Ana"}
    assert Conversation.objects.get(user=alice).key == PLACE


def test_the_database_itself_refuses_a_second(alice: User) -> None:
    for key in ("", "", PLACE):
        Conversation.objects.create(user=alice, owner_key="user:1", key=key)
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.create(user=alice, owner_key="user:1", key=PLACE)


def test_a_long_name_is_one_all_the_same(alice: User) -> None:
    names = ["wizard:/" + "x" * 500 + f"/{n}/" for n in (1, 2)]
    request: Any = SimpleNamespace(identity=Identity.of(user=alice), visitor=None)
    for n, name in enumerate(names):
        kept_state(request, name).change(lambda state, n=n: {"n": n})  # type: ignore[misc]
    assert [kept_state(request, name).read() for name in names] == [{"n": 0}, {"n": 1}]


@pytest.mark.django_db(transaction=True)
def test_eight_first_writes_at_once_begin_one(alice: User) -> None:
    def work(n: int) -> None:
        OfPerson(Identity.of(user=alice), PLACE).change(lambda state: {**state, str(n): n})

    together(8, work)
    assert Conversation.objects.filter(key=PLACE).count() == 1
    assert OfPerson(Identity.of(user=alice), PLACE).read() == {str(n): n for n in range(8)}


# Files ---------------------------------------------------------------------------------------------------


def sent_by(identity: Identity) -> dict[str, Any]:
    with acting_as(identity):
        return keep(FILES, ContentFile(b"%PDF-1.7 words", name="terms.pdf"))


def scope_of(value: dict[str, Any]) -> str:
    with opened(EVERY_SCOPE):
        return str(stored_files().get(pk=value["id"]).scope_key)


def a_month_passes() -> None:
    with opened(EVERY_SCOPE):
        stored_files().update(created_at=timezone.now() - KEPT_FOR * 20)


def test_a_file_that_a_conversation_names_outlives_the_day(alice: User) -> None:
    person = Identity.of(user=alice)
    named, forgotten = sent_by(person), sent_by(person)
    OfPerson(person, PLACE).change(lambda state: {"files": {"terms": named}})
    a_month_passes()
    assert prune_files().files == 1
    with opened(EVERY_SCOPE):
        left = [one.hex for one in stored_files().values_list("pk", flat=True)]
    assert left == [named["id"]] != [forgotten["id"]]
    Conversation.objects.all().delete()
    assert prune_files().files == 1


def test_a_visitors_files_become_theirs_too(alice: User, tell: Tell) -> None:
    visitor, other = Client(), Client()
    values: list[Any] = []

    def sends(request: ConversationRequest) -> None:
        kept_state(request, PLACE).begin()
        values.append(keep(FILES, ContentFile(b"%PDF-1.7 words", name="terms.pdf")))

    tell(visitor, sends)
    tell(other, sends)
    assert scope_of(values[0]) == f"pending:conv:{Conversation.objects.earliest('created_at').pk}"
    visitor.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert scope_of(values[0]) == f"pending:user:{alice.pk}"
    assert scope_of(values[1]).startswith("pending:conv:")  # another browser's stays that browser's


def test_what_nobody_in_particular_has_sent_is_never_adopted(alice: User) -> None:
    value = sent_by(Identity())
    move_pending_files("", str(alice.pk))
    assert scope_of(value) == "pending:nobody"
