"""Whatever strangers send, on every way in: taken as its type says, or refused with a sentence."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from settings_app import Setting
from settings_app.cleaning import clean
from settings_app.models import SettingValue
from tests.bad_input import NUMBERS, TEXTS, VALUES, post_form
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

JSON = {"Accept": "application/json"}
SITE: dict[type, Setting[Any]] = {kind: BY_SCOPE_AND_TYPE["app", kind] for kind in (bool, str, int, float)}
TYPED = {**TEXTS, **NUMBERS, "on": "on", "7": "7", "7.5": " 7.5 ", "text": "plain words"}
SENT = {**VALUES, "true": b"true", "7": b"7", "7.5": b"7.5", "text": b'"plain words"', "-0.0": b"-0.0"}

# An entrance takes what was sent, and says why not; nothing where it was taken.
Entrance = Callable[[Client, Setting[Any], Any, Path], str]


def python(client: Client, setting: Setting[Any], sent: bytes, folder: Path) -> str:
    try:
        setting.set(json.loads(sent))
    except ValidationError as error:
        return " ".join(error.messages)
    except (ValueError, RecursionError):  # of a text that is no JSON to Python nothing can be handed over
        return "This is no JSON."
    return ""


def put(client: Client, setting: Setting[Any], sent: bytes, folder: Path) -> str:
    address = f"/settings/{setting.name}/"
    return said(
        client.put(address, b'{"value": ' + sent + b"}", content_type="application/json", headers=JSON)
    )


def imported(client: Client, setting: Setting[Any], sent: bytes, folder: Path) -> str:
    file = folder / "site.json"
    file.write_bytes(b'{"version": 1, "app": {"' + setting.name.encode() + b'": ' + sent + b"}}")
    return command("import", str(file))


def form(client: Client, setting: Setting[Any], typed: str, folder: Path) -> str:
    return said(post_form(client, f"/settings/{setting.name}/", {"value": typed}, **JSON))


def shell(client: Client, setting: Setting[Any], typed: str, folder: Path) -> str:
    return command("set", "--", setting.name, typed)


def admin(client: Client, setting: Setting[Any], typed: str, folder: Path) -> str:
    address = f"/admin/settings_app/settingvalue/declared/{setting.name}/"
    response = post_form(client, address, {"value": typed})
    if response.status_code == 302:
        return ""
    assert response.status_code in (200, 400), response.status_code
    assert response.status_code == 400 or b"errorlist" in response.content
    return "refused"


def said(response: Any) -> str:
    if response.status_code == 200:
        return ""
    assert response.status_code in (400, 413, 422), response.status_code
    assert set(response.json()) == {"error", "message", "fields", "request_id"}
    return str(response.json()["message"])


def command(*words: str) -> str:
    heard = io.StringIO()
    try:
        call_command("settings", *words, stdout=heard, stderr=heard)
    except CommandError as error:
        assert error.returncode == 1, error
        return f"{heard.getvalue()}{error}"
    return ""


def expected(setting: Setting[Any], value: Any) -> Any:
    """What is kept of a value; ``None`` for one that must be refused."""
    try:
        return clean(setting, value)
    except ValidationError:
        return None


def of_json(setting: Setting[Any], sent: bytes) -> Any:
    try:
        return expected(setting, json.loads(sent))
    except (ValueError, RecursionError):
        return None


def of_text(setting: Setting[Any], typed: str) -> Any:
    return expected(setting, setting.kind.parse(typed))


@pytest.mark.parametrize("kind", SITE)
@pytest.mark.parametrize(
    ("entrance", "sent", "means"),
    [(python, SENT, of_json), (put, SENT, of_json), (imported, SENT, of_json),
     (form, TYPED, of_text), (shell, TYPED, of_text), (admin, TYPED, of_text)],
    ids=["python", "put", "import", "form", "command", "admin"],
)  # fmt: skip
def test_every_entrance_takes_the_same_and_refuses_the_same(
    dana_client: Client, tmp_path: Path, entrance: Entrance, sent: Any, means: Any, kind: type
) -> None:
    setting, taken = SITE[kind], 0
    for name, one in sent.items():
        wanted = means(setting, one)
        if entrance in (form, admin) and name == "lone surrogate":
            wanted = "a\ufffd\ufffd\ufffdb" if kind is str else None  # it was none before it came here
        why = entrance(dana_client, setting, one, tmp_path)
        rows = [(row.name, setting.kind.restore(row.value)) for row in SettingValue.objects.all()]
        if wanted is None:
            assert why and not rows, (name, why, rows)
        else:
            assert not why and rows == [(setting.name, wanted)], (name, why, rows)
            assert type(setting.get()) is kind
            taken += 1
        SettingValue.objects.all().delete()
    assert taken, "nothing sound was among them"
