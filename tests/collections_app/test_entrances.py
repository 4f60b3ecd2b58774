"""Whatever is sent, on whichever way: it is taken as its columns say, or refused with its field and a reason.

Twenty thousand documents of strangers, in the suites a twentieth: ``HOSTILE=1000000`` sends more, ``SEED=7``
others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast
from unicodedata import normalize

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse, QueryDict
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts.models import Organization, User
from capsule import acting_as
from capsule.http import response_for
from capsule.json_values import InvalidJSON, shown
from collections_app import Collection, Row
from collections_app.admin_form import admin_form_of
from collections_app.comparing import same
from collections_app.dumping import BadDump, dump, load_dump, tally_of
from collections_app.forms import editable_columns, field_name
from collections_app.loading import load
from collections_app.transfer import Record, read_records
from tests.amounts import amount
from tests.bad_input import NUMBERS, TEXTS, post_form
from tests.strangers import JSON, Sent, Stranger
from tests.testapp.declared.collections import everything, intake

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

CHUNKS = 20
CASES = amount("HOSTILE", 20_000) // CHUNKS
SEED = int(os.environ.get("SEED", "6"))
# What any one of them may take on any way; see test_hostile_queries.py for the clock.
CLOCK, SECONDS = (process_time, 3.0) if connection.vendor == "sqlite" else (perf_counter, 10.0)

HOME = "/collections/test_intake/"
DECLARED = {column.key for column in intake.declaration.columns}
OFFERED = {column.key for column in editable_columns(intake.declaration)}
# What is said of a document as a whole: nothing within it could be named.
OF_THE_WHOLE = (
    "is an object", "Send an object", "not JSON", "not UTF-8", "byte order mark", "is larger than",
    "JSON number",
    "nested deeper", "more than 1,000 keys", "at least one key", "too large for a number",
    "not a string", "takes a dict",
    "row's id", "keys are strings",
)  # fmt: skip
# Words of the machinery, which are nobody's business.
INTERNAL = ("Traceback", "psycopg", "sqlite", "Error(", "object at 0x", "django.", "SELECT ", "INSERT ")


@dataclass
class Outcome:
    """What came of something sent: the document that was stored, or what is wrong with it by key."""

    document: dict[str, Any] | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)
    message: str = ""

    @property
    def taken(self) -> bool:
        return self.document is not None


def refused(error: ValidationError) -> Outcome:
    if hasattr(error, "error_dict"):
        return Outcome(fields=dict(error.message_dict))
    return Outcome(message=" ".join(error.messages))


# The ways in -------------------------------------------------------------------------------------------


def inserted(sent: Sent) -> Outcome:
    """By Python."""
    try:
        return Outcome(intake.insert_one(sent.document).document)
    except ValidationError as error:
        return refused(error)


def updated(sent: Sent, row: Row) -> Outcome:
    """By Python, into a document that is there."""
    try:
        intake.update_one({"_id": row.id}, {"$set": sent.document})
    except ValidationError as error:
        return refused(error)
    except (ValueError, TypeError) as error:  # it is no update
        return Outcome(message=str(error))
    found = intake.get(row.id)
    assert found is not None
    return Outcome(found.document)


def edited(sent: Sent, row: Row) -> Outcome:
    """In the admin's form, in which all is text."""
    instance = intake.across_scopes().queryset().get(public_id=row.id)
    data = QueryDict(mutable=True)
    for column in editable_columns(intake.declaration):
        if column.key in sent.document:
            value, name = sent.document[column.key], field_name(column)
            data[name] = value if isinstance(value, str) else json.dumps(value)
            data[f"seen-{name}"] = json.dumps(row.document.get(column.key))
    form = ADMIN_FORM(data, instance=instance)
    if form.is_valid():
        return Outcome(form.save().data)
    return Outcome(fields={name: [str(one) for one in errors] for name, errors in form.errors.items()})


