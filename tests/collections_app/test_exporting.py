"""Files of what a table shows: what is in them, who gets which rows, and what they cost."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import zipfile
from collections.abc import Generator, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import caches
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory, override_settings
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import Identity, acting_as, current_identity
from capsule.errors import BadInput, TooCostly
from capsule.streaming import streamed
from collections_app import Column
from collections_app.exporting import FORMATS, Exported, Format, file_answer, xlsx_file
from collections_app.exporting.inert import SIGNS, inert, restored
from tests.conftest import signed_in
from tests.testapp.declared.collections import bookmarks, staff_only, threads

pytestmark = pytest.mark.differs

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = (
    Column("text"),
    Column("number", type="number"),
    Column("money", type="currency"),
    Column("day", type="date"),
    Column("tags", type="tags"),
    Column("yes", type="boolean"),
)


def body(rows: list[dict[str, Any]], format: Format, columns: tuple[Column, ...] = COLUMNS) -> bytes:
    request = RequestFactory().get("/")
    answer: Any = file_answer(request, Exported("A label", columns, iter(rows)), format)
    return b"".join(answer.streaming_content)


def in_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def split_at_any(line: str) -> list[str]:
    """As programs read that take a semicolon and a tab for a separator as well, unless they are quoted."""
    return re.findall(r'(?:^|[,;\t])("(?:[^"]|"")*"|[^,;\t]*)', line)


def test_a_text_with_anybodys_separator_stays_one_cell_and_nothing_else_is_quoted() -> None:
    texts = ["a;=1+1;b", "a\t=1+1", 'say "no";x', "a,b", "plain"]
    rows: list[dict[str, Any]] = [{"text": text, "number": 1.5, "tags": [], "yes": None} for text in texts]
    lines = body(rows, "csv").decode("utf-8-sig").split("\r\n")[1:-1]
    assert [len(split_at_any(line)) for line in lines] == [len(COLUMNS)] * len(texts)
    assert [line.partition('",1.5,,')[0] for line in lines[:-1]] == [
        '"a;=1+1;b', '"a\t=1+1', '"say ""no"";x', '"a,b'
    ]  # fmt: skip
    assert lines[-1] == "plain,1.5,,,,"  # an empty cell is none: for many programs a quoted one is a text
    assert in_csv(body([{"text": ""}, {"text": "x"}], "csv", (Column("text"),))) == [["Text"], [""], ["x"]]


def in_sheets(content: bytes) -> list[list[list[tuple[str, str]]]]:
    """Of each cell of each sheet its type and its text; a number's type is ``n``."""
    book, sheets = zipfile.ZipFile(io.BytesIO(content)), []
    for name in sorted(one for one in book.namelist() if one.startswith("xl/worksheets/sheet")):
        root = ElementTree.fromstring(book.read(name))  # noqa: S314 - our own file
        sheets.append([[_cell(cell) for cell in row] for row in root.iter(f"{SHEET}row")])
    return sheets


def _cell(cell: ElementTree.Element) -> tuple[str, str]:
    assert cell.find(f"{SHEET}f") is None  # no formula
    return cell.get("t", "n"), "".join(part.text or "" for part in cell.iter() if part is not cell)


# What is in them --------------------------------------------------------------------------------------


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.sampled_from(
    [f"{sign}1+1" for sign in (*SIGNS, "'")]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "text": TEXTS,
            "number": st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
            "tags": st.lists(TEXTS, max_size=3),
            "yes": st.booleans(),
            "money": st.decimals(-(10**9), 10**9, places=2).map(str),
        },
    ),
    max_size=8,
)


@given(rows=ROWS)
@settings(max_examples=100, deadline=None)
def test_json_has_the_values_themselves(rows: list[dict[str, Any]]) -> None:
    whole = [{column.key: row.get(column.key) for column in COLUMNS} for row in rows]
    assert json.loads(body(rows, "json")) == whole
    assert [json.loads(line) for line in body(rows, "ndjson").split(b"\n")[:-1]] == whole


@given(rows=ROWS)
@settings(max_examples=100, deadline=None)
def test_no_text_of_a_csv_is_a_formula_and_each_can_be_had_back(rows: list[dict[str, Any]]) -> None:
    head, *lines = in_csv(body(rows, "csv"))
    assert head == [column.title for column in COLUMNS]
    for row, line in zip(rows, lines, strict=True):
        cells = dict(zip((column.key for column in COLUMNS), line, strict=True))
        assert restored(cells["text"]) == row.get("text", "")
        assert not cells["text"].startswith(SIGNS)
        assert not cells["tags"].startswith(SIGNS)
        assert cells["number"] == ("" if row.get("number") is None else str(row["number"]))
        assert cells["money"] == row.get("money", "")


