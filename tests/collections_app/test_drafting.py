"""A CSV file as a spreadsheet wrote it: what it could be declared as, and loaded as it is."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from collections_app import Column
from collections_app.drafting import draft_of
from collections_app.spellings import BadSpelling, Spelling, key_for, respelled
from collections_app.transfer import FileProblem
from tests.testapp.declared.collections import contacts

TOOLS = """\ufeffGerät;Gekauft am;Preis;Standort;Zustand;Geprüft;PLZ;Baujahr;;
Bohrmaschine;03.11.2024;129,00 €;Lager;da;ja;01067;2019;;
Kreissäge;17.02.2025;1.249,50 €;Lager;fort;nein;10115;2021;;
"Leiter; 3 m";;;;da;ja;01069;2004;;
;;;;;;;;;
Kabel "rot";30.09.2025;34,95 €;Hof;fort;ja;;2020;;
Schleifer;05.06.2025;-89,90 €;;da;ja;10117;2022;;
Müll­säcke;05.06.2025;2,00 €;Lager;da;;;2025;;
"""


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return path


def columns_of(path: Path, lines: list[str]) -> dict[str, Column]:
    found = draft_of(written(path / "file.csv", "\n".join(lines) + "\n"))
    return {column.key: column for column in found.columns}


# What it could be --------------------------------------------------------------------------------------


def test_every_column_is_what_all_of_its_values_are(tmp_path: Path) -> None:
    draft = draft_of(written(tmp_path / "tools.csv", TOOLS))
    assert draft.columns == (
        Column("geraet", label="Gerät", required=True),
        Column("gekauft_am", type="date"),
        Column("preis", type="currency", format="EUR"),
        Column("standort"),
        Column("zustand", type="status", options=["da", "fort"]),
        Column("geprueft", type="boolean", label="Geprüft"),
        Column("plz", label="PLZ"),
        Column("baujahr", type="number", format="plain"),
    )
    assert draft.options == "--dates d.m.Y --decimal , --yes ja --no nein"
    assert (draft.records, draft.encoding) == (6, "utf-8")
    assert draft.doubts == (
        "Zustand has 2 different values, so it is a status that takes no others. If it is a text, delete "
        "type= and options= of its column.",
    )


def test_what_a_western_spreadsheet_wrote_is_known_by_its_bytes(tmp_path: Path) -> None:
    draft = draft_of(written(tmp_path / "tools.csv", TOOLS.removeprefix("\ufeff"), "cp1252"))
    assert draft.columns[0].label == "Gerät" and draft.columns[2].format == "EUR"
    assert draft.options.endswith("--encoding cp1252")


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (["2026-11-03", "2026-12-24"], Column("x", type="date")),
        (["31/12/2025", "01/02/2026"], Column("x", type="date")),
        (["12/31/2025", "01/02/2026"], Column("x", type="date")),
        (["31/12/2025", "12/31/2025"], Column("x")),  # neither way
        (["31.02.2026"], Column("x")),  # no day
        (["1", "2.5", "1e3"], Column("x", type="number")),
        (["1,5", "2,25", "1.000,5"], Column("x", type="number")),
        (["1,5", "2.25"], Column("x")),  # by which sign?
        (["1,234.50", "2,000"], Column("x", type="number")),
        (["1'234.50"], Column("x", type="number", format="0.00")),
        (["154,70", "1.300,00"], Column("x", type="number", format="0.00")),
        (["36.5", "37.0"], Column("x", type="number", format="0.0")),
        (["36.5", "37"], Column("x", type="number")),
        (["2026-11-03T10:00Z"], Column("x", type="date", format="datetime")),
        (["2026-11-03T10:00"], Column("x", type="date", format="datetime")),
        (["2026-11-03 10:00:30"], Column("x", type="date", format="datetime")),
        (["3.11.2026 10:00"], Column("x", type="date", format="datetime")),
        (["1.234'567,5"], Column("x")),  # no such groups
        (["$12.50", "$1,000"], Column("x", type="currency", format="USD")),
        (["CHF 12.50", "3"], Column("x", type="currency", format="CHF")),
        (["12 €", "12 $"], Column("x")),  # of two currencies
        (["007", "12"], Column("x")),  # a code, which would lose its zeros
        (["+49 351 1"], Column("x")),
        (["99999999999999999999"], Column("x")),  # more digits than a number keeps
        (["1999", "2026"], Column("x", type="number", format="plain")),
        (["0", "1"], Column("x", type="number")),
        (["true", "False"], Column("x", type="boolean")),
        (["oui", "non", "Oui"], Column("x", type="boolean")),
        (["ja", "nein", "vielleicht"], Column("x")),
        (["a@example.com"], Column("x", type="email")),
        (["https://example.com/a"], Column("x", type="link")),
        (["new", "open"] * 3, Column("x", type="status", options=["new", "open"])),
        (["new", "open"] * 2, Column("x")),  # too few to tell
        ([f"{n % 9}-" for n in range(90)], Column("x")),  # too many words
        (["x" * 201], Column("x", format="multiline")),
    ],
)
def test_a_type_is_proposed_where_every_value_fits(tmp_path: Path, values: list[str], column: Column) -> None:
    lines = ["id,x", *(f'n{number},"{value}"' for number, value in enumerate(values))]
    assert columns_of(tmp_path, lines)["x"] == column


@pytest.mark.parametrize(
    ("good", "odd", "column", "said"),
    [
        ("03.11.2026 09:30", ["morgen"], Column("x", type="date", format="datetime"),
         "X!: 20 of 21 are days as 'd.m.Y H:i'; line 22 is 'morgen'."),
        ("2026-11-03", ["?"], Column("x", type="date"), "X!: 20 of 21 are days; line 22 is '?'."),
        ("1.240,50", ["n/a"], Column("x", type="number", format="0.00"),
         "X!: 20 of 21 are numbers; line 22 is 'n/a'."),
        ("12 €", ["offen"], Column("x", type="currency", format="EUR"),
         "X!: 20 of 21 are amounts in EUR; line 22 is 'offen'."),
        ("a@b.de", ["keine"], Column("x", type="email"),
         "X!: 20 of 21 are e-mail addresses; line 22 is 'keine'."),
        ("https://b.de", ["see b"], Column("x", type="link"), "X!: 20 of 21 are links; line 22 is 'see b'."),
    ],
)  # fmt: skip
def test_a_few_odd_values_do_not_hide_what_a_column_is(
    tmp_path: Path, good: str, odd: list[str], column: Column, said: str
) -> None:
    lines = ["id;X!", *(f"n{n};{value}" for n, value in enumerate([good] * 20 + odd))]
    draft = draft_of(written(tmp_path / "f.csv", "\n".join(lines) + "\n"))
    assert replace(draft.columns[1], label=None) == column
    assert draft.doubts[0].startswith(said)
    assert draft.doubts[0].endswith(
        "or delete " + ("type= and format=" if column.format else "type=") + (" of its column, for a text.")
    )


def test_of_many_odd_values_three_are_shown_and_of_too_many_none(tmp_path: Path) -> None:
    days = [f"{day:02}.11.2026" for day in range(1, 29)] * 4
    for odd, kind in ((5, "date"), (6, "text")):
        lines = ["day", *(f"odd {n}" for n in range(odd)), *days[: 120 - odd - 15], ""]
        draft = draft_of(written(tmp_path / "f.csv", "\n".join(lines)))
        assert draft.columns[0].type == kind
        assert bool(draft.doubts) == (kind == "date")
        if draft.doubts:
            assert (
                "line 2 is 'odd 0', line 3 is 'odd 1', line 4 is 'odd 2', and 2 more are not."
                in (draft.doubts[0])
            )
    few = ["day", *days[:18], "morgen"]
    assert columns_of(tmp_path, few)["day"].type == "text"  # one of nineteen could be anything


def test_two_ways_of_writing_days_in_one_file_are_said(tmp_path: Path) -> None:
    path = written(tmp_path / "f.csv", "Begun;Ended\n2026-11-03;04.11.2026\n2026-11-05;05.11.2026\n")
    draft = draft_of(path)
    assert [column.type for column in draft.columns] == ["date", "text"]
    assert draft.doubts == (
        "Ended would be read by --dates d.m.Y, but other columns would not. A file has one spelling: write "
        "them alike there, or it stays what it is here.",
    )


def test_codes_stay_texts_where_a_few_alone_begin_with_a_zero(tmp_path: Path) -> None:
    assert columns_of(tmp_path, ["plz", *["10115"] * 30, "01067"])["plz"].type != "number"


def test_what_can_be_meant_otherwise_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "f.csv", "day,size,none\n01/02/2026,1.234,\n03/04/2026,5.678,\n")
    assert draft_of(path).doubts == (
        "none is empty everywhere: a text, until you say otherwise.",
        "Days are read as day/month. If the month comes first, load it with --dates m/d/Y.",
        "1.234 is read as a little more than one. If it is a thousand, load it with --decimal ,",
    )


def test_two_headings_that_make_one_key_have_two(tmp_path: Path) -> None:
    assert [*columns_of(tmp_path, ["Größe,größe,!!!,2. Ort", "a,b,c,d"])] == [
        "groesse", "groesse_2", "column_3", "ort",
    ]  # fmt: skip


@pytest.mark.parametrize("hostile", ['"""quoted"""', "'", "\\", "{x}$y", '"a\nb"', 'x"y', "'); import os #"])
def test_what_is_drafted_is_python_whatever_the_file_says(tmp_path: Path, hostile: str) -> None:
    rows = "".join(f"n{number};{hostile}\n" for number in range(3)) + "".join(f"m{n};b\n" for n in range(3))
    draft = draft_of(written(tmp_path / "f.csv", f"Name;{hostile}\n{rows}"))
    made: dict[str, Any] = {}
    names = {"Column": Column, "collection": lambda name, **options: made.update(options)}
    exec(compile(draft.lines("tools"), "drafted", "exec"), names)
    columns = [one if isinstance(one, Column) else Column(one) for one in made["columns"]]
    assert columns == list(draft.columns)


def test_lines_of_a_long_declaration_are_broken(tmp_path: Path) -> None:
    words = [f"a rather long word {number}" for number in range(7)] * 3
    lines = [
        "Bezeichnung,A quite long heading of a column",
        *(f"n{n},{word}" for n, word in enumerate(words)),
    ]
    drafted = draft_of(written(tmp_path / "f.csv", "\n".join(lines))).lines("tools")
    assert max(map(len, drafted.splitlines())) <= 110


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"a,b\n", "nothing below its heading"), (b"a,b\n,\n", "nothing below its heading")],
)
def test_a_file_that_tells_nothing_is_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(FileProblem, match=sentence):
        draft_of(tmp_path / "f.csv")


def test_the_command_prints_what_is_pasted_and_then_typed(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "draft_collection", "tools", written(tmp_path / "my tools.csv", TOOLS), stdout=out, stderr=err
    )
    assert out.getvalue().startswith(
        "from collections_app import Column, collection\n\ntools = collection(\n"
    )
    assert f"load_documents tools '{tmp_path}/my tools.csv' --dates d.m.Y" in err.getvalue()
    with pytest.raises(CommandError, match="cannot name a collection"):
        call_command("draft_collection", "My tools", tmp_path / "my tools.csv")
    with pytest.raises(CommandError, match="There is no file"):
        call_command("draft_collection", "tools", tmp_path / "none.csv")


# How it is written -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "key"),
    [("Straße / Nr.", "strasse_nr"), ("2. Preis", "preis"), ("Ærø", "aero"), ("名前", ""), (" É ", "e"),
     ("a" * 99, "a" * 64)],
)  # fmt: skip
def test_a_heading_makes_a_plain_key(heading: str, key: str) -> None:
    assert key_for(heading) == key


def test_a_heading_is_a_columns_key_label_or_name() -> None:
    read = respelled([Column("due_on", label="Fällig"), Column("E Mail")], Spelling())
    assert read({"due_on": 1}) == read({"FÄLLIG": 1}) == read({"Faellig ": 1}) == {"due_on": 1}
    assert read({"e mail": 1, "other": 2}) == {"E Mail": 1, "other": 2}
    assert read({"due_on": 1, "Fällig": 2}) == {"due_on": 1, "Fällig": 2}  # never the one over the other


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"dates": "l, d F Y"}, "Days are not read by F, l"),
        ({"dates": "m.Y"}, "A day has a day"),
        ({"decimal": ";"}, "a comma or a point"),
    ],
)
def test_a_spelling_that_cannot_be_is_a_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSpelling, match=sentence):
        Spelling(**given)


def test_what_is_not_written_as_was_said_is_refused_and_never_guessed() -> None:
    columns = [Column("day", type="date"), Column("price", type="currency", format="EUR")]
    read = respelled(columns, Spelling(dates="d.m.Y", decimal=","))
    assert read({"price": "EUR 1.234,5"}) == {"price": "1234.5"}
    assert read({"price": "− 12 €"}) == {"price": "-12"}
    for wrong in ("12.50", "1.23,4", "12 $", "1,2,3", "€", "1 23", "٣", "12 € €"):
        with pytest.raises(ValidationError) as caught:
            read({"price": wrong, "day": "2026-11-03"})
        assert caught.value.message_dict == {
            "price": [f"“{wrong}” is no number with a decimal comma, maybe with EUR."],
            "day": ["“2026-11-03” is no day written as d.m.Y."],
        }


# And loaded --------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestLoading:
    def loaded(self, path: Path, **options: Any) -> str:
        out = StringIO()
        call_command("load_documents", "test_contacts", path, stdout=out, stderr=out, **options)
        return out.getvalue()

    def test_headings_find_their_columns_and_what_finds_none_is_said(self, tmp_path: Path) -> None:
        path = written(tmp_path / "p.csv", "NAME;E-Mail;Email\nJürgen;x;j@example.com\n", "cp1252")
        said = self.loaded(path, encoding="cp1252")
        assert "1 record loaded" in said and "no page shows it: E-Mail." in said
        assert [row.document for row in contacts.all()] == [
            {"name": "Jürgen", "E-Mail": "x", "email": "j@example.com"}
        ]

    def test_a_trial_says_what_would_be_refused_and_stores_nothing(self, tmp_path: Path) -> None:
        path = written(tmp_path / "p.csv", "name,email\nAnn,ann@example.com\nBen,no\n")
        with pytest.raises(CommandError, match="^1 line was left out.$"):
            self.loaded(path, dry_run=True)
        assert contacts.count() == 0

    @pytest.mark.parametrize(
        ("line", "said", "options"),
        [
            ("date,05.11.2026 09:30", "--dates 'd.m.Y H:i' reads it.", "--dates 'd.m.Y H:i'"),
            ("date,2026-11-05 09:30", "Add a time zone to this moment, such as 2026-11-23T10:00Z. "
             "--dates 'Y-m-d H:i' reads it.", "--dates 'Y-m-d H:i'"),
            ("date,05/11/2026", "--dates d/m/Y or --dates m/d/Y reads it.", "--dates d/m/Y"),
            ("date,soon", "“soon”: Enter a date such as 2026-11-23.", ""),
            ('number,"1,240.00"', "number: “1,240.00”: Enter a number. --decimal . reads it.", "--decimal ."),
            ("boolean,ja", "--yes ja --no nein reads it.", "--yes ja --no nein"),
        ],
    )  # fmt: skip
    def test_what_is_refused_is_shown_with_the_option_that_reads_it(
        self, tmp_path: Path, line: str, said: str, options: str
    ) -> None:
        heading, _comma, value = line.partition(",")
        out = StringIO()
        with pytest.raises(CommandError) as caught:
            call_command(
                "load_documents", "test_everything", written(tmp_path / "p.csv", f"{heading}\n{value}\n"),
                stdout=out, stderr=out,
            )  # fmt: skip
        assert said in out.getvalue()
        advice = f" Say how the file is written: {options}" if options else ""
        assert str(caught.value) == f"1 line was left out.{advice}"

    def test_what_went_in_before_a_file_broke_is_said(self, tmp_path: Path) -> None:
        lines = b"name,email\n" + b"Ann,ann@example.com\n" * 1_000 + b"Andr\xe9,a@example.com\n"
        (tmp_path / "p.csv").write_bytes(lines)
        with pytest.raises(CommandError, match=r"--encoding cp1252.* (\d+) records before that were loaded"):
            self.loaded(tmp_path / "p.csv", batch=100)
        with pytest.raises(CommandError, match="There is no encoding 'klingon'"):
            self.loaded(tmp_path / "p.csv", encoding="klingon")
        with pytest.raises(CommandError, match="A day has a day"):
            self.loaded(tmp_path / "p.csv", dates="Y")