class Program:
    """Sends to the HTTP API: to its view, or through all that stands before it."""

    def __init__(self, user: User, client: Client) -> None:
        self.user = user
        self.client = client
        self.requests = RequestFactory()

    def post(self, sent: Sent, *, whole_way: bool = False) -> Outcome:
        return self._outcome(sent, self._sent("POST", HOME, sent, whole_way))

    def patch(self, sent: Sent, row: Row, *, whole_way: bool = False) -> Outcome:
        return self._outcome(sent, self._sent("PATCH", f"{HOME}{row.id}/", sent, whole_way))

    def _sent(self, method: str, path: str, sent: Sent, whole_way: bool) -> HttpResponse:
        headers = {"accept": JSON}
        if whole_way:
            given: Any = {"content_type": sent.content_type, "headers": headers}
            return cast("HttpResponse", self.client.generic(method, path, sent.raw or b"", **given))
        request = self.requests.generic(
            method, path, sent.raw, content_type=sent.content_type, headers=headers
        )
        return self._viewed(request)

    def _viewed(self, request: Any) -> HttpResponse:
        view = resolve(request.path)
        request.user, request.request_id = self.user, "1"
        try:
            return view.func(request, *view.args, **view.kwargs)  # type: ignore[no-any-return]
        except Exception as error:
            answer = response_for(request, error)
            if answer is None:
                raise  # what would have been a 500
            return answer  # type: ignore[return-value]

    def _outcome(self, sent: Sent, answer: HttpResponse) -> Outcome:
        body = json.loads(answer.content)
        if answer.status_code in (200, 201):
            return Outcome({key: value for key, value in body.items() if key in DECLARED})
        assert answer.status_code in (400, 413, 415, 422), (answer.status_code, body)
        assert set(body) == {"error", "message", "fields", "request_id"} and body["message"]
        whole = body["fields"].pop("__all__", [])
        return Outcome(fields=body["fields"], message=" ".join([body["message"], *whole]))


def loaded(sent: list[Sent], path: Path) -> list[Outcome]:
    """By a file, all at once: a line for each."""
    path.write_bytes(b"\n".join(one.raw or b"" for one in sent) + b"\n")
    before = {row.id for row in intake.all()}
    result = load(intake, read_records(path), 500, lambda outcome: None)
    problems = dict(result.bad)
    rows = iter([row for row in intake.order_by("_id") if row.id not in before])
    outcomes = [
        Outcome(message=problems[number]) if number in problems else Outcome(next(rows).document)
        for number in range(1, len(sent) + 1)
    ]
    assert next(rows, None) is None and result.stored == sum(one.taken for one in outcomes)
    return outcomes


ADMIN_FORM = admin_form_of(intake)


# What must be so ---------------------------------------------------------------------------------------


def is_well(outcome: Outcome, sent: Sent) -> None:
    """What was taken is as the columns say; what was refused says where and why."""
    if outcome.document is not None:
        return
    sentences = [outcome.message, *(one for said in outcome.fields.values() for one in said)]
    assert any(sentences)
    for sentence in (*sentences, *outcome.fields):
        assert len(sentence) < 500, sentence[:600]
        sentence.encode()
        assert not any(word in sentence for word in INTERNAL), sentence
    assert all(said and all(said) for said in outcome.fields.values())
    assert names_a_place(outcome, sent), (outcome.fields, outcome.message)


def names_a_place(outcome: Outcome, sent: Sent) -> bool:
    message = " ".join([outcome.message, *(one for said in outcome.fields.values() for one in said)])
    if sent.only_raw:  # what is no document has no keys
        return bool(outcome.fields) or bool(message)
    keys = (
        {form for key in sent.document for form in shown_of(key)}
        if isinstance(sent.document, dict)
        else set()
    )
    if any(key.partition(".")[0] in keys or key in keys for key in outcome.fields):
        return True
    return any(word in message for word in OF_THE_WHOLE) or any(key and key[:40] in message for key in keys)


def shown_of(key: object) -> set[str]:
    """The ways in which an answer may write a key."""
    text = str(key) if not isinstance(key, int) else "a number"
    forms = {text[:64], shown(text) or '""', shown(normalize("NFC", text)), repr(text[:40])[1:-1] or "''"}
    return forms | {form.partition(".")[0] for form in forms}


