"""`python -m tests.benchmarks.browser`: what a person waits for, measured in the browser itself.

slider   from the slider's input event to the frame in which the last of the four panels shows that sample, beside a
         bare widget that sends the same number of bytes after the same compiled forward.
number   from a click on a pixel of a map to the frame that shows the sum behind it, MNIST CNN and ResNet50.
pan      main-thread work for each frame while a large network is dragged, from the browser's own trace.
display  from running `display(ExplainerWidget(model, x))` to the frame with all four panels painted, on a model that nothing
         was asked of yet: the first in a page, and again.
open     from the empty widget in the page to the painted cards of a network of 300 layers, its forward pass done.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.lab import Lab, Notebook
from tests.tools import chromium

MODEL = """
import anywidget, time
import keras
import numpy as np
from kerasviz import ExplainerWidget
from tests.benchmarks.models import MODELS

keras.utils.set_random_seed(0)
model = MODELS["{model}"]()
x = np.random.default_rng(0).random((400, *model.input_shape[1:]), dtype="float32")
w = ExplainerWidget(model, x)
display(w)
"""

# The limit: the model's layers in one compiled function, and as many bytes as our four panels take.
ECHO = """
import tensorflow as tf

outputs = [layer.output for layer in model.layers[1:]]
forward = tf.function(keras.Model(model.inputs, outputs), reduce_retracing=True)
session = w._session
sizes = []
for name, params in (("prediction", {}), ("overview", {}), ("layer", {"layer": w.layer, "start": 0, "count": 4096}),
                     ("unit", {"layer": w.layer, "unit": 0})):
    panel = session.panel(name, {"sample": 1, **params})
    sizes.append(sum(array.nbytes for array in panel.tensors.values()))

class Echo(anywidget.AnyWidget):
    _esm = '''
    export default { render({ model }) {
      window.kvEcho = (sample) => new Promise((done) => {
        const start = performance.now();
        let count = 0;
        const heard = () => {
          count += 1;
          if (count < 4) return;
          model.off("msg:custom", heard);
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        };
        model.on("msg:custom", heard);
        model.send({ sample });
      });
    } };
    '''

def answer(widget, content, buffers):
    found = [array.numpy() for array in forward(x[content["sample"] : content["sample"] + 1])]
    for size in sizes:
        widget.send({"ok": True}, [bytes(size)])

echo = Echo()
echo.on_msg(answer)
display(echo)
"""

WATCH = """
(sample) => new Promise((done) => {
  const root = document.querySelector(".kv-stage");
  const panels = ["prediction", "overview", "layer", "unit"].map((name) => root.querySelector(`.kv-panel-${name}`));
  const slider = root.querySelector(".kv-stepper input[type=range]");
  const start = performance.now();
  const all = () => panels.every((panel) => panel.dataset.sample === String(sample));
  const observer = new MutationObserver(() => {
    if (!all()) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  });
  for (const panel of panels) observer.observe(panel, { attributes: true });
  slider.value = String(sample);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})
"""
REPEATS = 60
TRACED = "devtools.timeline,disabled-by-default-devtools.timeline,devtools.timeline.frame,toplevel"


def main() -> None:
    """Measure, print one line for each, and all numbers as JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.browser", description=__doc__)
    parser.add_argument("what", nargs="*", default=list(WORKS))
    parser.add_argument("--json", type=Path, help="also write every number to this file")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])  # for kernels: tf-keras-vis installs a `tests` of its own
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        found = {}
        for name in options.what:
            found[name] = WORKS[name](_page(browser), lab)
            print(f"{name:8}", ", ".join(f"{key} {value:.2f}" for key, value in found[name].items()), flush=True)
        browser.close()
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _page(browser: Any) -> Page:
    return browser.new_page(viewport={"width": 1400, "height": 1400})


def slider(page: Page, lab: Lab) -> dict[str, float]:
    """Milliseconds from the slider to the last panel, ours and the bare echo in turn."""
    book = Notebook.create(page, lab, MODEL.format(model="mnist"), ECHO)
    book.run(0)
    page.locator(".kv-card canvas").first.wait_for()
    book.run(1)
    page.wait_for_function("typeof window.kvEcho === 'function'")
    ours, limit = [], []
    for sample in range(2, 2 + REPEATS + 10):
        ours.append(page.evaluate(WATCH, sample))
        limit.append(page.evaluate("(sample) => window.kvEcho(sample)", sample))
    book.close()
    return _compared(ours[10:], limit[10:])


def _compared(ours: list[float], limit: list[float]) -> dict[str, float]:
    def p95(values: list[float]) -> float:
        return statistics.quantiles(values, n=20)[-1]

    median = statistics.median
    return {
        "ours ms": median(ours),
        "ours p95 ms": p95(ours),
        "limit ms": median(limit),
        "limit p95 ms": p95(limit),
        "ratio": median(ours) / median(limit),
        "least": min(ours) / min(limit),
    }


ASK = """
([row, column]) => new Promise((done) => {
  const panel = document.querySelector(".kv-panel-calculation");
  const plot = document.querySelector(".kv-panel-unit .kv-plot");
  const size = SIZE;
  const box = plot.getBoundingClientRect();
  const at = (cell, from, length) => from + ((cell + 0.5) / size) * length;
  const start = performance.now();
  const wanted = `[${row}, ${column}, `;
  const observer = new MutationObserver(() => {
    if (!panel.querySelector(".kv-name")?.textContent.includes(wanted)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  });
  observer.observe(panel, { subtree: true, childList: true, characterData: true });
  const where = { clientX: at(column, box.left, box.width), clientY: at(row, box.top, box.height), bubbles: true };
  plot.dispatchEvent(new MouseEvent("click", where));
})
"""


