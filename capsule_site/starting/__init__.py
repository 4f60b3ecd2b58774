"""An application that begins: what it may be called, its first files, and its lines in the site."""

from __future__ import annotations
