"""Who may do what, at every address of the site. The test beside it tries each line; nothing may be missing.

A line names a route as ``urls.py`` writes it (of two with and without the final slash, the one with it), who
may come there, and what each method answers to those who may. A method that is not named must be refused to
all. What declarations bring needs no line: their own ``access=`` says who may see a page, and the lines with
a ``<str:name>`` are tried with a declared collection, setting or data handler of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from collections_app.declaring import collections
from conversations.declarations import message_handlers
from conversations.keeping import delete
from handlers.actions import actions_registry
from handlers.declarations import handlers_registry
from settings_app.declarations import settings_registry
from tests.access.people import COMPANIES, World
from tests.access.rules import (
    ADMINS,
    ASKED,
    BRINGS_BACK,
    CHANGES_ROWS,
    CHANGES_SETTINGS,
    OFFERED,
    OWN,
    PUBLIC,
    REMEMBERS,
    REMEMBERS_SETTINGS,
    SEES_SETTINGS,
    SIGNED_IN,
    STAFF,
    Rule,
    Thing,
)

__all__ = ["MATRIX", "Line"]

Things = Callable[[World], list[Thing]]
Statuses = tuple[int, ...]

# Ids and names of what is not there.
NEVER: Final = UUID("0190a000-0000-7000-8000-000000000000")
NO_TOKEN: Final = "a" * 43


def nothing(world: World) -> list[Thing]:
    """An address without parameters."""
    return [Thing()]


@dataclass(frozen=True)
class Line:
    """One address. ``things`` fill its parameters, and ``sends`` is what a form there carries."""

    who: Rule
    get: Statuses = ()
    post: Statuses = ()
    put: Statuses = ()
    patch: Statuses = ()
    delete: Statuses = ()
    options: Statuses = ()
    things: Things = nothing
    who_writes: Rule | None = None  # where others may write than may read
    sends: Mapping[str, str] | None = None
    needs_no_token: bool = False  # a browser itself writes here, and knows no token
    is_hidden: bool = False  # whoever may not is not even told that a token is missing

    def statuses(self, method: str) -> Statuses:
        """What ``method`` answers to those who may; nothing where the address does not take it."""
        statuses: Statuses = getattr(self, "get" if method == "HEAD" else method.lower())
        return statuses

    def rule(self, method: str) -> Rule:
        """Who may do that."""
        return self.who if method in ("GET", "HEAD") else self.who_writes or self.who


def every_method(who: Rule, *statuses: int, things: Things = nothing) -> Line:
    """An address that answers every method alike."""
    return Line(who, statuses, statuses, statuses, statuses, statuses, statuses, things)


# What fills the parameters -----------------------------------------------------------------------------

DOCUMENTS = (
    "test_threads",
    "test_bookmarks",
    "test_everything",
    "test_contacts",
    "test_staff_only",
    "test_guarded",
)
KEYS = {"test_threads": "subject", "test_bookmarks": "title", "test_everything": "text", "reminders": "about"}
MODELS = ("crm_contacts", "reminders", "crm_places")
SETTINGS = (
    "test_app_str", "test_user_str", "test_owner_str", "test_session_str", "test_readonly", "test_open",
    "test_staff_only", "test_motto", "test_greeting", "test_tone", "test_api_key",
)  # fmt: skip


def tables(world: World) -> list[Thing]:
    """A collection of each kind; what is in them must be each person's own."""
    return [_named(collections, name) for name in (*DOCUMENTS, "test_notes", *MODELS)]


def exports(world: World) -> list[Thing]:
    """The same as a file, in each format."""
    return [
        replace(table, filling={**table.filling, "format": format})
        for table in tables(world)
        for format in ("csv", "ndjson")
    ]


def rows(*names: str) -> Things:
    """The rows in these collections; of what each person has for themselves, three people's."""

    def found(world: World) -> list[Thing]:
        return [_row(name, id, share) for name in names for share, id in list(world.rows[name].items())[:3]]

    return found


def _row(name: str, id: Any, share: str) -> Thing:
    declared = collections.get(name).declaration
    never = NEVER if declared.model is None else "999999"
    own = "" if declared.scope == "app" else share
    change = {KEYS.get(name, "name"): "Changed"}
    return Thing({"name": name, "id": id}, own, declared.access, {"name": name, "id": never}, change)


def files(world: World) -> list[Thing]:
    """The file that hangs on each row, by the name of its column."""
    return [_with_a_key(row, "file") for row in rows("test_intake")(world)]


def uploads(world: World) -> list[Thing]:
    """A file column, to which a file is sent before there is a row of it."""
    return [_with_a_key(_named(collections, name), "file") for name in ("test_intake", "test_everything")]


