"""Small state that is kept by the name of a place, a wizard's say: for a person the same on every device.

A person has a conversation of its own for each name, within the active owner. A visitor's lies among the data
of their browser's conversation, and becomes theirs when they sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from django.http import HttpRequest

from capsule.identity import Identity
from conversations.models import Conversation, ConversationSession
from conversations.ownership import begin, hold_person
from conversations.sessions import ConversationStore
from live.changes import changes

if TYPE_CHECKING:
    from conversations.visitor import Visitor

__all__ = ["KeptState", "adopt_kept", "kept_state", "values_of_sessions"]

Document = dict[str, Any]
Work = Callable[[Document], Document]

BROWSERS: Final = "capsule.kept"  # among the data of a visitor's conversation
LONGEST: Final = 200  # characters of a key


class KeptState(Protocol):
    """What is kept under one name."""

    def read(self) -> Document:
        """What is stored; empty where nothing is."""

    def begin(self) -> None:
        """Begin the conversation that it is kept in, if there is none yet."""

    def change(self, work: Work) -> Document:
        """Store ``work(what is stored)`` while nobody else can; returns it.

        The lock stays until the transaction at hand ends. Raises as ``ConversationStore.change`` does.
        """


def kept_state(request: HttpRequest, key: str) -> KeptState:
    """What whoever asks keeps under ``key``, which is never what somebody else keeps.

    Example: ``kept_state(request, "wizard:/triage/").change(lambda state: {**state, "step": 2})``
    """
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    identity: Identity = request.identity  # type: ignore[attr-defined]
    return OfPerson(identity, _key_of(key)) if identity.is_authenticated else OfBrowser(visitor, _key_of(key))


class OfPerson:
    """A conversation of its own."""

    def __init__(self, identity: Identity, key: str) -> None:
        self._identity = identity
        self._key = key

    def read(self) -> Document:
        found = self._own().alive().select_related("session").first()
        return {} if found is None else ConversationStore().decode(found.session.session_data)

    def begin(self) -> None:
        self._begun()

    def change(self, work: Work) -> Document:
        with changes():
            return ConversationStore(conversation_id=self._begun().pk).change(work)

    def _own(self) -> Any:
        # Whoever left an organisation has another owner, and so nothing of what they kept within it.
        own = Conversation.objects.filter(user_id=self._identity.user_id or "", key=self._key, handler="")
        return own.filter(owner_key=self._identity.key("owner"))

    def _begun(self) -> Conversation:
        found = self._own().alive().first()
        if found is not None:
            return cast(Conversation, found)
        with changes():
            hold_person(self._identity)
            self._own().expired().delete()  # forgotten already, and only not cleared yet
            return self._own().first() or begin(self._identity, key=self._key)


class OfBrowser:
    """A part of the data of the browser's conversation."""

    def __init__(self, visitor: Visitor, key: str) -> None:
        self._visitor = visitor
        self._key = key

    def read(self) -> Document:
        known = self._visitor.id
        return {} if known is None else self._part(ConversationStore(conversation_id=known).read())

    def begin(self) -> None:
        self._visitor.begin()

    def change(self, work: Work) -> Document:
        def changed(document: Document) -> Document:
            kept = {**document.get(BROWSERS, {}), self._key: work(self._part(document))}
            return {**document, BROWSERS: kept}

        return self._part(self._visitor.change(changed))

    def _part(self, document: Document) -> Document:
        part: Document = document.get(BROWSERS, {}).get(self._key, {})
        return part


def adopt_kept(identity: Identity, conversation_id: str) -> None:
    """After a sign-in: what the visitor kept in their browser's conversation is kept as the person's.

    Where the person had begun the same elsewhere, it is laid over that, key by key: neither is lost.
    """
    with changes():
        taken: Document = {}

        def without(document: Document) -> Document:
            taken.update(document.pop(BROWSERS, {}))
            return document

        ConversationStore(conversation_id=conversation_id).change(without)
        for key, part in taken.items():
            OfPerson(identity, key).change(lambda theirs, part=part: {**theirs, **part})  # type: ignore[misc]


def values_of_sessions() -> Iterator[Any]:
    """The data of all conversations that may name a file: those files are kept as long as it is."""
    marked = ConversationSession.objects.filter(session_data__contains='"_type"')
    for found in marked.order_by("pk").values_list("session_data", flat=True).iterator(chunk_size=100):
        yield ConversationStore().decode(found)


def _key_of(name: str) -> str:
    """``name`` as a key: one that is too long ends in a digest of it."""
    if len(name) <= LONGEST:
        return name
    digest = blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{name[: LONGEST - len(digest) - 1]}#{digest}"
