"""A page's socket: who may watch what, what is told, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import Organization, User
from capsule.identity import Identity
from capsule.scopes import conversation_key
from live import consumers
from live.consumers import CLOSE
from live.hub import hub
from live.tokens import signed
from live.topics import Topic
from tests.conftest import signed_in
from tests.live.talking import in_a_loop, line, on_thread, touch

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = Topic("collection", "test_threads", "org:1")
NOTES = Topic("collection", "test_notes", "app")
REPLY = Topic("stream", "0a")


def token(
    user: User | None, *topics: Topic, organization: Organization | None = None, version: int = 0
) -> str:
    identity = Identity.of(user=user, organization=organization)
    return signed(dict.fromkeys(topics, version), identity)


@pytest.fixture
def alices(alice: User) -> Client:
    """Alice's browser, in no organisation."""
    return signed_in(alice)


# What is told ----------------------------------------------------------------------------------------


def test_a_change_is_told_to_whoever_watches_it_and_to_nobody_else(
    alice: User, alices: Client, bob: User
) -> None:
    bobs = signed_in(bob)

    async def main() -> None:
        async with line(alices, token(alice, THREADS)) as hers, line(bobs, token(bob, NOTES)) as his:
            await on_thread(touch, THREADS)
            assert await hers.changed() == {str(THREADS): 1}
            await on_thread(touch, NOTES)
            assert await his.changed() == {str(NOTES): 1}, "the first that he hears"

    in_a_loop(main)


def test_a_frame_tells_names_and_versions_alone(alice: User, alices: Client) -> None:
    async def main() -> Any:
        async with line(alices, token(alice, THREADS, NOTES)) as hers:
            await on_thread(touch, THREADS, NOTES)
            return await hers.hears()

    assert in_a_loop(main) == {"changed": {str(THREADS): 1, str(NOTES): 1}}


def test_what_changed_between_the_page_and_its_socket_is_told_at_once(alice: User, alices: Client) -> None:
    made = token(alice, THREADS)
    touch(THREADS)
    touch(THREADS)

    async def main() -> dict[str, int]:
        async with line(alices, made) as hers:
            return await hers.changed()

    assert in_a_loop(main) == {str(THREADS): 2}


def test_an_older_part_of_a_page_is_told_what_the_others_know(alice: User, alices: Client) -> None:
    for _ in range(3):
        touch(THREADS)

    async def main() -> dict[str, int]:
        async with line(alices, token(alice, THREADS, version=3), token(alice, THREADS, version=1)) as hers:
            return await hers.changed()

    assert in_a_loop(main) == {str(THREADS): 3}


def test_a_page_that_knows_more_than_the_process_is_believed(alice: User, alices: Client) -> None:
    """Another process's page: its watcher was quicker than ours."""

    async def main() -> None:
        async with line(alices, token(alice, THREADS)) as old:
            await on_thread(touch, THREADS)
            await old.changed()
            async with line(alices, token(alice, THREADS, version=2)) as new:
                assert await old.changed() == {str(THREADS): 2}
                assert await new.changed() == {str(THREADS): 2}

    in_a_loop(main, watching=False)


