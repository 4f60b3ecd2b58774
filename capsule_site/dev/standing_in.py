"""Answers on the site's own socket while the site cannot: with what is wrong, to every address."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from capsule_site.dev.answers import (
    PATIENCE,
    PREFIX,
    Answer,
    asset,
    is_own_host,
    not_ours,
    state_answer,
)
from capsule_site.dev.state import State

__all__ = ["StandIn"]

LOOK: Final = 0.05  # seconds between two looks at whether it is over


class StandIn:
    """A small server on a copy of the socket, until ``end``."""

    def __init__(self, bound: socket.socket, state: State, title: str, html: str) -> None:
        self.state = state
        self.title = title
        self.html = html.replace("__STATE__", str(state))
        self.news = threading.Condition()
        self.is_over = False
        self._server = _Server(bound.dup(), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK,), daemon=True)
        self._thread.start()

    def end(self, state: State) -> None:
        """Accept nobody any more, and tell those who wait that there is something new."""
        self._server.shutdown()
        with self.news:
            self.is_over, self.state, self.title = True, state, ""
            self.news.notify_all()
        self._server.server_close()

    def answer(self, path: str, query: str, host: str) -> Answer:
        """The answer to a request for that address."""
        if not is_own_host(host):
            return not_ours()
        if path == f"{PREFIX}state":
            seen = parse_qs(query).get("seen", [""])[0]
            with self.news:
                self.news.wait_for(lambda: str(self.state) != seen, PATIENCE)
                return state_answer(self.state, self.title)
        if path.startswith(PREFIX):
            return asset(path)
        return Answer(500, self.html.encode(), "text/html; charset=utf-8")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, bound: socket.socket, stand_in: StandIn) -> None:
        super().__init__(bound.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody left before they were answered: nobody has to know."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 30  # seconds until a silent connection is closed; and it makes the connection wait for its data
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        answer = self.server.stand_in.answer(url.path, url.query, self.headers.get("Host", ""))
        self.send_response(answer.status)
        for name, value in answer.lines:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """The terminal says what is wrong, not who asked."""
