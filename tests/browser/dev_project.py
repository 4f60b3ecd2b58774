"""A small project in a folder of its own, served by `make dev`'s own command: what is saved shall be live."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT, Site

__all__ = ["DevSite", "FILES"]

FILES = {
    "desk/__init__.py": "",
    "desk/declarations.py": """\
from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from capsule import PageRequest
from collections_app import collection
from handlers import data
from pages import page, ui

tasks = collection("tasks", columns=["title"], scope="user", editable=True)


@data
def late(request: PageRequest) -> int:
    return 12 // 1


@page("Tasks", route="")
def all_tasks(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Text("As it was"), ui.Metric("Late", late), ui.Table(tasks), ui.Text("The end")])


@page
def long_page(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Text("Top"), *[ui.Text(f"Line {at}") for at in range(200)], ui.Text("Bottom")])


@page
def notice(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/notice.html")
""",
    "desk/templates/desk/notice.html": """\
{% extends "capsule/page.html" %}
{% load static %}
{% block page.title %}Notice{% endblock page.title %}
{% block page.styles %}<link rel="stylesheet" href="{% static "desk/desk.css" %}">{% endblock page.styles %}
{% block page.scripts %}<script src="{% static "desk/desk.js" %}" defer></script>{% endblock page.scripts %}
{% block page.content %}
  <form class="desk-form"><label>Words <input name="words"></label></form>
  <p id="words">As it was</p>
{% endblock page.content %}
""",
    "desk/static/desk/desk.css": "#words { color: rgb(1, 2, 3); }\n",
    "desk/static/desk/desk.js": 'document.documentElement.dataset.desk = "one";\n',
    "project_settings.py": """\
from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "desk"]
""",
}


class DevSite(Site):
    """``python -m capsule_site.dev`` in such a folder."""

    command = ("-m", "capsule_site.dev")

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        super().__init__(
            folder / "var",
            log="dev",
            CAPSULE_DEMO="0",
            DJANGO_SETTINGS_MODULE="project_settings",
            PYTHONPATH=os.pathsep.join([str(self.project), str(ROOT)]),
            PYTHONWARNINGS="ignore",
        )
        self.root = self.project
        self.restore()

    def save(self, name: str, text: str) -> None:
        """Save a file as an editor does: another file in its place."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(text)
        draft.replace(path)

    def edit(self, name: str, old: str, new: str) -> None:
        """Put ``new`` in the place of ``old``."""
        text = (self.project / name).read_text()
        assert old in text
        self.save(name, text.replace(old, new))

    def restore(self) -> None:
        """All files as they were; one that is as it was is not touched."""
        for name, text in FILES.items():
            path = self.project / name
            if not path.exists() or path.read_text() != text:
                self.save(name, text)

    def make_person(self, email: str, password: str) -> None:
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "create_admin", "--email", email],
            env={**self.environment, "CAPSULE_ADMIN_PASSWORD": password},
            cwd=self.project,
            check=True,
            capture_output=True,
            timeout=120,
        )