def in_time(work: Callable[[], Outcome], sent: Sent) -> Outcome:
    started = CLOCK()
    try:
        outcome = work()
        is_well(outcome, sent)
    except Exception as error:
        error.add_note(
            f"Sent: {sent.kind}, {str(sent.raw if sent.raw is not None else type(sent.document))[:300]}"
        )
        raise
    assert CLOCK() - started < SECONDS, sent.kind
    return outcome


def agree(first: Outcome, second: Outcome, sent: Sent) -> None:
    """Both ways took the same document, or both refused it."""
    said = (sent.kind, sent.raw and sent.raw[:300], first, second)
    assert first.taken is second.taken, said
    assert not first.taken or same(as_held(first.document), as_held(second.document)), said


def as_held(document: Any) -> Any:
    """What either way can show of a document: declared columns, no hidden one."""
    return {key: value for key, value in document.items() if key in DECLARED and key != "secret"}


def on_the_web(sent: Sent) -> bool:
    """Whether HTTP answers as Python does: its keys are offered to a browser, and it is sent as JSON."""
    if sent.content_type.startswith("multipart/"):
        return False
    return isinstance(sent.document, dict) and set(sent.document) <= OFFERED


@pytest.fixture
def theirs(charlie: User) -> Iterator[Row]:
    """A stranger's row, which nothing sent by Alice may touch."""
    with acting_as(user=charlie):
        row = intake.insert_one({"text": "Charlie's", "number": 1, "owner": "nobody"})
    yield row
    with acting_as(user=charlie):
        assert intake.find() == [row]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_twenty_thousand_documents_on_every_way(
    chunk: int,
    theirs: Row,
    alice: User,
    acme: Organization,
    alice_client: Client,
    tmp_path: Path,
    proof: Callable[[str], None],
) -> None:
    stranger = Stranger(SEED * 1000 + chunk)
    sends = [stranger.sends() for _ in range(CASES)]
    program = Program(alice, alice_client)
    written, taken = 0, 0
    with acting_as(user=alice, organization=acme):
        target = intake.insert_one({"text": "Alice's", "number": 1})
        by_python: dict[int, Outcome] = {}
        for at, sent in enumerate(sends):
            whole_way = at % 80 == 0
            if not sent.only_raw:
                by_python[at] = in_time(lambda: inserted(sent), sent)  # noqa: B023 - called at once
                written += by_python[at].taken
            if sent.raw is not None:
                by_http = in_time(lambda: program.post(sent, whole_way=whole_way), sent)  # noqa: B023
                written += by_http.taken
                if on_the_web(sent):
                    agree(by_python[at], by_http, sent)
            if at % 16 == 0 and not sent.only_raw:
                target = changed_alike(program, sent, target, whole_way)
            elif at % 16 == 1 and isinstance(sent.document, dict) and sent.raw is not None:
                target = typed(sent, target)
        lines = [
            (at, sent)
            for at, sent in enumerate(sends)
            if sent.raw and sent.raw.strip() and b"\n" not in sent.raw
        ]
        # What begins with an array is taken for a file that is one, and refused as a whole.
        lines.sort(key=lambda one: not (one[1].raw or b"").lstrip().startswith(b"{"))
        by_file = loaded([sent for _at, sent in lines], tmp_path / "sent.ndjson")
        for (at, sent), outcome in zip(lines, by_file, strict=True):
            is_well(outcome, sent)
            if at in by_python:
                agree(by_python[at], outcome, sent)
        written += sum(one.taken for one in by_file)
        taken = sum(one.taken for one in by_python.values())
        nothing_is_odd(target, written + 1)
    assert CASES // 5 < taken < CASES * 4 // 5
    proof(f"{CASES:,} documents, {written:,} times let in, 0 wrongly, 0 crashes")


def changed_alike(program: Program, sent: Sent, row: Row, whole_way: bool) -> Row:
    """A change by Python and by HTTP: each alone, of the same document."""
    by_python = in_time(lambda: updated(sent, row), sent)
    if sent.raw is not None:
        by_http = in_time(lambda: program.patch(sent, row, whole_way=whole_way), sent)
        if on_the_web(sent) and sent.document and None not in sent.document.values():
            agree(by_python, by_http, sent)
    return the_same(row)


