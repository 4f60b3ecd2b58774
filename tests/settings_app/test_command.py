"""``manage.py settings``: types, whose value, exit codes; a deployment as a file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingChange, SettingValue
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, api_key, font_size, greeting, theme

pytestmark = pytest.mark.django_db

NUMBER = BY_SCOPE_AND_TYPE["app", int]


def run(*words: str) -> str:
    """What the command says on its standard output."""
    out = io.StringIO()
    call_command("settings", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def refused(*words: str, code: int) -> str:
    """Why the command ended with ``code``, with all that it said on the way."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("settings", *words, stdout=said, stderr=said)
    assert caught.value.returncode == code, caught.value
    return f"{said.getvalue()}{caught.value}"


def test_a_value_is_set_read_and_reset_for_whom_one_names(alice: User, bob: User, acme: Organization) -> None:
    assert run("set", "test_app_int", "-4") == "test_app_int = -4  (app)\n"
    run("set", "test_font_size", "20", "--user", "alice@example.com")
    run("set", "test_greeting", "Hello, Acme", "--organization", "acme")
    run("set", "test_theme", "dark", "--organization", str(acme.pk))
    run("set", "test_theme", "light", "--scope", "app")
    with acting_as(user=alice, organization=acme):
        assert (NUMBER.get(), font_size.get(), greeting.get()) == (-4, 20, "Hello, Acme")
        assert (theme.get(), theme.origin().layer) == ("dark", "owner")
    assert run("get", "test_theme", "--user", str(bob.pk)) == "light\n"
    assert run("get", "test_theme", "--user", str(bob.pk), "--organization", "acme") == "dark\n"
    assert "is reset" in run("reset", "test_theme", "--organization", "acme")
    assert "was not set" in run("reset", "test_theme", "--organization", "acme")
    assert set(SettingChange.objects.values_list("source", "changed_by")) == {("command", "")}


