from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from collections_app.changing.operations import finish, unfinished
from collections_app.declaring import collections


class Command(BaseCommand):
    help = (
        "Finish every change of columns that was broken off: values that are to be filled, moved or dropped."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = unfinished()
        declared = {handle.name: handle for handle in collections}
        done = 0
        for name, scope_key in found:
            if name not in declared:
                self.stderr.write(f"{name} is declared no more; its values stay as they are.")
            elif finish(declared[name], scope_key):
                done += 1
                self.stdout.write(f"{name}: the columns of {scope_key} are finished.")
        self.stdout.write(f"{done} changes finished." if found else "Nothing is unfinished.")
