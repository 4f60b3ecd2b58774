"""The site's own settings, with what makes a suite fast and repeatable: those of applications' tests."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from capsule_site.kept_environment import kept_environment

os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-" + "0123456789" * 4)
# Of this run alone, for several may go on side by side. pytest-django adds the worker to a database's name.
_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:8] or secrets.token_hex(4)
# What the site was told and keeps is not for the suites: theirs is an empty folder, that of all workers. Only
# whether the demo is there is as on the site.
if "CAPSULE_VAR" not in os.environ:
    _told = kept_environment(Path(__file__).resolve().parents[2] / "var")
    if "CAPSULE_DEMO" in _told:
        os.environ.setdefault("CAPSULE_DEMO", _told["CAPSULE_DEMO"])
    os.environ["CAPSULE_VAR"] = str(Path(tempfile.gettempdir()) / f"capsule-test-{_run}-var")
    atexit.register(shutil.rmtree, os.environ["CAPSULE_VAR"], ignore_errors=True)

from capsule_site.settings import *  # noqa: E402, F403
from capsule_site.settings import (  # noqa: E402
    BASE_DIR,
    CACHES,
    CHANNEL_LAYERS,
    DATABASES,
    STORAGES,
)

_worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
if CHANNEL_LAYERS:
    CACHES["default"]["KEY_PREFIX"] = f"test-capsule-{_run}-{_worker}"
    CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"test-capsule-{_run}-{_worker}:"
# A file, because threads share it.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"capsule-test-{_run}.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_capsule_{_run}"}
    # As synchronous=OFF above: a power cut takes these with it, and nothing else is different.
    _given = DATABASES["default"].setdefault("OPTIONS", {}).get("options", "")
    DATABASES["default"]["OPTIONS"]["options"] = f"{_given} -c synchronous_commit=off".strip()

# A key that is misspelt is said, and a `return` that is forgotten, as in `make dev`.
CAPSULE_DOUBTS = True

# Nobody serves what the suites test in their own process: the demo's other service is down for them.
CAPSULE_DEMO_SERVICE = "127.0.0.1:9"
FETCH_ALLOWED = [CAPSULE_DEMO_SERVICE]

STATICFILES_DIRS = [BASE_DIR / "static"]
_files = Path(tempfile.gettempdir()) / f"capsule-test-{_run}-{_worker}-files"
atexit.register(shutil.rmtree, _files, ignore_errors=True)
STORAGES = {
    **STORAGES,
    "capsule_files": {
        **STORAGES["capsule_files"],
        "OPTIONS": {**STORAGES["capsule_files"]["OPTIONS"], "location": _files},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
# Argon2 is slow on purpose; one test checks that the site itself uses it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
