"""Somebody who has nothing but the README: runs its commands and pastes its snippets, in its order.

``tests/test_readme.py`` looks at what they see, and ``scripts/screenshot.py`` keeps the picture of it.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Self

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.copies import copy_of_the_house
from tests.serving import ROOT, Site, environment_of, hear_ctrl_c

README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
DESCRIPTION = 0x010E  # the field of a picture that says what it shows
FILE = "capsule_site/declarations.py"  # where the README's lines go
PAGE = "/ticket-desk/"
# What a reader has already: each a ticket.
CSV = """\
subject,status,due
Printer on fire,new,2026-12-11
Coffee machine leaks,open,2026-12-14
Door squeaks,closed,2026-12-08
Lamp flickers on floor two,new,2026-12-18
No heating in the hall,open,2026-12-09
"""
PATIENCE = 30_000  # milliseconds: a machine may be busy


def blocks(text: str) -> list[tuple[str, str]]:
    """What a page shows to be typed, in its order: each with its language.

    Example: ``blocks("```sh\\nmake run\\n```") == [("sh", "make run\\n")]``
    """
    return BLOCK.findall(text)


def sentences(text: str) -> list[str]:
    """Each sentence of a page in plain words: no code, tables, headings, pictures or links alone.

    Example: ``sentences("It *is* [here](a.md). [docs/a.md](docs/a.md)") == ["It is here."]``
    """
    prose = BLOCK.sub("\n\n", text)
    prose = re.sub(r"^(?:[|#]|!\[).*$", "", prose, flags=re.MULTILINE)
    prose = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"\*|</?kbd>", "", prose))
    found = []
    for paragraph in re.split(r"\n\s*\n|^- ", prose, flags=re.MULTILINE):
        found += re.split(r"(?<=[.!?])\s+(?=[A-Z`]|docs/|benchmarks/)", " ".join(paragraph.split()))
    return [one for one in found if one and not re.fullmatch(r"docs/[\w-]+\.md", one)]


def comments(text: str) -> list[str]:
    """What the snippets of a page say of themselves, each comment in its order.

    Example: ``comments("```sh\\nmake run  # serves\\n```") == ["serves"]``
    """
    return [
        said for _language, block in blocks(text) for said in re.findall(r"  # (.+)$", block, re.MULTILINE)
    ]


def first_app() -> str:
    """The lines of the README's first app."""
    return next(text for language, text in blocks(README.read_text()) if language == "python")


def lines_of(picture: Path) -> str:
    """The lines that made a picture: it carries them, so that it cannot show what others would make."""
    with Image.open(picture) as image:
        return str(image.getexif().get(DESCRIPTION, ""))


class Made(Site):
    """What ``make`` serves in a clone, in a group of processes of its own, as in a terminal."""

    def __init__(self, clone: Path, *words: str, **given: str) -> None:
        super().__init__(clone / "var", log=f"make-{words[0]}", **given)
        self.root = clone
        self.words = words

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["make", *self.words],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=hear_ctrl_c,
            )
        self.url = self._wait_for_address(self.process)
        return self

    def stop(self) -> int:
        """Press Ctrl-C: all that the terminal runs hears it."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def wait_until_live(self, times: int) -> None:
        """Wait until `make dev` has said so many times that a saved file is live."""
        assert self.process is not None
        for _ in range(PATIENCE // 50):
            if self.output.count("live after") >= times:
                return
            try:
                self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError(self.output)


class Clone:
    """The working tree as git would clone it, in an empty folder. What is installed here is there, too."""

    def __init__(self, folder: Path, **given: str) -> None:
        self.root = folder / "capsule"
        self.given = {"PORT": "0", "CAPSULE_ALONE": "0", **given}
        self.saved = 0
        copy_of_the_house(self.root)

    def serve(self, command: str) -> Made:
        """A command of the README that goes on until Ctrl-C, such as ``make run``."""
        program, *words = command.split()
        assert program == "make", command
        return Made(self.root, *words, **self.given)

    def run(self, command: str) -> str:
        """A command of the README that ends, and what it says."""
        finished = subprocess.run(
            ["sh", "-c", command],
            cwd=self.root,
            env=environment_of(self.root / "var", **self.given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def paste(self, name: str, text: str, site: Made | None = None) -> None:
        """Put a snippet at the end of a file and save it; wait until it is live on ``site``."""
        path = self.root / name
        before = path.read_text() if path.exists() else ""
        path.write_text(f"{before}\n\n{text}".lstrip("\n"))
        if site is not None:
            self.saved += 1
            site.wait_until_live(self.saved)

    def load_csv(self, command: str) -> str:
        """The command that loads a CSV of one's own, ``tickets.csv``."""
        (self.root / "tickets.csv").write_text(CSV)
        return self.run(command)


def signed_in(browser: Browser, site: Site, name: str, path: str) -> Page:
    """A page as one of the demo's people sees it, who came in by their button, once it listens."""
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": 1440, "height": 588},
        color_scheme="light",
        reduced_motion="reduce",
        timezone_id="UTC",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"/sign-in/?next={path}")
    page.get_by_role("button", name=name).click()
    listens(page)
    return page


def listens(page: Page) -> None:
    """Wait until its scripts have run and its socket is open."""
    expect(page.locator("body")).to_have_attribute("data-connection", "listening", timeout=PATIENCE)


def show_first_app(browser: Browser, clone: Clone, target: Path) -> Path:
    """The picture of the first app, with the tickets of a CSV in it."""
    commands = "".join(text for language, text in blocks(README.read_text()) if language == "sh")
    load = next(line for line in commands.splitlines() if "load_documents" in line)
    clone.paste(FILE, first_app())
    with clone.serve("make dev") as site:
        page = signed_in(browser, site, "Alice", PAGE)
        clone.load_csv(load)
        expect(page.locator("#table-tickets tbody tr")).to_have_count(4, timeout=PATIENCE)
        take(page, target, first_app())
    return target


def take(page: Page, target: Path, lines: str) -> None:
    """Keep what is to be seen, with the lines that make it."""
    page.mouse.move(0, 0)
    page.wait_for_function("() => document.querySelector('.chart canvas')?.toDataURL().length > 5000")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    said = Image.Exif()
    said[DESCRIPTION] = lines
    shot.save(target, lossless=True, method=6, quality=100, exif=said)