def typed(sent: Sent, row: Row) -> Row:
    in_time(lambda: edited(sent, row), sent)
    return the_same(row)


def the_same(row: Row) -> Row:
    """The row as it is now; it stays where it was."""
    found = intake.get(row.id)
    assert found is not None
    assert (found.scope_key, found.id, found.get("_id")) == (row.scope_key, row.id, row.id)
    return found


def nothing_is_odd(target: Row, count: int) -> None:
    """Every row is its owner's, and fits its columns; nothing is there that nobody was told of."""
    rows = intake.find()
    assert len(rows) == count
    assert {row.scope_key for row in rows} == {target.scope_key}
    assert intake.across_scopes().count() == count + 1
    for row in rows:
        assert same(intake.cleaner.document(row.document), row.document)
        assert not any(key == "_id" or key.startswith("$") for key in row.document)
    assert sum(len(intake.history(row.id)) for row in rows[:20]) >= 20


# One door ----------------------------------------------------------------------------------------------

SHUT = "The door is shut."


def shut(value: Any, limits: Any = None) -> Any:
    raise InvalidJSON(SHUT)


def by_file(row: Row, client: Client) -> None:
    result = load(intake, [Record(1, {"text": "x"})], 10, lambda outcome: None)
    if result.bad:
        raise ValidationError([reason for _number, reason in result.bad])


def by_dump(row: Row, client: Client) -> None:
    lines = list(dump([everything]))
    end = {**json.loads(lines[-1]), "documents": 1}
    one = {
        "collection": "test_everything",
        "id": row.id,
        "scope": "app",
        "version": 1,
        "document": {"text": "x"},
    }
    moment = "2026-01-01T00:00:00+00:00"
    load_dump(
        json.dumps(line).encode() for line in ({**one, "created_at": moment, "updated_at": moment}, end)
    )


def by_form(path: str, row: Row, client: Client) -> None:
    answer = post_form(client, path.format(row=row), {"text": "x", "seen-text": '"Alice\'s"'})
    if answer.status_code == 302:
        return
    raise ValidationError(answer.content.decode())


def by_program(method: str, path: str, row: Row, client: Client) -> None:
    answer = client.generic(method, path.format(row=row), b'{"text": "x"}', content_type=JSON)
    assert answer.status_code in (201, 200, 422)
    if answer.status_code == 422:
        raise ValidationError(answer.content.decode())


def admin_page(collection: Collection, row: Row) -> str:
    home = f"/admin/collections_store/{collection.model._meta.model_name}/"
    return f"{home}{collection.across_scopes().queryset().get(public_id=row.id).pk}/change/"


def by_admin(row: Row, client: Client) -> None:
    client.force_login(User.objects.get(email="dana@example.com"), backend="accounts.backends.AccountBackend")
    by_form(admin_page(intake, row), row, client)


def by_admin_anew(row: Row, client: Client) -> None:
    client.force_login(User.objects.get(email="dana@example.com"), backend="accounts.backends.AccountBackend")
    by_form("/admin/collections_store/testeverything/add/", row, client)


