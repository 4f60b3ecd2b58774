"""``python -m capsule_site.run_daphne``: Daphne, which Ctrl-C stops quietly even while it loads."""

from __future__ import annotations

import runpy
import signal
import sys

from capsule_site import loading

loading.begin()  # until asgi.py has loaded the rest

from daphne.server import reactor  # noqa: E402 - importing it makes Twisted run on asyncio

from capsule_site.bodies import bound_bodies  # noqa: E402
from capsule_site.body_limit import most_of_a_body  # noqa: E402
from capsule_site.paced import pace_daphne  # noqa: E402
from capsule_site.sole import PlaceTaken  # noqa: E402
from live.hub import hub  # noqa: E402

__all__ = ["serve"]


def serve(arguments: list[str]) -> None:
    """Become Daphne with these arguments, the application's name last, until it is told to stop."""
    sys.argv[1:] = arguments
    # As soon as the loop runs: what was queued before a restart goes on without waiting for a visitor.
    reactor.callLater(0, hub.start)
    pace_daphne()
    bound_bodies(most_of_a_body)
    runpy.run_module("daphne", run_name="__main__")


if __name__ == "__main__":
    try:
        # serve held Ctrl-C back until here, where it is a quiet end whenever it comes.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        serve(sys.argv[1:])
    except KeyboardInterrupt:  # once it serves, Twisted's own handler ends it
        sys.exit(0)
    except PlaceTaken as error:  # another server came in between
        sys.exit(str(error))
