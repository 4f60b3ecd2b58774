"""A whole site from SQLite to the database that is tried here, by the lines that docs/collections.md has."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from collections_app.errors import DUMPDATA
from tests.databases import DATABASES, database_for
from tests.sites import site

ROOT = Path(__file__).resolve().parents[2]
SECTION = "## Out into a file, and into another database"

FILLED = """
from django.contrib.auth.models import Group, Permission
from accounts.models import Membership, Organization, Role, User
from capsule import Identity, acting_as
from conversations.models import ChatMessage, Conversation
from tests.testapp.declared.collections import threads
from tests.testapp.declared.settings import greeting

alice = User.objects.create_user("alice@example.com", "correct horse battery", name="Alice")
alice.user_permissions.add(Permission.objects.get(codename="delete_test_threads"))
group = Group.objects.create(name="Readers")
group.permissions.add(Permission.objects.get(codename="view_test_contacts"))
alice.groups.add(group)
acme = Organization.objects.create(name="Acme", slug="acme")
Membership.objects.create(user=alice, organization=acme, role=Role.ADMIN)
talk = Conversation.objects.create(user=alice, title="About it")
ChatMessage.objects.create(conversation=talk, position=1, author="person", sender=alice, text="Hello")
with acting_as(Identity.of(user=alice, organization=acme.pk)):
    greeting.set("Dear Acme")
    kept, gone = threads.insert_many([{"subject": "Kept"}, {"subject": "Gone"}])
    threads.update_one({"_id": kept.id}, {"subject": "Changed"})
    gone.delete()
"""

# What alice finds, by her own name: as much on the one side as on the other.
TOLD = """
import json
from accounts.models import Membership, User
from capsule import Identity, acting_as
from conversations.models import Conversation
from tests.testapp.declared.collections import threads
from tests.testapp.declared.settings import greeting

alice = User.objects.get(email="alice@example.com")
acme = Membership.objects.get(user=alice).organization
with acting_as(Identity.of(user=alice, organization=acme.pk)):
    rows = list(threads.find())
    entries = [entry for row in rows for entry in threads.history(row.id)]
    told = {
        "signs in": alice.check_password("correct horse battery"),
        "may": sorted(alice.get_all_permissions()),
        "setting": greeting.get(),
        "talk": [message.text for message in Conversation.objects.get(user=alice).messages.all()],
        "documents": [[row.id, row.scope_key, row.version, row["subject"]] for row in rows],
        "history": [[one.version, one.action, one.who, one.user_id, str(one.at)] for one in entries],
        "deleted": [[entry.document_id, entry.before["subject"]] for entry in threads.deleted()],
    }
print("TOLD", json.dumps(told))
"""

BACK = """
from accounts.models import Membership, User
from capsule import Identity, acting_as
from tests.testapp.declared.collections import threads

alice = User.objects.get(email="alice@example.com")
with acting_as(Identity.of(user=alice, organization=Membership.objects.get(user=alice).organization_id)):
    (deletion,) = threads.deleted()
    assert threads.undelete(deletion.document_id)["subject"] == "Gone"
    (kept,) = threads.filter(subject="Changed")
    assert threads.restore(kept.id, 1)["subject"] == "Kept"
"""


def documented() -> list[tuple[bool, list[str]]]:
    """The commands of the section's first block, and whether each is for the new database."""
    section = (ROOT / "docs" / "collections.md").read_text().split(SECTION)[1]
    block = section.split("```")[1]
    lines = re.findall(r"^(DATABASE_URL=\S+ )?python manage\.py (.+)$", block, re.MULTILINE)
    return [(bool(other), shlex.split(words)) for other, words in lines]


def told_by(run: Callable[..., str]) -> dict[str, Any]:
    (line,) = [line for line in run("shell", "-c", TOLD).splitlines() if line.startswith("TOLD ")]
    told: dict[str, Any] = json.loads(line.removeprefix("TOLD "))
    return told


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize("kind", DATABASES[:1])
def test_a_whole_site_moves_by_the_documented_lines(
    kind: str, tmp_path: Path, proof: Callable[[str], None]
) -> None:
    commands = documented()
    with database_for(kind) as given:
        old, new = site(tmp_path / "old"), site(tmp_path / "new", None, **given)
        old("shell", "-c", FILLED)
        before = told_by(old)
        for is_new, words in commands:
            at = {name: str(tmp_path / name) for name in words if name.endswith((".json", ".gz"))}
            (new if is_new else old)(*[at.get(word, word) for word in words])
        after = told_by(new)
        assert after == before
        assert len(before["history"]) == 2 and len(before["deleted"]) == 1 and before["signs in"]
        new("shell", "-c", BACK)
    proof(f"people, their rights, settings, conversations, documents and their history from SQLite to {kind}")


def test_the_documented_line_is_the_one_that_a_refusal_names() -> None:
    assert any(" ".join(words).startswith(DUMPDATA) for _is_new, words in documented())


@pytest.mark.django_db
def test_a_plain_dumpdata_says_what_to_name() -> None:
    with pytest.raises(CommandError, match="dump_documents") as refusal:
        call_command("dumpdata", "collections_app", stdout=StringIO())
    assert DUMPDATA in str(refusal.value)
