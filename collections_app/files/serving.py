"""A file as it leaves: to be saved, and never to be run, drawn or guessed at by a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import HttpHeaders
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header

from collections_app.files.holding import opened_file
from collections_app.files.sniffing import UNKNOWN

__all__ = ["answer_with"]

CHUNK = 64 * 1024
# What no browser runs, whatever it does with it. Of all others it is only said that they are bytes.
_HARMLESS = re.compile(
    r"image/(png|jpeg|gif|webp|avif|heic|tiff|bmp)|(audio|video)/[a-z0-9.+-]+|text/plain|"
    r"application/(pdf|zip|gzip|rtf|epub\+zip|vnd\.(openxmlformats-officedocument|oasis)\.[a-z.-]+)"
)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class FileAnswer(FileResponse):
    """A file, sent piece by piece. Without this Django would read the whole of it first, under ASGI."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: Any = iter(self.streaming_content)  # type: ignore[arg-type]
        # On a thread beside those of the requests: who downloads slowly holds nobody up.
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


class Part:
    """Some bytes of an open file, as if they were all of it."""

    def __init__(self, file: Any, start: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()


def answer_with(request: HttpRequest, stored: Any) -> HttpResponseBase:
    """The content of a file, or of the range that was asked for; 304 where it is known already.

    Raises ``LookupError`` where the content is not in the storage.
    """
    tag = f'"{stored.pk.hex}"'  # what is under an id never changes
    known = get_conditional_response(request, etag=tag, response=HttpResponse())
    if known is not None and known.status_code != 200:
        return _dressed(known, stored, tag)
    wanted = _range_of(request.headers, tag, stored.size)
    if wanted is not None and wanted[0] >= stored.size:
        return _beyond(stored, tag)
    start, end = wanted or (0, stored.size - 1)
    file = opened_file(stored)
    response: HttpResponseBase
    if request.method == "HEAD":
        file.close()
        response = HttpResponse()
    else:
        content: Any = file if wanted is None else Part(file, start, end - start + 1)
        response = FileAnswer(content)
        response.block_size = CHUNK
    response["Content-Length"] = end - start + 1
    if wanted is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{stored.size}"
    return _dressed(response, stored, tag)


def _dressed(response: HttpResponseBase, stored: Any, tag: str) -> HttpResponseBase:
    response["Content-Type"] = stored.type if _HARMLESS.fullmatch(stored.type) else UNKNOWN
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=stored.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    patch_vary_headers(response, ["Cookie"])
    return response


def _beyond(stored: Any, tag: str) -> HttpResponseBase:
    response = _dressed(HttpResponse(status=416), stored, tag)
    response["Content-Range"] = f"bytes */{stored.size}"
    return response


def _range_of(headers: HttpHeaders, tag: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; ``None`` for all of them, as for more than one range."""
    found = _RANGE.fullmatch(headers.get("Range", ""))
    if found is None or headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if last and int(last) else None
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) <= end or int(first) >= size else None
