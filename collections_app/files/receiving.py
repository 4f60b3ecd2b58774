"""A file on its way in: as the body of a request, or as a part of a form. Never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.declaring import collections
from collections_app.files.keeping import FileTooLarge, keep
from collections_app.files.limits import limit_of
from collections_app.files.quota import bounded

__all__ = ["BoundedUploadHandler", "also_taken", "most_of_a_form", "most_of_any", "receive"]

CHUNK = 64 * 1024
MULTIPART = "multipart/form-data"


def receive(request: HttpRequest, column: Column) -> dict[str, Any]:
    """Keep the file that a request consists of, and return the value that a document has of it.

    Its name is that of ``Content-Disposition``; a form sends it as ``file``. Raises as ``keep`` does: of a
    file that says itself that it is too large nothing is read.
    """
    with bounded():
        if request.content_type == MULTIPART:
            return keep(column, _part_of(request))
        if _length_of(request) > limit_of(column):
            raise FileTooLarge(column)
        return keep(column, Body(request), _name_of(request))


def _part_of(request: HttpRequest) -> File[Any]:
    part = request.FILES.get("file")
    if part is None:
        raise ValidationError(_("Send the file as the body itself, or in a form as “file”, by POST."))
    return part


def _length_of(request: HttpRequest) -> int:
    given = request.headers.get("Content-Length") or "0"
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _name_of(request: HttpRequest) -> str:
    _kind, parameters = parse_header_parameters(request.headers.get("Content-Disposition", ""))
    return str(parameters.get("filename", ""))


class Body(File):  # type: ignore[type-arg]
    """The body of a request, read piece by piece."""

    size = 0  # what is said of it is no proof

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(None, name="")
        self.request = request

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while piece := self.request.read(chunk_size or CHUNK):
            yield piece


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Django's, which writes no more of a file than any column takes; its size still says what was sent.

    So a form whose file is too large is read to its end, and comes back with all that was typed.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.most = most_of_any()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, unless it is past the limit."""
        if start + len(raw_data) <= self.most:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> TemporaryUploadedFile:
        file: Any = super().file_complete(file_size)
        file.is_cut = file_size > self.most
        return file  # type: ignore[no-any-return]


def most_of_any() -> int:
    """The bytes of the largest file that anything declared takes."""
    return max([int(settings.CAPSULE_FILE_SIZE_LIMIT), *(limit for of in _limits() for limit in of)])


def most_of_a_form() -> int:
    """The bytes of all files together that the form of any one declared collection, or chat, takes."""
    return max([int(settings.CAPSULE_FILE_SIZE_LIMIT), *map(sum, _limits())])


_others: list[Callable[[], Iterable[list[int]]]] = []


def also_taken(limits: Callable[[], Iterable[list[int]]]) -> None:
    """Let forms of something else carry files too: ``limits`` gives, of each form, the bytes of each file.

    Example: ``also_taken(lambda: [[5 * 1024 * 1024] * 3])``
    """
    if limits not in _others:
        _others.append(limits)


def _limits() -> Iterator[list[int]]:
    """Of each collection what its file columns take, and of each form of something else."""
    for handle in collections:
        columns = handle.declaration.columns
        yield [limit_of(column) for column in columns if column_type_of(column).holds_files]
    for limits in _others:
        yield from limits()
