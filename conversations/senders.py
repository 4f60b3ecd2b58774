"""For whom a turn runs: asked when it begins, and again with whatever it writes."""

from __future__ import annotations

from accounts.models import Membership, Organization, User
from capsule.scopes import organization_key, user_key
from conversations.errors import TurnRefused
from conversations.models import ChatMessage, Opened
from conversations.problems import NOT_MEMBER

__all__ = ["sender_and_owner"]


def sender_and_owner(turn: ChatMessage) -> tuple[User | None, User | Organization | None]:
    """Who wrote, and within whom: only while they are still there, and still a member.

    A visitor is nobody, within nobody: the conversation of their browser is all that they have. Raises
    ``TurnRefused``.
    """
    sender, conversation = turn.sender, turn.conversation
    if conversation.scope == Opened.SESSION:
        return None, None
    if sender is None or not sender.is_active:
        raise TurnRefused(NOT_MEMBER)
    if conversation.owner_key == user_key(str(sender.pk)):
        return sender, sender
    memberships = Membership.objects.filter(user=sender).select_related("organization")
    for membership in memberships:
        if organization_key(str(membership.organization_id)) == conversation.owner_key:
            return sender, membership.organization
    raise TurnRefused(NOT_MEMBER)
