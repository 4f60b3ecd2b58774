"""What a docstring says, as Markdown, and the code of its examples."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

CODE = re.compile(r"``(.+?)``", re.DOTALL)
EXAMPLE = re.compile(r"(?:^|(?<=\. ))Examples?: ", re.MULTILINE)
MARK = re.compile(r"[-+*#>|]|\d+\.")
WIDTH = 116


def docstring_of(thing: Any) -> str:
    """Its own docstring: what it inherits from a class that is not ours says nothing of it."""
    text = inspect.getdoc(thing) or ""
    return "" if _is_made(thing, text) else text


def _is_made(thing: Any, text: str) -> bool:
    """Whether Python wrote it, as it does for a dataclass without one."""
    return isinstance(thing, type) and text.startswith(f"{thing.__name__}(")


def markdown(text: str) -> str:
    """A docstring as a page has it: code in single backticks, blocks of code fenced, paragraphs in lines."""
    return "\n\n".join(said for one in _paragraphs(text) if (said := _paragraph(one)))


def first_line(text: str) -> str:
    """Its first sentence, for a row of a table."""
    words = " ".join(text.split("\n\n")[0].split())
    return cell(CODE.sub(r"`\1`", words))


def cell(text: str) -> str:
    """Text that may stand in a row of a table."""
    return text.replace("|", "\\|")


def examples_of(text: str) -> list[str]:
    """The code of the examples in a docstring: what follows *Example:*, and blocks behind ``::``."""
    return list(_examples(text))


def _examples(text: str) -> Iterator[str]:
    paragraphs = _paragraphs(text)
    for place, one in enumerate(paragraphs):
        if match := EXAMPLE.search(one):
            yield from (" ".join(code.split()) for code in CODE.findall(one[match.start() :]))
        if one.startswith("    ") and place and paragraphs[place - 1].rstrip().endswith("::"):
            yield textwrap.dedent(one)


def _paragraphs(text: str) -> list[str]:
    """Its paragraphs; a block of code is one, with the empty lines in it."""
    found: list[str] = []
    for one in re.split(r"\n[ \t]*\n", text.strip("\n")):
        if one.startswith("    ") and found and found[-1].startswith("    "):
            found[-1] += f"\n\n{one}"
        else:
            found.append(one)
    return found


def _paragraph(one: str) -> str:
    if one.startswith("    "):
        return f"```python\n{textwrap.dedent(one).rstrip()}\n```"
    if (match := EXAMPLE.search(one)) and _is_code_alone(one[match.end() :]):
        before = one[: match.start()].rstrip()
        lines = "\n".join(" ".join(code.split()) for code in CODE.findall(one[match.end() :]))
        shown = f"```python\n{lines}\n```"
        return f"{_inline(before)}\n\n{shown}" if before else shown
    if one.startswith("- "):
        items = re.split(r"\n(?=- )", one)
        return "\n".join(f"- {_inline(item[2:])}" for item in items)
    return _inline(re.sub(r"^Examples?::$", "", one).strip() if one.startswith("Example") else one)


def _is_code_alone(text: str) -> bool:
    return not CODE.sub("", text).strip(" ,;.\n")


def _inline(text: str) -> str:
    """Words in lines of a page. Where a line would begin as a list or a heading does, it is left long."""
    words = " ".join(line.strip() for line in text.splitlines())
    words = CODE.sub(lambda found: f"`{found[1]}`", re.sub(r"::$", ":", words))
    lines = textwrap.wrap(words, WIDTH, break_long_words=False, break_on_hyphens=False)
    return words if any(MARK.match(line) for line in lines[1:]) else "\n".join(lines)
