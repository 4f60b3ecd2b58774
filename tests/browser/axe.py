"""axe-core before a page: what it finds there, in a sentence each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["NARROW", "WIDE", "findings", "findings_in_every_look", "install"]

SOURCE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
# All rules that are on by default, best practices among them, and one that is not: WCAG 2.2's target size.
RULES: dict[str, dict[str, bool]] = {"target-size": {"enabled": True}}
CONTRAST = {"runOnly": ["color-contrast", "target-size"]}
WIDE: Any = {"width": 1440, "height": 900}
NARROW: Any = {"width": 390, "height": 844}
LOOKS: list[tuple[str, Any, dict[str, Any]]] = [
    ("light", WIDE, {"rules": RULES}),
    # Of either width and either scheme once: the two others have these colours and these sizes.
    ("dark", NARROW, {"rules": RULES}),
]
# Left out are the admin's tooltips beside a choice of several, a span with an aria-label: Django's own script
# (SelectFilter2.js) makes them, and nobody can reach them.
# Evaluated by the debugger, not by the page: the policy against foreign scripts stays as it is. No preload:
# it would copy the style sheets into the page, which the policy rightly refuses.
RUN = """async options => {
    const where = {include: document, exclude: ".selector .help-tooltip"};
    const {violations} = await axe.run(where, {resultTypes: ["violations"], preload: false, ...options});
    const told = nodes => nodes.map(({html, failureSummary}) => [html, failureSummary]);
    return violations.map(({id, help, nodes}) => [id, help, told(nodes)]);
}"""
# A colour on its way from light to dark is neither.
STILL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets.push(sheet);
}"""
SETTLED = "scheme => [scheme, undefined].includes(document.documentElement.dataset.bsTheme)"


def install(page: Page) -> None:
    """Have axe in every page that ``page`` opens from now on: cheaper than to send it to each of many.

    What moves there must be still already.
    """
    page.add_init_script(SOURCE)


def findings(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds on the page as it stands; nothing, if all is well."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(f"(() => {{{SOURCE}}})()")
        page.evaluate(STILL)
    found = page.evaluate(RUN, options or {"rules": RULES})
    return [
        f"{rule}: {words}\n" + "\n".join(f"    {html[:300]}\n    {why}" for html, why in nodes[:5])
        for rule, words, nodes in found
    ]


def findings_in_every_look(page: Page) -> list[str]:
    """The same, wide in light and narrow in dark."""
    found = []
    for scheme, viewport, options in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size(viewport)
        page.wait_for_function(SETTLED, arg=scheme)
        found += [f"{scheme}, {viewport['width']} px: {one}" for one in findings(page, options)]
    return found
