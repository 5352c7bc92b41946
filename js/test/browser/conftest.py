"""The dev page in a browser: the whole front end over a fake kernel."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import run

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from js.test.shots import serve
from tests.tools import chromium as browsers

JS = Path(__file__).parents[2]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    run(["node", "test/page.mjs", "--once"], cwd=JS, check=True)
    server = serve()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield browsers.launch(playwright)


@pytest.fixture
def opened(chromium: Browser, address: str) -> Iterator[OpenPage]:
    """Open the page with a query; no test leaves an error of a script behind."""
    page = chromium.new_page(viewport={"width": 1300, "height": 1000})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))

    def go(query: str = "", *, wait: str = ".kv-tile canvas") -> Page:
        page.goto(f"{address}?{query}")
        page.locator(wait).first.wait_for()
        return page

    yield go
    page.close()
    assert not problems, problems
