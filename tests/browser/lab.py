"""A real JupyterLab in a real Chromium: start it, open a notebook made of cells, run it, look at its pixels.

The page's own application object does the clicking that is not our subject (run, restart, theme); everything about
the widget goes through the mouse, the keyboard and pictures, as a person would.
"""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nbformat
import numpy as np
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import ViewportSize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Locator, Page

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # all cells in the page at once: a widget that is scrolled out of sight must not be taken away
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
}
# What Playwright says of an element that went away while it was looked at
REPLACED = ("not attached", "not visible")
VIEWPORT: ViewportSize = {"width": 1400, "height": 1400}
_NOTHING_LEFT = """
from ipywidgets import Widget
Widget.close_all()
get_ipython().run_line_magic("reset", "-f")
import gc
gc.collect()
if not gc.get_freeze_count():
    gc.freeze()  # TensorFlow itself need not be searched the next time
"""
START = 90  # seconds until JupyterLab answers


class Lab:
    """One JupyterLab server over an empty folder of notebooks."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.root = folder / "notebooks"
        self.root.mkdir()
        self._folder = folder
        self._write_settings()
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._server = self._start(python)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return self
        self.__exit__()
        raise RuntimeError("JupyterLab did not start:\n" + self.log()[-3000:])

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(timeout=30)

    def write(self, cells: Sequence[str]) -> str:
        """A notebook file of these code cells; its name."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        name = f"test-{len(list(self.root.iterdir()))}.ipynb"
        nbformat.write(book, self.root / name)
        return name

    def log(self) -> str:
        return (self._folder / "lab.log").read_text(encoding="utf-8", errors="replace")

    def _write_settings(self) -> None:
        for name, value in SETTINGS.items():
            path = self._folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value), encoding="utf-8")

    def _start(self, python: str) -> subprocess.Popen[bytes]:
        places = {"SETTINGS_DIR": "settings", "WORKSPACES_DIR": "workspaces"}
        environment = os.environ | {f"JUPYTERLAB_{key}": str(self._folder / name) for key, name in places.items()}
        options = [
            "--no-browser",
            "--allow-root",
            f"--port={self.url.rpartition(':')[2]}",
            "--ServerApp.ip=127.0.0.1",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={self.root}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]
        with (self._folder / "lab.log").open("wb") as log:
            command = [python, "-m", "jupyterlab", *options]
            return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)


