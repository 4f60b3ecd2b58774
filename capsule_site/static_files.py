"""WhiteNoise, answering in the way that an ASGI server reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property, partial
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware
from whitenoise.responders import Response, StaticFile

__all__ = ["StaticFilesMiddleware"]


class StaticFileResponse(WhiteNoiseFileResponse):  # type: ignore[misc]
    """A file, read piece by piece on the request's own thread.

    Without this Django reads the whole file at once, and warns that it had to.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.streaming_content)
        read = sync_to_async(lambda: next(pieces, b""))
        while piece := await read():
            yield piece


class ListedFile:
    """A file that is there. Its headers and variants are made when somebody first asks for it.

    WhiteNoise makes those of all files while the server starts, which takes longer than a page.
    """

    def __init__(self, make: Callable[[], StaticFile]) -> None:
        self._make = make

    @cached_property
    def _file(self) -> StaticFile:
        return self._make()

    def get_response(self, method: str, headers: Mapping[str, str]) -> Response:
        return self._file.get_response(method, headers)


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves the collected static files; hashed names may be kept for ever."""

    sync_capable = True
    async_capable = False

    def get_static_file(
        self, path: str, url: str, stat_cache: Mapping[str, object] | None = None
    ) -> StaticFile | ListedFile:
        make = partial(super().get_static_file, path, url)
        return make() if stat_cache is None else ListedFile(make)  # looked for, or one of a listing

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> StaticFileResponse:
        answer = static_file.get_response(request.method, request.META)
        response = StaticFileResponse(answer.file or (), status=int(answer.status))
        del response["Content-Type"]  # WhiteNoise's own headers say it, where there is one to say
        for name, value in answer.headers:
            response[name] = value
        return response
