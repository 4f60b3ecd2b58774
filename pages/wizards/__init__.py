"""What ``ui.Wizard`` is made of: its steps, what is kept of them, and what becomes of them at the end."""

from __future__ import annotations
