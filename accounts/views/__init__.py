"""Where people sign in, say who they are, and meet in organisations."""

from __future__ import annotations
