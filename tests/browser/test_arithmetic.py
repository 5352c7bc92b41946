"""From the softmax to a pixel and back by clicks alone: every number that is read on the way equals NumPy's."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.lab import eventually
from tests.browser.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lab import Notebook

CNN = """
import json
import keras
import numpy as np

import kerasviz as kv

layers = keras.layers
image = keras.Input((14, 14, 1))
x = layers.Conv2D(5, 3, activation="relu", name="conv")(image)
x = layers.MaxPooling2D(name="pool")(x)
x = layers.Conv2D(6, 3, activation="relu", name="deep")(x)
x = layers.Flatten(name="flat")(x)
x = layers.Dense(8, activation="relu", name="dense")(x)
model = keras.Model(image, layers.Dense(4, activation="softmax", name="scores")(x))
random = np.random.default_rng(2)
for weight in model.weights:
    weight.assign(random.normal(size=weight.shape) * 0.4)
images = random.random((4, 14, 14, 1), dtype="float32")
acts = {path: values[0] for path, values in kv.Probe(model).activations(images[:1]).items()} | {"input": images[0]}
"""
SHOW = "w = kv.ExplainerWidget(model, images)\ndisplay(w)"
NAME = re.compile(r"(\w+)\[([\d, ]+)\]")


def index_of(text: str) -> tuple[str, tuple[int, ...]]:
    """`conv[3, 4, 5]` → ("conv", (3, 4, 5))."""
    found = NAME.search(text)
    assert found, text
    return found.group(1), tuple(int(each) for each in found.group(2).split(","))


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("–", "nan"))


class Walk:
    """The panel of the arithmetic, as a person reads it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.page, self.book = stage, stage.page, stage.book
        self.panel = stage.root.locator(".kv-panel-calculation")
        self.name = self.panel.locator(".kv-name")
        self.links = self.panel.locator(".kv-row-term th button")
        self.acts = {
            path: np.array(values)
            for path, values in json.loads(
                self.book.kernel("print(json.dumps({path: values.tolist() for path, values in acts.items()}))")
            ).items()
        }

    def at(self) -> tuple[str, tuple[int, ...]]:
        return index_of(self.name.text_content() or "")

    def arrive(self, path: str) -> tuple[int, ...]:
        """Wait for a number of that layer; say which."""
        expect(self.name).to_have_text(re.compile(rf"^{path}\["))
        return self.at()[1]

    def unfold(self) -> None:
        for _ in range(self.panel.locator(".kv-row-group [aria-expanded=false]").count()):
            self.panel.locator(".kv-row-group [aria-expanded=false]").first.click()

    def rows(self) -> list[dict[str, Any]]:
        """Every term in the table; `exact` are the numbers to the last digit, which the cells have as titles."""
        found: list[dict[str, Any]] = self.panel.locator(".kv-row-term").evaluate_all(
            "rows => rows.map(row => ({"
            "  from: row.querySelector('th').textContent, of: row.querySelector('.kv-col-of').textContent,"
            "  shown: ['input', 'weight', 'product'].map(name => row.querySelector(`.kv-col-${name}`).textContent),"
            "  exact: ['input', 'weight', 'product'].map(name => row.querySelector(`.kv-col-${name}`).title)}))"
        )
        return found

    def equation(self) -> dict[str, float]:
        """The numbers of the line by their captions."""
        parts = self.panel.locator(".kv-equation:visible .kv-part").evaluate_all(
            "parts => parts.map(part => [...part.children].map(each => each.textContent))"
        )
        found: dict[str, float] = {}
        for sign, value, caption in parts:
            if not value:
                continue  # an inner result: the model shows none of its own
            key = "products" if "product" in caption else "value" if "own" in caption else caption
            found[key] = -number(value) if sign == "−" else number(value)
        return found

    def check(self, weights: np.ndarray | None = None) -> list[dict[str, Any]]:
        """The line adds up to what the model gave; each term's input is an activation, its weight the layer's."""
        path, index = self.at()
        rows, line = self.rows(), self.equation()
        own = self.acts[path][index]
        assert line["value"] == pytest.approx(own, rel=1e-3, abs=1e-4)
        expect(self.panel.locator(".kv-part-good")).to_be_visible()
        for row in rows:
            source, place = index_of(row["from"])
            taken, weight, product = (number(each) for each in row["exact"])
            assert taken == pytest.approx(self.acts[source][place], rel=1e-6), row
            assert product == pytest.approx(taken * weight, rel=1e-5, abs=1e-12)
            assert [number(each) for each in row["shown"]] == pytest.approx(
                [taken, weight, product], rel=0.06, abs=1e-4
            )
            if weights is not None:
                assert weight == pytest.approx(weights[index_of(row["of"])[1]], rel=1e-6), row
        terms = [number(row["exact"][2]) for row in rows]
        assert line["products"] == pytest.approx(sum(terms), rel=1e-3, abs=1e-4)
        return rows

    def variable(self, path: str, name: str) -> np.ndarray:
        return np.array(self.book.value(f"model.get_layer({path!r}).{name}.numpy().tolist()"))


