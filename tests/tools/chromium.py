"""The Chromium that Playwright drives. Run as a program it prints its path; exit status 1 if there is none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What a browser does besides showing a page. The popups of its address bar are pages too, two for each window, and took
# as long to draw as ours. (The rest is Playwright's own list, which this one replaces.)
WITHOUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "LensOverlay", "MediaRouter", "OptimizationHints", "PaintHolding"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "ThirdPartyStoragePartitioning"),
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    f"--disable-features={','.join(WITHOUT)}",
]


def launch(playwright: Playwright) -> Browser:
    """A browser without a window; KERASVIZ_HEADED=1 shows it."""
    headless = not os.environ.get("KERASVIZ_HEADED")
    return playwright.chromium.launch(executable_path=find(), args=FLAGS, headless=headless)


def find() -> str | None:
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
    found = find()
    print(found or "")
    sys.exit(not found)
