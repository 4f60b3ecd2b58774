"""An identity whose conversation is looked up only when somebody asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capsule.identity import Binding, Identity


def test_it_is_asked_once_and_only_when_needed() -> None:
    asked: list[str | None] = []

    def find(claimed: Identity) -> str:
        asked.append(claimed.session_id)
        return "found"

    identity = Identity(user_id="1", session_id="claimed").resuming(find)
    assert (identity.key("user"), identity.key("owner"), asked) == ("user:1", "user:1", [])
    assert identity.key("session") == "conv:found"
    assert identity == Identity(user_id="1", session_id="found")
    assert hash(identity) == hash(Identity(user_id="1", session_id="found"))
    assert asked == ["claimed"]


def test_a_conversation_that_has_begun_is_not_looked_up() -> None:
    identity = Identity(user_id="1").resuming(lambda claimed: pytest.fail("asked"))
    assert replace(identity, session_id="begun").key("session") == "conv:begun"


def test_other_missing_attributes_stay_errors() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sesion_id'"):
        _ = Identity().sesion_id  # type: ignore[attr-defined]


def test_a_binding_that_forgets_asks_anew() -> None:
    people = iter(["1", "2"])
    binding = Binding(lambda: Identity(user_id=next(people)))
    assert (binding.identity.user_id, binding.identity.user_id) == ("1", "1")
    binding.forget()
    assert binding.identity.user_id == "2"
