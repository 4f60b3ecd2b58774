"""An identity that notes what is asked of it: what a computed value depends on, beside the data it reads.

A value that was computed for one person holds for every other who gives the same answers to the questions
that were asked while it was made. Nobody has to say which those are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import blake2b
from typing import Any, Final, TypeVar

from capsule.errors import ScopeError
from capsule.identity import Binding, Identity, bound
from capsule.scopes import Scope

__all__ = [
    "UNREPEATABLE",
    "Answers",
    "Question",
    "WatchedIdentity",
    "answer_of",
    "aside",
    "question",
    "watching",
]

Answer = TypeVar("Answer")
Question = tuple[str, ...]
Answers = dict[Question, Any]

# What may be asked as an attribute. Of the person's record the answer is what stands in it.
_ATTRIBUTES: Final = frozenset(
    {"user_id", "organization_id", "owner_id", "session_id", "is_authenticated", "is_staff", "user"}
)
# A permission on one row: to ask it of another the row would have to be kept. Such a value is nobody else's.
UNREPEATABLE: Final[Question] = ("permission on a row",)
_KEY: Final = "key"
_PERMISSION: Final = "permission"
_FUNCTION: Final = "function"
_functions: dict[str, Callable[[Identity], Any]] = {}


def question(function: Callable[[Identity], Answer]) -> Callable[[Identity], Answer]:
    """Let what a function says of an identity be noted as an answer of its own, to be asked of the next too.

    For what it finds elsewhere than in the identity, and in no topic. The answer has to be hashable.

    Example::

        @question
        def role_in(identity: Identity) -> Role | None: ...
    """
    name = f"{function.__module__}.{function.__qualname__}"
    _functions[name] = function

    @wraps(function)
    def asked(identity: Identity) -> Answer:
        if not isinstance(identity, WatchedIdentity):
            return function(identity)
        answer = function(aside(identity))
        identity.answers[_FUNCTION, name] = answer
        return answer

    return asked


class WatchedIdentity(Identity):
    """The same identity, whose ``answers`` are what it was asked so far."""

    __slots__ = ("_plain", "answers")

    _plain: Identity
    answers: Answers

    def __init__(self, plain: Identity) -> None:
        object.__setattr__(self, "_plain", plain)
        object.__setattr__(self, "answers", {})

    def __getattribute__(self, name: str) -> Any:
        if name not in _ATTRIBUTES:
            return object.__getattribute__(self, name)
        plain = object.__getattribute__(self, "_plain")
        object.__getattribute__(self, "answers")[name,] = answer_of(plain, (name,))
        return getattr(plain, name)

    def key(self, scope: Scope) -> str:
        self.answers[_KEY, scope] = answer_of(self._plain, (_KEY, scope))
        return self._plain.key(scope)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        allowed = self._plain.has_perm(permission, obj)
        self.answers[(_PERMISSION, permission) if obj is None else UNREPEATABLE] = allowed
        return allowed

    def __eq__(self, other: object) -> bool:
        return self._whole() == other

    def __hash__(self) -> int:
        return hash(self._whole())

    def _whole(self) -> Identity:
        for name in _ATTRIBUTES:
            getattr(self, name)
        return self._plain


def answer_of(identity: Identity, question: Question) -> Any:
    """What an identity answers to what another was asked."""
    kind, *rest = question
    if kind == _KEY:
        try:
            return identity.key(rest[0])  # type: ignore[arg-type]
        except ScopeError:
            return None
    if kind == _PERMISSION:
        return identity.has_perm(rest[0])
    if kind == _FUNCTION:
        return _functions[rest[0]](identity)
    if kind == "user":
        return _content(identity.user)
    return getattr(identity, kind)


def _content(record: Any) -> bytes | None:
    """What stands in a person's record: their name, whether they are active, which version their rights have.

    Its digest alone, since a password's hash is among it.
    """
    if record is None:
        return None
    fields = [(field.attname, getattr(record, field.attname)) for field in record._meta.concrete_fields]
    return blake2b(repr(fields).encode(), digest_size=16).digest()


def aside(identity: Identity) -> Identity:
    """The identity, without noting what it is asked: for what is only read ahead."""
    return aside(identity._plain) if isinstance(identity, WatchedIdentity) else identity


@contextmanager
def watching(identity: Identity) -> Iterator[Answers]:
    """Bind the identity for a block, and collect what is asked of it.

    Example::

        with watching(current_identity()) as answers:
            threads.count()
        assert ("key", "owner") in answers
    """
    watched = WatchedIdentity(identity)
    with bound(Binding(lambda: watched)):
        yield watched.answers
