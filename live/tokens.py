"""What a page may listen to: its topics and their versions, signed for whoever the page was made for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b

from django.conf import settings
from django.core import signing

from capsule.identity import Identity
from live.topics import Topic

__all__ = ["BadToken", "acting", "signed", "topics_in"]

# A topic that belongs to one conversation, among those of a token. Asked of the text, for what comes from
# outside may be long, and is read only once its signature has been found right.
_OF_A_CONVERSATION = re.compile(r"(?:^| )(?:conversation:|stream:|[^ :]*:[^ :]*:conv:)")


class BadToken(ValueError):
    """A token that is nobody's, another's, or too old."""


def signed(topics: Mapping[Topic, int], identity: Identity) -> str:
    """The token of these topics. A client reads it as it stands, and can change nothing in it.

    Example: ``"setting:theme:user:7=3 collection:threads:org:1=12:1tXq2S:…"``
    """
    text = " ".join(f"{_word(topic)}={version}" for topic, version in sorted(topics.items()))
    return _signer(identity, text).sign(text)


def topics_in(token: str, identity: Identity) -> dict[str, int]:
    """The topics that a token names, by name, with the versions that its page knows.

    Raises ``BadToken`` unless it was signed for this identity, within ``CAPSULE_LIVE_TOKEN_AGE``.
    """
    try:
        signer = _signer(identity, token.rsplit(":", 2)[0])
        text = signer.unsign(token, max_age=settings.CAPSULE_LIVE_TOKEN_AGE)
    except signing.BadSignature:
        raise BadToken from None
    pairs = [pair.rpartition("=") for pair in text.split(" ")]
    return {name: int(version) for name, _sign, version in pairs}


def _word(topic: Topic) -> str:
    name = str(topic)
    if " " in name:
        raise ValueError(f"A topic's name is one word, which {name!r} is not.")
    return name


def _signer(identity: Identity, text: str) -> signing.TimestampSigner:
    # The identity is salt and not content: a token of another identity is simply not a token. A visitor is
    # nobody until their conversation is concerned, and only then is it looked up.
    if identity.user_id is not None:
        who = f"{identity.user_id}:{identity.organization_id}:{getattr(identity.user, 'auth_version', 0)}"
    else:
        who = f"visitor:{identity.session_id if _OF_A_CONVERSATION.search(text) else ''}"
    return signing.TimestampSigner(salt=f"capsule.live:{who}")


def acting(identity: Identity) -> str:
    """Who acts, and for whom, as a word that tells nothing: pages with the same one show the same scopes."""
    name = f"{identity.user_id}:{identity.organization_id}"
    return blake2b(name.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=6).hexdigest()
