"""Where is a Chromium that Playwright can drive? Prints its path; exit status 1 if there is none."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The one named by KERASVIZ_BROWSER, else one on the PATH, else Playwright's own download."""
    named = os.environ.get("KERASVIZ_BROWSER")
    for name in (named,) if named else NAMES:
        if path := shutil.which(name):
            return path
    return None if named else _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = find_browser()
    print(found or "")
    sys.exit(not found)
