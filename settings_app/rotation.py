"""The keys of secrets: a new one, and every secret encrypted anew with the first."""

from __future__ import annotations

from cryptography.fernet import Fernet

from live.changes import changes
from settings_app.declarations import settings_registry
from settings_app.models import SettingValue
from settings_app.secrecy import Unreadable, rotated

__all__ = ["new_key", "rotate"]


def new_key() -> str:
    """A key for ``SETTINGS_KEYS``: put before the others it encrypts from now on."""
    return Fernet.generate_key().decode()


def rotate() -> tuple[int, list[str]]:
    """Encrypt every secret with the first key. Returns how many, and the names of those no key decrypts.

    The values stay what they are, so nothing is announced and nothing is added to the history. What is no
    longer declared is encrypted anew as well, where it was a secret: its declaration may come back.
    """
    names = [one.name for one in settings_registry if one.secret]
    declared = set(settings_registry.names())
    done, lost = 0, []
    with changes():
        for row in SettingValue.objects.select_for_update().order_by("pk").iterator():
            if row.name in declared and row.name not in names:
                continue
            try:
                row.value = rotated(str(row.value))
            except Unreadable:
                if row.name in names:
                    lost.append(row.name)
                continue
            SettingValue.objects.filter(pk=row.pk).update(value=row.value)
            done += 1
    return done, lost