def _with_a_key(thing: Thing, key: str) -> Thing:
    never = {**thing.never, "key": key} if thing.never else {}
    return replace(thing, filling={**thing.filling, "key": key}, never=never)


def cells(*names: str) -> Things:
    """A cell of each row, of a column that its form offers."""
    return lambda world: [
        _with_a_key(row, KEYS.get(row.filling["name"], "name")) for row in rows(*names)(world)
    ]


def versions(*names: str) -> Things:
    """The first version of each row."""

    def found(world: World) -> list[Thing]:
        return [
            replace(row, filling={**row.filling, "version": 1}, never={**row.never, "version": 1})
            for row in rows(*names)(world)
        ]

    return found


def settings(world: World) -> list[Thing]:
    return [_named(settings_registry, name) for name in SETTINGS]


def handlers(world: World) -> list[Thing]:
    return [_named(handlers_registry, name) for name in ("activity", "whoami", "staff_only", "plain-view")]


def actions(world: World) -> list[Thing]:
    return [_named(actions_registry, name) for name in ("test_ping", "test_staff_ping", "test_open_ping")]


def _named(registry: Any, name: str) -> Thing:
    declared = registry.get(name)
    return Thing({"name": name}, access=getattr(declared, "declaration", declared).access)


def references(world: World) -> list[Thing]:
    """A form's foreign key, whose options are rows of another collection."""
    return [Thing({"name": "crm_contacts", "key": "project"}, access="authenticated")]


def assistants(world: World) -> list[Thing]:
    named = [message_handlers.get(name) for name in ("test-helper", "test-staff", "test-visitors")]
    return [Thing({"handler": one.name}, access=one.access) for one in named]


def takers_of_files(world: World) -> list[Thing]:
    return [one for one in assistants(world) if message_handlers.get(one.filling["handler"]).files]


def sent_files(world: World) -> list[Thing]:
    """The file that came with a message of each conversation."""
    return [
        replace(
            chat,
            filling={**chat.filling, "file_id": world.sent_files[chat.share]},
            never={**chat.filling, "file_id": NEVER},
        )
        for chat in chats(world)
    ]


def chats(world: World) -> list[Thing]:
    return [
        Thing(
            {"conversation_id": chat.pk},
            share,
            never={"conversation_id": NEVER},
            change={"title": "Another name"},
        )
        for share, chat in world.conversations.items()
    ]


def chats_that_act(world: World) -> list[Thing]:
    does = {"action": "jot"}
    return [
        replace(chat, filling={**chat.filling, **does}, never={**chat.never, **does}) for chat in chats(world)
    ]


def prompts(world: World) -> list[Thing]:
    """A question that waits in each conversation."""
    return [
        replace(
            chat,
            filling={**chat.filling, "prompt_id": world.prompts[chat.share]},
            never={**chat.filling, "prompt_id": NEVER},
        )
        for chat in chats(world)
    ]


def deleted_chats(world: World) -> list[Thing]:
    for chat in world.conversations.values():
        delete(chat)
    return chats(world)


def companies(world: World) -> list[Thing]:
    return [_within(world, share) for share in COMPANIES]


def members(world: World) -> list[Thing]:
    """The first who joined, of each company."""
    return [_within(world, share, user_id=world.people[names[0]].pk) for share, names in COMPANIES.items()]


def open_invitations(world: World) -> list[Thing]:
    return [_within(world, share, invitation_id=id) for share, (id, _token) in world.invitations.items()]


def _within(world: World, share: str, **more: Any) -> Thing:
    filling = {"organization_id": world.companies[share].pk, **more}
    return Thing(filling, share, never=dict.fromkeys(filling, NEVER))


def states(world: World) -> list[Thing]:
    return [Thing({"widget": "table", "name": "empty"})]


def invitation_links(world: World) -> list[Thing]:
    """Whoever holds the link may read it."""
    return [Thing({"token": token}) for _id, token in world.invitations.values()]


def reset_links(world: World) -> list[Thing]:
    return [Thing({"uidb64": "MQ", "token": "no-token"})]


# The matrix --------------------------------------------------------------------------------------------

