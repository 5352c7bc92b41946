"""Pictures of the dev page for people to look at: `python -m js.test.shots OUT [width …]`.

Run `node js/test/page.mjs --once` first. Every layer view, light and dark, and the states a
person should rarely see (no kernel, a failing panel, another protocol).
"""

import functools
import http.server
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.tools import chromium

PAGE = Path(__file__).parent / ".cache"
LAYERS = ("conv2d", "block/conv2d_1", "lstm", "attention", "dense", "unstable", "dead_relu", "names")
STATES = {
    "fail": "fail=layer",
    "gone": "gone=1",
    "waiting": "silent=1",
    "mismatch": "protocol=9",
    "closed": "closed=1",
    "zh": "language=zh",
}


def serve() -> http.server.ThreadingHTTPServer:
    """A server of the page on a free port."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(PAGE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def shots(out: Path, widths: list[int]) -> None:
    """One PNG per view and state, in each width and theme."""
    out.mkdir(parents=True, exist_ok=True)
    queries = {name.replace("/", "-"): f"layer={name}" for name in LAYERS} | STATES
    server = serve()
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page()
        page.on("console", lambda message: print(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: print("error", error))
        for width in widths:
            page.set_viewport_size({"width": width, "height": 960 if width > 860 else 1500})
            for theme in ("light", "dark"):
                for name, query in queries.items():
                    page.goto(f"http://127.0.0.1:{server.server_port}/index.html?theme={theme}&{query}")
                    page.wait_for_selector(".kv-stage")
                    page.wait_for_timeout(2300 if name == "waiting" else 350)
                    page.screenshot(path=out / f"{width}-{theme}-{name}.png", full_page=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    shots(Path(sys.argv[1]), [int(width) for width in sys.argv[2:]] or [1400, 700, 480])
