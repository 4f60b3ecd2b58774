"""What the desk assistant knows: a few questions, each answered by a query and shown as a live widget."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from capsule.widgets import Widget
from collections_app import Collection, Query
from conversations import SyncSession
from demo.chores import ask_to_close, note_down
from pages import ui

__all__ = ["EXAMPLES", "PAUSE", "Answer", "answer_to", "answered", "spoken"]

EXAMPLES: Final = [
    "how many are open?",
    "what is urgent?",
    "what came today?",
    "what waits longest?",
    "how was the week?",
    "find invoice",
]
STATUSES: Final = ["new", "open", "waiting", "closed"]
SHOWN: Final = 5  # threads of an answer
OFFERED: Final = 3  # questions that follow one
LONGEST_WORD: Final = 100  # characters of what is looked for
PAUSE: Final = 0.03  # seconds between two words, so that one sees an answer come as a language model's would


@dataclass(frozen=True)
class Answer:
    """A sentence, as markdown, and what is shown below it."""

    sentence: str
    shown: Widget | None = None


Answering = Callable[[re.Match[str], Collection], Answer]


def answered(session: SyncSession, text: str) -> Iterator[str | Widget]:
    """A turn: what is done for the person, or the answer word by word; and what they may ask next."""
    turn, said = session.data.increment("turns"), " ".join(text.split())
    done = note_down(session, said) or ask_to_close(session, said)
    if done is not None:
        yield from done
        return
    answer = answer_to(said, session.db.threads, turn)
    yield from spoken(answer.sentence)
    if answer.shown is not None:
        yield answer.shown
    others = [example for example in EXAMPLES if example != said.lower()]
    session.show_suggestions([others[(turn + step) % len(others)] for step in range(OFFERED)])


def answer_to(text: str, threads: Collection, turn: int) -> Answer:
    """The answer: from what the person who asks may see, and nothing else.

    Example: ``answer_to("how many are open?", threads, turn=3).sentence == "Turn 3. On your desk: 12 open."``
    """
    said = " ".join(text.split())
    found = ((pattern.search(said), answer) for pattern, answer in QUESTIONS)
    known = next((answer(match, threads) for match, answer in found if match), Answer(_help()))
    return Answer(_("Turn %(turn)d. %(answer)s") % {"turn": turn, "answer": known.sentence}, known.shown)


def spoken(text: str) -> Iterator[str]:
    """A text word by word, at the pace of somebody who writes."""
    for word in re.findall(r"\s*\S+", text):
        yield word
        time.sleep(PAUSE)


# Each question ----------------------------------------------------------------------------------------


def _found(match: re.Match[str], threads: Collection) -> Answer:
    word = match["word"].strip(" ?.!\"'“”")[:LONGEST_WORD]
    # Nothing but punctuation finds nothing, rather than everything.
    matching = threads.filter(subject__icontains=word)
    count = matching.count() if word else 0
    if not count:
        return Answer(_("No thread has “%(word)s” in its subject.") % {"word": _plain(word)})
    sentence = ngettext(
        "%(count)d thread has “%(word)s” in its subject.",
        "%(count)d threads have “%(word)s” in their subject.",
        count,
    )
    return Answer(sentence % {"count": count, "word": _plain(word)}, _table(matching))


def _urgent(match: re.Match[str], threads: Collection) -> Answer:
    urgent = threads.exclude(status="closed").filter(priority=4)
    count = urgent.count()
    if not count:
        return Answer(_("Nothing is urgent."))
    sentence = ngettext("%(count)d thread is urgent.", "%(count)d threads are urgent.", count)
    return Answer(sentence % {"count": count}, _table(urgent))


def _today(match: re.Match[str], threads: Collection) -> Answer:
    today = threads.filter(received=timezone.localdate())
    count = today.count()
    if not count:
        return Answer(_("Nothing came in today."))
    sentence = ngettext("%(count)d thread came in today.", "%(count)d threads came in today.", count)
    return Answer(sentence % {"count": count}, _table(today))


def _oldest(match: re.Match[str], threads: Collection) -> Answer:
    waiting = threads.filter(status="waiting")
    if not waiting.exists():
        return Answer(_("Nobody is waiting."))
    return Answer(_("The first of these waits longest:"), _table(waiting, "received"))


def _week(match: re.Match[str], threads: Collection) -> Answer:
    chart = ui.Chart(
        "thread_activity",
        params={"period": "7d"},
        x="day",
        y=["opened", "closed"],
        chart_type="bar",
        title="",
    )
    return Answer(_("Opened and closed on each of the last seven days:"), chart)


def _counted(match: re.Match[str], threads: Collection) -> Answer:
    named = [status for status in STATUSES if status in match.string.lower()]
    counts = {status: threads.filter(status=status).count() for status in named or STATUSES}
    listed = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    numbers = [ui.Metric(status.capitalize(), threads.filter(status=status)) for status in counts]
    return Answer(_("On your desk: %(counts)s.") % {"counts": listed}, ui.Row(numbers))


QUESTIONS: Final[list[tuple[re.Pattern[str], Answering]]] = [
    (re.compile(r"\b(?:find|search(?: for)?|look for|about)\s+(?P<word>\S.*)", re.IGNORECASE), _found),
    (re.compile(r"\burgent\b", re.IGNORECASE), _urgent),
    (re.compile(r"\btoday\b", re.IGNORECASE), _today),
    (re.compile(r"\b(?:oldest|longest)\b", re.IGNORECASE), _oldest),
    (re.compile(r"\bweek\b", re.IGNORECASE), _week),
    (re.compile(rf"\b(?:how many|count|{'|'.join(STATUSES)})\b", re.IGNORECASE), _counted),
]


# Words ------------------------------------------------------------------------------------------------


def _help() -> str:
    wanted = [*EXAMPLES, _("note call Ana back"), _("close printer")]
    lines = "\n".join(f"- {example}" for example in wanted)
    return _("That I do not understand. You can ask me:\n\n%(lines)s") % {"lines": lines}


def _table(query: Query, sort: str = "-received") -> ui.Table:
    return ui.Table(query, columns=["subject", "status", "received"], sort=sort, page_size=SHOWN)


def _plain(text: str) -> str:
    """What somebody typed, as markdown that only shows it."""
    return re.sub(r"([\\`*_\[\]<&~])", r"\\\1", " ".join(text.split()))
