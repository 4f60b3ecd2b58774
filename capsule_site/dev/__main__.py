"""``python -m capsule_site.dev``: what ``make dev`` starts."""

from __future__ import annotations

import os
import secrets
import signal
import sys

from capsule_site.dev import OWN_ADDRESS_ONLY
from capsule_site.dev.answers import is_own_host
from capsule_site.dev.supervisor import Supervisor
from capsule_site.listening import CannotListen, listening_socket, port_from

__all__ = ["main"]


def main() -> None:
    """Serve until Ctrl-C. Ends with a sentence where it cannot."""
    host = os.environ.get("HOST", "").strip() or "127.0.0.1"
    if ":" in host:
        sys.exit(f"HOST={host}: `make dev` speaks IPv4 only. Leave HOST out.")
    if not is_own_host(host):
        sys.exit(f"HOST={host}: {OWN_ADDRESS_ONLY}")
    try:
        bound = listening_socket(host, port_from(os.environ.get("PORT", "").strip() or "8000"))
    except CannotListen as error:
        sys.exit(str(error))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Supervisor(bound, host, secrets.token_hex(4)) as supervisor:
        try:
            supervisor.run()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