WAYS: dict[str, Callable[[Row, Client], Any]] = {
    "insert_one": lambda row, client: intake.insert_one({"text": "x"}),
    "insert_many": lambda row, client: intake.insert_many([{"text": "x"}, {"text": "y"}]),
    "ainsert_one": lambda row, client: async_to_sync(intake.ainsert_one)({"text": "x"}),
    "$set, a new key": lambda row, client: intake.update_one({"_id": row.id}, {"new": 1}),
    "$set, by one statement": lambda row, client: intake.update_one({"_id": row.id}, {"number": 5}),
    "$push": lambda row, client: intake.update_one({"_id": row.id}, {"$push": {"list": 5}}),
    "update_many": lambda row, client: intake.update_many({}, {"text": "x"}),
    "Query.update": lambda row, client: intake.all().update({"text": "x"}),
    "replace_one": lambda row, client: intake.replace_one({"_id": row.id}, {"text": "x"}),
    "find_one_and_update": lambda row, client: intake.find_one_and_update({"_id": row.id}, {"text": "x"}),
    "upsert": lambda row, client: intake.update_one({"text": "none"}, {"number": 5}, upsert=True),
    "row.patch": lambda row, client: row.patch({"text": "x"}),
    "edit": lambda row, client: intake.edit(row.id, {"text": ("Alice's", "x")}),
    "restore": lambda row, client: intake.restore(row.id, 1),
    "undelete": lambda row, client: intake.undelete(intake.deleted()[0].document_id),
    "load_documents": by_file,
    "load_documents --dump": by_dump,
    "POST": partial(by_program, "POST", HOME),
    "PATCH": partial(by_program, "PATCH", HOME + "{row.id}/"),
    "a page's form, anew": partial(by_form, HOME + "add/"),
    "a page's form": partial(by_form, HOME + "{row.id}/"),
    "the admin": by_admin,
    "the admin, anew": by_admin_anew,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_document_enters_through_one_function(
    way: str, theirs: Row, alice: User, acme: Organization, dana: User, alice_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with acting_as(user=alice, organization=acme):
        row, gone = intake.insert_many([{"text": "First", "number": 1, "list": []}, {"text": "Gone"}])
        row.patch({"text": "Alice's"})
        gone.delete()
        before = [tally_of(handle).digest for handle in (intake, everything)]
        with monkeypatch.context() as broken:
            broken.setattr("collections_app.documents.clean_json", shut)
            broken.setattr("collections_app.updates.statements.clean_json", shut)
            with pytest.raises((ValidationError, BadDump), match="is shut"):
                WAYS[way](row, alice_client)
        assert [tally_of(handle).digest for handle in (intake, everything)] == before
        if way == "load_documents --dump":  # whose digest is not right either, which is seen later
            return
        WAYS[way](row, alice_client)
        assert [tally_of(handle).digest for handle in (intake, everything)] != before


# Where a document becomes a parameter of a statement: each is handed what the one function has returned.
WRITERS = {
    "insert_clean(": {"handle.py", "loading.py", "writing.py"},
    "insertion(": {"history/restoring.py", "storage/inserting.py", "writing.py"},
    # Of these the one writes entries of the history, the other makes permissions.
    "bulk_create(": {"dumping.py", "history/carrying.py", "storage/permissions.py"},
    # In changing/ a value is copied that is stored already.
    "SET data = ": {"changing/sweeping.py", "one_statement.py", "updates/statements.py", "writing.py"},
    "dumps_for_jsonb": {"storage/documents.py", "updates/statements.py"},
}


@pytest.mark.parametrize("words", WRITERS)
def test_nobody_else_writes_documents(words: str) -> None:
    package = Path(__file__).resolve().parents[2] / "collections_app"
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if words in path.read_text()}
    assert found == WRITERS[words]


# What was found so ------------------------------------------------------------------------------------


class TestWhatWasFound:
    def test_a_letter_that_becomes_another_does_not_go_past_its_column(self, mine: Row) -> None:
        for write in (
            lambda: intake.insert_one({"\u212aind": "neither"}),
            lambda: intake.edit(mine.id, {"\u212aind": (None, "neither")}),
            lambda: intake.replace_one({"_id": mine.id}, {"\u212aind": "neither"}),
            lambda: intake.update_one({"_id": mine.id}, {"\u212aind": "neither"}),
        ):
            with pytest.raises(ValidationError) as refusal:
                write()
            assert list(refusal.value.message_dict) == ["Kind"]
        assert intake.insert_one({"\u212aind": "a"})["Kind"] == "a"
        with pytest.raises(ValidationError, match="stands twice"):
            intake.insert_one({"\u212aind": "a", "Kind": "b"})

    @pytest.mark.parametrize(
        "value",
        [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), 10**5000],
        ids=["NaN", "Infinity", "decimal NaN", "decimal infinity", "5,000 digits"],
    )
    @pytest.mark.parametrize("key", ["text", "tags", "Kind", "email", "link"])
    def test_what_is_no_number_is_no_text_either(self, key: str, value: Any, mine: Row) -> None:
        with pytest.raises(ValidationError) as refusal:
            intake.insert_one({key: [value] if key == "tags" else value})
        assert list(refusal.value.message_dict) == [key]

    @pytest.mark.parametrize(
        ("key", "named"),
        [
            ("a.b", "a.b"),
            ("", '""'),
            ("é" * 501, "é" * 120),
            ("\ud800", "?"),
            (".", "."),
            ("$" + "x" * 1000, "$" + "x" * 119),
        ],
    )
    def test_a_key_is_named_as_it_was_sent(self, key: str, named: str, mine: Row) -> None:
        with pytest.raises(ValidationError) as refusal:
            intake.insert_one({"a": {"b": 1}, key: {"x": "\0"}})
        assert list(refusal.value.message_dict) == [named]

    def test_a_key_that_is_none_is_told_by_its_kind(self, mine: Row) -> None:
        for key in (10**5000, b"x" * 10_000, ("a",)):
            with pytest.raises(ValidationError, match="One of its keys is a"):
                intake.insert_one({key: 1})  # type: ignore[dict-item]
            with pytest.raises(ValidationError, match="One of its keys is a"):
                intake.update_one({"_id": mine.id}, {"other": {key: 1}})

    def test_a_hundred_thousand_unknown_keys_are_refused_at_once(
        self, alice_client: Client, mine: Row
    ) -> None:
        body = json.dumps(dict.fromkeys((f"k{at}" for at in range(80_000)), 1))
        started = CLOCK()
        answer = alice_client.generic("POST", HOME, body, content_type=JSON)
        assert answer.status_code == 400 and len(answer.json()["fields"]) == 20
        assert CLOCK() - started < SECONDS

    def test_half_a_character_in_a_key_is_no_broken_page(self, alice_client: Client, mine: Row) -> None:
        headers = {"accept": "text/html"}
        answer = alice_client.generic("POST", HOME, b'{"\\ud800": 1}', content_type=JSON, headers=headers)
        assert answer.status_code == 400

    def test_http_takes_what_python_takes(self, alice_client: Client, mine: Row) -> None:
        for document, stored in (({"currency": 10**20}, str(10**20)), ({"text": 10**20}, str(10**20))):
            answer = alice_client.generic("POST", HOME, json.dumps(document), content_type=JSON)
            assert answer.status_code == 201
            assert list(document.keys() & answer.json().keys()) and stored in answer.json().values()

    def test_a_patch_names_the_key_of_an_operator(self, alice_client: Client, mine: Row) -> None:
        body = b'{"text": {"$gt": ""}, "number": 3}'
        answer = alice_client.generic("PATCH", f"{HOME}{mine.id}/", body, content_type=JSON)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["text"])


@pytest.fixture
def mine(alice: User, acme: Organization) -> Iterator[Row]:
    with acting_as(user=alice, organization=acme):
        yield intake.insert_one({"text": "Alice's", "number": 1})


# Forms, the whole way ---------------------------------------------------------------------------------

TYPED = [*TEXTS.values(), *NUMBERS.values()]


@pytest.mark.parametrize("number", range(len(OFFERED)))
def test_what_is_typed_is_taken_or_comes_back_with_a_reason(
    number: int, mine: Row, alice_client: Client, dana_client: Client
) -> None:
    key, page, admin = sorted(OFFERED)[number], f"{HOME}{mine.id}/", admin_page(intake, mine)
    for at, text in enumerate(TYPED[number % 3 :: 3]):  # each text meets every third column
        client, path = ((alice_client, page), (dana_client, admin))[at % 2]
        seen = json.dumps(intake.get(mine.id).document.get(key))  # type: ignore[union-attr]
        answer = post_form(client, path, {key: text, f"seen-{key}": seen})
        assert answer.status_code in (200, 302, 400, 422), (key, text[:50])
        if answer.status_code in (200, 422):
            assert b"errorlist" in answer.content or b"invalid-feedback" in answer.content, (path, text[:50])
        the_same(mine)
