"""The page of a site that cannot start: what is wrong, where, and what to do about it.

It is drawn by whoever could not start, with Django's templates but without the site's settings, which may be
what is wrong, and sent by the supervisor until it is mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage
from django.template import Context, Engine

from capsule.failures import Line, described, excerpt_of, shown_path

__all__ = ["DoesNotHold", "Finding", "Problem", "problem_of"]

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
PLACE: Final = re.compile(r"\b([A-Za-z_][\w.]*):(\d+)\b")  # desk.declarations:14


@dataclass(frozen=True)
class Problem:
    """What keeps the site from starting: a sentence, lines for the terminal, and the page."""

    title: str
    text: str
    html: str


@dataclass(frozen=True)
class Finding:
    """What a system check found, with the lines that it means."""

    id: str
    message: str
    hint: str
    file: str
    line: int
    excerpt: list[Line]


class DoesNotHold(Exception):
    """System checks have found errors: the site is not served with them."""

    def __init__(self, messages: Sequence[CheckMessage]) -> None:
        super().__init__("Declarations do not hold.")
        self.messages = messages


def problem_of(error: BaseException) -> Problem:
    """What to show of an error that ended the start."""
    if not settings.configured:
        settings.configure(SECRET_KEY="none yet", CAPSULE_DEV=True)  # they are what failed
    return _of_checks(error.messages) if isinstance(error, DoesNotHold) else _of_error(error)


def _of_checks(messages: Sequence[CheckMessage]) -> Problem:
    findings = [_finding(message) for message in messages]
    title = findings[0].message if len(findings) == 1 else f"{len(findings)} declarations do not hold"
    return Problem(title, "\n".join(_lines(findings)), _page("checks.html", title=title, findings=findings))


def _of_error(error: BaseException) -> Problem:
    """A syntax error, an import that fails, a declaration that raises."""
    failure = described(error)
    title = f"{failure.kind}: {failure.message}" if failure.message else failure.kind
    text = f"{failure.file}:{failure.line}: {title}" if failure.file else title
    return Problem(title, text, _page("error.html", title=title, failure=failure))


def _page(template: str, **context: Any) -> str:
    engine = Engine(dirs=[str(TEMPLATES)])
    return engine.get_template(f"capsule_site/dev/{template}").render(Context(context, use_l10n=False))


def _finding(message: CheckMessage) -> Finding:
    # Of None alone: a setting refuses to be asked whether it is true, and a query asks the database.
    subject = "" if message.obj is None else str(message.obj)
    hint = message.hint or ""
    file, line, place = _place(subject, hint, message.msg)
    shown = shown_path(file) if file else ""
    sentence, hint = _once(message.msg, place), _once(hint, place)
    return Finding(str(message.id or ""), sentence, hint, shown, line, excerpt_of(file, line))


def _place(*texts: str) -> tuple[str, int, str]:
    """The file and line that one of the texts names as ``module:line``, and how it does."""
    for text in texts:
        for module, line in PLACE.findall(text):
            file = _file_of(module)
            if file:
                return file, int(line), f"{module}:{line}"
    return "", 0, ""


def _once(text: str, place: str) -> str:
    """A sentence without the place in brackets that is shown beside it."""
    return text.replace(f" ({place})", "") if place else text


def _file_of(module: str) -> str:
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return ""
    return str(spec.origin) if spec is not None and spec.has_location else ""


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for one in findings:
        where = f"{one.file}:{one.line}: " if one.file else ""
        yield f"{where}({one.id}) {one.message}"
        if one.hint:
            yield f"    {one.hint}"
