"""docs/conversations.md says what is so: its snippets run, and everything public has its place."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from django.conf import settings

import conversations
from accounts.models import User
from collections_app.declaring import collections
from conversations import checks, message
from conversations.chat import Message, Session, SyncSession
from conversations.declarations import hooks, message_handlers
from handlers.actions import actions_registry
from tests.conversations.chatting import chat_of, reply_to, run_all, say

PAGE = (settings.BASE_DIR / "docs" / "conversations.md").read_text()
OTHER = (settings.BASE_DIR / "docs" / "session-data.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.django_db
def test_the_snippets_run(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in (message_handlers, hooks, collections, actions_registry):
        # The suites' own declarations may have the same names; here the page stands alone.
        monkeypatch.setattr(registry, "_declared", {})
        monkeypatch.setattr(registry, "_places", {})
    names: dict[str, Any] = {"__name__": "tests.testapp.docs"}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/conversations.md", "exec", dont_inherit=True), names)
    assert message_handlers.names() == ["reply", "writer", "clerk", "counting", "waiting", "desk", "closer"]
    assert checks.check_handlers() == []
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    messages = {name: say(chat_of(alice, handler=name)) for name in message_handlers.names()}
    run_all()
    assert {name: reply_to(sent) for name, sent in messages.items()} == {
        "reply": "Turn 1: you wrote **Hello**",
        "writer": "Once upon a time ",
        "clerk": "0 files, 0 lines of text.",
        "counting": "Let me count.\n0 1 2 \nThat is all.",
        "waiting": "One moment.\nStill here.\nThat was 1.",
        "desk": "\nThese are open:\n",
        "closer": "Close “Hello”?",
    }


def test_everything_public_has_a_heading() -> None:
    headings = set(re.findall(r"^## (\w+)$", PAGE + OTHER, re.MULTILINE))
    assert set(conversations.__all__) <= headings


def test_every_argument_and_every_part_of_a_message_and_a_session_is_in_a_table() -> None:
    documented = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", PAGE))
    assert set(inspect.signature(message).parameters) <= documented
    assert {name for name in dir(SyncSession) if not name.startswith("_")} <= documented
    assert {name for name in dir(Session) if not name.startswith("_")} <= documented
    assert set(Message.__dataclass_fields__) <= documented


def test_every_check_is_in_the_table() -> None:
    used = {f"conversations.{number}" for number in re.findall(r'"(?:conversations\.)?(E\d{3})"', source())}
    assert used == set(re.findall(r"^\| `(conversations\.E\d{3})` \|", PAGE, re.MULTILINE))


def source() -> str:
    return inspect.getsource(checks)


def test_every_limit_is_documented() -> None:
    configuration = (settings.BASE_DIR / "docs" / "configuration.md").read_text()
    for name in ("CAPSULE_MESSAGE_LIMIT", "CAPSULE_MESSAGES_A_MINUTE", "CAPSULE_TURN_THREADS"):
        assert name in PAGE and name in configuration
