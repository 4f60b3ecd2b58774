"""What went wrong, told to whoever builds on this site: in ``make dev`` only, and never with a secret.

Everywhere else ``failure_of`` gives ``None``, and a person reads the number under which the log has it.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from pkgutil import iter_modules
from traceback import walk_tb
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from capsule.places import OF_THE_HOUSE

__all__ = ["Failure", "Frame", "Line", "described", "excerpt_of", "failure_of", "shown_path"]

AROUND = 4  # lines of source before and after the one that failed
HIDDEN = re.compile(r"API_?KEY|AUTH|TOKEN|_KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|_URL", re.IGNORECASE)
NOT_IMPORTED: Final = re.compile(r"cannot import name '(\w+)'")

Place = tuple[str, int]  # a file and a line of it


@dataclass(frozen=True)
class Line:
    """A line of source, and whether it is the one that is meant."""

    number: int
    text: str
    is_meant: bool


@dataclass(frozen=True)
class Frame:
    """One call on the way to the error, the outermost first."""

    file: str
    line: int
    function: str
    source: str
    variables: list[tuple[str, str]]
    is_own: bool


@dataclass(frozen=True)
class Failure:
    """An error, as a page of ``make dev`` shows it."""

    kind: str
    message: str
    file: str
    line: int
    excerpt: list[Line]
    frames: list[Frame]


def failure_of(error: BaseException | None, otherwise: Place | None = None) -> Failure | None:
    """What to show of an error; ``None`` where nobody builds, which is everywhere but in ``make dev``.

    ``otherwise`` is where it is shown to be where no call of the developer's own leads to it.

    Example::

        except Exception as error:
            context["failure"] = failure_of(error)
    """
    return described(error, otherwise) if error is not None and settings.CAPSULE_DEV else None


def described(error: BaseException, otherwise: Place | None = None) -> Failure:
    """An error with its place, the lines around it, and what each call on the way knew."""
    frames = [_frame(one) for one in _Reporter(error).get_traceback_frames()]
    file, line = _place(error, frames, otherwise)
    message = _without_secrets(f"{error}{_import_missing(error) or _name_meant(error)}")
    return Failure(type(error).__name__, message, shown_path(file), line, excerpt_of(file, line), frames)


def _import_missing(error: BaseException) -> str:
    """The line that imports a name of ours that is not defined: who pastes an example may leave that out."""
    name = error.name if isinstance(error, NameError) else None
    packages = (package for package in sorted(OF_THE_HOUSE) if package in sys.modules)
    found = (package for package in packages if name in getattr(sys.modules[package], "__all__", ()))
    return next((f". Did you forget 'from {package} import {name}'?" for package in found), "")


def _name_meant(error: BaseException) -> str:
    """The name that is meant, maybe: Python says it where it prints a traceback alone."""
    written, known = _misspelt(error)
    package, dot, last = written.rpartition(".")
    close = get_close_matches(last, [name for name in known if name != last], n=1) if written else []
    return f". Did you mean '{package}{dot}{close[0]}'?" if close else ""


def _misspelt(error: BaseException) -> tuple[str, Iterable[str]]:
    """The name that there is not, and those that there are where it was looked for."""
    if isinstance(error, NameError):
        return error.name or "", _names_known(error)
    if isinstance(error, ModuleNotFoundError):
        package = sys.modules.get((error.name or "").rpartition(".")[0])
        return error.name or "", [found.name for found in iter_modules(getattr(package, "__path__", []))]
    if isinstance(error, ImportError):
        written = NOT_IMPORTED.match(str(error))
        return written[1] if written else "", dir(sys.modules.get(error.name or ""))
    return "", ()


def _names_known(error: NameError) -> set[str]:
    """What the call that failed could have named."""
    found = [frame for frame, _line in walk_tb(error.__traceback__)][-1:]
    return {name for frame in found for name in (*frame.f_locals, *frame.f_globals, *dir(builtins))}


def excerpt_of(file: str, line: int) -> list[Line]:
    """The lines around one line of a file; none where it cannot be read."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    first = max(1, line - AROUND)
    chosen = enumerate(lines[first - 1 : line + AROUND], first)
    return [Line(number, text, number == line) for number, text in chosen]


def shown_path(file: str) -> str:
    """A file as one would name it in the project's folder.

    Example: ``shown_path("/home/ana/desk/declarations.py") == "desk/declarations.py"``
    """
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


class _Cleansed(SafeExceptionReporterFilter):
    """Django's filter, which hides by their names what is secret: here also among a function's variables."""

    hidden_settings = HIDDEN

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleanse_setting(name, _plain(value))) for name, value in variables]


class _Reporter(ExceptionReporter):
    def __init__(self, error: BaseException) -> None:
        super().__init__(None, type(error), error, error.__traceback__)
        self.filter = _Cleansed()

    def get_traceback_frames(self) -> list[Any]:
        # Of a cause that was never raised there is none.
        return [frame for frame in super().get_traceback_frames() if "filename" in frame]


def _plain(value: Any) -> Any:
    """The environment is a mapping, whose own text would say every key of it."""
    return dict(value) if isinstance(value, Mapping) and not isinstance(value, dict) else value


def _frame(frame: dict[str, Any]) -> Frame:
    file, line = str(frame["filename"]), int(frame["lineno"] or 0)
    variables = [(str(name), _text(value)) for name, value in frame["vars"]]
    source = str(frame["context_line"] or "").strip()
    return Frame(shown_path(file), line, str(frame["function"]), source, variables, _is_own(file))


LONGEST = 500  # characters of a variable


def _text(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception as error:  # a variable that cannot say what it is
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    return _without_secrets(text if len(text) <= LONGEST else f"{text[:LONGEST]} ...")


def _without_secrets(text: str) -> str:
    for secret in (settings.SECRET_KEY, *getattr(settings, "SETTINGS_KEYS", ())):
        text = text.replace(secret, "********") if secret else text
    return text


def _place(error: BaseException, frames: list[Frame], otherwise: Place | None) -> Place:
    """The developer's own last line on the way; of what cannot be read, where in it.

    An error that is found only when their function is over says itself whose ``place`` it is.
    """
    named: Place | None = getattr(error, "place", None)
    if isinstance(named, tuple):
        return named
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    template: dict[str, Any] | None = getattr(error, "template_debug", None)
    if template:
        return str(template["name"]), int(template["line"])
    own = [frame for frame in frames if frame.is_own]
    if not own and otherwise is not None and _is_own(otherwise[0]):
        return otherwise
    own = own or frames
    return (own[-1].file, own[-1].line) if own else ("", 0)


def _is_own(file: str) -> bool:
    here = Path.cwd()
    path = Path(file)
    if not path.is_relative_to(here):
        return False
    parts = path.relative_to(here).parts
    return parts[0] not in OF_THE_HOUSE and not {"site-packages", "manage.py"} & set(parts)
