"""The folder of what the site keeps by itself: its keys, its database, its collected static files.

Nothing in it is for others to read: the folder is made with mode 0700, each file with 0600.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

__all__ = ["private_file", "private_folder", "secret_key_in", "settings_key_in"]


def secret_key_in(folder: Path) -> str:
    """The secret key kept in ``folder``, made at the first start.

    Raises ``ImproperlyConfigured``, with what to do, where the folder cannot be used.
    """
    return _key_in(folder, "secret_key", get_random_secret_key)


def settings_key_in(folder: Path) -> str:
    """The key that encrypts secret settings, kept and made alike. Raises as ``secret_key_in``."""
    return _key_in(folder, "settings_key", lambda: urlsafe_b64encode(os.urandom(32)).decode())


def _key_in(folder: Path, name: str, make: Callable[[], str]) -> str:
    path = private_folder(folder) / name
    try:
        if not path.exists():
            _make_key(path, make())
        return path.read_text().strip()
    except OSError as error:
        raise _unusable(folder, error) from None


def _make_key(path: Path, key: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        os.link(draft, path)  # only one of two first starts can win, and both then read the same key
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def private_folder(folder: Path) -> Path:
    """The folder, made for its owner alone if it is not there. One that is there keeps its mode."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None
    return folder


def private_file(path: Path) -> Path:
    """The file, made empty with mode 0600 if it is not there.

    An empty file is an empty SQLite database, whose ``-wal`` and ``-shm`` take the mode of their database.
    """
    private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise _unusable(path, error) from None
    return path


def _unusable(path: Path, error: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} cannot be used: {error.strerror or error}. Make it writable for this user, or name another "
        "folder with CAPSULE_VAR."
    )
