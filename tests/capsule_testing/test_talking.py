"""``conversation()``, ``changes()``, ``declared()``, ``as_user()`` and ``assert_only_visible_to``."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse

from accounts.models import Organization, User
from capsule import NoIdentity, PageRequest, ScopeError, current_identity
from capsule.errors import DeclaredTwice, NotDeclared
from capsule_testing import as_user, assert_only_visible_to, changes, conversation, declared, page
from collections_app import Column, collection
from collections_app.declaring import collections
from conversations import Files, Message, SyncSession, message
from conversations.declarations import message_handlers
from conversations.errors import MessageRefused
from pages import page as declared_page
from pages import ui
from pages.declarations import pages
from settings_app import setting
from settings_app.declarations import settings_registry
from tests.capsule_testing.test_pages import refused
from tests.testapp.declared.collections import threads

# Conversations -------------------------------------------------------------------------------------------


def test_a_turn_is_run_and_its_data_kept(alice: User) -> None:
    talk = conversation("test-helper", as_=alice)
    assert talk.send("hi").text == "Turn 1: **hi**"
    assert talk.send("again").text == "Turn 2: **again**"
    assert talk.data == {"turns": 2}
    assert talk.history == ["hi", "Turn 1: **hi**", "again", "Turn 2: **again**"]
    assert "Turn 2: again" in talk.page().text


def test_files_are_sent_beside_a_message(alice: User) -> None:
    def keeper(session: SyncSession, msg: Message) -> str:
        read = []
        for one in msg.files:
            with one.open() as file:
                read.append(f"{one.name} {file.read().decode()}")
        return f"{msg.text}: {', '.join(read)}"

    def letter(name: str) -> SimpleUploadedFile:
        return SimpleUploadedFile(name, b"Dear all", "text/plain")

    with declared(message("keeper", files=Files(["text/plain"], most=2)), keeper):
        talk = conversation("keeper", as_=alice)
        assert talk.send("Two", files=[letter("a.txt"), letter("b.txt")]).text == (
            "Two: a.txt Dear all, b.txt Dear all"
        )
        assert talk.send("", files=[letter("c.txt")]).text == ": c.txt Dear all"
        assert "c.txt" in talk.page().text
        chat = page(f"/conversations/{talk.conversation.pk}/", as_=alice).chat()
        assert chat.send("One", files=[letter("d.txt")]).answers[-1] == "One: d.txt Dear all"
        with pytest.raises(MessageRefused, match="at most 2 files"):
            talk.send("Three", files=[letter(f"{n}.txt") for n in range(3)])
        with pytest.raises(MessageRefused, match="type"):
            talk.send("A picture", files=[SimpleUploadedFile("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(40))])
    with declared(message("plain"), keeper), pytest.raises(MessageRefused, match="takes no files"):
        conversation("plain", as_=alice).send("hi", files=[letter("a.txt")])


def test_widgets_suggestions_and_questions_are_answered(alice: User) -> None:
    talk = conversation("test-assistant", as_=alice)
    suggested = talk.send("suggest")
    assert suggested.suggestions == ["table", "metric of the open", "suggest"]
    (widget,) = suggested.choose("table").widgets
    assert isinstance(widget, ui.Table) and talk.page().table() is not None
    with refused("'chart' was not suggested", "There: 'metric of the open'"):
        suggested.choose("chart")
    asked = talk.send("ask the plumber")
    assert asked.text == "Note the plumber?"
    assert asked.approve().text or asked.replies
    with refused("Nothing was asked"):
        suggested.approve()


def test_what_breaks_a_turn_is_said_with_what_it_was(alice: User) -> None:
    def broken(session: SyncSession, msg: Message) -> str:
        return str(1 // 0)

    with declared(message("broken"), broken):
        with refused("failed: 'hi' of alice@example.com") as raised:
            conversation("broken", as_=alice).send("hi")
        assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert "broken" not in message_handlers


def test_who_may_not_write_is_refused(charlie: User) -> None:
    with pytest.raises(PermissionDenied):
        conversation("test-staff", as_=charlie)
    with pytest.raises(ScopeError):
        conversation("test-helper")
    with pytest.raises(NotDeclared, match="Did you mean 'test-helper'"):
        conversation("test-helpr", as_=charlie)


@pytest.mark.django_db
def test_a_visitor_talks_where_visitors_may() -> None:
    assert conversation("test-visitors").send("hi").text == "Hello a visitor, turn 1"


def test_a_chat_of_a_page_is_written_in_and_answered(alice: User, charlie: User) -> None:
    def room(request: PageRequest) -> ui.Page:
        return ui.Page([ui.ChatPanel("test-assistant", mode="single")])

    with declared(declared_page("Room"), room):
        chat = page("/room/", as_=alice).chat("test-assistant").send("suggest")
        assert (chat.answers, chat.messages) == (
            ["Hello Alice.", "What next?"],
            ["Hello Alice.", "suggest", "What next?"],
        )
        assert chat.suggestions == ["table", "metric of the open", "suggest"]
        assert chat.press("table").page.table() is not None
        with refused("no button 'chart'", "There: "):
            chat.press("chart")
        assert page("/room/", as_=charlie).chat().messages == []
        with refused("refused this, 422: Write something first."):
            chat.send(" ")


# What is announced ---------------------------------------------------------------------------------------


def test_what_is_announced_is_known_when_the_block_has_ended(alice: User, acme: Organization) -> None:
    with changes() as announced, as_user(alice):
        threads.insert_one({"subject": "The lamp flickers"})
    assert announced.names == {"test_threads"} and "test_threads" in announced
    assert f"collection:test_threads:org:{acme.pk}" in announced and len(announced) == 1
    with changes() as silent, as_user(alice):
        threads.count()
    assert not silent.topics and "nothing" in repr(silent)


def test_what_a_request_changes_is_announced_too(alice: User) -> None:
    table = page("/collections/test_threads/", as_=alice).table()
    with changes() as announced:
        table.add(subject="The lamp flickers")
    assert announced.names == {"test_threads"}


# Declarations for one test -------------------------------------------------------------------------------


def test_a_declaration_is_gone_whatever_happens() -> None:
    before = settings_registry.names()
    with pytest.raises(ZeroDivisionError), declared(setting, "hours", default=8):
        assert "hours" in settings_registry
        _ = 1 // 0
    assert settings_registry.names() == before
    with pytest.raises(DeclaredTwice), declared(setting, before[0], default=8):
        pass
    assert settings_registry.names() == before


@pytest.mark.django_db
def test_a_page_has_an_address_only_within_the_block() -> None:
    def report(request: PageRequest) -> HttpResponse:
        return HttpResponse("here")

    with declared(declared_page("Report", access="public"), report) as function:
        assert function.url() == "/report/" and page("/report/").content == b"here"
        assert page("/test-public/").status == 200
    assert page("/report/").status == 404 and "report" not in pages


@pytest.mark.django_db
def test_a_collection_needs_a_table_that_no_transaction_makes() -> None:
    with pytest.raises(TypeError, match="mark the test with @pytest.mark"), declared(collection, "tmp_kit"):
        pass
    assert "tmp_kit" not in collections


@pytest.mark.django_db(transaction=True)
def test_a_collection_has_its_table_within_the_block(alice: User) -> None:
    before = set(connection.introspection.table_names())
    columns = [Column("title", filterable=True), Column("tags", type="tags", filterable=True)]
    with declared(collection, "tmp_kit", columns=columns, search=["title"], scope="user") as tasks:
        with as_user(alice):
            tasks.insert_one({"title": "The lamp", "tags": ["oil"]})
            assert tasks.search("lamp").count() == tasks.filter(tags="oil").count() == 1
        assert page("/collections/tmp_kit/", as_=alice).table().rows[0]["title"] == "The lamp"
    assert set(connection.introspection.table_names()) == before
    assert page("/collections/tmp_kit/", as_=alice).status == 404


# Who acts ------------------------------------------------------------------------------------------------


def test_a_person_acts_within_the_block_and_nobody_after_it(alice: User, acme: Organization) -> None:
    with as_user(alice) as identity:
        assert current_identity() is identity
        assert identity.key("owner") == f"org:{acme.pk}"
    with as_user(None) as visitor:
        assert not visitor.is_authenticated
    with pytest.raises(NoIdentity):
        current_identity()


# Who sees ------------------------------------------------------------------------------------------------


def test_a_record_is_visible_to_its_organisation_alone(
    alice: User, bob: User, charlie: User, dana: User
) -> None:
    with as_user(alice):
        row = threads.insert_one({"subject": "The lamp flickers"})
    address = f"/collections/test_threads/{row.id}/"
    assert_only_visible_to(address, alice, bob)
    assert_only_visible_to("/collections/test_threads/", alice, bob, text="The lamp flickers")
    with pytest.raises(AssertionError) as raised:
        assert_only_visible_to(address, alice, charlie)
    assert "charlie@example.com should see it, and is answered 404" in str(raised.value)
    assert "bob@example.com should be refused, and is answered 200 to GET\n" in str(raised.value)
    assert "bob@example.com should be refused, and is answered 200 to GET for a program" in str(raised.value)
    with pytest.raises(AssertionError, match="bob@example.com should not find 'The lamp flickers' in it"):
        assert_only_visible_to("/collections/test_threads/", alice, text="The lamp flickers")


def test_what_everybody_sees_is_no_secret(alice: User, bob: User, charlie: User) -> None:
    with pytest.raises(AssertionError, match="a visitor should be refused, and is answered 200 to HEAD"):
        assert_only_visible_to("/test-public/", alice, bob, charlie)