@given(text=st.text())
@settings(max_examples=200, deadline=None)
def test_exactly_one_apostrophe_is_put_and_taken(text: str) -> None:
    assert restored(inert(text)) == text
    assert not inert(text).startswith(SIGNS)


@given(rows=ROWS)
@settings(max_examples=25, deadline=None)
def test_a_sheet_has_numbers_as_numbers_and_texts_as_texts(rows: list[dict[str, Any]]) -> None:
    ((_head, *lines),) = in_sheets(body(rows, "xlsx"))
    kinds = [kind for line in lines for kind, _text in line]
    assert set(kinds) <= {"n", "inlineStr", "b"}
    numbers = [row for row in rows if type(row.get("number")) is float]
    assert kinds.count("n") >= len(numbers)


def test_a_sheet_types_its_cells() -> None:
    rows = [
        {
            "text": "=1+1",
            "number": 2.5,
            "money": "-12.50",
            "day": "2026-11-23",
            "tags": ["a", "b"],
            "yes": True,
        }
    ]
    with timezone.override("Europe/Berlin"):
        rows.append({"day": "2026-11-22T23:30:00.000000Z", "money": "12345678901234567.89", "number": 2**60})
        ((_head, first, second),) = in_sheets(body(rows, "xlsx"))
    assert [kind for kind, _text in first] == ["inlineStr", "n", "n", "n", "inlineStr", "b"]
    assert [text for _kind, text in first] == ["=1+1", "2.5", "-12.5", "46349", "a, b", "1"]
    assert ("inlineStr", str(2**60)) in second
    assert ("inlineStr", "12345678901234567.89") in second
    assert any(kind == "n" and text.startswith("46349.02") for kind, text in second)  # 00:30 in Berlin


def test_days_are_iso_in_a_csv() -> None:
    rows = [{"day": "2026-11-23"}, {"day": "2026-11-23T10:00:00.000000Z"}]
    _head, *lines = in_csv(body(rows, "csv"))
    assert [line[3] for line in lines] == ["2026-11-23", "2026-11-23T10:00:00.000000Z"]


def test_what_a_sheet_has_no_room_for_stands_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 4)
    sheets = in_sheets(body([{"text": str(n)} for n in range(7)], "xlsx", (Column("text"),)))
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]
    assert [text for sheet in sheets for ((_kind, text),) in sheet[1:]] == [str(n) for n in range(7)]
    assert all(sheet[0][0][1] == "Text" for sheet in sheets)


def test_a_text_that_a_cell_has_no_room_for_says_so() -> None:
    long = "\N{GRINNING FACE}" * 20_000  # two of UTF-16's units each
    ((_head, ((_kind, text),)),) = in_sheets(body([{"text": long}], "xlsx", (Column("text"),)))
    assert text.endswith("[cut: 20000 characters; CSV and JSON have them all]")
    assert len(text.encode("utf-16-le")) // 2 <= 32_767
    assert restored(in_csv(body([{"text": long}], "csv"))[1][0]) == long


def test_what_json_has_no_form_for_does_not_end_a_file() -> None:
    rows = [{"text": "\ud800", "number": 2**70}]
    (row,) = json.loads(body(rows, "json"))
    assert (row["text"], row["number"]) == ("\ud800", 2**70)
    assert body(rows, "csv")
    assert body(rows, "xlsx")


@pytest.mark.parametrize("label", ["[a]/b:*?", "'", "History", "x" * 90, "\N{GRINNING FACE}" * 40, ""])
def test_any_label_names_a_sheet_and_a_file(label: str) -> None:
    answer: Any = file_answer(RequestFactory().get("/"), Exported(label, COLUMNS, iter([])), "xlsx")
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert "\n" not in answer["Content-Disposition"]


# How they are sent ------------------------------------------------------------------------------------


def failing() -> Generator[bytes]:
    yield b"first"
    raise RuntimeError("in the middle")


def who() -> Generator[bytes]:
    for _ in range(3):
        yield f"{current_identity().user_id} {timezone.get_current_timezone()}\n".encode()


def test_it_is_made_by_whoever_asked_and_nobody_is_left_behind() -> None:
    with acting_as(Identity(user_id="7")), timezone.override("Asia/Tokyo"):
        answer: Any = streamed(RequestFactory().get("/"), who(), content_type="text/plain", seconds=9)
    with acting_as(Identity(user_id="8")):
        pieces = iter(answer.streaming_content)
        assert next(pieces) == b"7 Asia/Tokyo\n"
        assert current_identity().user_id == "8"
        assert b"".join(pieces) == b"7 Asia/Tokyo\n" * 2