def number(page: Page, lab: Lab) -> dict[str, float]:
    """Milliseconds from a click on a pixel to its sum."""
    found: dict[str, float] = {}
    browser = page.context.browser
    page.close()
    for model, layer, size in (("mnist", None, 26), ("resnet", "conv3_block2_2_conv", 28)):
        choose, page = f"w.layer = {layer!r}" if layer else "pass", _page(browser)
        book = Notebook.create(page, lab, MODEL.format(model=model), choose)
        book.run(0)
        page.locator(".kv-card canvas").first.wait_for()
        book.run(1)
        page.locator(".kv-panel-calculation .kv-name").wait_for()
        page.wait_for_timeout(4000)
        took = [page.evaluate(ASK.replace("SIZE", str(size)), [i % size, i * 7 % size]) for i in range(2, REPEATS)]
        book.close()
        found |= {f"{model} ms": statistics.median(took), f"{model} p95 ms": statistics.quantiles(took[5:], n=20)[-1]}
    return found


def pan(page: Page, lab: Lab, model: str = "resnet") -> dict[str, float]:
    """Milliseconds of main-thread work for each frame while the overview is dragged to and fro."""
    book = Notebook.create(page, lab, MODEL.format(model=model))
    book.run(0)
    page.locator(".kv-card canvas").first.wait_for()
    page.wait_for_timeout(3000)
    window = page.locator(".kv-window")
    window.scroll_into_view_if_needed()
    box = window.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] - 12
    devtools = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    devtools.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    done: list[bool] = []
    devtools.on("Tracing.tracingComplete", lambda _: done.append(True))
    devtools.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})
    page.mouse.move(box["x"] + box["width"] - 60, middle)
    page.mouse.down()
    for step in range(120):
        page.mouse.move(box["x"] + box["width"] - 60 - 8 * (step if step < 60 else 120 - step), middle)
        page.wait_for_timeout(16)
    page.mouse.up()
    devtools.send("Tracing.end")
    while not done:
        page.wait_for_timeout(100)
    book.close()
    return _frames(events)


DEEP = """
import keras
import numpy as np
from kerasviz import ExplainerWidget

x = inputs = keras.Input((16, 16, 4))
for i in range(100):
    y = keras.layers.Conv2D(4, 3, padding="same", name=f"conv_{i}")(x)
    x = keras.layers.Add(name=f"add_{i}")([x, keras.layers.ReLU(name=f"relu_{i}")(y)])
w = ExplainerWidget(keras.Model(inputs, x), np.ones((2, 16, 16, 4), "float32"))
w.activations
"""

OPENED = """
() => new Promise((done) => {
  let start = null;
  const look = () => {
    if (start === null && document.querySelector(".kv-stage")) start = performance.now();
    if (!document.querySelector(".kv-panel-overview[data-sample]")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-sample"] });
  window.jupyterapp.commands.execute("notebook:run-all-below");
})
"""


def open_deep(page: Page, lab: Lab) -> dict[str, float]:
    """Milliseconds until a network of 300 layers is on the screen."""
    book = Notebook.create(page, lab, DEEP, "display(w)")
    book.run(0)
    book.lab("panel.content.activeCellIndex = 1")
    took = page.evaluate(OPENED)
    cards = page.locator(".kv-card").count()
    book.close()
    return {"ms": took, "cards": cards}


PAINTED = """
() => new Promise((done) => {
  const start = performance.now();
  const stage = () => [...document.querySelectorAll(".kv-stage")].at(-1);
  const before = stage();
  const look = () => {
    const now = stage();
    if (!now || now === before) return;
    const painted = (name) => now.querySelector(`.kv-panel-${name}[data-sample]`);
    if (!["prediction", "overview", "layer", "unit"].every(painted)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-sample"] });
  window.jupyterapp.commands.execute("notebook:run-cell");
})
"""


def displayed(page: Page, lab: Lab) -> dict[str, float]:
    """Seconds from the cell to the painted widget."""
    found: dict[str, float] = {}
    browser = page.context.browser
    page.close()
    for model in ("mnist", "resnet"):
        make, name, show = MODEL.format(model=model).rpartition("w = ")
        page = _page(browser)
        book = Notebook.create(page, lab, make, name + show, "w.close()\n" + make)
        for time in ("first", "again"):
            book.run(0 if time == "first" else 2)
            book.lab("panel.content.activeCellIndex = 1")
            found[f"{model} {time} s"] = page.evaluate(PAINTED) / 1000
        book.close()
    return found


def _frames(events: list[dict[str, Any]]) -> dict[str, float]:
    """Work of the page's main thread between one animation frame and the next."""
    renderers = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    best: list[float] = []
    for thread in renderers:
        own = [each for each in events if (each["pid"], each["tid"]) == thread]
        tasks = [each for each in own if each["name"] == "RunTask" and each.get("dur")]
        starts = sorted(each["ts"] for each in own if each["name"] == "Commit")
        work = [
            sum(task["dur"] for task in tasks if begin <= task["ts"] < end) / 1000
            for begin, end in itertools.pairwise(starts)
        ]
        best = max(best, work, key=len)
    assert best, "the trace holds no frames"
    return {"frames": len(best), "median ms": statistics.median(best), "p95 ms": statistics.quantiles(best, n=20)[-1]}


WORKS = {"slider": slider, "number": number, "pan": pan, "display": displayed, "open": open_deep}

if __name__ == "__main__":
    main()
