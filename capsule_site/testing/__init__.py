"""How a run of tests is set up: the site as it is for applications, the house alone for its own suites."""

from __future__ import annotations
