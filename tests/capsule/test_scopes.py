from __future__ import annotations

from capsule.scopes import APP_KEY, SCOPE_WORDS, SCOPES, conversation_key, organization_key, user_key


def test_there_are_four_scopes_each_with_words_for_people() -> None:
    assert SCOPES == ("app", "user", "owner", "session")
    assert set(SCOPE_WORDS) == set(SCOPES)


def test_keys_of_different_kinds_never_meet() -> None:
    keys = {APP_KEY, user_key("7"), organization_key("7"), conversation_key("7")}
    assert keys == {"app", "user:7", "org:7", "conv:7"}
