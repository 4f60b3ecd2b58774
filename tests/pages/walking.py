"""Walks through a wizard as a browser without JavaScript does: it reads the page, and sends its form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.test import Client

__all__ = ["Tab"]

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass
class Tab:
    """One tab of a browser: the page that it shows, however old."""

    client: Client
    path: str = "/test-wizard/"
    html: str = ""
    status: int = 200
    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, address: str = "") -> Tab:
        """Open the wizard where it goes on, or at an address."""
        return self._take(self.client.get(address or self.path, follow=True))

    def _take(self, response: Any) -> Tab:
        chain = getattr(response, "redirect_chain", [])
        self.html, self.status = response.content.decode(), response.status_code
        self.headers = dict(response.headers)
        self.address = chain[-1][0] if chain else response.request["PATH_INFO"]
        return self

    @property
    def hidden(self) -> dict[str, str]:
        """What the form carries."""
        form = self.html.partition('class="card wizard')[2]
        return {
            name: unescape(value) for name, value in HIDDEN.findall(form) if name != "csrfmiddlewaretoken"
        }

    @property
    def step(self) -> str:
        """The step that it shows."""
        return "done" if "wizard-done" in self.html else self.hidden.get("wizard-step", "")

    @property
    def text(self) -> str:
        """The wizard's own HTML."""
        return self.html.partition('class="card wizard')[2].partition("</main>")[0]

    def send(self, go: str = "next", **answers: Any) -> Tab:
        """Press a button of the form."""
        form = {**self.hidden, "wizard-go": go, **answers}
        address = f"{self.path}?step={self.step}"
        return self._take(self.client.post(address, form, follow=True))

    def post(self, go: str = "next", **answers: Any) -> Any:
        """The same, and what comes at once."""
        form = {**self.hidden, "wizard-go": go, **answers}
        return self.client.post(f"{self.path}?step={self.step}", form)