def test_the_same_on_an_asynchronous_server() -> None:
    async def read() -> list[bytes]:
        request: Any = AsyncRequestFactory().get("/")
        assert isinstance(request, ASGIRequest)
        with acting_as(Identity(user_id="7")):
            answer: Any = streamed(request, who(), content_type="text/plain", seconds=9)
        assert answer.is_async
        return [piece async for piece in answer.streaming_content]

    assert asyncio.run(read()) == [b"7 UTC\n"] * 3


def test_an_error_in_the_middle_is_no_end_of_the_file() -> None:
    answer: Any = streamed(RequestFactory().get("/"), failing(), content_type="text/plain", seconds=9)
    pieces = iter(answer.streaming_content)
    assert next(pieces) == b"first"
    with pytest.raises(RuntimeError, match="in the middle"):
        next(pieces)


def test_it_ends_after_a_time() -> None:
    with acting_as(Identity(user_id="7")):
        answer: Any = streamed(RequestFactory().get("/"), who(), content_type="text/plain", seconds=0)
    with pytest.raises(TooCostly):
        list(answer.streaming_content)


def test_what_is_wrong_with_the_question_is_said_before_anything_is_sent() -> None:
    def wrong() -> Generator[bytes]:
        yield from refused()

    def refused() -> Generator[bytes]:
        raise BadInput("no")

    with pytest.raises(BadInput):
        streamed(RequestFactory().get("/"), wrong(), content_type="text/plain", seconds=9)


def test_an_empty_piece_is_never_sent() -> None:
    def gaps() -> Generator[bytes]:
        yield from (b"", b"a", b"", b"b", b"")

    answer: Any = streamed(RequestFactory().get("/"), gaps(), content_type="text/plain", seconds=9)
    assert list(answer.streaming_content) == [b"a", b"b"]


# At an address ----------------------------------------------------------------------------------------


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


ADDRESS = "/collections/test_threads/"


@pytest.fixture
def some(alice: User, charlie: User, acme: Organization) -> Iterator[None]:
    with acting_as(user=alice, organization=acme):
        threads.insert_many({"subject": f"S{n}", "priority": n, "secret": "hidden"} for n in range(4))
    with acting_as(user=charlie):
        threads.insert_one({"subject": "Charlie's"})
    yield


@pytest.mark.django_db
def test_the_pages_own_address_answers_with_the_file(some: None, alice_client: Client) -> None:
    asked = {"test_threads-export": "csv", "test_threads-sort": "-priority"}
    answer: Any = alice_client.get(ADDRESS, asked)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Disposition"] == f'attachment; filename="threads-{timezone.localdate()}.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    head, *lines = in_csv(content(answer))
    assert head == ["Subject", "Sender", "Status", "Priority", "Received", "Tags"]
    assert [line[0] for line in lines] == ["S3", "S2", "S1", "S0"]


@pytest.mark.django_db
def test_the_columns_are_those_shown_in_the_persons_order(some: None, alice_client: Client) -> None:
    query = "test_threads-show=priority&test_threads-show=subject&test_threads-export=json"
    rows = json.loads(content(alice_client.get(f"{ADDRESS}?{query}")))
    assert [list(row) for row in rows] == [["priority", "subject"]] * 4
    form = {"table": "test_threads", "order": ["priority", "subject"], "test_threads-show": ["priority"]}
    alice_client.post("/tables/columns/", form)
    rows = json.loads(content(alice_client.get(f"{ADDRESS}?test_threads-export=json")))
    assert [list(row)[0] for row in rows] == ["priority"] * 4
    assert "subject" not in rows[0]