TAKEN: Final = (302, 422)  # a form: taken, or given back with what is wrong
MATRIX: Final[dict[str, Line]] = {
    "": Line(PUBLIC, get=(200, 302)),
    "admin": every_method(PUBLIC, 302),  # to its form with the slash
    "health": every_method(PUBLIC, 200),
    "csp": Line(PUBLIC, post=(204,), needs_no_token=True),
    # Collections
    "collections/": Line(PUBLIC, get=(200,)),
    "collections/openapi.json": Line(PUBLIC, get=(200,)),
    "collections/<str:name>/": Line(OWN, get=(200,), things=tables),
    "collections/<str:name>/export.<str:format>": Line(OWN, get=(200,), things=exports),
    "collections/<str:name>/add/": Line(CHANGES_ROWS, get=(200,), post=TAKEN, things=tables),
    "collections/<str:name>/choices/<str:key>/": Line(OWN, get=(200,), things=references),
    "collections/<str:name>/<uuid:id>/": Line(
        OWN, get=(200,), post=TAKEN, patch=(200,), delete=(204,), who_writes=CHANGES_ROWS,
        things=rows(*DOCUMENTS),
    ),
    "collections/<str:name>/files/<str:key>/": Line(CHANGES_ROWS, post=(422,), things=uploads),  # no file
    "collections/<str:name>/<uuid:id>/files/<str:key>/": Line(
        OWN, get=(200,), put=(200,), delete=(200,), who_writes=CHANGES_ROWS, things=files
    ),
    "collections/<str:name>/<uuid:id>/delete/": Line(
        CHANGES_ROWS, get=(200,), post=TAKEN, things=rows(*DOCUMENTS)
    ),
    "collections/<str:name>/<str:id>/": Line(
        OWN, get=(200,), post=TAKEN, patch=(200,), delete=(204,), who_writes=CHANGES_ROWS,
        things=rows(*MODELS),
    ),
    "collections/<str:name>/<str:id>/delete/": Line(
        CHANGES_ROWS, get=(200,), post=TAKEN, things=rows(*MODELS)
    ),
    "collections/<str:name>/<uuid:id>/cells/<str:key>/": Line(
        CHANGES_ROWS, get=(200,), post=(200, 302, 400, 422), things=cells(*DOCUMENTS)
    ),
    "collections/<str:name>/<uuid:id>/now/": Line(
        OWN, get=(200,), post=(200,), who_writes=CHANGES_ROWS, things=rows(*DOCUMENTS)
    ),
    "collections/<str:name>/<uuid:id>/history/": Line(REMEMBERS, get=(200, 404), things=rows(*DOCUMENTS)),
    "collections/<str:name>/<uuid:id>/restore/<int:version>/": Line(
        BRINGS_BACK, get=(200, 404), post=(302, 400, 404, 409), things=versions(*DOCUMENTS)
    ),
    "collections/<str:name>/<uuid:id>/undo/<int:version>/": Line(
        CHANGES_ROWS, post=(302, 404, 409), things=versions(*DOCUMENTS)
    ),
    "collections/<str:name>/<uuid:id>/undelete/": Line(
        CHANGES_ROWS, post=(302, 404), things=rows(*DOCUMENTS)  # none is deleted, and so it is there
    ),
    "collections/<str:name>/<str:id>/cells/<str:key>/": Line(
        CHANGES_ROWS, get=(200,), post=(200, 302, 400, 422), things=cells(*MODELS)
    ),
    "collections/<str:name>/<str:id>/now/": Line(
        OWN, get=(200,), post=(200,), who_writes=CHANGES_ROWS, things=rows(*MODELS)
    ),
    "collections/<str:name>/<str:id>/history/": Line(REMEMBERS, get=(200, 404), things=rows(*MODELS)),
    "collections/<str:name>/<str:id>/restore/<int:version>/": Line(
        BRINGS_BACK, get=(200, 404), post=(302, 400, 404, 409), things=versions(*MODELS)
    ),
    "collections/<str:name>/<str:id>/undo/<int:version>/": Line(
        CHANGES_ROWS, post=(302, 404, 409), things=versions(*MODELS)
    ),
    "collections/<str:name>/<str:id>/undelete/": Line(
        CHANGES_ROWS, post=(404,), things=rows(*MODELS)
    ),
    # Settings, data, what is declared
    "settings/": Line(PUBLIC, get=(200,)),
    "settings/openapi.json": Line(PUBLIC, get=(200,)),
    "settings/openapi.html": Line(PUBLIC, get=(200,)),
    "settings/<str:name>/": Line(
        SEES_SETTINGS, get=(200,), post=TAKEN, put=(200,), delete=(200,), who_writes=CHANGES_SETTINGS,
        things=settings, sends={"value": "new"},
    ),
    "settings/<str:name>/history/": Line(
        REMEMBERS_SETTINGS, get=(200,), post=(302, 404), things=settings, sends={"change": "0"}
    ),
    "data/": Line(PUBLIC, get=(200,)),
    "data/openapi.json": Line(PUBLIC, get=(200,)),
    "data/<str:name>/": Line(OWN, get=(200,), things=handlers),
    "actions/<str:name>/": Line(OWN, post=(302,), things=actions),
    "actions/<str:name>/ask/": Line(OWN, get=(200,), things=actions),
    "declared/": Line(STAFF, get=(200,)),
    # Conversations
    "conversations/": Line(SIGNED_IN, get=(200,)),
    "conversations/new/": Line(PUBLIC, post=(302,)),
    "conversations/start/<str:handler>/": Line(OWN, post=(302,), things=assistants),
    "conversations/<uuid:conversation_id>/": Line(OWN, get=(200,), things=chats),
    "conversations/<uuid:conversation_id>/messages/": Line(
        OWN, get=(200, 302), post=(302,), things=chats, sends={"text": "Hello"}
    ),
    "conversations/<uuid:conversation_id>/actions/<str:action>/": Line(
        OWN, post=(302,), things=chats_that_act, sends={"text": "Hello"}
    ),
    "conversations/<uuid:conversation_id>/prompts/<uuid:prompt_id>/": Line(
        OWN, post=(302,), things=prompts, sends={"answer": "approve"}
    ),
    "conversations/files/<str:handler>/": Line(OWN, post=(422,), things=takers_of_files),  # no file
    "conversations/<uuid:conversation_id>/files/<uuid:file_id>/": Line(OWN, get=(200,), things=sent_files),
    "conversations/<uuid:conversation_id>/stop/": Line(OWN, post=(302,), things=chats),
    "conversations/<uuid:conversation_id>/retry/": Line(OWN, post=(302,), things=chats),
    "conversations/<uuid:conversation_id>/rename/": Line(
        OWN, post=(302,), patch=(200,), things=chats, sends={"title": "Another name"}
    ),
    "conversations/<uuid:conversation_id>/delete/": Line(OWN, post=(302,), delete=(204,), things=chats),
    "conversations/<uuid:conversation_id>/restore/": Line(OWN, post=(302,), things=deleted_chats),
    # Live parts, and the columns that a person chose
    "live/compare/": Line(PUBLIC, post=(400,)),
    "find/": Line(PUBLIC, get=(200,)),
    "find/keys/": Line(PUBLIC, get=(200,)),
    "inspect/": Line(OFFERED, post=(302,), is_hidden=True),
    "inspect/part/": Line(ASKED, post=(200,), is_hidden=True),
    "tables/columns/": Line(SIGNED_IN, post=(302,), sends={"table": "t", "t-show": "a", "order": "a"}),
    # States of widgets, made of nobody's data, where they are installed at all
    "_states/": Line(PUBLIC, get=(200,)),
    "_states/<slug:widget>/<slug:name>/": Line(PUBLIC, get=(200,), things=states),
    # Signing in
    "sign-in/": Line(PUBLIC, get=(200,), post=TAKEN),
    "sign-in/demo/": Line(PUBLIC, post=(404,)),  # nobody of the demo is here
    "sign-out/": Line(PUBLIC, post=(302,)),
    "sign-up/": Line(PUBLIC, get=(200,), post=TAKEN),
    "password-reset/": Line(PUBLIC, get=(200,), post=TAKEN, put=(422,), options=(200,)),
    "password-reset/sent/": Line(PUBLIC, get=(200,), options=(200,)),
    "password-reset/complete/": Line(PUBLIC, get=(200,), options=(200,)),
    "password-reset/<uidb64>/<token>/": every_method(PUBLIC, 410, things=reset_links),
    # One's account
    "account/": Line(SIGNED_IN, get=(200,), post=TAKEN),
    "account/password/": Line(SIGNED_IN, get=(200,), post=TAKEN),
    "account/time-zone/": Line(SIGNED_IN, post=(204,), sends={"time_zone": "Europe/Berlin"}),
    "account/theme/": Line(PUBLIC, post=(302,), sends={"theme": "dark"}),
    "account/sign-out-everywhere/": Line(SIGNED_IN, post=(302,)),
    # Organisations
    "organization/": Line(SIGNED_IN, get=(200,)),
    "organization/new/": Line(SIGNED_IN, get=(200,), post=TAKEN),
    "organization/switch/": Line(SIGNED_IN, post=(302,)),
    "organization/<uuid:organization_id>/invite/": Line(ADMINS, get=(200,), post=TAKEN, things=companies),
    "organization/<uuid:organization_id>/invitations/<uuid:invitation_id>/revoke/": Line(
        ADMINS, post=(302,), things=open_invitations
    ),
    "organization/<uuid:organization_id>/members/<uuid:user_id>/role/": Line(
        ADMINS, post=(302,), things=members, sends={"role": "admin"}
    ),
    "organization/<uuid:organization_id>/members/<uuid:user_id>/remove/": Line(
        ADMINS, get=(200,), post=(302,), things=members
    ),
    "organization/<uuid:organization_id>/leave/": Line(OWN, get=(200,), post=(302,), things=companies),
    "invitations/<slug:token>/": Line(
        PUBLIC, get=(200, 302), post=(302,), who_writes=SIGNED_IN, things=invitation_links
    ),
}  # fmt: skip
