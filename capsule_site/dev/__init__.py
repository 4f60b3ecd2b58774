"""``make dev``: the same site for whoever builds on it. What is saved is live in every open browser.

Three processes share one listening socket, so that nobody is refused while the site starts anew:

- ``supervisor``: watches the files, starts the others, and answers itself while the site cannot start;
- ``child``: the site; it ends when a file of Python changes;
- a second child that has loaded what nobody edits and waits: the next site, ready in half the time.

A page asks ``/_dev/state`` what there is to see (``answers``), and waits there until there is something new.
Nothing of this is loaded, served or linked by ``make run``.
"""

from __future__ import annotations

__all__ = ["OWN_ADDRESS_ONLY"]

OWN_ADDRESS_ONLY = (
    "`make dev` shows source and variables to whoever asks, so it serves on this machine's own address only: "
    "leave HOST, ALLOWED_HOSTS and CAPSULE_BEHIND_PROXY out, or serve with `make run`."
)