@pytest.fixture
def walk(notebook: Callable[..., Notebook]) -> Walk:
    book = notebook(CNN, SHOW)
    book.run(0, 1)
    return Walk(Stage(book).drawn())


def softmax(walk: Walk) -> None:
    """The unit of the last layer, against NumPy."""
    acts = walk.acts
    (unit,) = walk.arrive("scores")
    kernel, bias = walk.variable("scores", "kernel"), walk.variable("scores", "bias")
    walk.check(kernel)
    logits = acts["dense"] @ kernel + bias
    line = walk.equation()
    assert line["bias"] == pytest.approx(bias[unit], rel=1e-3)
    assert line["sum"] == pytest.approx(logits[unit], rel=1e-3)
    assert line["softmax of all sums"] == pytest.approx(np.exp(logits[unit]) / np.exp(logits).sum(), rel=1e-3)


def dense(walk: Walk) -> None:
    """A dense unit, all its terms unfolded."""
    acts = walk.acts
    (unit,) = walk.arrive("dense")
    rows = walk.panel.locator(".kv-row-more button")
    while rows.count():
        rows.click()
    walk.check(walk.variable("dense", "kernel"))
    assert walk.equation()["sum"] == pytest.approx(
        acts["flat"] @ walk.variable("dense", "kernel")[:, unit] + walk.variable("dense", "bias")[unit], rel=1e-3
    )


def convolution(walk: Walk) -> tuple[int, ...]:
    """A unit of the second convolution; says which."""
    acts = walk.acts
    row, column, channel = deep = walk.arrive("deep")
    walk.unfold()
    assert len(walk.check(walk.variable("deep", "kernel"))) == 3 * 3 * 5
    window = acts["pool"][row : row + 3, column : column + 3]
    total = (window * walk.variable("deep", "kernel")[..., channel]).sum() + walk.variable("deep", "bias")[channel]
    assert walk.equation()["sum"] == pytest.approx(total, rel=1e-3)
    return deep


