from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from capsule.sealing import BadSeal, seal, unseal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=JSON, salt=st.text(st.characters(codec="utf-8")))
def test_what_was_sealed_is_opened_again(value: Any, salt: str) -> None:
    text = seal(value, salt)
    assert unseal(text, salt) == value
    assert seal(value, salt) == text, "an answer with it keeps its ETag"


def test_nobody_reads_it_on_the_way() -> None:
    sealed = urlsafe_b64decode(seal(["secret value", 4711], "a") + "==")
    assert b"secret" not in sealed and b"4711" not in sealed


@given(text=st.text() | st.text("ABCxyz019-_", min_size=20), salt=st.just("a"))
def test_nothing_else_opens(text: str, salt: str) -> None:
    with pytest.raises(BadSeal):
        unseal(text, salt)


def test_another_salt_or_a_changed_letter_does_not_open_it() -> None:
    text = seal([1], "a")
    with pytest.raises(BadSeal):
        unseal(text, "b")
    for at in range(len(text)):
        with pytest.raises(BadSeal):
            unseal(f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}", "a")


def test_a_key_that_was_replaced_still_opens_what_it_sealed() -> None:
    with override_settings(SECRET_KEY="the old key " * 5):
        text = seal([1], "a")
    with pytest.raises(BadSeal):
        unseal(text, "a")
    with override_settings(SECRET_KEY_FALLBACKS=["the old key " * 5]):
        assert unseal(text, "a") == [1]
