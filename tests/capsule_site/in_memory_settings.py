"""An operator's own choice of a channel layer, which reaches no other process."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403

CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