def pooling(walk: Walk) -> tuple[int, ...]:
    """A maximum and what it was the largest of; says which."""
    acts = walk.acts
    row, column, channel = pool = walk.arrive("pool")
    rows = walk.check()
    block = acts["conv"][2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
    assert sorted(number(each["exact"][0]) for each in rows) == pytest.approx(sorted(block.ravel()), rel=1e-6)
    assert number(rows[0]["exact"][0]) == pytest.approx(block.max())
    return pool


def test_clicks_alone_lead_from_the_softmax_to_a_pixel_and_back(walk: Walk) -> None:
    acts, book, stage = walk.acts, walk.book, walk.stage
    stage.card("scores").click()
    softmax(walk)
    walk.links.first.click()
    dense(walk)
    walk.links.first.click()
    walk.arrive("flat")
    assert len(walk.check()) == 1

    walk.links.first.click()
    deep = convolution(walk)
    walk.links.first.click()
    pool = pooling(walk)

    walk.links.first.click()
    conv = walk.arrive("conv")
    walk.check(walk.variable("conv", "kernel"))
    assert book.value("w.layer") == "conv"
    assert book.value("w.unit") == list(conv)

    walk.links.first.click()
    pixel = walk.arrive("input")
    shown = walk.panel.locator(".kv-end output").inner_text()
    assert number(shown) == pytest.approx(acts["input"][pixel], rel=1e-6)
    expect(walk.panel.locator(".kv-plane .kv-mark-selected")).to_be_visible()

    back(walk, conv, pool, deep)


def back(walk: Walk, conv: tuple[int, ...], pool: tuple[int, ...], deep: tuple[int, ...]) -> None:
    """The breadcrumb leads to each of them, one by one."""
    crumbs = walk.panel.locator(".kv-crumbs button")
    crumbs.last.click()
    assert walk.arrive("conv") == conv
    crumbs.last.click()
    assert walk.arrive("pool") == pool
    crumbs.last.click()
    assert walk.arrive("deep") == deep
    assert crumbs.count() == 3
    crumbs.first.click()
    walk.arrive("scores")
    eventually(walk.page, lambda: walk.book.value("w.layer") == "scores", "the first layer again")
    assert crumbs.count() == 0


def test_a_click_into_a_map_chooses_that_pixel_and_keys_go_on_from_there(walk: Walk) -> None:
    stage, page, book = walk.stage, walk.page, walk.book
    stage.open_layer("deep")
    plot = stage.unit_panel.locator(".kv-plot")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 1.5 / 4 * box["width"], box["y"] + 2.5 / 4 * box["height"])
    expect(walk.name).to_have_text("deep[2, 1, 0]")
    eventually(page, lambda: book.value("w.unit") == [2, 1, 0], "the place in Python")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(walk.name).to_have_text("deep[1, 2, 0]")
    walk.unfold()
    walk.check(walk.variable("deep", "kernel"))
    stage.unit_panel.get_by_role("button", name="Next unit").click()
    expect(walk.name).to_have_text("deep[1, 2, 1]")
    eventually(page, lambda: book.value("w.unit") == [1, 2, 1], "the same place of the next unit")

    book.kernel("w.unit = (3, 0, 4)")
    expect(walk.name).to_have_text("deep[3, 0, 4]")
    walk.unfold()
    walk.check()

    walk.links.first.focus()
    page.keyboard.press("Enter")
    walk.arrive("pool")
    assert page.evaluate("document.activeElement.closest('.kv-terms') !== null"), "the focus stays in the table"
    page.keyboard.press("Enter")
    walk.arrive("conv")
    page.keyboard.press("Alt+ArrowLeft")
    walk.arrive("pool")
    page.keyboard.press("Alt+ArrowLeft")
    expect(walk.name).to_have_text("deep[3, 0, 4]")

    stage.card("dense").click()
    walk.arrive("dense")
    assert walk.panel.locator(".kv-crumbs button").count() == 0, "the walk began anew"


LSTM = """
import json
import keras
import numpy as np

import kerasviz as kv

series = keras.Input((9, 3))
x = keras.layers.LSTM(4, return_sequences=True, name="memory")(series)
model = keras.Model(series, keras.layers.Dense(2, name="scores")(x))
random = np.random.default_rng(3)
for weight in model.weights:
    weight.assign(random.normal(size=weight.shape) * 0.7)
images = random.normal(size=(3, 9, 3)).astype("float32")
acts = {path: values[0] for path, values in kv.Probe(model).activations(images[:1]).items()} | {"input": images[0]}
"""


