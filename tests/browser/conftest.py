"""One JupyterLab, one page and one kernel for all tests of a process; an empty notebook for each."""

from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import VIEWPORT, Lab, Notebook

expect.set_options(timeout=20_000)  # a kernel on a busy machine may take longer than Playwright's five seconds

MODEL = """
import keras
import numpy as np

from kerasviz import ExplainerWidget

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
        keras.layers.MaxPooling2D(name="pool"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(6, activation="softmax", name="scores"),
    ]
)
x = np.zeros((8, 12, 12, 1), "float32")
for i in range(8):
    x[i, i : i + 4, i // 2 : i + 5] = np.linspace(0.2, 1, i + 5 - i // 2)[:, None]
y = np.arange(8) % 6
"""
FAILED = pytest.StashKey[bool]()
SHOW = "w = ExplainerWidget(model, x, y)\ndisplay(w)"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A picture of every page that a failing test left open, in test-results/."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    pages = item.funcargs["browser"].contexts if report.failed and "browser" in item.funcargs else []
    for number, context in enumerate(pages):
        path = f"test-results/{item.name}-{report.when}-{number}.png"
        context.pages[0].screenshot(path=path)
        report.sections.append(("picture", path))
    return report


class Desk:
    """The notebook that tests use one after the other; thrown away with whoever failed on it."""

    def __init__(self, browser: Browser, lab: Lab) -> None:
        self._browser, self._lab = browser, lab
        self.book: Notebook | None = None

    def open(self, *cells: str) -> Notebook:
        if self.book:
            self.book.replace(*cells)
        else:
            self.book = Notebook.create(self._browser.new_page(viewport=VIEWPORT), self._lab, *cells)
        return self.book

    def clear(self) -> None:
        if self.book:
            self.book.close()
        self.book = None


@pytest.fixture(scope="session")
def desk(browser: Browser, lab: Lab) -> Iterator[Desk]:
    desk = Desk(browser, lab)
    yield desk
    desk.clear()


@pytest.fixture
def notebook(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Callable[..., Notebook]]:
    """Make and open a notebook of code cells; no test leaves an error on the browser's console."""
    yield desk.open
    problems = list(desk.book.problems) if desk.book else []
    if problems or request.node.stash.get(FAILED, False):
        desk.clear()
    assert not problems, problems


@pytest.fixture
def shown(notebook: Callable[..., Notebook]) -> Notebook:
    """The widget on a small network, drawn."""
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    book.page.locator(".kv-card canvas").first.wait_for()
    return book