def test_lists_and_history_are_for_people_and_for_programs(alice: User, acme: Organization) -> None:
    run("set", "test_app_int", "9")
    run("set", "test_app_int", "10")
    with acting_as(user=alice, organization=acme):
        greeting.set("By Alice")
    assert "test_app_int = 10  (app; app)\n" in run("list")
    assert "test_greeting = Hello  (owner; default)" in run("list")
    assert "test_greeting = By Alice  (owner; owner)" in run("list", "--organization", "acme")
    found = {one["name"]: one for one in json.loads(run("list", "--json"))}
    assert (found["test_app_int"]["value"], found["test_app_int"]["layer"]) == (10, "app")
    assert found["test_font_size"]["value"] == 14
    rows = json.loads(run("history", "test_app_int", "--json"))
    assert [(one["old"], one["new"], one["source"]) for one in rows] == [
        (9, 10, "command"),
        (None, 9, "command"),
    ]
    assert len(json.loads(run("history", "test_app_int", "--json", "--limit", "1"))) == 1
    assert "not set -> By Alice  by Alice, task" in run("history", "test_greeting", "--organization", "acme")
    assert json.loads(run("get", "test_app_int", "--json"))["value"] == 10


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["set", "test_app_int", "x"], 1, "whole number"),
        (["set", "test_app_int", "7.5"], 1, "whole number"),
        (["set", "test_app_bool", "banana"], 1, "on or off"),
        (["set", "test_font_size", "99", "--user", "alice@example.com"], 1, "Use 32 or less."),
        (["set", "test_app_imt", "7"], 2, "Did you mean 'test_app_int'?"),
        (["get", "test_app_imt"], 2, "Did you mean"),
        (["set", "test_font_size", "20"], 2, "--user"),
        (["set", "test_greeting", "x"], 2, "--organization or --user"),
        (["set", "test_greeting", "x", "--organization", "nowhere"], 2, "No organisation"),
        (["set", "test_greeting", "x", "--organization", "a\0b"], 2, "No organisation"),
        (["set", "test_font_size", "20", "--user", "nobody@example.com"], 2, "Nobody"),
        (["set", "test_font_size", "20", "--user", "a\0b"], 2, "Nobody"),
        (["set", "test_app_int", "7", "--user", "alice@example.com"], 2, "everybody's"),
        (["set", "test_app_int", "7", "--scope", "user"], 2, "no value in scope"),
        (["reset", "test_font_size", "--scope", "app"], 2, "no value in scope"),
        (["set", "test_session_int", "7"], 2, "conversation"),
        (["history", "test_app_int", "--limit", "0"], 2, "from 1"),
        (["get"], 1, "required"),
        (["wipe"], 1, "invalid choice"),
        (["import", "/nowhere/at/all.json"], 2, "cannot be read"),
        (["export", "/nowhere/at/all.json"], 2, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_and_has_its_code(
    alice: User, acme: Organization, words: list[str], code: int, said: str
) -> None:
    # argparse itself ends with 2 on the command line; called from Python it raises with 1.
    assert said in refused(*words, code=code)
    assert not SettingValue.objects.exists()


def test_a_secret_is_typed_in_and_said_only_where_asked_for(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("sk-0123456789abcd\n"))
    said = run("set", "test_api_key", "-", "--organization", "acme")
    whose = ("--organization", "acme")
    for words in ("list", "get test_api_key", "get test_api_key --json", "history test_api_key", "export"):
        said += run(*words.split(), *whose)
    assert "0123456789" not in said
    assert "•••• abcd" in said
    assert run("get", "test_api_key", "--secrets", *whose) == "sk-0123456789abcd\n"


# A deployment as a file ----------------------------------------------------------------------------------


def test_a_deployment_is_taken_to_another_and_compared(
    alice: User, acme: Organization, tmp_path: Path
) -> None:
    file = str(tmp_path / "site.json")
    with acting_as(user=alice, organization=acme):
        NUMBER.set(9)
        theme.set("dark", scope="app")
        greeting.set("Grüße")
        api_key.set("sk-0123456789abcd")
        font_size.set(20)  # a person's own is in no file
    run("export", file, "--organization", "acme")
    assert json.loads(Path(file).read_text()) == {
        "version": 1,
        "app": {"test_app_int": 9, "test_theme": "dark"},
        "organizations": {"acme": {"test_greeting": "Grüße"}},
    }
    assert "is what is set" in run("diff", file)
    SettingValue.objects.exclude(name="test_font_size").delete()
    run("set", "test_app_str", "only here")
    said = refused("diff", file, code=1)
    assert "app.test_app_int: not set here, in the file 9." in said
    assert 'app.test_app_str: here "only here", not in the file.' in said
    assert "3 changed." in run("import", file)
    assert "0 changed." in run("import", file)
    assert "1 changed." in run("import", "--exact", file)
    assert "is what is set" in run("diff", file)
    with acting_as(user=alice, organization=acme):
        assert (NUMBER.get(), theme.get(), greeting.get()) == (9, "dark", "Grüße")
        assert (font_size.get(), api_key.get()) == (20, "")


def test_with_secrets_the_file_has_them_and_a_difference_says_neither(
    alice: User, acme: Organization, tmp_path: Path
) -> None:
    file = str(tmp_path / "site.json")
    with acting_as(user=alice, organization=acme):
        api_key.set("sk-0123456789abcd")
        Path(file).write_text("of before, for everybody to read")
        run("export", file, "--all-organizations", "--secrets")
        assert Path(file).stat().st_mode & 0o777 == 0o600, "nobody else reads them"
        assert "sk-0123456789abcd" in Path(file).read_text()
        assert "is what is set" in run("diff", file)
        api_key.set("another-0123456789")
        said = refused("diff", file, code=1)
        assert "organizations.acme.test_api_key: another here, in the file a secret." in said
        run("import", file)
        assert api_key.get() == "sk-0123456789abcd"


def test_a_file_is_taken_whole_or_not_at_all(alice: User, acme: Organization, tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    document = {
        "version": 1,
        "app": {
            "test_app_int": 9, "test_app_bool": "yes", "test_font_size": 20, "gone": 1, "test_app_str": None,
        },
        "organizations": {"acme": {"test_ratio": 7, "test_greeting": "Hi"}, "nowhere": {}, "odd": 3},
        "people": {},
    }  # fmt: skip
    file.write_text(json.dumps(document))
    said = refused("import", str(file), code=1)
    for place in (
        "app.test_app_bool: This can only be on or off.",
        "app.test_font_size: It has no value there",
        "app.gone: No setting",
        "app.test_app_str: This must be a text.",
        "people: There is no such",
        "organizations.acme.test_ratio: Use 1 or less.",
        "organizations.nowhere: There is no",
        "organizations.odd: There is no",
        "8 wrong",
    ):
        assert place in said, said
    assert not SettingValue.objects.exists()
    for content in (b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1, "version": 1}', b"\xff",
                    b'{"version": 1, "app": []}', b'{"version": 1, "organizations": [1]}'):  # fmt: skip
        file.write_bytes(content)
        refused("import", str(file), code=1)
        refused("diff", str(file), code=1)


# Keys --------------------------------------------------------------------------------------------------


def test_every_secret_moves_to_a_new_key(alice: User, acme: Organization, settings: Any) -> None:
    new, old = run("new-key").strip(), settings.SETTINGS_KEYS
    with acting_as(user=alice, organization=acme):
        api_key.set("sk-0123456789abcd")
        changes = SettingChange.objects.count()
        settings.SETTINGS_KEYS = [new, *old]
        assert run("rotate") == "1 encrypted with the first key.\n"
        settings.SETTINGS_KEYS = [new]
        assert api_key.get() == "sk-0123456789abcd"
        assert SettingChange.objects.count() == changes
        settings.SETTINGS_KEYS = [Fernet.generate_key().decode()]
        assert "test_api_key: no key of SETTINGS_KEYS decrypts it." in refused("rotate", code=1)
        settings.SETTINGS_KEYS = ["no key"]
        refused("rotate", code=2)