class Notebook:
    """An open notebook and its kernel."""

    def __init__(self, page: Page, lab: Lab, name: str, host: str = "lab/tree") -> None:
        self.page = page
        self.name = name
        self._lab = lab
        self.problems: list[str] = []
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.goto(f"{lab.url}/{host}/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        if host == "lab/tree":
            self.lab("app.commands.execute('application:toggle-left-area')")
        # before the session is ready, running a cell asks which kernel to use
        self.lab("panel.sessionContext.ready")
        self.lab("panel.sessionContext.session.kernel.info")

    @classmethod
    def create(cls, page: Page, lab: Lab, *cells: str) -> Notebook:
        """Write these code cells to a file of the lab and open it, with a kernel of its own."""
        return cls(page, lab, lab.write(cells))

    def replace(self, *cells: str) -> None:
        """Another notebook in its place, on the same page and with the same kernel, in which nothing is left.

        It saves the ten seconds that a page and TensorFlow take to load.
        """
        self.kernel(_NOTHING_LEFT)
        self.problems.clear()
        self.page.set_viewport_size(VIEWPORT)
        name = self._lab.write(cells)
        kernel = self.lab("({id: panel.sessionContext.session.kernel.id})")
        self.lab("panel.dispose()")
        opening = "{path: values.path, factory: 'Notebook', kernel: values.kernel}"
        self.lab(f"void app.commands.execute('docmanager:open', {opening})", path=name, kernel=kernel)
        self.name = name
        eventually(self.page, lambda: self.lab("panel !== undefined"), "the next notebook on the page")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.lab("panel.sessionContext.ready")

    # ------------------------------------------------------------------------------------ the application

    def lab(self, script: str, **values: Any) -> Any:
        """Evaluate JavaScript with the application as `app`, our notebook panel as `panel`, and `values`."""
        return self.page.evaluate(
            "async ({name, values}) => { const app = window.jupyterapp;"
            "const panel = [...app.shell.widgets('main')].find(w => w.context?.path === name);"
            f"return await ({script}); }}",
            {"name": self.name, "values": values},
        )

    def run(self, *cells: int, wait: bool = True) -> None:
        """Run these cells (all, if none is named) and wait until they have run."""
        for cell in cells or (None,):
            if cell is not None:
                self.lab("panel.content.activeCellIndex = values.cell", cell=cell)
            command = "run-all-cells" if cell is None else "run-cell"
            self.lab(f"{'' if wait else 'void '}app.commands.execute('notebook:{command}')")
        if wait:
            errors = self.page.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
            assert not errors, errors[0]

    def running(self, cell: int) -> bool:
        return "*" in self.cell(cell).locator(".jp-InputPrompt").inner_text()

    def cell(self, cell: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell)

    def kernel(self, code: str) -> str:
        """Run code in the kernel without a cell; gives what it printed."""
        answer = self.lab(
            "(async () => {"
            "  const future = panel.sessionContext.session.kernel.requestExecute({code: values.code});"
            "  let text = '', error = '';"
            "  future.onIOPub = ({header, content}) => {"
            "    if (header.msg_type === 'stream' && content.name === 'stdout') text += content.text;"
            "    if (header.msg_type === 'error') error = content.traceback.join('\\n'); };"
            "  await future.done; return {text, error}; })()",
            code=code,
        )
        assert not answer["error"], answer["error"]
        return answer["text"].strip()

    def value(self, expression: str) -> Any:
        """The value of a Python expression, through JSON; frameworks may have printed lines of their own before it."""
        return json.loads(self.kernel(f"import json; print(json.dumps({expression}))").splitlines()[-1])

    def restart(self) -> None:
        self.lab("panel.sessionContext.restartKernel()")
        self.lab("panel.sessionContext.session.kernel.info")

    def interrupt(self) -> None:
        self.lab("panel.sessionContext.session.kernel.interrupt()")

    def theme(self, name: str) -> None:
        self.lab("app.commands.execute('apputils:change-theme', {theme: values.theme})", theme=f"JupyterLab {name}")

    def widget_models(self) -> int:
        """How many widget models the page's widget manager holds."""
        return self.lab(
            "(async () => { for (const cell of panel.content.widgets) for (const output of cell.outputArea?.widgets ?? [])"
            "  for (const child of output.children()) if (child._manager)"
            "    return Object.keys((await child._manager.promise)._models).length;"
            "  return 0; })()"
        )

    def close(self) -> None:
        """Shut the kernel down: a TensorFlow that idles still holds half a gigabyte."""
        self.lab("panel.sessionContext.shutdown()")
        self.page.close()

    def _note(self, text: str) -> None:
        self.problems.append(text[:500])


def picture(element: Locator) -> np.ndarray:  # (height, width, 3) uint8
    """What a person sees of it; asked again where it was just being replaced by its next state."""
    for _ in range(3):
        try:
            return _pixels(element)
        except PlaywrightError as error:
            if not any(words in str(error) for words in REPLACED):
                raise
            element.wait_for()
    return _pixels(element)


def _pixels(element: Locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))


def colours(element: Locator) -> int:
    """How many different colours it shows."""
    return len(np.unique(picture(element).reshape(-1, 3), axis=0))


def share_changed(before: np.ndarray, after: np.ndarray) -> float:
    """The share of pixels that differ; 1 if the pictures have different sizes."""
    return float((before != after).any(axis=-1).mean()) if before.shape == after.shape else 1.0


def eventually(page: Page, fact: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Wait until `fact()` is true and give it; polled, where there is no event to wait for."""
    deadline = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        page.wait_for_timeout(50)
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
