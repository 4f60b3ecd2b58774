"""What a file is, by what is in it. Neither its name nor what its sender says of it is believed.

A written table rather than a library: these are the types that people put into records, each by the bytes
that its own specification demands; of anything else it is only said that it is bytes.
"""

from __future__ import annotations

import re

__all__ = ["HEAD", "KNOWN_TYPES", "TAIL", "UNKNOWN", "sniff"]

HEAD = 64 * 1024  # bytes from the beginning that are looked at
TAIL = 64 * 1024  # bytes from the end: there a zip archive lists what is in it
UNKNOWN = "application/octet-stream"

# Where the bytes stand, what they are, and the type. The first that fits.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # Word, Excel before 2007
)  # fmt: skip
_RIFF = frozenset({"image/webp", "audio/wav", "video/x-msvideo"})  # a container, which says so itself first

_OFFICE = "application/vnd.openxmlformats-officedocument."
# What is in a zip archive that is more than one.
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"word/document.xml", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/workbook.xml", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/presentation.xml", f"{_OFFICE}presentationml.presentation"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.presentation",
    ),
    (b"mimetypeapplication/epub+zip", "application/epub+zip"),
)
_ZIP = "application/zip"
# A text that a browser would run or draw, wherever it stands: HTML tolerates anything before it.
_SVG = re.compile(rb"<svg[\s>/]", re.I)
_HTML = re.compile(
    rb"<(!doctype\s+html|html|head|body|script|iframe|object|embed|meta|title|style|form|input|img|a|div|p|"
    rb"table|br|h1|link|base|template)[\s>/]",
    re.I,
)
_XML = re.compile(rb"\s*<\?xml\b", re.I)
_CONTROLS = (frozenset(range(32)) | {127}) - {9, 10, 12, 13, 27}  # which no text has

KNOWN_TYPES = frozenset(
    {kind for _at, _bytes, kind in _MAGIC}
    | {kind for _name, kind in _ZIPPED}
    | {_ZIP, "text/plain", "text/html", "text/xml", "image/svg+xml", UNKNOWN}
)


def sniff(head: bytes, tail: bytes = b"") -> str:
    """The type of a file that begins with ``head`` (its first 64 KiB) and ends with ``tail``.

    Example: ``sniff(b"%PDF-1.7 ...") == "application/pdf"``
    """
    for at, magic, kind in _MAGIC:
        if head.startswith(magic, at) and (kind not in _RIFF or head.startswith(b"RIFF")):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(head, tail)
    return _text(head) if _is_text(head) else UNKNOWN


def _zipped(head: bytes, tail: bytes) -> str:
    for name, kind in _ZIPPED:
        if name in head or name in tail:
            return kind
    return _ZIP


def _is_text(head: bytes) -> bool:
    """Whether this is UTF-8, UTF-16 with its mark, or an older text of one byte a letter, without NUL."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head) and not _CONTROLS.intersection(head)


def _text(head: bytes) -> str:
    plain = head.replace(b"\0", b"")  # so that UTF-16 is read too
    if _SVG.search(plain):
        return "image/svg+xml"
    if _HTML.search(plain):
        return "text/html"
    return "text/xml" if _XML.match(plain.lstrip(b"\xef\xbb\xbf\xff\xfe")) else "text/plain"