@pytest.mark.django_db
def test_head_has_the_headers_alone(some: None, alice_client: Client) -> None:
    answer = alice_client.head(f"{ADDRESS}?test_threads-export=xlsx")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert answer.content == b""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "test_threads-export=pdf",
        "test_threads-export=",
        "test_threads-export=csv&test_threads-export=csv",
        "test_threads-export=csv&test_threads-from-priority=many",
        "test_threads-export=csv&test_threads-sort=secret",
    ],
)
def test_what_cannot_be_exported_is_a_400(query: str, some: None, alice_client: Client) -> None:
    answer = alice_client.get(f"{ADDRESS}?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "Content-Disposition" not in answer
    if "pdf" in query:
        assert "csv, xlsx, json, ndjson" in answer.content.decode()


@pytest.mark.django_db
def test_nothing_is_offered_where_there_is_nothing(alice_client: Client) -> None:
    assert "test_threads-export" not in alice_client.get(ADDRESS).content.decode()
    assert json.loads(content(alice_client.get(f"{ADDRESS}?test_threads-export=json"))) == []


@pytest.mark.django_db
def test_each_identity_gets_its_own_rows_at_both_addresses(
    some: None, bob_client: Client, charlie_client: Client, dana_client: Client
) -> None:
    for address in (f"{ADDRESS}?test_threads-export=ndjson", f"{ADDRESS}export.ndjson"):
        found = {
            whose: [json.loads(line)["subject"] for line in content(client.get(address)).splitlines()]
            for whose, client in (("bob", bob_client), ("charlie", charlie_client), ("dana", dana_client))
        }
        assert found == {"bob": ["S0", "S1", "S2", "S3"], "charlie": ["Charlie's"], "dana": []}
    assert Client().get(f"{ADDRESS}?test_threads-export=csv").status_code == 302
    assert Client().get(f"{ADDRESS}export.csv").status_code == 401
    assert bob_client.get(f"/collections/{staff_only.name}/export.csv").status_code == 403
    assert bob_client.get(f"/collections/{staff_only.name}/?{staff_only.name}-export=csv").status_code == 403
    assert bob_client.get("/collections/nothing_here/export.csv").status_code == 404


@pytest.mark.django_db
def test_programs_ask_with_the_language_of_the_api(some: None, alice_client: Client) -> None:
    query = {"filter": '{"priority": {"$gte": 2}}', "sort": "-priority", "fields": "subject,priority"}
    rows = json.loads(content(alice_client.get(f"{ADDRESS}export.json", query)))
    assert rows == [{"subject": "S3", "priority": 3}, {"subject": "S2", "priority": 2}]
    for wrong in (
        {"page": "2"},
        {"fields": "secret"},
        {"sort": "secret"},
        {"filter": '{"secret": 1}'},
        {"q": "x"},
    ):
        assert alice_client.get(f"{ADDRESS}export.json", wrong).status_code == 400
    refused = alice_client.get(f"{ADDRESS}export.pdf")
    assert refused.status_code == 400
    assert refused.json()["fields"] == {"format": ["Use one of: csv, xlsx, json, ndjson."]}
    assert alice_client.post(f"{ADDRESS}export.csv").status_code == 405
    described = alice_client.get("/collections/openapi.json").json()["paths"]
    assert {f"{ADDRESS}export.{one}" for one in FORMATS} <= set(described)


@pytest.mark.django_db
def test_a_write_never_answers_with_a_file(some: None, alice_client: Client) -> None:
    answer = alice_client.post(f"{ADDRESS}?test_threads-export=csv", {})
    assert "Content-Disposition" not in answer


@pytest.mark.django_db(transaction=True)
def test_no_statement_and_no_transaction_stays_open_between_two_pieces(alice: User) -> None:
    with acting_as(user=alice):
        bookmarks.insert_many({"title": f"T{n}"} for n in range(1200))
    client = signed_in(alice)
    answer: Any = client.get("/collections/test_bookmarks/?test_bookmarks-export=ndjson")
    pieces = iter(answer.streaming_content)
    next(pieces)
    with acting_as(user=alice):
        bookmarks.insert_one({"title": "meanwhile"})  # which SQLite would refuse beside an open reader
    assert sum(piece.count(b"\n") for piece in pieces) == 700
    answer.close()


@pytest.mark.django_db
@override_settings(CAPSULE_EXPORT_SECONDS=0.0)
def test_a_file_that_takes_too_long_breaks_off(alice: User) -> None:
    with acting_as(user=alice):
        bookmarks.insert_many({"title": f"T{n}"} for n in range(501))
    answer: Any = signed_in(alice).get("/collections/test_bookmarks/?test_bookmarks-export=csv")
    with pytest.raises(TooCostly):
        list(answer.streaming_content)


# So many at once --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_four_files_are_on_their_way_to_one_person_and_a_fifth_waits(
    some: None, alice_client: Client, bob_client: Client
) -> None:
    def ask(client: Client, **headers: str) -> Any:
        return client.get(ADDRESS, {"test_threads-export": "csv"}, headers=headers)

    held = [ask(alice_client) for _ in range(4)]
    refused = ask(alice_client, accept="text/html")
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert "4 exports of yours are on their way already." in refused.content.decode()
    program = alice_client.get(f"{ADDRESS}export.json")
    assert (program.status_code, program.json()["error"]) == (429, "too_many_exports")
    assert ask(bob_client).status_code == 200
    content(held[0])  # to its end
    assert alice_client.head(ADDRESS, {"test_threads-export": "csv"}).status_code == 200
    assert len(in_csv(content(ask(alice_client)))) == 5
    assert ask(alice_client).status_code == 200


@pytest.mark.django_db
def test_a_cache_that_does_not_answer_keeps_nobody_from_a_file(
    some: None, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_options: object) -> bool:
        raise ConnectionError

    monkeypatch.setattr(type(caches["default"]), "add", gone)
    answers = [alice_client.get(f"{ADDRESS}export.csv") for _ in range(5)]
    assert [one.status_code for one in answers] == [200] * 5
