"""Files into a collection: every format, progress, bad lines by number, whose they are."""

from __future__ import annotations

import gzip
import json
import os
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import Organization, User
from capsule import Identity, acting_as
from tests.testapp.declared.collections import bookmarks, contacts, members, threads

pytestmark = pytest.mark.django_db

PEOPLE = [{"name": "Ann", "email": "ann@example.com"}, {"name": "Ben", "email": "ben@example.com"}]


def load(*args: Any, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("load_documents", *args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def write(path: Path, content: bytes | str) -> Path:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data, mtime=0) if path.name.endswith(".gz") else data)
    return path


NDJSON = "".join(json.dumps(person) + "\n" for person in PEOPLE)
CSV = "\ufeffname,email\r\nAnn,ann@example.com\r\nBen,ben@example.com\r\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.ndjson", NDJSON),
        ("p.jsonl", NDJSON),
        ("p.ndjson.gz", NDJSON),
        ("p.json", json.dumps(PEOPLE)),
        ("p.json.gz", json.dumps(PEOPLE)),
        ("p.csv", CSV),
        ("p.CSV.GZ".lower(), CSV),
        ("semicolons.csv", CSV.replace(",", ";")),
        ("tabs.csv", CSV.replace(",", "\t")),
        ("blank.ndjson", "\n" + NDJSON.replace("\n", "\r\n\n")),
    ],
)
def test_it_loads_every_format(tmp_path: Path, name: str, content: str) -> None:
    out, _err = load("test_contacts", write(tmp_path / name, content))
    assert "2 records loaded" in out
    assert [row.document for row in contacts.all()] == PEOPLE


def test_bad_lines_are_named_and_the_good_ones_loaded(tmp_path: Path) -> None:
    lines = [
        json.dumps(PEOPLE[0]), "{", "[]", '{"email": "no"}', '{"name": "nobody"}',
        '{"email": "a@b.c", "x": 1e999}', '{"email": "a@example.com", "email": "b@example.com"}',
        '{"email": "\\ud800@example.com"}', json.dumps(PEOPLE[1]),
    ]  # fmt: skip
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="7 lines"):
        call_command(
            "load_documents",
            "test_contacts",
            write(tmp_path / "p.ndjson", "\n".join(lines)),
            stdout=out,
            stderr=err,
        )
    assert "2 records loaded" in out.getvalue()
    for number in range(2, 9):
        assert f"line {number}: " in err.getvalue()
    assert "email" in err.getvalue().splitlines()[2]
    assert contacts.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("people.json", CSV, "people.json looks like CSV. If it is, load it with --format csv."),
        ("people.ndjson", '"name","email"\n"Ann","a@b.c"\n', "looks like CSV"),
        ("people.json", NDJSON, "looks like NDJSON, one object a line"),
        ("people.csv", NDJSON, "--format ndjson"),
        (
            "people.ndjson",
            json.dumps(PEOPLE),
            "looks like one JSON array. If it is, load it with --format json",
        ),
        ("people.csv.gz", "  " + json.dumps(PEOPLE, indent=1), "--format json"),
        ("people.txt", CSV, "say --format ndjson, json or csv"),
        ("people.xlsx", "x", "is a spreadsheet. Save it from there as CSV"),
        ("people.csv", b"PK\x03\x04\x14\x00", "is a spreadsheet or an archive, whatever its name says"),
        ("people.csv", CSV.encode("utf-16"), "is not UTF-8 but UTF-16. Save it as UTF-8"),
        ("people.csv", b"name\nAndr\xe9\n", "is not UTF-8. Save it as UTF-8"),
        ("people.csv", "<!doctype html>", "web page"),
        ("people.json", "", "people.json is empty."),
        ("people.csv", gzip.compress(CSV.encode(), mtime=0), "is gzipped: add .gz to its name"),
    ],
)
def test_what_was_given_in_a_hurry_is_told_what_to_do(
    tmp_path: Path, name: str, content: Any, sentence: str
) -> None:
    with pytest.raises(CommandError) as caught:
        load("test_contacts", write(tmp_path / name, content))
    assert sentence in str(caught.value)
    assert contacts.count() == 0


