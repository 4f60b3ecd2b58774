from __future__ import annotations

from tests.browser.harness import browser_page, chromium, chromium_path, second_server, server, sites

__all__ = ["browser_page", "chromium", "chromium_path", "second_server", "server", "sites"]
