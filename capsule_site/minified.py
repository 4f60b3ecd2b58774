"""Static files as they are served: hashed, compressed, and without what nobody who loads a page has use for.

The scripts of this project are a third comments and indentation, and their names say what they mean: that
helps whoever reads the source, and `make dev` serves it as it is. Of Tabler's style sheet, two thirds are
rules for what this project does not use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import minify
from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from capsule_site.trimming import Words, sources, trimmed

__all__ = ["MinifiedStorage"]

# What others have made comes as they made it: its checksum is in the manifest.
NOT_OURS = ("vendor/", "admin/", "django_tables2/")
TRIMMED = "vendor/tabler/tabler.min.css"


class MinifiedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Minifies the project's own scripts after they are collected, before their names are made from them.

    Those that every page has (``CAPSULE_SCRIPTS``) become one: together they compress to a sixth less.
    """

    joined_scripts = "capsule/every_page.js"

    def post_process(
        self, paths: Mapping[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | Exception]]:
        if dry_run:
            return
        own = [name for name in paths if name.endswith(".js") and not name.startswith(NOT_OURS)]
        for name in own:
            _minify(Path(self.path(name)))
        changed = own
        if TRIMMED in paths:
            _trim(Path(self.path(TRIMMED)))
            changed = [*own, TRIMMED]
        # Hashed is what the named storage holds: of these the collected file, not the source.
        collected = {**paths, **{name: (self, name) for name in changed}}
        if all(name in paths for name in settings.CAPSULE_SCRIPTS):
            self._join()
            collected[self.joined_scripts] = (self, self.joined_scripts)
        yield from super().post_process(collected, dry_run, **options)

    def _join(self) -> None:
        parts = [Path(self.path(name)).read_text(encoding="utf-8") for name in settings.CAPSULE_SCRIPTS]
        joined = Path(self.path(self.joined_scripts))
        joined.parent.mkdir(parents=True, exist_ok=True)
        joined.write_text("\n;".join(parts), encoding="utf-8")


def _minify(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    if (short := minify.string("application/javascript", source)) != source:
        file.write_text(short, encoding="utf-8")


def _trim(file: Path) -> None:
    words = Words.of(*(source.read_text(encoding="utf-8", errors="ignore") for source in sources()))
    file.write_text(trimmed(file.read_text(encoding="utf-8"), words), encoding="utf-8")