def test_a_new_list_takes_the_place_of_the_old_one(alice: User, alices: Client) -> None:
    async def main() -> None:
        async with line(alices, token(alice, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            await hers.watch(token(alice, NOTES))
            await on_thread(touch, NOTES)
            assert await hers.changed() == {str(NOTES): 1}
            await on_thread(touch, THREADS)
            await on_thread(touch, NOTES)
            assert await hers.changed() == {str(NOTES): 2}

    in_a_loop(main)


def test_growing_text_goes_to_pages_that_show_its_conversation_alone(
    alice: User, alices: Client, bob: User
) -> None:
    bobs = signed_in(bob)

    async def main() -> None:
        async with line(alices, token(alice, REPLY)) as hers, line(bobs, token(bob, NOTES)) as his:
            await on_thread(touch, REPLY, NOTES)
            await hers.changed()
            await his.changed()
            hub.deliver(REPLY, {"text": "Hello"})
            assert await hers.hears() == {"delta": {"text": "Hello"}}
            await on_thread(touch, NOTES)
            assert await his.changed() == {str(NOTES): 2}

    in_a_loop(main)


def test_a_socket_that_has_left_leaves_nothing_behind(alice: User, alices: Client) -> None:
    async def main() -> None:
        async with line(alices, token(alice, THREADS, NOTES)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            assert len(hub.sockets) == 1
        assert hub.sockets == []
        assert not {str(THREADS), str(NOTES)} & {*hub.watched, *hub._known, *hub._unchecked}
        assert dict(consumers._open) == {}

    in_a_loop(main)


# Who may watch what ----------------------------------------------------------------------------------


def code_for(client: Client | None, frame: object) -> int:
    """With which code a socket is closed that says ``frame``."""

    async def main() -> int:
        async with line(client) as one:
            await one.say(frame)
            return await one.ends()

    return in_a_loop(main, watching=False)


def refused(client: Client | None, *tokens: str) -> bool:
    return code_for(client, {"watch": tokens}) == CLOSE["not_yours"] == 4403


def test_another_persons_token_is_refused(alices: Client, bob: User) -> None:
    assert refused(alices, token(bob, NOTES))


def test_a_token_for_another_organisation_is_refused(
    alice: User, alices: Client, alice_client: Client, acme: Organization
) -> None:
    assert refused(alices, token(alice, NOTES, organization=acme))
    assert refused(alice_client, token(alice, NOTES))


def test_a_token_from_before_an_access_change_is_refused(alice: User, alices: Client) -> None:
    made = token(alice, NOTES)
    User.objects.filter(pk=alice.pk).update(auth_version=alice.auth_version + 1)
    assert refused(alices, made)


def test_one_bad_token_among_good_ones_is_enough(alice: User, alices: Client, bob: User) -> None:
    assert refused(alices, token(alice, NOTES), token(bob, NOTES))


def test_a_token_that_is_too_old_is_refused(alice: User, alices: Client) -> None:
    with override_settings(CAPSULE_LIVE_TOKEN_AGE=-1):
        assert refused(alices, token(alice, NOTES))


def test_what_a_socket_has_shown_does_not_grow_too_old_for_it(alice: User, alices: Client) -> None:
    shown = token(alice, THREADS)

    async def main() -> None:
        async with line(alices, shown) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            with override_settings(CAPSULE_LIVE_TOKEN_AGE=-1):
                await hers.watch(shown)
                assert await hers.changed() == {str(THREADS): 1}, "it listens on"

    in_a_loop(main)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.replace("test_notes", "test_others"),
        lambda made: made.replace("=0:", "=9:"),
        lambda made: made[:-1],
        lambda made: made + "x",
        lambda made: made.rpartition(":")[0],
        lambda made: "collection:test_others:app=0 " + made,
        lambda made: "",
        lambda made: ":",
        lambda made: "::::",
        lambda made: "=",
        lambda made: "a " * 100_000,
        lambda made: ":" * 100_000,
        lambda made: "ü☃\u202e",
    ],
    ids=count(),
)
def test_a_token_that_was_changed_is_refused(
    spoil: Callable[[str], str], alice: User, alices: Client
) -> None:
    assert refused(alices, spoil(token(alice, NOTES)))


def visitor(conversation: str = "") -> Client:
    """A browser that nobody signed in from, with a conversation or without."""
    client = Client()
    if conversation:
        session = client.session
        session["conversation"] = conversation
        session.save()
    return client


def test_a_visitor_watches_what_is_everybodys(client: Client) -> None:
    async def main() -> dict[str, int]:
        async with line(None, token(None, NOTES)) as one:
            await on_thread(touch, NOTES)
            return await one.changed()

    assert in_a_loop(main) == {str(NOTES): 1}


@pytest.mark.parametrize(
    "topic",
    [
        Topic("conversation", "0a"),
        REPLY,
        Topic("collection", "test_notes", conversation_key("0a")),
        Topic("setting", "test_session_str", conversation_key("0a")),
    ],
)
def test_a_visitor_watches_their_own_conversation_and_no_other(topic: Topic) -> None:
    own = signed({topic: 0, NOTES: 0}, Identity.of(session="0a"))

    async def main() -> dict[str, int]:
        async with line(hers, own) as one:
            await on_thread(touch, topic)
            return await one.changed()

    hers, others, nobodys = visitor("0a"), visitor("0b"), visitor()
    assert in_a_loop(main) == {str(topic): 1}
    assert refused(others, own)
    assert refused(nobodys, own)
    assert refused(None, own)


def test_a_visitors_token_is_nothing_to_a_person_nor_a_persons_to_a_visitor(
    alice: User, alices: Client
) -> None:
    assert refused(alices, token(None, NOTES))
    assert refused(None, token(alice, NOTES))


# Bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "null",
        "1",
        '"watch"',
        "{}",
        '{"watch": null}',
        '{"watch": "a"}',
        '{"watch": {"a": 1}}',
        '{"watch": [1]}',
        '{"watch": [["a"]]}',
        '{"watch": [], "more": 1}',
        '{"ack": 0, "watch": []}',
        '{"unknown": []}',
        '{"ack": 1}',
        '{"ack": -1}',
        '{"ack": true}',
        '{"ack": false}',
        '{"ack": 0.0}',
        '{"ack": "0"}',
        '{"ack": null}',
        '{"ack": 1e400}',
        '{"ack": NaN}',
        '{"ack": 18446744073709551615}',
        '{"ack": ' + "9" * 5_000 + "}",
        '{"watch": ["\\ud800"]}',
        "[" * 100_000,
        '{"watch": ' * 20_000,
        "\ufeff{}",
        b"\x00\xff",
        b'{"watch": []}',
    ],
    ids=lambda frame: str(frame)[:40],
)
def test_what_our_client_does_not_send_ends_the_socket(frame: object) -> None:
    assert code_for(None, frame) == CLOSE["malformed"] == 4400