def test_a_name_that_is_no_file_is_a_sentence(tmp_path: Path) -> None:
    for path, sentence in (
        (tmp_path / "none.csv", "There is no file "),
        (tmp_path, "is a folder: name a file in"),
    ):
        with pytest.raises(CommandError, match=sentence):
            load("test_contacts", path)
    (tmp_path / "p.csv.gz").write_text(CSV)
    with pytest.raises(CommandError, match="is not gzipped: take .gz from its name"):
        load("test_contacts", tmp_path / "p.csv.gz")


def test_what_comes_through_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(NDJSON,))
    writer.start()
    out, _err = load("test_contacts", pipe, format="ndjson")
    writer.join()
    assert "2 records loaded" in out


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("p.txt", "x", "--format"),
        ("p.json", "{}", "array"),
        ("p.json", "[", "not JSON"),
        ("p.csv", "", "empty"),
        ("p.csv", "a,a\n1,2\n", "same name"),
        ("p.csv", b"name\xff\n", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: Any, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        load("test_contacts", write(tmp_path / name, content))


def test_a_broken_gzip_says_why(tmp_path: Path) -> None:
    (tmp_path / "p.ndjson.gz").write_bytes(gzip.compress(NDJSON.encode(), mtime=0)[:-9])
    with pytest.raises(CommandError, match="cannot be read"):
        load("test_contacts", tmp_path / "p.ndjson.gz")


def test_a_csv_line_that_is_too_long_is_named(tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(CommandError):
        call_command(
            "load_documents", "test_contacts", write(tmp_path / "p.csv", CSV + "a,b@example.com,c\r\n"),
            stdout=StringIO(), stderr=err,
        )  # fmt: skip
    assert "line 4: 3 cells, but 2 columns." in err.getvalue()
    assert contacts.count() == 2


class TestWhose:
    def test_owner_scope_needs_a_person_and_takes_their_organisation(
        self, tmp_path: Path, alice: User, charlie: User, acme: Organization
    ) -> None:
        path = write(tmp_path / "t.ndjson", '{"subject": "a"}\n')
        with pytest.raises(CommandError, match="--as"):
            load("test_threads", path)
        load("test_threads", path, user="Alice@Example.com", organization="acme")
        load("test_threads", path, user="alice@example.com")
        assert threads.in_scope_of(Identity.of(alice, acme)).count() == 1
        assert threads.in_scope_of(Identity.of(alice)).count() == 1
        with pytest.raises(CommandError, match="not a member"):
            load("test_threads", path, user="charlie@example.com", organization="acme")
        with pytest.raises(CommandError, match="Nobody has"):
            load("test_threads", path, user="nobody@example.com")

    def test_whose_they_are_is_said_and_what_could_have_been_meant(
        self, tmp_path: Path, alice: User, charlie: User, acme: Organization
    ) -> None:
        path = write(tmp_path / "t.ndjson", '{"subject": "a"}\n')
        out, _err = load("test_threads", path, user=alice.email)
        assert "test_threads: 1 record loaded for alice@example.com, Personal, in " in out
        assert f"Into an organisation: --organization acme ({acme.name})." in out
        out, _err = load("test_threads", path, user=alice.email, organization="acme", dry_run=True)
        assert f"1 record could be loaded for alice@example.com, {acme.name}; nothing is stored." in out
        assert "--organization" not in out
        out, _err = load("test_threads", path, user=charlie.email)
        assert "for charlie@example.com, Personal, in" in out and "--organization" not in out
        out, _err = load("test_contacts", write(tmp_path / "p.ndjson", NDJSON), user=alice.email)
        assert "2 records loaded in " in out and "--organization" not in out  # they are everybody's

    def test_who_is_not_in_an_organisation_reads_in_which_they_are(
        self, tmp_path: Path, alice: User, charlie: User, acme: Organization
    ) -> None:
        path = write(tmp_path / "t.ndjson", '{"subject": "a"}\n')
        with pytest.raises(CommandError, match="an organisation called Acme. Theirs: acme.$"):
            load("test_threads", path, user=alice.email, organization="Acme")
        with pytest.raises(CommandError, match="an organisation called acme. They are in none.$"):
            load("test_threads", path, user=charlie.email, organization="acme")
        with pytest.raises(CommandError, match="Say whose organisation acme is meant: --as USER."):
            load("test_threads", path, organization="acme")

    def test_a_record_cannot_name_another_scope(self, tmp_path: Path, alice: User, bob: User) -> None:
        path = write(tmp_path / "b.ndjson", json.dumps({"scope_key": f"user:{bob.pk}", "user": str(bob.pk)}))
        load("test_bookmarks", path, user=alice.email)
        with acting_as(user=bob):
            assert bookmarks.count() == 0

    def test_an_unknown_collection_says_what_is_near(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="Did you mean 'test_contacts'"):
            load("test_contact", tmp_path / "p.csv")

    @pytest.mark.parametrize("batch", [0, -1, 10_001])
    def test_the_batch_has_limits(self, tmp_path: Path, batch: int) -> None:
        with pytest.raises(CommandError, match="--batch"):
            load("test_contacts", tmp_path / "p.csv", batch=batch)


class TestMoments:
    """Of a CSV file, whose cells name no time zone."""

    def loaded(self, path: Path, user: User, **options: Any) -> tuple[str, str]:
        write(path, "subject,received\na,05.11.2026 11:00\n")
        with acting_as(user=user):
            threads.delete_many({}, confirm_all=True)
        out, _err = load("test_threads", path, user=user.email, dates="d.m.Y H:i", **options)
        with acting_as(user=user):
            [row] = threads.all()
        return row["received"], out

    def test_they_are_of_the_zone_that_is_named_or_of_the_person_or_of_the_site(
        self, tmp_path: Path, alice: User, settings: LazySettings
    ) -> None:
        path = tmp_path / "t.csv"
        settings.TIME_ZONE = "America/New_York"
        received, out = self.loaded(path, alice)
        assert received == "2026-11-05T16:00:00.000000Z"
        assert "Moments without a zone were read as America/New_York." in out
        alice.time_zone, alice.time_zone_known = "Europe/Berlin", True
        alice.save()
        received, out = self.loaded(path, alice)
        assert received == "2026-11-05T10:00:00.000000Z"
        assert "Moments without a zone were read as Europe/Berlin." in out
        received, out = self.loaded(path, alice, time_zone="Asia/Tokyo")
        assert received == "2026-11-05T02:00:00.000000Z"
        assert "Moments without a zone were read as Asia/Tokyo." in out

    def test_a_zone_that_there_is_not_is_a_sentence(self, tmp_path: Path, alice: User) -> None:
        with pytest.raises(CommandError, match="Did you mean 'Asia/Tokyo'"):
            self.loaded(tmp_path / "t.csv", alice, time_zone="Asia/Tokio")
        with pytest.raises(CommandError, match="Write one such as Europe/Berlin.$"):
            self.loaded(tmp_path / "t.csv", alice, time_zone="12:00")

    def test_of_days_nothing_is_said(self, tmp_path: Path, alice: User) -> None:
        path = write(tmp_path / "t.csv", "subject,received\na,05.11.2026\n")
        out, _err = load("test_threads", path, user=alice.email, dates="d.m.Y")
        assert "zone" not in out


class TestReplacing:
    """``--replace``: what a file says in the place of what is there, all or nothing."""

    @pytest.fixture
    def there(self, alice: User, bob: User) -> list[str]:
        """Two records of Alice, whose ids are given, and one of Bob."""
        with acting_as(user=bob):
            threads.insert_one({"subject": "Bob's"})
        with acting_as(user=alice):
            return [threads.insert_one({"subject": word}).id for word in ("wrong", "wrong too")]

    def subjects(self, user: User) -> list[str]:
        with acting_as(user=user):
            return [row["subject"] for row in threads.all()]

    def test_it_takes_the_place_of_ones_own_and_the_history_knows_what_was(
        self, tmp_path: Path, there: list[str], alice: User, bob: User
    ) -> None:
        path = write(tmp_path / "t.csv", "subject\n1\n2\n3\n")
        out, _err = load("test_threads", path, user=alice.email, replace=True, batch=2)
        assert "3 records loaded" in out
        assert "2 records were there before and are deleted; their history has them." in out
        assert self.subjects(alice) == ["1", "2", "3"] and self.subjects(bob) == ["Bob's"]
        with acting_as(user=alice):
            deleted = threads.history(there[0])[0]
            inserted = threads.history(threads.all()[0].id)[0]
        assert (deleted.action, deleted.group) == ("delete", inserted.group)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("subject,priority\n1,1\n2,many\n", "1 line was refused, so nothing was replaced."),
            ("subject\n", "t.csv has no record, so nothing was replaced."),
            (b"subject\n" + b"a\n" * 2_000 + b"\xff\n", "cp1252, as Western spreadsheets write it."),
        ],
    )
    def test_where_a_line_is_refused_all_stays_as_it_was(
        self, tmp_path: Path, there: list[str], alice: User, content: Any, said: str
    ) -> None:
        with pytest.raises(CommandError) as caught:
            load("test_threads", write(tmp_path / "t.csv", content), user=alice.email, replace=True)
        assert str(caught.value).endswith(said)
        assert self.subjects(alice) == ["wrong", "wrong too"]
        with acting_as(user=alice):
            assert threads.history(there[0])[0].action == "insert"

    def test_what_is_taken_within_the_file_is_refused_and_what_was_taken_before_is_not(
        self, tmp_path: Path, alice: User
    ) -> None:
        with acting_as(user=alice):
            before = members.insert_one({"name": "Ann", "email": "ann@example.com"})
        path = write(tmp_path / "m.csv", "name,email\nAnna,ann@example.com\nBen,ann@example.com\n")
        with pytest.raises(CommandError, match="1 line was refused"):
            load("test_members", path, user=alice.email, replace=True)
        with acting_as(user=alice):
            assert [row.id for row in members.all()] == [before.id]
        load(
            "test_members", write(path, "name,email\nAnna,ann@example.com\n"), user=alice.email, replace=True
        )
        with acting_as(user=alice):
            assert [row["name"] for row in members.all()] == ["Anna"]

    def test_a_trial_says_how_many_would_go(self, tmp_path: Path, there: list[str], alice: User) -> None:
        path = write(tmp_path / "t.csv", "subject\n1\n")
        out, _err = load("test_threads", path, user=alice.email, replace=True, dry_run=True)
        assert "2 records are there and would be deleted." in out
        write(path, "subject,priority\n1,many\n")
        printed = StringIO()
        given = {"user": alice.email, "replace": True, "dry_run": True}
        with pytest.raises(CommandError, match="^1 line was left out.$"):
            call_command("load_documents", "test_threads", path, stdout=printed, stderr=StringIO(), **given)
        assert "2 records are there and would stay, as long as a line is refused." in printed.getvalue()
        assert self.subjects(alice) == ["wrong", "wrong too"]

    def test_of_a_dump_nothing_is_replaced(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="--replace is for a collection and its file."):
            load(dump=tmp_path / "all.ndjson", replace=True)

    def test_who_has_loaded_some_lines_is_told_how_not_to_have_them_twice(
        self, tmp_path: Path, alice: User
    ) -> None:
        path = write(tmp_path / "t.csv", "subject,priority\n1,1\n2,many\n")
        with pytest.raises(
            CommandError, match="The others are in: load the rest alone, or all with --replace"
        ):
            load("test_threads", path, user=alice.email)
