"""What can be wrong with a declared function, said to its developer."""

from __future__ import annotations

from capsule.errors import CapsuleError

__all__ = ["BadOutcome", "NoParameter", "NotAFunction", "NothingReturned"]


class NotAFunction(CapsuleError, TypeError):
    """``@data`` or ``@action`` stands on something that cannot be asked."""

    anchor = "notafunction"


class NoParameter(CapsuleError, TypeError):
    """An address was asked for with a parameter that the handler does not take."""

    anchor = "noparameter"


class BadOutcome(CapsuleError, TypeError):
    """An action returned what no answer can be made of."""

    anchor = "badoutcome"


class NothingReturned(CapsuleError, TypeError):
    """A data handler returned ``None``, and does not say that it may: a forgotten ``return``."""

    anchor = "nothingreturned"
