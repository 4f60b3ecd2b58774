"""A type is told from what is in a file."""

from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from collections_app import Column
from collections_app.files.limits import accept_of, accepts, limit_of, problem_with_limits
from collections_app.files.names import NAME_LIMIT, clean_name
from collections_app.files.sniffing import HEAD, KNOWN_TYPES, sniff
from tests.collections_app.files.content import HTML, PDF, PNG, SVG, TEXT, zipped

OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, tuple[bytes, str]] = {
    "pdf": (PDF, "application/pdf"),
    "png": (PNG, "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    "gif": (b"GIF89a\1\0\1\0", "image/gif"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
    "what is no riff": (b"XXXX\x24\0\0\0WEBPVP8 ", "application/octet-stream"),
    "mp4": (b"\0\0\0\x18ftypisom\0\0\2\0", "video/mp4"),
    "heic": (b"\0\0\0\x18ftypheic", "image/heic"),
    "tar": (b"a" + b"\0" * 256 + b"ustar", "application/x-tar"),
    "zip": (zipped("a.txt"), "application/zip"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), f"{OFFICE}wordprocessingml.document"),
    "xlsx": (zipped("docProps/app.xml", "xl/workbook.xml"), f"{OFFICE}spreadsheetml.sheet"),
    "pptx": (zipped("ppt/presentation.xml"), f"{OFFICE}presentationml.presentation"),
    "odt": (
        zipped("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text")),
        "application/vnd.oasis.opendocument.text",
    ),
    "text": (TEXT, "text/plain"),
    "csv": (b"name,age\nAna,5\n", "text/plain"),
    "latin 1": ("Grüße".encode("latin-1"), "text/plain"),
    "utf-16": ("Grüße".encode("utf-16"), "text/plain"),
    "html": (HTML, "text/html"),
    "html after words": (b"Dear Sir,\n" * 100 + b"<script src=x></script>", "text/html"),
    "html in utf-16": (HTML.decode().encode("utf-16"), "text/html"),
    "html in capitals": (b"<SCRIPT>alert(1)</SCRIPT>", "text/html"),
    "svg": (SVG, "image/svg+xml"),
    "svg after a declaration": (b'<?xml version="1.0"?><!-- x -->' + SVG, "image/svg+xml"),
    "xml": (b'<?xml version="1.0"?><lease/>', "text/xml"),
    "a program": (b"\x7fELF\2\1\1", "application/octet-stream"),
    "a program of Windows": (b"MZ\x90\0\3", "application/octet-stream"),
    "nothing": (b"", "application/octet-stream"),
}


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_is_told_from_its_content(kind: str) -> None:
    content, expected = TYPES[kind]
    assert sniff(content[:HEAD], content[-HEAD:]) == expected
    assert expected in KNOWN_TYPES


def test_an_office_file_is_told_by_its_end_where_it_is_long() -> None:
    content = zipped(*(f"xl/media/{n:05}.png" for n in range(3000)), "xl/workbook.xml")
    assert sniff(content[:HEAD], content[-HEAD:]) == f"{OFFICE}spreadsheetml.sheet"


@given(st.binary(max_size=300))
def test_anything_has_a_type(content: bytes) -> None:
    assert sniff(content, content) in KNOWN_TYPES


@pytest.mark.parametrize(
    ("options", "kind", "taken"),
    [
        (None, "application/octet-stream", True),
        (["image/*"], "image/png", True),
        (["image/*"], "image/svg+xml", False),
        (["image/svg+xml"], "image/svg+xml", True),
        (["text/*"], "text/html", False),
        (["text/*"], "text/plain", True),
        (["application/pdf"], "application/pdfx", False),
        (["application/pdf", "image/*"], "image/gif", True),
    ],
)
def test_a_column_takes_its_types(options: list[str] | None, kind: str, taken: bool) -> None:
    assert accepts(Column("a", type="file", options=options), kind) is taken


def test_a_size_is_what_its_column_says_else_the_projects() -> None:
    assert limit_of(Column("a", type="file", format="500 kB")) == 500 * 1024
    assert limit_of(Column("a", type="file", format="2GB")) == 2 * 1024**3
    with override_settings(CAPSULE_FILE_SIZE_LIMIT=7):
        assert limit_of(Column("a", type="file")) == 7


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column("a", type="file", format="much"), "no size such as"),
        (Column("a", type="file", format="0 MB"), "no size such as"),
        (Column("a", type="file", options=["application/pfd"]), "application/pdf"),
        (Column("a", type="file", options=["text/csv"]), "no type that is told"),
        (Column("a", type="file", options=["*/*"]), "no type that is told"),
    ],
)
def test_a_mistake_in_a_declaration_is_said_at_start_up(column: Column, said: str) -> None:
    assert said in (problem_with_limits(column) or "")


def test_a_browser_is_told_what_to_offer() -> None:
    assert accept_of(Column("a", type="file")) == ""
    assert (
        accept_of(Column("a", type="file", options=["image/*", "application/pdf"]))
        == "image/*,application/pdf"
    )


@given(st.text(max_size=600))
def test_a_clean_name_is_clean_and_stays_so(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned and len(cleaned) <= NAME_LIMIT
    assert not set(cleaned) & set("/\\\r\n\0\u202e\u2066")
    assert clean_name(cleaned) == cleaned
