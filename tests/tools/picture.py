"""Take the README's picture again (`make picture`): the quickstart notebook, run in JupyterLab, its widget alone."""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.lab import CHROMIUM_FLAGS, Lab, Notebook
from tests.browser.stage import Stage
from tests.tools.find_browser import find_browser

NOTEBOOK = Path("notebooks/quickstart.ipynb")
TARGET = Path("notebooks/images/quickstart.png")
WIDTH, SHARPNESS, COLOURS = 1280, 1.5, 192


def take(lab: Lab, target: Path) -> None:
    shutil.copy(NOTEBOOK, lab.root)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=CHROMIUM_FLAGS)
        view = {"width": WIDTH, "height": 1600}
        book = Notebook(browser.new_page(viewport=view, device_scale_factor=SHARPNESS), lab, NOTEBOOK.name)
        book.run()
        stage = Stage(book).drawn()
        stage.open_layer(book.value("next(each.name for each in model.layers)"))
        book.page.mouse.move(0, 0)
        stage.settle(stage.root)
        stage.root.screenshot(path=str(target))
        book.close()
        browser.close()


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as running:
        take(running, TARGET)
    Image.open(TARGET).convert("RGB").quantize(COLOURS).save(TARGET, optimize=True)
    print(f"{TARGET}: {TARGET.stat().st_size / 1000:.0f} kB")
