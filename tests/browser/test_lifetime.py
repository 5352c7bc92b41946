"""Failures, busy and restarted kernels, cells that run again: what must not break, and what must not pile up."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MODEL, SHOW
from tests.browser.lab import Notebook, colours, eventually
from tests.browser.stage import Stage

FRAGILE = """
@keras.saving.register_keras_serializable()
class Fragile(keras.layers.Layer):
    broken = False

    def call(self, inputs):
        if Fragile.broken:
            raise ValueError("The fragile layer broke.")
        return inputs

model = keras.Sequential(
    [keras.Input((12, 12, 1)), Fragile(name="fragile"), *model.layers]
)
Fragile.broken = True
"""
RERUNS = 5
ROUNDS = 3


def test_exception_in_a_layer_is_shown_and_the_rest_lives(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL + FRAGILE, SHOW)
    book.run(0, 1)
    stage = Stage(book)
    message = stage.root.get_by_role("alert").filter(has_text="The fragile layer broke.")
    message.first.wait_for()
    expect(stage.card("conv")).to_be_visible()

    book.kernel("Fragile.broken = False")
    stage.sample.fill("3")

    stage.drawn()
    expect(message).to_have_count(0)
    assert book.value("w.sample") == 3


def test_all_cells_run_at_once_and_the_widget_is_drawn_while_the_last_one_runs(
    notebook: Callable[..., Notebook],
) -> None:
    book = notebook(
        MODEL, SHOW + "\nw.sample = 2", "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
    )

    book.run(wait=False)

    stage = Stage(book)
    stage.overview.locator("canvas").first.wait_for(timeout=40_000)
    stage.drawn()
    assert book.running(2), "the cell ended before the widget was drawn"
    stage.expect_change(lambda: stage.sample.fill("6"), stage.card("conv"))
    assert book.running(2), "the cell ended before the widget answered"
    book.interrupt()


def test_widget_answers_while_a_cell_runs(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW, "import time\nend = time.time() + 60\nwhile time.time() < end: pass")
    book.run(0, 1)
    stage = Stage(book).drawn()

    book.run(2, wait=False)
    eventually(book.page, lambda: book.running(2), "the long cell has started")
    for sample in (3, 6):
        stage.expect_change(lambda sample=sample: stage.sample.fill(str(sample)), stage.card("conv"), seconds=20)

    assert book.running(2), "the cell ended before the widget answered"
    book.interrupt()


def test_restarted_kernel_leaves_the_picture_and_says_how_to_wake_it(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    before = stage.settle(stage.card("conv"))

    shown.restart()

    expect(stage.root).to_contain_text("Run the cell again to wake this view.", timeout=15_000)
    assert colours(stage.card("conv").locator("canvas")) > 2
    assert stage.settle(stage.card("conv")).shape == before.shape
    shown.run(0, 1)
    Stage(shown).drawn()


def test_close_frees_everything(shown: Notebook) -> None:
    Stage(shown).drawn()
    shown.kernel(COUNT_MODELS)

    shown.kernel("w.close()")
    expect(shown.page.locator(".kv-stage canvas")).to_have_count(0)

    shown.kernel("del w, model")
    assert shown.value("len(comm.get_comm_manager().comms)") == 0
    assert shown.value("models_alive()") == 0
    assert shown.value("[t.name for t in threading.enumerate() if t.name.startswith('kerasviz')]") == []


COUNT_MODELS = """
import comm, gc, threading
import keras

def models_alive():
    gc.collect()
    return sum(type(each).__name__ == "Sequential" for each in gc.get_objects())
"""


def test_running_the_cell_again_leaks_nothing(shown: Notebook) -> None:
    Stage(shown).drawn()
    shown.kernel(COUNT_MODELS)
    _grown(shown, reruns=2)  # what is made once is made now

    rounds: list[dict[str, float]] = []
    while not rounds or (rounds[-1]["listeners"] >= RERUNS and len(rounds) < ROUNDS):
        rounds.append(_grown(shown, RERUNS))

    assert all(each["comms"] == 0 and each["threads"] <= 0 for each in rounds), rounds
    assert all(each["widget models in the page"] == 0 for each in rounds), rounds
    # A leak grows with every run. JupyterLab's toolbars come late and once, with the 130 listeners of a React root.
    assert rounds[-1]["listeners"] < RERUNS, rounds
    assert rounds[-1]["megabytes"] < 2 * RERUNS, rounds


def _grown(book: Notebook, reruns: int) -> dict[str, float]:
    """How much more of everything is held after running the cell again so often."""
    before = _held(book)
    for _ in range(reruns):
        _run_again(book)
    after = _held(book)
    return {name: after[name] - before[name] for name in before}


def _run_again(book: Notebook) -> None:
    book.run(1)
    Stage(book).drawn()


def _held(book: Notebook) -> dict[str, float]:
    book.kernel("gc.collect()")
    page = _settled(book.page)
    return {
        "comms": book.value("len(comm.get_comm_manager().comms)"),
        "threads": book.value("threading.active_count()"),
        "widget models in the page": book.widget_models(),
        "listeners": page["JSEventListeners"],
        "megabytes": page["JSHeapUsedSize"] / 1e6,
    }


def _settled(page: Page) -> dict[str, float]:
    """The browser's own counts, once collecting garbage frees nothing more: what is freed frees others later."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    seen: list[dict[str, float]] = []

    def calm() -> bool:
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        seen.append({each["name"]: each["value"] for each in metrics})
        page.wait_for_timeout(100)
        return len({each["JSEventListeners"] for each in seen[-3:]}) == 1 and len(seen) >= 3

    eventually(page, calm, "as many listeners after collecting garbage as before")
    devtools.detach()
    return seen[-1]


@pytest.mark.parametrize("inputs", ["", "x[..., 0]"])
def test_widget_works_without_inputs_and_without_a_channel_axis(notebook: Callable[..., Notebook], inputs: str) -> None:
    book = notebook(MODEL, f"w = ExplainerWidget(model, {inputs})\ndisplay(w)")
    book.run(0, 1)

    stage = Stage(book).drawn()

    stage.expect_change(lambda: stage.sample.fill("1"), stage.card("conv"))
