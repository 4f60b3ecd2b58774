"""A chat that stands on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.files import File

from capsule_testing.elements import Element
from capsule_testing.forms import Form
from capsule_testing.problems import NotShown, those_there
from capsule_testing.turns import run_turns

if TYPE_CHECKING:
    from capsule_testing.browsing import Page

__all__ = ["Chat"]


class Chat:
    """A chat of a page. What one says in it is answered at once, and gives the chat of the new page.

    Example::

        chat = page("/talk/", as_=alice).chat("desk-talk").send("pin The lift is out")
        assert chat.answers[-1] == "Pinned."
    """

    def __init__(self, page: Page, element: Element) -> None:
        self.page, self.element = page, element
        self.name = element.id.removeprefix("chat-")

    def __repr__(self) -> str:
        return f"<Chat '{self.name}' of {self.page}: {self.messages}>"

    @property
    def messages(self) -> list[str]:
        """All that was said, in order, by whomever."""
        return [_words_of(one) for one in self.element.all("li.chat-message", "li.chat-told")]

    @property
    def answers(self) -> list[str]:
        """What was answered, in order."""
        return [_words_of(one) for one in self.element.all("li.chat-assistant")]

    @property
    def suggestions(self) -> list[str]:
        """What is suggested to say next."""
        around = self.element.all("li.chat-suggestions")
        return [button.text for one in around for button in one.all("button")]

    @property
    def may_write(self) -> bool:
        """Whether there is anything to write in."""
        return self.element.first("form.chat-form") is not None

    def send(self, text: str, files: Sequence[File[Any]] = ()) -> Chat:
        """Write a message and send it, with ``files`` beside it."""
        form = self.element.first("form.chat-form")
        if form is None:
            said = self.element.first("p.chat-closed")
            told = said.text if said is not None else ""
            raise NotShown(f"{self.page.person_name} may not write in the chat '{self.name}'. {told}")
        beside = {"files": [*files]} if files else {}
        return self._then(Form(self.page, form).fill(beside, text=text).submit())

    def press(self, text: str) -> Chat:
        """Press one of the chat's buttons: a suggestion, the answer to a question, Try again."""
        buttons = [one for one in self.element.all("button") if one.text]
        for one in buttons:
            form = one.closest("form")
            if one.text == text and form is not None:
                return self._then(Form(self.page, form).send(one))
        hint = those_there(text, [one.text for one in buttons])
        raise NotShown(f"The chat '{self.name}' has no button '{text}'. {hint}")

    def _then(self, sent: Page) -> Chat:
        if sent.status >= 400:
            raise NotShown(f"The chat '{self.name}' refused this, {sent.status}: {'; '.join(sent.errors)}")
        run_turns()
        return self.page.reload().chat(self.name)


def _words_of(message: Element) -> str:
    """What a message says, without who said it."""
    said = message.first("p.chat-words", "div.markdown", "div.chat-words")
    return said.text if said is not None else message.text
