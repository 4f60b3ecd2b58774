"""A wizard within one request: where somebody is, and what becomes of what they send.

Every write asks first what it was typed upon. Who sends from an older tab is told what was answered since:
nothing takes the place of an answer that they have not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from capsule.errors import BadInput, titles_of
from conversations import SessionDataError
from conversations.errors import MessageRefused
from conversations.keyed import kept_state
from conversations.limits import refuse_too_many_visitors
from live.changes import changes
from pages.forms.sent import RESERVED, Sent, sent_to
from pages.wizards.answers import call
from pages.wizards.arriving import FROM, LED_FROM, Origin, origin_of
from pages.wizards.files import REMOVED, FileValues, KeptUpload, received, still_kept, with_file_inputs
from pages.wizards.finishing import NotTaken, problems_in, result_of
from pages.wizards.keeping import (
    RUN,
    State,
    done_of,
    entry_of,
    filled,
    given_files,
    seen,
    step_key,
    without_words,
)
from pages.wizards.path import DONE, SUMMARY, Path, path_of
from pages.wizards.saying import spoken

if TYPE_CHECKING:
    from pages.ui.wizard import Wizard

__all__ = ["GO", "RUN_SEEN", "STEP", "STEP_SEEN", "Running", "Shown", "running"]

# The names of what a step sends beside its answers; no field of a form can be called so.
GO: Final = "wizard-go"
STEP: Final = "wizard-step"
RUN_SEEN: Final = "wizard-run"
STEP_SEEN: Final = "wizard-seen"
NO_ANSWERS: Final = RESERVED | {GO, STEP, RUN_SEEN, STEP_SEEN, LED_FROM}


@dataclass
class Shown:
    """What is shown: a stop with its form, the summary, or what it came to. ``leads`` is another address."""

    name: str
    form: BaseForm | None = None
    status: HTTPStatus = HTTPStatus.OK
    problems: list[str] = field(default_factory=list)
    elsewhere: list[tuple[str, str]] = field(default_factory=list)  # what another tab has answered
    leads: str = ""
    has_moved: bool = False  # from where the address says, so that it has to be another


class AnsweredElsewhere(Exception):
    """The step was answered otherwise since it was shown."""


class FinishedAlready(Exception):
    """It came to its end since it was shown."""


def running(wizard: Wizard, request: HttpRequest) -> Running:
    """The wizard as this request meets it, the same each time that it is asked for."""
    known: dict[str, Running] = request.__dict__.setdefault("running_wizards", {})
    if wizard.dom_id not in known:
        known[wizard.dom_id] = Running(wizard, request)
    return known[wizard.dom_id]


class Running:
    """See above."""

    def __init__(self, wizard: Wizard, request: HttpRequest) -> None:
        self.wizard = wizard
        self.request = request
        self.store = kept_state(request, f"wizard:{_place(request)}#{wizard.name}")
        self.state: State = {}
        self.path = Path()
        self.shown = self._asked()

    # To read ------------------------------------------------------------------------------------------

    @property
    def done(self) -> dict[str, Any] | None:
        """What it came to."""
        return done_of(self.state)

    @property
    def origin(self) -> Origin | None:
        """The page that led here."""
        sent = sent_to(self.request, self.wizard.dom_id)
        kept = self.done or self.state
        return origin_of(self.request, kept, sent.data.get(LED_FROM, "") if sent is not None else None)

    def _led_from(self) -> State:
        """What is kept of that page."""
        origin = self.origin
        return {FROM: origin.address} if origin is not None else {}

    def show(self, name: str) -> None:
        """Show a stop, which can be reached."""
        form = self.path.forms.get(name)
        if form is not None and self.state.get(step_key(name), {}).get("draft"):
            form = without_words(form)
        self.shown = Shown(name, form, has_moved=True)

    def know(self, state: State) -> None:
        """Go by that state: it is what is kept."""
        self.state = state
        self.path = path_of(self.wizard.steps, state, self.request, f"{self.wizard.dom_id}-%s")

    def _asked(self) -> Shown:
        """What the address asks for; where that is nothing, or cannot be shown, where they were."""
        asked = self.request.GET.get(self.wizard.param)
        state = self.store.read()
        if done_of(state) is not None and asked is not None:
            self.state = state
            return Shown(DONE, has_moved=asked != DONE)
        self.know({} if done_of(state) is not None else state)
        at = self.state.get("at", {})
        name = self.path.moved(at["from"], at["go"]) if at else self.path.open
        can_be = asked in self.path.reached
        self.show(asked if asked is not None and can_be else name)
        self.shown.has_moved = asked is not None and not can_be
        return self.shown

    # To write -----------------------------------------------------------------------------------------

    def receive(self, sent: Sent) -> None:
        """Take what a step, or the summary, has sent; ``shown`` is what comes next."""
        sent.is_received = True
        with sent.as_sent(self.request):
            step, go = sent.data.get(STEP, ""), sent.data.get(GO, "next")
            run, upon = sent.data.get(RUN_SEEN, ""), sent.data.get(STEP_SEEN, "")
            try:
                refuse_too_many_visitors(self.request)
                if go == "over":
                    self._begin_anew(run)
                elif step == SUMMARY:
                    self._from_summary(go, run, upon)
                else:
                    self._answered(step, go, run, upon, sent)
            except FinishedAlready:
                self._show_done()
            except MessageRefused as refusal:
                self._show_refusal(step, refusal, sent)

    def _show_refusal(self, step: str, refusal: MessageRefused, sent: Sent) -> None:
        """Why it was not looked at, above what was typed."""
        form = None
        if step in self.path.forms:
            form = self._form_of(step, sent, given_files(self.state.get(step_key(step))))
        name, status = step if form is not None else self.shown.name, HTTPStatus(refusal.status)
        self.shown = Shown(name, form or self.shown.form, status, [str(refusal)])

    def _show_done(self) -> None:
        self.state = self.store.read()
        self.shown = Shown(DONE, has_moved=True, leads=(self.done or {}).get("leads", ""))

    def _of_run(self, kept: State, run: str) -> State:
        """What is kept, for whoever was shown ``run``. Raises ``FinishedAlready`` where that is over."""
        if done_of(kept) is None:
            return kept
        if run:
            raise FinishedAlready
        return {}  # a new one begins

    def _begin_anew(self, run: str) -> None:
        def emptied(kept: State) -> State:
            return {} if self._of_run(kept, run).get(RUN, "") == run else kept

        if self.store.read():
            self.know(self.store.change(emptied))
        messages.info(self.request, _("What was answered is forgotten, and nothing was saved."))
        self.show(self.path.open)

    def _answered(self, step: str, go: str, run: str, upon: str, sent: Sent) -> None:
        self.know(self._of_run(self.store.read(), run))
        is_back = go != "next" and not self._is_further(step, go)
        # An answer before it may be gone meanwhile: whoever goes back is told beside that one, nowhere else.
        if step not in self.path.forms and not (is_back and step in self.path.beyond):
            if not is_back or self._is_lost(step, sent):
                messages.warning(self.request, _("That step cannot be answered now. Nothing of it was kept."))
            return self.show(self.path.moved(step, go) if is_back else self.path.open)
        kept = still_kept(given_files(self.state.get(step_key(step))))
        form = self._form_of(step, sent, kept)
        if any(sent.files.values()):
            self.store.begin()  # so that what a visitor sends is theirs
        entry = entry_of(form, received(form, kept), is_draft=is_back and not form.is_valid())
        with_file_inputs(form, given_files(entry))
        led_from = self._led_from()

        def noted(now: State) -> State:
            now = self._of_run(now, run)
            if upon != seen(now, step) and now.get(step_key(step)) != entry:
                raise AnsweredElsewhere
            own = {step_key(step): entry, "at": {"from": step, "go": go}}
            return {RUN: token_hex(8), **led_from, **now, **own}

        try:
            self.know(self.store.change(noted))
        except AnsweredElsewhere:
            return self._show_conflict(step, form)
        except SessionDataError:
            form.add_error(None, _("This is too long to be kept, or holds a character that cannot be."))
            is_back = False  # nothing was kept of it, so one stays
        if form.errors and not is_back:
            self.shown = Shown(step, form, HTTPStatus.UNPROCESSABLE_ENTITY)
            return None
        return self.show(self.path.moved(step, go))

    def _form_of(self, step: str, sent: Sent, kept: FileValues) -> BaseForm:
        """The form as it was sent, with the files that it has from before and still wants."""
        known = self.path.forms.get(step)
        form_class = type(known) if known is not None else self.path.beyond[step]
        files: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict(sent.files)
        for name, value in kept.items():
            if name not in files and f"{name}{REMOVED}" not in sent.data:
                files[name] = KeptUpload(value)
        form = form_class(sent.data, files, auto_id=f"{self.wizard.dom_id}-%s")
        form.full_clean()
        return form

    def _is_further(self, step: str, go: str) -> bool:
        names = self.path.reached
        wanted = go.removeprefix("step:")
        return {wanted, step} <= set(names) and names.index(wanted) > names.index(step)

    def _is_lost(self, step: str, sent: Sent) -> bool:
        """Whether something was typed at a step whose form nobody knows now, that is not kept of it."""
        posted = self.state.get(step_key(step), {}).get("posted", {})
        typed = ((name, values) for name, values in sent.data.lists() if name not in NO_ANSWERS)
        return any(any(values) and values != posted.get(name) for name, values in typed) or any(
            sent.files.values()
        )

    def _show_conflict(self, step: str, form: BaseForm) -> None:
        """What another tab has answered, and what was typed here, to be sent once more if it shall count."""
        self.know(self.store.read())
        theirs = filled(type(form), self.state.get(step_key(step)), "")
        sentence = _("This step was answered elsewhere meanwhile. Send it again to put yours in its place.")
        said = spoken(theirs) if theirs.is_bound and theirs.is_valid() else []
        self.shown = Shown(step, form, HTTPStatus.CONFLICT, [sentence], said)

    # To finish ----------------------------------------------------------------------------------------

    def _from_summary(self, go: str, run: str, upon: str) -> None:
        if go == "finish":
            try:
                return self._finish(run, upon)
            except NotTaken as refused:
                return self._show_problems(refused.problems)
            except (BadInput, ValidationError) as error:  # what a collection would not take
                return self._show_problems(problems_in(error), titles_of(error))
        state = self._of_run(self.store.read(), run)
        if state.get(RUN):
            at = {"from": SUMMARY, "go": go}
            state = self.store.change(lambda kept: {**self._of_run(kept, run), "at": at})
        self.know(state)
        return self.show(self.path.moved(SUMMARY, go))

    def _finish(self, run: str, upon: str) -> None:
        """One transaction: whoever comes second waits for its end, and finds what it came to."""
        if not self.store.read():
            self.know({})
            return self.show(self.path.open)
        with changes():
            self.know(self._of_run(self.store.change(lambda kept: kept), run))  # which holds the lock
            if self.path.open != SUMMARY:
                return self.show(self.path.open)
            if upon != seen(self.state):
                sentence = _("Something was answered elsewhere meanwhile. Look at it once more.")
                self.shown = Shown(SUMMARY, None, HTTPStatus.CONFLICT, [sentence])
                return None
            value = call(self.wizard.on_finish, self.request, self.path.answers)
            done = {RUN: self.state[RUN], **self._led_from(), **result_of(value)}
            self.store.change(lambda _kept: {RUN: done[RUN], "done": done})
        return self._show_done()

    def _show_problems(
        self, problems: Mapping[str, Sequence[str]], titles: Mapping[str, str] | None = None
    ) -> None:
        """Each beside its field, at the first step that has one; what belongs to none above the summary."""
        by_stop = {
            name: [one for one in form.fields if one in problems] for name, form in self.path.forms.items()
        }
        stop = next((name for name, fields in by_stop.items() if fields), None)
        words = [
            _worded((titles or {}).get(name, name), one) for name, them in problems.items() for one in them
        ]
        if stop is None:
            self.shown = Shown(SUMMARY, None, HTTPStatus.UNPROCESSABLE_ENTITY, words)
            return
        form = self.path.forms[stop]
        for name in by_stop[stop]:
            form.add_error(name, list(problems[name]))
        self.shown = Shown(stop, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _worded(name: str, sentence: str) -> str:
    return sentence if name in (NON_FIELD_ERRORS, "") else f"{name}: {sentence}"


def _place(request: HttpRequest) -> str:
    """What page this is, by whatever address it was asked for: the site's first page has two."""
    page = getattr(request, "page", None)
    found = request.resolver_match
    if page is None or found is None:
        return request.path
    return str(page.address(**{name: found.kwargs[name] for name in page.route_names}))
