"""What a search compares: the words of a question and the texts of a document, both in one folded form.

NFKC makes one of what is written in several ways (a letter with its mark, a wide or narrow form), and
``casefold`` of what differs in case, ``ß`` and ``SS`` too. Both are Python's, so that an answer depends on no
database: the folded texts are stored beside the document, and only parts of them are looked for there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from capsule.json_values import clean_text
from collections_app.errors import BadQuery, TooShort

__all__ = ["SHORTEST", "fold_words", "text_of", "words_of"]

SHORTEST = 3  # letters that an index can look for
LONGEST = 200  # characters of a question
MOST_WORDS = 20  # each is another look at a text

_DOTTED = re.compile("[iı]\u0307+")  # what case folding makes of a capital that has its dot already
SEPARATOR = "\n"  # between two keys: white space, so that no word stands across it


def fold_words(text: str) -> str:
    """``text`` as it is searched. The four letters i of Turkish are one: which is meant, its language says.

    Example: ``fold_words("Straße") == fold_words("STRASSE")``
    """
    if text.isascii():
        return text.lower()
    lower = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", _DOTTED.sub("i", lower).replace("ı", "i"))


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a question, each once.

    Raises ``TooShort`` if none of them has three letters, ``ValueError`` for too many, and for no text.
    """
    if not isinstance(text, str):
        raise BadQuery(f"Search for a text, not for a {type(text).__name__}.")
    if len(text) > LONGEST:
        raise BadQuery(f"Search for at most {LONGEST} characters.")
    words = tuple(dict.fromkeys(fold_words(clean_text(text)).split()))
    if not any(len(word) >= SHORTEST for word in words):
        raise TooShort(SHORTEST)
    if len(words) > MOST_WORDS:
        raise BadQuery(f"Search for at most {MOST_WORDS} words.")
    return words


def text_of(document: Mapping[str, Any], keys: Iterable[str]) -> str:
    """The folded texts of a document at ``keys``, those in lists too: what its words are looked for in."""
    values = (document.get(key) for key in keys)
    texts = (text for value in values for text in (value if isinstance(value, list) else [value]))
    return SEPARATOR.join(fold_words(text) for text in texts if isinstance(text, str))
