"""Who is acting. Bound once at the edge, read by every layer, passed by nobody.

The binding lives in a context variable: it follows ``await`` and ``asyncio.to_thread``, and two threads
never see each other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from capsule.errors import BadBinding, NoIdentity, ScopeError
from capsule.scopes import APP_KEY, Scope, conversation_key, organization_key, user_key

__all__ = [
    "Binding",
    "Identity",
    "acting_as",
    "acting_identity",
    "bound",
    "current_identity",
    "remembered",
    "start_session",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is acting, and for whom. Frozen, so it is safe to share across threads.

    All ids are strings, or ``None`` where there is none. ``Identity()`` is an anonymous visitor.

    Example: ``Identity.of(user=alice, organization=acme).owner_id == str(acme.pk)``
    """

    user_id: str | None = None
    organization_id: str | None = None
    session_id: str | None = None
    is_staff: bool = False
    # The person's record, when whoever made the identity had it at hand: permissions are asked of it.
    user: Any = field(default=None, compare=False, repr=False)
    # Tells the conversation when it is first asked for: see resuming().
    find_session: Callable[[], str | None] | None = field(default=None, compare=False, repr=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Only reached for the slot that resuming() left empty.
            if name != "session_id":
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            object.__setattr__(self, "session_id", None if self.find_session is None else self.find_session())
            return self.session_id

    @classmethod
    def of(cls, user: object = None, organization: object = None, session: object = None) -> Identity:
        """The identity of a person, an organisation and a conversation, given as objects or ids.

        An id carries no privilege: ``is_staff`` is true only where the user's record itself is given.

        Example: ``Identity.of(user=request.user, organization=acme)``
        """
        record = user if getattr(user, "is_authenticated", False) else None
        anonymous = record is None and hasattr(user, "is_authenticated")
        return cls(
            user_id=None if anonymous else _id_of(user),
            organization_id=_id_of(organization),
            session_id=_id_of(session),
            is_staff=bool(getattr(record, "is_staff", False)),
            user=record,
        )

    @property
    def is_authenticated(self) -> bool:
        """Whether this is a signed-in person."""
        return self.user_id is not None

    @property
    def owner_id(self) -> str | None:
        """The active organisation's id, else the person's own."""
        return self.organization_id or self.user_id

    def key(self, scope: Scope) -> str:
        """The scope key that this identity has in ``scope``.

        Raises ``ScopeError`` where it has none: ``None`` means deny, never "everything".

        Example: ``Identity(user_id="7").key("owner") == "user:7"``
        """
        if scope == "app":
            return APP_KEY
        if scope == "session":
            if not self.session_id:  # an empty one would be a bucket that all share
                raise ScopeError("Session scope needs a conversation, and none has begun here.")
            return conversation_key(self.session_id)
        if not self.user_id:
            raise ScopeError(f"Sign in first: {scope} scope belongs to a signed-in person.")
        if scope == "owner" and self.organization_id:
            return organization_key(self.organization_id)
        return user_key(self.user_id)

    def resuming(self, find: Callable[[Identity], str | None]) -> Identity:
        """The same identity, whose ``session_id`` is what ``find(self)`` says when it is first read.

        Most requests never touch session scope, and then nothing is looked up.
        """
        lazy = replace(self, find_session=lambda: find(self))
        object.__delattr__(lazy, "session_id")
        return lazy

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Whether the person has a Django permission such as ``desk.view_threads``, ``obj`` being the row."""
        if self.user_id is None:
            return False
        user: Any = (
            self.user or get_user_model()._default_manager.filter(pk=self.user_id, is_active=True).first()
        )
        return user is not None and bool(user.has_perm(permission, obj))


def _id_of(value: object) -> str | None:
    if value is None or value == "":
        return None
    primary_key = getattr(value, "pk", value)
    return None if primary_key is None else str(primary_key)


class Binding:
    """What a context is bound to: an identity, made when it is first asked for.

    ``start`` begins a conversation for a visitor who has none and returns its id; without it a write in
    session scope is refused. ``resume`` says which conversation an identity really has: what was made is
    only a claim.
    """

    def __init__(self, make: Callable[[], Identity], start: Callable[[], str] | None = None) -> None:
        self._make = make
        self._identity: Identity | None = None
        self.start = start
        self.resume: Callable[[Identity], str | None] | None = None
        # What the layers need not ask twice while it is in force, each under keys of its own.
        self.memory: dict[object, Any] = {}

    @property
    def identity(self) -> Identity:
        if self._identity is None:
            made = self._make()
            self._identity = made if self.resume is None else made.resuming(self.resume)
        return self._identity

    def forget(self) -> None:
        """Make the identity anew when it is next asked for: somebody has just signed in or out."""
        self._identity = None
        self.memory.clear()

    def start_session(self) -> Identity:
        if self.identity.session_id is None and self.start is not None:
            self._identity = replace(self.identity, session_id=self.start())
        return self.identity


_binding: ContextVar[Binding | None] = ContextVar("capsule_identity", default=None)


def current_binding() -> Binding:
    """The binding in force; raises ``NoIdentity`` where there is none."""
    binding = _binding.get()
    if binding is None:
        raise NoIdentity
    return binding


def acting_identity() -> Identity | None:
    """The identity that is acting here, or ``None`` where none is bound: for walls behind the first."""
    binding = _binding.get()
    return None if binding is None else binding.identity


def remembered() -> dict[object, Any] | None:
    """What is remembered for as long as this binding is in force; ``None`` where nothing is bound."""
    binding = _binding.get()
    return None if binding is None else binding.memory


def current_identity() -> Identity:
    """The identity that is acting here.

    Raises ``NoIdentity`` outside a request, message, task or ``acting_as``.

    Example: ``current_identity().key("owner")``
    """
    return current_binding().identity


def start_session() -> Identity:
    """The bound identity with a conversation, which is begun now if the visitor has none.

    Called before a write in session scope: reading alone never makes one.
    """
    return current_binding().start_session()


@contextmanager
def bound(binding: Binding) -> Iterator[Binding]:
    """Hold ``binding`` in force for a block; what was bound before returns afterwards."""
    token = _binding.set(binding)
    try:
        yield binding
    finally:
        _binding.reset(token)


@contextmanager
def acting_as(
    identity: Identity | None = None,
    *,
    user: object = None,
    organization: object = None,
    session: object = None,
) -> Iterator[Identity]:
    """Act as somebody for a block: scripts, tasks, tests. Nests.

    Example::

        with acting_as(user=alice, organization=acme):
            threads.count()
    """
    if identity is not None and (user or organization or session):
        raise BadBinding("acting_as() takes an identity, or user=, organization= and session=, not both.")
    acting = identity if identity is not None else Identity.of(user, organization, session)
    with bound(Binding(lambda: acting)):
        yield acting
