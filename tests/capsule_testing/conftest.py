"""The plugin's own people: alice and bob are Acme's from the beginning."""

from __future__ import annotations

from capsule_testing.plugin import acme, alice, bob, charlie, dana

__all__ = ["acme", "alice", "bob", "charlie", "dana"]
