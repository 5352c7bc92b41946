"""The widget in other hosts than JupyterLab, which the same server has: Notebook 7 and Voilà."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import MODEL, SHOW
from tests.browser.lab import VIEWPORT, Lab, Notebook
from tests.browser.stage import Stage


@dataclass
class Voila:
    """A notebook of which only the outputs are shown."""

    page: Page


def test_notebook_7_shows_the_widget_and_its_charts(browser: Browser, lab: Lab) -> None:
    name = lab.write([MODEL, SHOW])
    book = Notebook(browser.new_page(viewport=VIEWPORT), lab, name, host="notebooks")
    book.run(0, 1)
    stage = Stage(book).drawn()
    stage.open_layer("conv")
    stage.root.get_by_role("button", name="Lay out conv").click()
    expect(stage.root.locator(".kv-panel-map .bqplot")).to_be_visible(timeout=20_000)

    stage.expect_change(lambda: stage.sample.fill("5"), stage.card("conv"), stage.prediction)

    assert book.value("w.sample") == 5
    expect(stage.root.get_by_role("alert")).to_have_count(0)  # Notebook's own page throws errors, without a widget too
    book.close()


def test_voila_shows_the_widget_to_somebody_who_sees_no_code(browser: Browser, lab: Lab) -> None:
    page = browser.new_page(viewport=VIEWPORT)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{lab.url}/voila/render/{lab.write([MODEL, SHOW])}", timeout=90_000)
    stage = Stage(Voila(page)).drawn()
    stage.open_layer("conv")

    stage.expect_change(lambda: stage.sample.fill("5"), stage.card("conv"), stage.prediction)

    assert not page.locator(".jp-InputArea").count()
    page.close()
    assert not problems, problems
