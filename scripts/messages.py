"""Bring the translations in step with the sources: ``.venv/bin/python scripts/messages.py``.

Every sentence of the product's Python and templates gets its place in each language's
``locale/<language>/LC_MESSAGES/django.po``; what is no longer said goes. Then those files are compiled beside
themselves. What has no translation yet is listed, and makes it exit with 1. It needs nothing but Babel: no
gettext has to be installed.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from capsule.places import OF_THE_HOUSE

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = tuple(sorted(OF_THE_HOUSE))
YOURS: Final = (ROOT / "capsule_site" / "declarations.py", ROOT / "capsule_site" / "handlers.py")
KEYWORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
HEADER: Final = """\
{comment}
msgid ""
msgstr ""
"Project-Id-Version: Capsule on Django\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extracted() -> Catalog:
    """Every sentence of the product, without a translation."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for path in sources():
        source = path.read_text()
        if path.suffix != ".py":
            source = _as_python(source, path)
        for _line, function, found, _comments in extract_python(
            io.BytesIO(source.encode()), KEYWORDS, (), {}
        ):
            _add(catalog, function, found)
    return catalog


def sources() -> Iterator[Path]:
    """What may say something: the modules of the product, and its templates, without yours."""
    for package in PACKAGES:
        yield from sorted(path for path in (ROOT / package).rglob("*.py") if path not in YOURS)
    for package in (*PACKAGES, "admin"):
        templates = (ROOT / "templates" / package).rglob("*")
        yield from sorted(path for path in templates if path.suffix in (".html", ".txt"))


def files() -> list[Path]:
    """The translations there are."""
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """One language's translations."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def said(catalog: Catalog) -> dict[tuple[str | None, str | tuple[str, ...]], Message]:
    """The sentences of a catalogue by context and text."""
    return {(one.context, _id(one)): one for one in catalog if one.id}


def untranslated(catalog: Catalog) -> list[str]:
    """The sentences that are still to be said in its language."""
    return [str(one.id) for one in catalog if one.id and (one.fuzzy or not all(_strings(one)))]


def written(catalog: Catalog) -> bytes:
    """The file of translations, without the headers that name nobody."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, omit_header=True, sort_output=True)
    header = HEADER.format(
        comment=catalog.header_comment, language=catalog.locale, plural=catalog.plural_forms
    )
    return header.encode() + out.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """What Django reads of it; the same for the same translations, whenever it is made."""
    catalog.creation_date = catalog.revision_date = LONG_AGO
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def brought_in_step(catalog: Catalog, sentences: Catalog) -> None:
    """Leave the translations that are still said, and make a place for those that are new."""
    catalog.update(sentences, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()


def _id(message: Message) -> str | tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else message.id


def _strings(message: Message) -> tuple[object, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string,)


def _as_python(source: str, path: Path) -> str:
    """A template as the calls that translate it; Babel reads Python, and takes offence at indentation."""
    calls = templatize(source, origin=str(path))
    return re.sub(r"^[ \t]+", "", calls, flags=re.MULTILINE)


def _add(catalog: Catalog, function: object, found: Any) -> None:
    texts = list(found) if isinstance(found, (list, tuple)) else [found]
    context = texts.pop(0) if "pgettext" in str(function) else None
    has_plural = len(texts) > 1 and texts[1] is not None
    if texts[0]:
        catalog.add(tuple(texts[:2]) if has_plural else texts[0], context=context)


def main() -> int:
    """Write what changed; 1 where something is left to translate."""
    sentences, left = extracted(), 0
    for path in files():
        catalog = read(path)
        brought_in_step(catalog, sentences)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        for one in untranslated(catalog):
            left += 1
            sys.stdout.write(f"{path.relative_to(ROOT)}: {one}{os.linesep}")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
