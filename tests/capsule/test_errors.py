"""What an error says by itself: in a log, and where nobody asks for its fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from capsule import BadInput
from capsule.errors import problems_by_field, sentence_of


def test_bad_input_names_its_fields() -> None:
    fields = {"amount": ["Enter a number."], "due": ["Enter a date.", "Or leave it out."]}
    error = BadInput("This cannot be saved as it is.", fields)
    said = "This cannot be saved as it is. amount: Enter a number. due: Enter a date. Or leave it out."
    assert str(error) == said
    assert sentence_of(error) == error.message == "This cannot be saved as it is."
    with pytest.raises(ValueError, match=r"amount: Enter a number\."):
        raise error
    assert str(BadInput("Nothing fits.")) == "Nothing fits."
    later: Any = gettext_lazy("Enter a number.")
    assert str(BadInput(later, {"amount": [later], "price": [later, "Or a word."]})) == (
        "Enter a number. price: Enter a number. Or a word."
    )


def test_problems_are_by_field_and_about_the_whole() -> None:
    assert problems_by_field(ValidationError("No.")) == {"__all__": ["No."]}
    by_field = {"due": ["Enter a date."], "__all__": ["Too much."]}
    assert problems_by_field(ValidationError(by_field)) == by_field
