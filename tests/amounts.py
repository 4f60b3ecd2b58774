"""How much of what is random is tried: a part in the suites, all where ``make prove`` shows a claim."""

from __future__ import annotations

import os

__all__ = ["amount"]

PART = 20


def amount(name: str, whole: int) -> int:
    """As much as the environment's ``name`` says; else a twentieth of ``whole``; in ``make prove`` all.

    Seeds are fixed, so the suites try the same part each time and find what was broken; what nobody thought
    of is looked for with a larger number.

    Example: ``CASES = amount("HOSTILE", 20_000)``
    """
    if name in os.environ:
        return int(os.environ[name])
    return whole if "PROOFS" in os.environ else whole // PART
