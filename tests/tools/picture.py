"""Take the README's pictures again (`make picture`): the quickstart notebook, run in JupyterLab, its widget alone.

Somebody has moved the unit slider and asked a pixel where it comes from; and has asked why.
"""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, sync_playwright

from tests.browser.lab import Lab, Notebook
from tests.browser.stage import Stage
from tests.tools import chromium

NOTEBOOK = Path("notebooks/quickstart.ipynb")
TARGET = Path("notebooks/images/quickstart.png")
WHY = Path("notebooks/images/why.png")
UNIT, ROW, COLUMN = 2, 17, 14  # on the stroke of the digit
WIDTH, SHARPNESS, COLOURS = 1280, 1.5, 256


def take(lab: Lab) -> None:
    shutil.copy(NOTEBOOK, lab.root)
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        view = {"width": WIDTH, "height": 2600}
        book = Notebook(browser.new_page(viewport=view, device_scale_factor=SHARPNESS), lab, NOTEBOOK.name)
        book.run()
        stage = Stage(book).drawn()
        stage.open_layer(book.value("next(each.name for each in model.layers)"))
        stage.unit.fill(str(UNIT))
        large = stage.unit_panel.locator("canvas").first
        stage.settle(large)
        box = large.bounding_box()
        assert box
        cell = box["width"] / 26
        large.click(position={"x": (COLUMN + 0.5) * cell, "y": (ROW + 0.5) * cell})
        book.kernel("w.method = 'integrated-gradients'")
        stage.root.locator(".kv-why-about dl").wait_for()
        book.page.mouse.move(0, 0)
        stage.settle(stage.root)
        _shoot(stage.root, stage.root, stage.root.locator(".kv-panel-calculation"), TARGET)
        _shoot(stage.root, stage.root.locator(".kv-why"), stage.root.locator(".kv-why"), WHY)
        book.close()
        browser.close()


def _shoot(whole: Locator, first: Locator, last: Locator, target: Path) -> None:
    """From the top of one part to the end of another, as wide as the whole."""
    sides, top, end = whole.bounding_box(), first.bounding_box(), last.bounding_box()
    assert sides
    assert top
    assert end
    clip = {"x": sides["x"], "y": top["y"], "width": sides["width"], "height": end["y"] + end["height"] - top["y"]}
    first.page.screenshot(path=str(target), clip=clip)
    Image.open(target).convert("RGB").quantize(COLOURS).save(target, optimize=True)
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as running:
        take(running)
