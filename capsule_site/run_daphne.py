"""``python -m capsule_site.run_daphne``: Daphne, which Ctrl-C stops quietly even while it loads."""

from __future__ import annotations

import runpy
import signal
import sys

if __name__ == "__main__":
    try:
        # serve held Ctrl-C back until here, where it is a quiet end whenever it comes.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        runpy.run_module("daphne", run_name="__main__")
    except KeyboardInterrupt:  # once it serves, Twisted's own handler ends it
        sys.exit(0)
