from __future__ import annotations

from typing import Any

import pytest

from conversations.checks import CONVERSATION, IDENTITY, check_limits, check_middleware


def test_the_site_as_it_is_has_nothing_to_say() -> None:
    assert check_limits() == check_middleware() == []


@pytest.mark.parametrize("name", ["CAPSULE_CONVERSATION_LIFETIME", "CAPSULE_SESSION_DATA_LIMIT"])
@pytest.mark.parametrize("value", [0, -1, None, "90 days", 1.5, True])
def test_a_limit_is_a_number_above_zero(settings: Any, name: str, value: object) -> None:
    setattr(settings, name, value)
    (problem,) = check_limits()
    assert problem.id == "conversations.E001"
    assert name in problem.msg and problem.hint


@pytest.mark.parametrize("order", [[CONVERSATION, IDENTITY], [CONVERSATION]])
def test_the_identity_is_bound_first(settings: Any, order: list[str]) -> None:
    settings.MIDDLEWARE = order
    (problem,) = check_middleware()
    assert problem.id == "conversations.E002"
    assert problem.hint
