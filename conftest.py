"""What every test of this project has at hand, those of its applications too."""

from __future__ import annotations

pytest_plugins = ["capsule_testing.plugin"]
