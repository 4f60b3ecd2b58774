"""What the desk assistant knows: a handful of questions, each answered by a query of the threads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collections_app import Collection, Query, Row

__all__ = ["EXAMPLES", "PAUSE", "answer_to", "spoken"]

EXAMPLES: Final = [
    "how many are open?",
    "what is urgent?",
    "what came today?",
    "what waits longest?",
    "find invoice",
]
STATUSES: Final = ["new", "open", "waiting", "closed"]
SHOWN: Final = 5  # threads of an answer
LONGEST_WORD: Final = 100  # characters of what is looked for
PAUSE: Final = 0.03  # seconds between two words, so that one sees an answer come as a language model's would

Answer = Callable[[re.Match[str], Collection], str]


def answer_to(text: str, threads: Collection, turn: int) -> str:
    """The answer, as markdown: from what the person who asks may see, and nothing else.

    Example: ``answer_to("how many are open?", threads, turn=3)``
    """
    said = " ".join(text.split())
    found = ((pattern.search(said), answer) for pattern, answer in QUESTIONS)
    answered = next((answer(match, threads) for match, answer in found if match), None)
    return _("Turn %(turn)d. %(answer)s") % {"turn": turn, "answer": answered or _help()}


def spoken(text: str) -> Iterator[str]:
    """A text word by word, at the pace of somebody who writes."""
    for word in re.findall(r"\s*\S+", text):
        yield word
        time.sleep(PAUSE)


# Each question ----------------------------------------------------------------------------------------


def _found(match: re.Match[str], threads: Collection) -> str:
    word = match["word"].strip(" ?.!\"'“”")[:LONGEST_WORD]
    # Nothing but punctuation finds nothing, rather than everything.
    newest_first = threads.order_by("-received").iterator() if word else ()
    matching = [row for row in newest_first if word.casefold() in row["subject"].casefold()]
    if not matching:
        return _("No thread has “%(word)s” in its subject.") % {"word": _plain(word)}
    sentence = ngettext(
        "%(count)d thread has “%(word)s” in its subject.",
        "%(count)d threads have “%(word)s” in their subject.",
        len(matching),
    )
    return _listed(sentence % {"count": len(matching), "word": _plain(word)}, matching[:SHOWN], len(matching))


def _urgent(match: re.Match[str], threads: Collection) -> str:
    urgent = threads.exclude(status="closed").filter(priority=4)
    count = urgent.count()
    if not count:
        return _("Nothing is urgent.")
    sentence = ngettext("%(count)d thread is urgent.", "%(count)d threads are urgent.", count)
    return _listed(sentence % {"count": count}, _newest(urgent), count)


def _today(match: re.Match[str], threads: Collection) -> str:
    today = threads.filter(received=timezone.localdate())
    count = today.count()
    if not count:
        return _("Nothing came in today.")
    sentence = ngettext("%(count)d thread came in today.", "%(count)d threads came in today.", count)
    return _listed(sentence % {"count": count}, _newest(today), count)


def _newest(query: Query) -> list[Row]:
    return query.order_by("-received").limit(SHOWN).rows()


def _oldest(match: re.Match[str], threads: Collection) -> str:
    first = threads.filter(status="waiting").order_by("received").first()
    if first is None:
        return _("Nobody is waiting.")
    return _("This one waits longest:\n\n%(thread)s") % {"thread": _line(first)}


def _counted(match: re.Match[str], threads: Collection) -> str:
    named = [status for status in STATUSES if status in match.string.lower()]
    counts = {status: threads.filter(status=status).count() for status in named or STATUSES}
    listed = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    return _("On your desk: %(counts)s.") % {"counts": listed}


QUESTIONS: Final[list[tuple[re.Pattern[str], Answer]]] = [
    (re.compile(r"\b(?:find|search(?: for)?|look for|about)\s+(?P<word>\S.*)", re.IGNORECASE), _found),
    (re.compile(r"\burgent\b", re.IGNORECASE), _urgent),
    (re.compile(r"\btoday\b", re.IGNORECASE), _today),
    (re.compile(r"\b(?:oldest|longest)\b", re.IGNORECASE), _oldest),
    (re.compile(rf"\b(?:how many|count|{'|'.join(STATUSES)})\b", re.IGNORECASE), _counted),
]


# Words ------------------------------------------------------------------------------------------------


def _help() -> str:
    lines = "\n".join(f"- {example}" for example in EXAMPLES)
    return _("That I do not understand. You can ask me:\n\n%(lines)s") % {"lines": lines}


def _listed(sentence: str, rows: list[Row], count: int) -> str:
    if count > len(rows):
        sentence = _("%(sentence)s The newest %(shown)d:") % {"sentence": sentence, "shown": len(rows)}
    return "\n".join([sentence, "", *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    day = date_format(date.fromisoformat(row["received"]), "j F")
    return f"- {_plain(row['subject'])} · {row['status']}, {day}"


def _plain(text: str) -> str:
    """What somebody else wrote, as markdown that only shows it."""
    return re.sub(r"([\\`*_\[\]<&~])", r"\\\1", " ".join(text.split()))
