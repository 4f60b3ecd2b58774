"""What files begin with, and a few that are not what they say."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40
HTML = b"<!doctype html><title>x</title><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TEXT = "Grüße, a plain text.\n".encode()


def uploaded(
    content: bytes = PDF, name: str = "lease.pdf", kind: str = "application/pdf"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def zipped(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        if first is not None:
            file.writestr(*first)
        for name in names:
            file.writestr(name, b"<x/>")
    return archive.getvalue()


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content
