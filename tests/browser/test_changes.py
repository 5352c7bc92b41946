"""What a layer did to its input, on the screen: a click on a cell of the output shows the cells that made it."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MODEL, SHOW
from tests.browser.lab import Notebook, eventually
from tests.browser.stage import Stage


def fact(stage: Stage, name: str) -> Locator:
    """The fact of that name, with its number and whether a check held."""
    return stage.layer.locator(".kv-figures > div").filter(has=stage.page.get_by_text(name, exact=True))


def open_aspect(stage: Stage, path: str, aspect: str) -> None:
    stage.card(path).click()
    stage.layer.locator(".kv-name", has_text=path).wait_for()
    stage.layer.get_by_role("button", name=aspect, exact=True).click()
    stage.layer.locator(".kv-figures-page").wait_for()


def test_click_on_a_pooled_cell_frames_its_window_and_tells_its_cells(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    open_aspect(stage, "pool", "In and out")
    stage.unit.fill("2")
    given = np.array(book.value("w.activations['conv'][0].tolist()"))

    output = stage.layer.locator(".kv-figure", has_text="Output").locator(".kv-plot")
    box = output.bounding_box()
    assert box is not None
    stage.page.mouse.click(box["x"] + 3.5 / 5 * box["width"], box["y"] + 1.5 / 5 * box["height"])

    expect(fact(stage, "comes from")).to_contain_text("conv[2:4, 6:8, 2]")
    largest = given[2:4, 6:8, 2].max()
    said = fact(stage, "chosen cell").inner_text().rpartition("= ")[2].replace("−", "-")
    assert float(said) == pytest.approx(largest, rel=1e-5)
    expect(fact(stage, "recomputed").locator(".kv-good")).to_be_visible()
    window = stage.layer.locator(".kv-figure").first.locator(".kv-block-window")
    eventually(stage.page, lambda: near(window, (2, 6, 2, 2), 10), "the window around these cells")


def near(window: Locator, cells: tuple[float, ...], side: int) -> bool:
    """Whether a frame stands around cells (row, column, rows, columns) of a picture of so many cells a side."""
    style = window.evaluate("e => [e.style.top, e.style.left, e.style.height, e.style.width]")
    return [round(float(each.rstrip("%")) * side / 100, 3) for each in style] == list(cells)


def test_a_flattened_unit_leads_back_to_its_map(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    open_aspect(stage, "flat", "In and out")

    stage.unit.fill("47")

    row, column, channel = np.unravel_index(47, (5, 5, 4))
    expect(fact(stage, "comes from")).to_contain_text(f"pool[{row}, {column}, {channel}]")
    value = np.array(book.value("w.activations['pool'][0].tolist()"))[row, column, channel]
    said = fact(stage, "chosen cell").inner_text().rpartition("= ")[2].replace("−", "-")
    assert float(said) == pytest.approx(value, rel=1e-5)
