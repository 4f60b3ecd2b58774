"""What ``ui.Form`` is made of: the forms that it draws, and what becomes of what they send."""

from __future__ import annotations
