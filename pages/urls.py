"""Where the declared pages answer."""

from __future__ import annotations

from django.urls import URLPattern, path

from capsule.routing import either
from pages.arrangements import arrange
from pages.checks import OWN, route_problem
from pages.declarations import PageDeclaration, pages
from pages.finding_views import finder, keys
from pages.inspecting.views import part, switch
from pages.views import first_page

app_name = "pages"


def patterns_of(declared: PageDeclaration) -> list[URLPattern]:
    """A page's addresses: with and without the final slash."""
    if not declared.route:
        return [path("", declared.view, name=declared.name)]
    return either(declared.route, declared.view, name=declared.name)


# Fixed routes first: "threads/new/" must not be taken for the record "new" of "threads/<str:id>/". A route
# that Django cannot read is left to the system check, which says so by name.
_usable = [declared for declared in pages if route_problem(declared.route) is None]
_in_order = sorted(_usable, key=lambda declared: bool(declared.route_names))

# A declared page is called as its function, which none of these names can be.
urlpatterns = [
    path("", first_page, name=f"{OWN}first"),
    *either("tables/columns/", arrange, name=f"{OWN}arrange"),
    *either("find/", finder, name=f"{OWN}find"),
    *either("find/keys/", keys, name=f"{OWN}keys"),
    *either("inspect/", switch, name=f"{OWN}inspect"),
    *either("inspect/part/", part, name=f"{OWN}inspected"),
    *[pattern for declared in _in_order for pattern in patterns_of(declared)],
]
