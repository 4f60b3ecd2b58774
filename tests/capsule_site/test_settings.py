"""One settings file, read in a process of its own under each environment that changes it."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.views.debug import SafeExceptionReporterFilter

from capsule_site.redis_address import redis_address
from capsule_site.time_zone import time_zone
from tests.serving import ROOT, environment_of

READ = """
import json, os, runpy, sys  # values that are neither JSON nor a path are not told
answers = []
for given in json.load(sys.stdin):
    os.environ.update(given)
    read = runpy.run_path("capsule_site/settings.py")
    answers.append({name: value for name, value in read.items() if name.isupper()})
    for name in given:
        del os.environ[name]
print(json.dumps(answers, default=lambda value: str(value) if hasattr(value, "parts") else "..."))
"""


def run(folder: Path, *command: str, stdin: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env=environment_of(folder, **given),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings_under(folder: Path, *environments: dict[str, str]) -> list[dict[str, Any]]:
    """The settings as each environment makes them, read one after the other in one process."""
    finished = run(folder, "-c", READ, stdin=json.dumps(environments))
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = json.loads(finished.stdout)
    return found


def settings_with(folder: Path, **given: str) -> dict[str, Any]:
    return settings_under(folder, given)[0]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return settings_with(tmp_path_factory.mktemp("site") / "var")


ON_EVERY_ADDRESS = {
    "DEBUG": False,
    "SESSION_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_COOKIE_SAMESITE": "Lax",
    "SESSION_ENGINE": "accounts.session_store",
    "SESSION_COOKIE_AGE": 12 * 3600,
    "CAPSULE_SESSION_LIFETIME": 7 * 24 * 3600,
    "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "SECURE_REFERRER_POLICY": "same-origin",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
    "X_FRAME_OPTIONS": "DENY",
    "DATA_UPLOAD_MAX_MEMORY_SIZE": 2_621_440,
    "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1000,
    "DATA_UPLOAD_MAX_NUMBER_FILES": 10,
}
WITHOUT_TLS = {
    "SESSION_COOKIE_NAME": "sid",
    "CSRF_COOKIE_NAME": "csrf",
    "SESSION_COOKIE_SECURE": False,
    "CSRF_COOKIE_SECURE": False,
    "SECURE_SSL_REDIRECT": False,
    "SECURE_HSTS_SECONDS": 0,
}
WITH_TLS = {
    "SESSION_COOKIE_NAME": "__Host-sid",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SILENCED_SYSTEM_CHECKS": [],
}

TLS_OR_NOT = [
    ({}, False),
    ({"HOST": ""}, False),
    ({"HOST": "127.0.0.1"}, False),
    ({"HOST": "::1"}, False),
    ({"HOST": "localhost"}, False),
    ({"ALLOWED_HOSTS": "capsule.localhost"}, False),
    ({"HOST": "0.0.0.0"}, True),
    ({"HOST": "::"}, True),
    ({"HOST": "192.168.1.5"}, True),
    ({"HOST": "example.org"}, True),
    ({"HOST": "127.0.0.1.example.org"}, True),
    ({"ALLOWED_HOSTS": "example.org"}, True),
    ({"ALLOWED_HOSTS": "localhost,example.org"}, True),
    ({"ALLOWED_HOSTS": "*"}, True),
    ({"CAPSULE_TLS": "1"}, True),
    ({"HOST": "0.0.0.0", "CAPSULE_TLS": "0"}, False),
    ({"ALLOWED_HOSTS": "example.org", "CAPSULE_TLS": "no"}, False),
    ({"ALLOWED_HOSTS": "example.org", "CAPSULE_TLS": ""}, True),
]


def test_tls_is_assumed_wherever_others_can_come(tmp_path: Path) -> None:
    read = settings_under(tmp_path / "var", *(given for given, _tls in TLS_OR_NOT))
    for (given, tls), found in zip(TLS_OR_NOT, read, strict=True):
        wanted = {**ON_EVERY_ADDRESS, **(WITH_TLS if tls else WITHOUT_TLS), "CAPSULE_TLS": tls}
        assert {name: found[name] for name in wanted} == wanted, given
        connect = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"]
        assert ("ws:" in connect) is not tls, given
        assert all(source == "'self'" or source.startswith("wss://") for source in connect) is tls, given


def test_only_the_transport_differs_between_the_two(local: dict[str, Any], tmp_path: Path) -> None:
    public = settings_with(tmp_path / "var", ALLOWED_HOSTS="example.org")
    follows_the_address = {*WITH_TLS, *WITHOUT_TLS, "SECURE_HSTS_PRELOAD"}
    follows_the_address |= {"ALLOWED_HOSTS", "CAPSULE_LOCAL", "CAPSULE_TLS", "CONTENT_SECURITY_POLICY"}
    follows_the_folder = {"CAPSULE_VAR", "DATABASES", "SECRET_KEY", "SETTINGS_KEYS"}
    follows_the_folder |= {"STATIC_ROOT", "STORAGES"}
    different = {name for name in local if local[name] != public[name]}
    assert different - follows_the_address - follows_the_folder == set()


def test_the_policy_allows_nothing_inline_and_no_other_site(local: dict[str, Any], tmp_path: Path) -> None:
    for found in (local, settings_with(tmp_path / "var", ALLOWED_HOSTS="example.org,.example.net")):
        directives = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
        for name in ("default-src", "frame-ancestors", "object-src", "base-uri"):
            assert directives[name] == ["'none'"]
        for name in ("script-src", "style-src", "form-action"):
            assert directives[name] == ["'self'"]
        assert "unsafe" not in json.dumps(directives)
    assert directives["connect-src"] == ["'self'", "wss://example.org", "wss://*.example.net"]


def test_people_sign_in_with_argon2_and_long_passwords(local: dict[str, Any]) -> None:
    assert local["PASSWORD_HASHERS"][0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    validators = {one["NAME"].rpartition(".")[2]: one for one in local["AUTH_PASSWORD_VALIDATORS"]}
    assert validators["MinimumLengthValidator"]["OPTIONS"] == {"min_length": 12}
    assert {"CommonPasswordValidator", "UserAttributeSimilarityValidator"} <= set(validators)


def test_sqlite_is_as_safe_as_it_can_be(local: dict[str, Any]) -> None:
    database = local["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == str(Path(local["CAPSULE_VAR"]) / "db.sqlite3")
    assert not database.get("ATOMIC_REQUESTS")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864"):
        assert f"PRAGMA {pragma}" in database["OPTIONS"]["init_command"]


def test_postgresql_keeps_what_its_url_asks_for(tmp_path: Path) -> None:
    url = "postgres://ann:secret@db.example.org:6432/capsule?sslmode=require"
    for serving in ("0", "1"):
        found = settings_with(tmp_path / "var", DATABASE_URL=url, CAPSULE_SERVING=serving)
        database = found["DATABASES"]["default"]
        assert (database["HOST"], database["PORT"], database["USER"]) == ("db.example.org", 6432, "ann")
        assert database["CONN_HEALTH_CHECKS"] is True
        assert database["OPTIONS"]["sslmode"] == "require"
        # Only requests are stopped after five seconds: migrate and bulk commands may take their time.
        assert ("statement_timeout=5000" in database["OPTIONS"].get("options", "")) is (serving == "1")


def test_without_redis_no_process_pretends_to_reach_another(local: dict[str, Any]) -> None:
    assert local["CHANNEL_LAYERS"] == {}
    assert local["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")


def test_redis_is_for_all_servers_of_one_site(tmp_path: Path) -> None:
    url = "rediss://ann:p%40ss@redis.example.org:6380/2?ssl_cert_reqs=required"
    one, other = (settings_with(tmp_path / name, REDIS_URL=url) for name in ("var", "other"))
    layer, cache = one["CHANNEL_LAYERS"]["default"], one["CACHES"]["default"]
    assert layer["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
    assert cache["BACKEND"] == "capsule_site.redis_cache.EmptyIfSilent"
    host = layer["CONFIG"]["hosts"][0]
    assert host["address"] == cache["LOCATION"] == "rediss://redis.example.org:6380/2?ssl_cert_reqs=required"
    for given in (host, cache["OPTIONS"]):
        assert (given["username"], given["password"]) == ("ann", "p@ss")
    assert settings_with(tmp_path / "var", REDIS_URL=url)["CACHES"] == one["CACHES"]
    # Another site on the same Redis has another key, and so other names for all that it keeps there.
    assert cache["KEY_PREFIX"] != other["CACHES"]["default"]["KEY_PREFIX"]
    assert layer["CONFIG"]["prefix"] != other["CHANNEL_LAYERS"]["default"]["CONFIG"]["prefix"]
    assert one["SECRET_KEY"] not in cache["KEY_PREFIX"]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://127.0.0.1", "redis://127.0.0.1:6379/0"),
        ("redis://:geheim@[::1]:6380/", "redis://[::1]:6380/0"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("unix://ann:geheim@/run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_every_form_of_an_address_is_read(url: str, address: str) -> None:
    assert redis_address(url).url == address
    assert "geheim" not in redis_address(url).url


@pytest.mark.parametrize(
    "url",
    ["nowhere", "http://h:1", "redis://:geh/eim@h", "redis://:geh#eim@h:1", "redis://h:port", "redis://h/x"],
)
def test_an_address_that_cannot_be_read_is_a_sentence_without_it(url: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="^REDIS_URL is not the address of a Redis: write"
    ) as refused:
        redis_address(url)
    assert "geh" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_the_sites_time_zone_is_said_once(tmp_path: Path, local: dict[str, Any]) -> None:
    assert local["TIME_ZONE"] == "UTC"
    assert settings_with(tmp_path / "var", TIME_ZONE=" Europe/Berlin ")["TIME_ZONE"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Europe/Berln", "Did you mean Europe/Berlin?"), ("Europe", ""), ("/etc/passwd", "such as")],
)
def test_a_time_zone_that_there_is_not_is_a_sentence(name: str, meant: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^TIME_ZONE={name} is no time zone.*{re.escape(meant)}"):
        time_zone(name)


def test_the_debug_page_shows_no_password_of_redis(tmp_path: Path) -> None:
    found = settings_with(tmp_path / "var", REDIS_URL="redis://ann:geheim@127.0.0.1:6379/0")
    shown = SafeExceptionReporterFilter()
    told = {name: shown.cleanse_setting(name, value) for name, value in found.items()}
    assert "geheim" not in str(told)
    assert "geheim" in str(found), "the test looks where it stands"


def test_a_named_sqlite_file_is_used_and_private(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "site.sqlite3"
    found = settings_with(tmp_path / "var", DATABASE_URL=f"sqlite:///{path}")
    assert found["DATABASES"]["default"]["NAME"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    memory = settings_with(tmp_path / "var", DATABASE_URL="sqlite://:memory:")
    assert memory["DATABASES"]["default"]["NAME"] == ":memory:"
    assert not (ROOT / ":memory:").exists()


def test_mail_goes_to_the_console_until_a_server_is_named(local: dict[str, Any], tmp_path: Path) -> None:
    assert local["EMAIL_BACKEND"].endswith("console.EmailBackend")
    found = settings_with(tmp_path / "var", EMAIL_URL="smtp+tls://ann:secret@mail.example.org:587")
    assert found["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert found["EMAIL_USE_TLS"] is True


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = settings_with(tmp_path / "var")["SECRET_KEY"]
    assert len(first) >= 50
    assert settings_with(tmp_path / "var")["SECRET_KEY"] == first
    assert settings_with(tmp_path / "other")["SECRET_KEY"] != first
    path = tmp_path / "var" / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_given_secret_key_is_not_written_down(tmp_path: Path) -> None:
    found = settings_with(tmp_path / "var", SECRET_KEY="given" * 12, SECRET_KEY_FALLBACKS="old,older")
    assert found["SECRET_KEY"] == "given" * 12
    assert found["SECRET_KEY_FALLBACKS"] == ["old", "older"]
    assert not (tmp_path / "var" / "secret_key").exists()


def test_first_starts_side_by_side_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        keys = set(pool.map(lambda _: settings_with(tmp_path / "var")["SECRET_KEY"], range(6)))
    assert len(keys) == 1
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == [
        "db.sqlite3",
        "secret_key",
        "settings_key",
    ]


def test_the_address_served_on_is_answered_by_name(local: dict[str, Any], tmp_path: Path) -> None:
    own = ["localhost", "127.0.0.1", "[::1]"]
    assert local["ALLOWED_HOSTS"] == own
    assert settings_with(tmp_path / "var", HOST="0.0.0.0")["ALLOWED_HOSTS"] == own
    assert settings_with(tmp_path / "var", HOST="192.168.1.5")["ALLOWED_HOSTS"] == [*own, "192.168.1.5"]
    assert settings_with(tmp_path / "var", ALLOWED_HOSTS="a.example,b.example")["ALLOWED_HOSTS"] == [
        "a.example",
        "b.example",
    ]


def test_a_proxy_that_ends_tls_must_be_named(local: dict[str, Any], tmp_path: Path) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in local
    found = settings_with(tmp_path / "var", ALLOWED_HOSTS="example.org", CAPSULE_BEHIND_PROXY="1")
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_behind_a_proxy_others_can_come_whatever_name_it_passes_on(tmp_path: Path) -> None:
    found = settings_with(tmp_path / "var", CAPSULE_BEHIND_PROXY="1")
    assert found["CAPSULE_LOCAL"] is False
    assert found["CAPSULE_TLS"] is True


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["DEBUG", "CAPSULE_TLS", "CAPSULE_BEHIND_PROXY", "CAPSULE_DEMO"])
def test_a_word_that_is_neither_yes_nor_no_is_a_sentence(name: str, tmp_path: Path) -> None:
    finished = run(tmp_path / "var", "manage.py", "check", **{name: "maybe"})
    assert finished.returncode == 1
    assert finished.stderr.strip() == f"{name}=maybe is neither yes nor no: write {name}=1 or {name}=0."


@pytest.mark.parametrize("place", ["a-file/var", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_a_sentence(place: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("in the way")
    finished = run(tmp_path / place, "manage.py", "check")
    assert finished.returncode == 1
    assert "cannot be used" in finished.stderr
    assert "CAPSULE_VAR" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"HOST": "0.0.0.0", "CAPSULE_TLS": "0"},
        {"ALLOWED_HOSTS": "example.org"},
        {"ALLOWED_HOSTS": "example.org", "CAPSULE_BEHIND_PROXY": "1"},
        {"ALLOWED_HOSTS": "example.org", "REDIS_URL": "redis://:geheim@127.0.0.1:6379/0"},
    ],
    ids=str,
)
def test_the_deployment_check_finds_nothing(given: dict[str, str], tmp_path: Path) -> None:
    finished = run(tmp_path / "var", "manage.py", "check", "--deploy", "--fail-level", "WARNING", **given)
    assert finished.returncode == 0, finished.stderr
    assert "no issues" in finished.stdout


@pytest.mark.thorough
@pytest.mark.slow
def test_debug_is_refused_where_others_can_come(tmp_path: Path) -> None:
    assert run(tmp_path / "var", "manage.py", "check", DEBUG="1").returncode == 0
    finished = run(tmp_path / "var", "manage.py", "check", DEBUG="1", ALLOWED_HOSTS="example.org")
    assert finished.returncode == 1
    assert "capsule_site.E001" in finished.stderr


@pytest.mark.thorough
@pytest.mark.slow
def test_any_name_for_the_site_is_refused(tmp_path: Path) -> None:
    finished = run(tmp_path / "var", "manage.py", "check", ALLOWED_HOSTS="*")
    assert finished.returncode == 1
    assert "capsule_site.E002" in finished.stderr


@pytest.mark.thorough
@pytest.mark.slow
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "var", "manage.py", "check")
    (tmp_path / "var" / "secret_key").chmod(0o644)
    finished = run(tmp_path / "var", "manage.py", "check")
    assert finished.returncode == 1
    assert "capsule_site.E003" in finished.stderr
    assert f"chmod 600 {tmp_path / 'var' / 'secret_key'}" in finished.stderr
