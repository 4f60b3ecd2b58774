"""``python -m capsule_site.dev``: what ``make dev`` starts. With ``--check`` it only says where it cannot."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from capsule_site.dev import OWN_ADDRESS_ONLY
from capsule_site.dev.answers import is_own_host
from capsule_site.dev.supervisor import Supervisor
from capsule_site.kept_environment import kept_environment
from capsule_site.listening import CannotListen, listening_socket, port_from

__all__ = ["main"]


def main() -> None:
    """Serve until Ctrl-C. Ends with a sentence where it cannot."""
    told = {**_kept(), **{name: value for name, value in os.environ.items() if value.strip()}}
    host = told.get("HOST", "").strip() or "127.0.0.1"
    if ":" in host:
        sys.exit(f"HOST={host}: `make dev` speaks IPv4 only. Leave HOST out.")
    if not is_own_host(host):
        sys.exit(f"HOST={host}: {OWN_ADDRESS_ONLY}")
    try:
        bound = listening_socket(host, port_from(told.get("PORT", "").strip() or "8000"))
    except CannotListen as error:
        sys.exit(str(error))
    if "--check" in sys.argv[1:]:
        bound.close()
        return
    signal.signal(signal.SIGTERM, _end)
    with Supervisor(bound, host, secrets.token_hex(4)) as supervisor:
        try:
            supervisor.run()
        except KeyboardInterrupt:
            sys.exit(0)


def _end(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C, but nobody at the keyboard did it: whoever finds it over should know why."""
    sys.stdout.write(f"Ended: another process sent {signal.Signals(number).name}.\n")
    raise KeyboardInterrupt


def _kept() -> dict[str, str]:
    """What the site was told once, and keeps; the site itself says where that cannot be read."""
    try:
        return kept_environment(Path(os.environ.get("CAPSULE_VAR", "").strip() or "var"))
    except ImproperlyConfigured:
        return {}


if __name__ == "__main__":
    main()
