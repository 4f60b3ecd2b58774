"""``python -m capsule_site.run_daphne``: Daphne, which Ctrl-C stops quietly even while it loads."""

from __future__ import annotations

import runpy
import sys

if __name__ == "__main__":
    try:
        runpy.run_module("daphne", run_name="__main__")
    except KeyboardInterrupt:  # once it serves, Twisted's own handler ends it
        sys.exit(0)
