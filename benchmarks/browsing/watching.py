"""How long a person waits for what they do: until it is answered, and until they see what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request, Response

__all__ = ["SLOW", "Step", "Watch"]

SLOW = 1.0  # seconds after which a person wonders
CONFLICT = 409  # which the journey brings about
LIMIT = 40_000  # milliseconds until a step has failed
ASKED = ("document", "fetch", "xhr")
FAILED = ".widget-notice-failed"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


@dataclass
class Step:
    """One thing that was done: its seconds, and what was wrong."""

    name: str
    answered: float | None
    settled: float
    seen: str
    problems: list[str] = field(default_factory=list)


class Watch:
    """Times what is done on a page, and keeps a picture of what came of it."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.steps: list[Step] = []
        self._requests: list[Request] = []
        self._problems: list[str] = []
        page.on("request", self._asked)
        page.on("response", self._responded)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._problems.append(f"error in a script: {error}"))

    def step(
        self, name: str, act: Callable[[], Any], until: str, arg: Any = None, *, page: Page | None = None
    ) -> Step:
        """Do it, and wait until a function of the page says that it is done, on ``page`` or its own."""
        shown = page or self.page
        self._requests.clear()
        self._problems.clear()
        began, moment = time.perf_counter(), time.time()
        try:
            act()
            shown.wait_for_function(f"arg => ({until})(arg) || document.querySelector('{FAILED}')", arg=arg)
            shown.evaluate(PAINTED)
            self._problems += shown.locator(f"{FAILED} p:first-child").all_inner_texts()
        except Exception as error:  # a step that fails is a finding, and the others are still of interest
            self._problems.append(str(error).splitlines()[0])
        settled = time.perf_counter() - began
        step = Step(name, self._answered(moment), settled, _count_of(shown), list(self._problems))
        self.steps.append(step)
        picture = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        shown.screenshot(path=self.folder / f"{len(self.steps):02}-{picture}.png")
        print(
            f"  {name}: {_seconds(step.answered)}, {settled:.2f} s, {step.seen} {'; '.join(step.problems)}",
            flush=True,
        )
        return step

    def _answered(self, moment: float) -> float | None:
        """When the first answer that was asked for was there."""
        for request in self._requests:
            timing = request.timing
            if timing["responseEnd"] > 0:
                return timing["startTime"] / 1000 + timing["responseEnd"] / 1000 - moment
        return None

    def _asked(self, request: Request) -> None:
        if request.resource_type in ASKED:
            self._requests.append(request)

    def _responded(self, response: Response) -> None:
        if response.status >= 400 and response.status != CONFLICT:
            self._problems.append(f"{response.status} of {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and str(CONFLICT) not in message.text:
            self._problems.append(f"{message.type}: {message.text}")


def _count_of(page: Page) -> str:
    """What the table says of how many there are."""
    count = page.locator(".data-table-count")
    return count.first.inner_text().replace("\n", " ").strip() if count.count() else ""


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"