def test_no_more_is_acknowledged_than_was_sent(alice: User, alices: Client) -> None:
    async def main() -> int:
        async with line(alices, token(alice, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            await hers.say({"ack": 1})
            await hers.say({"ack": 1})
            await hers.say({"ack": 2})
            return await hers.ends()

    assert in_a_loop(main) == CLOSE["malformed"]


def test_what_is_acknowledged_is_not_taken_back(alice: User, alices: Client) -> None:
    async def main() -> int:
        async with line(alices, token(alice, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            await hers.say({"ack": 1})
            await hers.say({"ack": 0})
            return await hers.ends()

    assert in_a_loop(main) == CLOSE["malformed"]


def test_ten_thousand_subscriptions_are_too_many(alice: User, alices: Client) -> None:
    many = [Topic("collection", f"c{number}", "app") for number in range(10_000)]
    assert code_for(alices, {"watch": [token(alice, NOTES)] * 10_000}) == CLOSE["too_much"] == 4413
    assert code_for(alices, {"watch": [token(alice, *many)]}) == CLOSE["too_much"]


def test_as_many_topics_as_a_page_may_have_are_watched(alice: User, alices: Client) -> None:
    many = [Topic("collection", f"c{number}", "app") for number in range(settings.CAPSULE_SOCKET_TOPICS)]

    async def main() -> dict[str, int]:
        async with line(alices, *[token(alice, topic) for topic in many]) as hers:
            await on_thread(touch, many[-1])
            return await hers.changed()

    assert in_a_loop(main) == {str(many[-1]): 1}
    assert code_for(alices, {"watch": [token(alice, *many, NOTES)]}) == CLOSE["too_much"]


def test_a_flood_of_frames_ends_the_socket(alice: User, alices: Client) -> None:
    async def main() -> int:
        async with line(alices) as hers:
            for _ in range(settings.CAPSULE_SOCKET_FRAMES + 1):
                await hers.say({"ack": 0})
            return await hers.ends()

    assert in_a_loop(main) == CLOSE["too_many"] == 4429
