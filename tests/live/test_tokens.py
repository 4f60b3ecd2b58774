"""What a page may listen to: signed for whoever it was made for, and for nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from capsule.identity import Identity
from live.tokens import BadToken, acting, signed, topics_in
from live.topics import Topic

THREADS = Topic("collection", "threads", "org:1")
THEME = Topic("setting", "theme", "user:7")
CHAT = Topic("conversation", "0a")
REPLY = Topic("stream", "0a")
STEPS = Topic("collection", "steps", "conv:0a")

ALICE = Identity(user_id="7", user=User(auth_version=1))
ALICE_AT_ACME = Identity(user_id="7", organization_id="1", user=User(auth_version=1))
ALICE_LATER = Identity(user_id="7", user=User(auth_version=2))
BOB = Identity(user_id="8", user=User(auth_version=1))
NOBODY = Identity()
VISITOR = Identity(session_id="0a")
OTHER_VISITOR = Identity(session_id="0b")
EVERYBODY = [ALICE, ALICE_AT_ACME, ALICE_LATER, BOB, NOBODY, VISITOR, OTHER_VISITOR]

words = st.text(st.characters(categories=["L", "N"], include_characters="_-.="), min_size=1, max_size=8)
scopes = st.sampled_from(["", "app", "org:1", "user:7", "conv:0a"])
kinds = st.sampled_from(["collection", "setting", "conversation", "stream"])
topics = st.builds(Topic, kinds, words, scopes)


def is_good(token: str, identity: Identity) -> bool:
    try:
        topics_in(token, identity)
    except BadToken:
        return False
    return True


@given(st.dictionaries(topics, st.integers(0, 2**63 - 1), min_size=1), st.sampled_from(EVERYBODY))
def test_what_was_signed_is_read_again(versions: dict[Topic, int], identity: Identity) -> None:
    expected = {str(topic): version for topic, version in versions.items()}
    assert topics_in(signed(versions, identity), identity) == expected


def test_a_token_stands_as_it_is_read() -> None:
    text = signed({THEME: 3, THREADS: 12}, ALICE)
    assert text.startswith("collection:threads:org:1=12 setting:theme:user:7=3:")
    assert len(text) < 110


@pytest.mark.parametrize("maker", EVERYBODY)
@pytest.mark.parametrize("reader", EVERYBODY)
def test_a_token_is_good_for_whom_it_was_made_and_nobody_else(maker: Identity, reader: Identity) -> None:
    for topic in (CHAT, REPLY, STEPS):
        assert is_good(signed({topic: 1}, maker), reader) == (maker is reader)
    # Visitors share what is everybody's: there is nobody whom it could be kept from.
    both_nobody = maker.user_id is None and reader.user_id is None
    assert is_good(signed({THREADS: 1}, maker), reader) == (maker is reader or both_nobody)


def test_a_conversation_among_other_topics_binds_all_of_them() -> None:
    for first, second in [(THREADS, CHAT), (REPLY, THEME), (STEPS, THEME), (THREADS, STEPS)]:
        token = signed({first: 1, second: 1}, VISITOR)
        assert is_good(token, VISITOR) and not is_good(token, OTHER_VISITOR)


def test_a_visitors_conversation_is_looked_up_only_where_it_is_concerned() -> None:
    def find(identity: Identity) -> str:
        raise AssertionError("asked for nothing")

    lazy = Identity().resuming(find)
    assert topics_in(signed({THREADS: 1}, lazy), lazy) == {str(THREADS): 1}
    for token in (
        "conversations:1=1:a:b",
        "x conversationx:a=1:a:b",
        "a:b:c:conv:0a=1:a:b",
        "a:conv:0a=1:a:b",
    ):
        with pytest.raises(BadToken):
            topics_in(token, lazy)


def test_a_token_is_good_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    token = signed({THREADS: 1}, ALICE)
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 3590)
    assert is_good(token, ALICE)
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 3610)
    assert not is_good(token, ALICE)


def test_a_token_outlives_a_change_of_the_key_while_the_old_one_is_named() -> None:
    with override_settings(SECRET_KEY="old" * 20):
        token = signed({THREADS: 1}, ALICE)
    assert not is_good(token, ALICE)
    with override_settings(SECRET_KEY_FALLBACKS=["old" * 20]):
        assert is_good(token, ALICE)


@given(st.data())
def test_no_letter_of_a_token_can_be_changed(data: st.DataObject) -> None:
    token = signed({THEME: 3, THREADS: 12}, ALICE)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    changed = token[:at] + letter + token[at + 1 :]
    assert is_good(changed, ALICE) == (changed == token)


@given(st.text(max_size=200), st.sampled_from(EVERYBODY))
def test_whatever_is_sent_is_refused(text: str, identity: Identity) -> None:
    assert not is_good(text, identity)


@pytest.mark.parametrize(
    "text",
    ["", ":", "::", "=", "a=b:c:d", "a " * 10, "=" * 10, "\x00", "\ud800", "☃", "a=1\n:b:c", "a=1e9:b:c"],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert not is_good(text, ALICE)


@pytest.mark.parametrize(
    "text", ["a " * 1_250_000, ":" * 2_500_000, "conversation:" * 200_000, "a:" * 1_250_000]
)
def test_what_is_long_is_refused_without_being_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature is looked at first: to read two megabytes word by word takes seconds of a processor."""
    monkeypatch.setattr(Topic, "named", _fail)
    before = time.process_time()
    assert not is_good(text, VISITOR)
    assert time.process_time() - before < 1


def _fail(*args: object) -> None:
    raise AssertionError("read before it was trusted")


def test_a_name_of_two_words_is_told_to_its_developer() -> None:
    with pytest.raises(ValueError, match="one word, which 'collection:my threads:app' is not"):
        signed({Topic("collection", "my threads", "app"): 1}, ALICE)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (ALICE_LATER, True),
        (Identity(user_id="7", session_id="0a"), True),
        (ALICE_AT_ACME, False),
        (BOB, False),
    ],
)
def test_who_acts_is_a_word_that_tells_nothing(other: Identity, is_same: bool) -> None:
    assert (acting(other) == acting(ALICE)) is is_same
    assert len(acting(ALICE)) == 12 and acting(ALICE) != "7"


def test_who_acts_cannot_be_worked_out_without_the_key() -> None:
    before = acting(ALICE)
    with override_settings(SECRET_KEY="another" * 10):
        assert acting(ALICE) != before


@pytest.mark.parametrize("name", [lambda t: str(t), lambda t: str(Topic.named(str(t)))])
def test_a_topics_text_is_its_name(name: Callable[[Topic], str]) -> None:
    for topic in (THREADS, THEME, CHAT, REPLY, STEPS):
        assert Topic.named(name(topic)) == topic