def test_a_walk_leads_through_a_gate_of_an_lstm(notebook: Callable[..., Notebook]) -> None:
    book = notebook(LSTM, SHOW)
    book.run(0, 1)
    walk = Walk(Stage(book).drawn())
    book.kernel("w.layer = 'memory'; w.unit = (5, 2)")
    expect(walk.name).to_have_text("memory[5, 2]")
    x, h = walk.acts["input"], walk.acts["memory"]
    kernel, recurrent, bias = (
        np.array(book.value(f"model.get_layer('memory').cell.{name}.numpy().tolist()"))
        for name in ("kernel", "recurrent_kernel", "bias")
    )
    before = (x[5] @ kernel + h[4] @ recurrent + bias).reshape(4, 4)
    gates = 1 / (1 + np.exp(-before))
    names = {"input gate": 0, "forget gate": 1, "output gate": 3}

    chips = walk.panel.locator(".kv-stage-chip")
    for name, at in names.items():
        chips.filter(has_text=name).click()
        expect(walk.name).to_have_text(f"memory[5, 2] · {name}")
        line = walk.equation()
        assert line["sum"] == pytest.approx(before[at, 2], rel=1e-3)
        assert line["sigmoid"] == pytest.approx(gates[at, 2], rel=1e-3)
    rows = {row["from"]: row for row in walk.rows()}
    for unit in range(4):
        taken, weight, _ = (number(each) for each in rows[f"memory[4, {unit}]"]["exact"])
        assert taken == pytest.approx(h[4, unit], rel=1e-6)
        assert weight == pytest.approx(recurrent[unit, 3 * 4 + 2], rel=1e-6)

    walk.links.filter(has_text="memory[4, 1]").click()
    expect(walk.name).to_have_text("memory[4, 1]")
    walk.panel.locator(".kv-crumbs button").last.click()
    expect(walk.name).to_have_text("memory[5, 2] · output gate")
    walk.panel.locator(".kv-crumbs button").first.click()
    expect(walk.name).to_have_text("memory[5, 2]")
    assert walk.equation()["value"] == pytest.approx(h[5, 2], rel=1e-3, abs=1e-5)


RESNET = """
import json
import keras
import numpy as np

import kerasviz as kv

keras.utils.set_random_seed(3)
model = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
block = ["conv2_block1_" + name for name in ("out", "add", "0_bn", "3_bn", "3_conv", "2_relu")]
found = kv.Probe(model).activations(images[:1], block)
acts = {path: values[0] for path, values in found.items()}
"""


def test_a_walk_leads_through_a_residual_block_of_resnet50(notebook: Callable[..., Notebook]) -> None:
    book = notebook(RESNET, f"{SHOW}\nw.layer = 'conv2_block1_out'")
    book.run(0, 1)
    walk = Walk(Stage(book).drawn())
    acts = walk.acts
    out = walk.arrive("conv2_block1_out")
    walk.check()
    walk.links.first.click()

    assert walk.arrive("conv2_block1_add") == out
    rows = walk.check()
    expected = {f"conv2_block1_{name}": acts[f"conv2_block1_{name}"][out] for name in ("0_bn", "3_bn")}
    assert {index_of(row["from"])[0]: number(row["exact"][0]) for row in rows} == pytest.approx(expected, rel=1e-6)
    walk.links.filter(has_text="3_bn").click()

    assert walk.arrive("conv2_block1_3_bn") == out
    expect(walk.panel.locator(".kv-part-good")).to_be_visible()
    assert walk.equation()["value"] == pytest.approx(acts["conv2_block1_3_bn"][out], rel=1e-3)
    walk.links.first.click()

    assert walk.arrive("conv2_block1_3_conv") == out
    more = walk.panel.locator(".kv-row-more button")
    while more.count():
        more.click()
    assert len(walk.check(walk.variable("conv2_block1_3_conv", "kernel"))) == 64
    kernel, bias = (walk.variable("conv2_block1_3_conv", name) for name in ("kernel", "bias"))
    total = acts["conv2_block1_2_relu"][out[:2]] @ kernel[0, 0, :, out[2]] + bias[out[2]]
    assert walk.equation()["products"] == pytest.approx(total - bias[out[2]], rel=1e-3)
    walk.panel.locator(".kv-crumbs button").first.click()
    assert walk.arrive("conv2_block1_out") == out
