"""Every kind of view on real layers: the numbers that the screen says are those that the model computed."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Notebook, colours, eventually
from tests.browser.stage import Stage

ZOO = """
import keras
import numpy as np

from kerasviz import ExplainerWidget

keras.utils.set_random_seed(1)
layers = keras.layers
image = keras.Input((16, 16, 3), name="image")
x = layers.Conv2D(6, 3, name="conv")(image)
x = layers.BatchNormalization(name="norm")(x)
x = layers.Activation("relu", name="relu")(x)
x = layers.MaxPooling2D(name="pool")(x)
volume = layers.Conv3D(4, 2, name="volume")(layers.Reshape((7, 7, 6, 1), name="cubes")(x))
series = layers.Reshape((14, 21), name="steps")(x)
line = layers.Conv1D(5, 3, name="line")(series)
memory = layers.LSTM(4, return_sequences=True, name="memory")(line)
attended = layers.MultiHeadAttention(2, 3, name="attend")(memory, memory)
flat = layers.Concatenate(name="join")([layers.Flatten(name="flat")(attended), layers.Flatten()(volume)])
outputs = layers.Dense(5, activation="softmax", name="scores")(layers.Dropout(0.5, name="drop")(flat))
model = keras.Model(image, outputs)
images = np.random.default_rng(0).random((6, 16, 16, 3), dtype="float32")
"""
SHOW = "w = ExplainerWidget(model, images)\ndisplay(w)"
NUMBER = re.compile(r"[=≈:]\s*≈?\s*([−-]?\d[\d.]*(?:e[−-]?\d+)?)(?=[^=≈:]*$)")


@pytest.fixture
def zoo(notebook: Callable[..., Notebook]) -> Stage:
    book = notebook(ZOO, SHOW)
    book.run(0, 1)
    return Stage(book).drawn()


def read(stage: Stage, picture: Locator, row: float, column: float) -> float:
    """What the screen says of the place at these shares of a picture's height and width."""
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    stage.page.mouse.move(box["x"] + column * box["width"], box["y"] + row * box["height"])
    readout = stage.layer.locator("output").first
    expect(readout).not_to_have_class(re.compile("kv-hint"))
    text = readout.inner_text().split(" · ")[0]
    found = NUMBER.search(text)
    assert found, text
    return float(found.group(1).replace("−", "-"))


def computed(stage: Stage, book: Notebook, path: str, name: str = "activations") -> np.ndarray:
    return np.array(book.value(f"w.{name}[{path!r}][0].tolist()"))


def choose(stage: Stage, control: str, value: str) -> None:
    stage.layer.get_by_label(control, exact=True).select_option(value)


def show(stage: Stage, book: Notebook, path: str, kind: str = "canvas") -> None:
    book.kernel(f"w.layer = {path!r}")
    stage.layer.locator(".kv-name", has_text=re.compile(f"^{path}$")).wait_for()
    stage.layer.locator(kind).first.wait_for()


def test_maps_series_and_vectors_say_what_the_layer_gave(zoo: Stage) -> None:
    book = zoo.book
    for path in ("conv", "norm", "relu", "pool"):
        show(zoo, book, path)
        values = computed(zoo, book, path)
        tile = zoo.layer.locator('.kv-tile[data-unit="2"] canvas')
        said = read(zoo, tile, 3.5 / values.shape[0], 4.5 / values.shape[1])
        assert said == pytest.approx(values[3, 4, 2], abs=np.ptp(values) / 120), path
    for path in ("line", "memory"):
        show(zoo, book, path)
        values = computed(zoo, book, path)
        said = read(zoo, zoo.layer.locator(".kv-plot canvas"), 2.5 / values.shape[0], 1.5 / values.shape[1])
        assert said == pytest.approx(values[2, 1], abs=np.ptp(values) / 120), path


def test_slices_order_scale_and_gradients_say_what_was_computed(zoo: Stage) -> None:
    book = zoo.book
    show(zoo, book, "volume")
    values = computed(zoo, book, "volume")
    zoo.layer.get_by_role("slider", name="depth").fill("4")
    tile = zoo.layer.locator('.kv-tile[data-unit="1"] canvas')
    near = pytest.approx(values[4, 2, 3, 1], abs=np.ptp(values) / 120)
    eventually(zoo.page, lambda: read(zoo, tile, 2.5 / values.shape[1], 3.5 / values.shape[2]) == near, "slice 4")

    show(zoo, book, "conv")
    choose(zoo, "show", "gradients")
    gradients = computed(zoo, book, "conv", "gradients")
    order = np.argsort(-gradients.max(axis=(0, 1)), kind="stable")
    choose(zoo, "sorted by", "maximum")
    choose(zoo, "scale of", "each_map")
    names = zoo.layer.locator(".kv-tile-name")
    eventually(zoo.page, lambda: names.all_inner_texts() == [str(unit) for unit in order], "maps in order")
    first = int(order[0])
    book.kernel(f"w.unit = {first}")
    zoo.unit_panel.get_by_role("button", name="Next unit").click()
    eventually(zoo.page, lambda: book.value("w.unit") == order[1], "the unit slider goes on in that order")
    tile = zoo.layer.locator(".kv-tile canvas").first
    said = read(zoo, tile, 5.5 / 14, 6.5 / 14)
    assert said == pytest.approx(gradients[5, 6, first], abs=2 * np.abs(gradients[..., first]).max() / 250)


def test_weights_say_what_the_variables_hold(zoo: Stage) -> None:
    book = zoo.book
    show(zoo, book, "conv")
    zoo.layer.get_by_role("button", name="Weights").click()
    zoo.layer.locator(".kv-figures-page canvas").first.wait_for()
    kernel = np.array(book.value("w.probe.weights('conv')['kernel'].tolist()"))

    said = read(zoo, zoo.layer.locator(".kv-tile canvas").nth(1), 0.5 / 3, 1.5 / 3)

    assert said == pytest.approx(kernel[0, 1, 1, 0], rel=1e-6)
    zoo.unit.fill("3")
    eventually(
        zoo.page,
        lambda: (
            read(zoo, zoo.layer.locator(".kv-tile canvas").nth(1), 0.5 / 3, 1.5 / 3)
            == pytest.approx(kernel[0, 1, 1, 3], rel=1e-6)
        ),
        "the kernel of the chosen unit",
    )


HOSTILE = "<img src=x onerror=document.title='bad'>"
ODD = """
class Evil(keras.layers.Layer):
    def call(self, x):
        return x

Evil.__name__ = HOSTILE
inputs = keras.Input((4,))
x = Evil(name="long_" + "n" * 300)(inputs)
x = Evil(name="مرحبا🙂")(x)
x = keras.layers.Dense(3, name="plain")(x)
x = keras.layers.Lambda(lambda t: keras.ops.log(-keras.ops.abs(t) - 1), name="nan", output_shape=(3,))(x)
many = keras.layers.Conv2D(2048, 1, name="many")(keras.layers.Reshape((1, 4, 1))(inputs))
model = keras.Model(inputs, [x, keras.layers.Flatten()(many)])
images = np.ones((3, 4), "float32")
"""


def test_odd_names_nan_and_thousands_of_channels(notebook: Callable[..., Notebook]) -> None:
    book = notebook(
        "import keras, numpy as np\nfrom kerasviz import ExplainerWidget\n", f"HOSTILE = {HOSTILE!r}{ODD}", SHOW
    )
    book.run(0, 1, 2)
    stage = Stage(book)
    stage.card("nan").wait_for()

    expect(stage.card("long_" + "n" * 300)).to_contain_text(HOSTILE)
    expect(stage.card("مرحبا🙂")).to_be_visible()
    assert stage.page.title() != "bad"
    assert stage.root.locator("img").count() == 0
    expect(stage.card("nan")).to_contain_text("NaN")
    stage.card("many").click()
    stage.layer.locator(".kv-tile canvas").first.wait_for()
    last = stage.layer.locator('.kv-tile[data-unit="2047"]')
    for _ in range(200):
        stage.layer.locator(".kv-scroll").evaluate("each => each.scrollTo(0, each.scrollHeight)")
        if last.count() and colours(last.locator("canvas")) > 1:
            break
        stage.page.wait_for_timeout(50)
    values = np.array(book.value("w.activations['many'][0].tolist()"))
    assert read(stage, last.locator("canvas"), 0.5, 0.4) == pytest.approx(values[0, 1, 2047], abs=np.ptp(values) / 120)


def test_narrow_and_two_widgets_on_one_page(notebook: Callable[..., Notebook]) -> None:
    book = notebook(ZOO, SHOW, "v = ExplainerWidget(model, images[:2])\ndisplay(v)")
    book.page.set_viewport_size({"width": 560, "height": 1000})
    book.run(0, 1, 2)
    first, second = Stage(book, 0).drawn(), Stage(book, 1).drawn()

    second.expect_change(lambda: second.sample.fill("1"), second.card("conv"))

    assert book.value("[w.sample, v.sample]") == [0, 1]
    for stage in (first, second):
        overflow = stage.root.evaluate("each => each.scrollWidth - each.clientWidth")
        assert overflow <= 0, "nothing is cut off at the side"
    layer, unit = first.layer.bounding_box(), first.unit_panel.bounding_box()
    assert layer is not None
    assert unit is not None
    assert unit["y"] >= layer["y"] + layer["height"], "the panels stand below one another"


WORDS = """
import keras
import numpy as np

from kerasviz import ExplainerWidget

keras.utils.set_random_seed(1)
layers = keras.layers
tokens = keras.Input((12,), dtype="int32")
x = layers.Embedding(50, 8, name="rows")(tokens)
x = layers.LSTM(6, return_sequences=True, name="memory")(x)
x = layers.MultiHeadAttention(2, 4, name="attend")(x, x)
x = layers.Dropout(0.4, name="drop")(layers.LayerNormalization(name="norm")(x))
model = keras.Model(tokens, layers.Dense(5, activation="softmax", name="scores")(layers.Flatten(name="flat")(x)))
images = np.random.default_rng(0).integers(0, 50, (6, 12))
for weight in model.weights:
    weight.assign(np.random.default_rng(1).normal(size=weight.shape) * 0.8)
"""


def test_embedding_gates_attention_and_norm_say_what_was_computed(notebook: Callable[..., Notebook]) -> None:
    book = notebook(WORDS, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    figures = stage.layer.locator(".kv-figure")

    def open_tab(path: str, tab: str) -> np.ndarray:
        show(stage, book, path, ".kv-tab")
        stage.layer.get_by_role("button", name=tab, exact=True).click()
        figures.first.wait_for()
        expect(stage.layer.locator(".kv-tab[aria-pressed=true]")).to_have_text(tab)
        return computed(stage, book, path)

    rows = open_tab("rows", "Embedding")
    table = np.array(book.value("model.get_layer('rows').embeddings.numpy().tolist()"))
    said = read(stage, figures.nth(0).locator(".kv-plot canvas"), 3.5 / 12, 5.5 / 8)
    assert said == pytest.approx(table[book.value("int(images[0, 3])"), 5], rel=1e-5)
    assert said == pytest.approx(rows[3, 5], rel=1e-5)

    hidden = open_tab("memory", "Gates")
    kernel, recurrent, bias = (
        np.array(book.value(f"model.get_layer('memory').cell.{name}.numpy().tolist()"))
        for name in ("kernel", "recurrent_kernel", "bias")
    )
    gate = 1 / (1 + np.exp(-(rows[4] @ kernel + hidden[3] @ recurrent + bias)[:6]))
    said = read(stage, figures.nth(0).locator("canvas").nth(0), 4.5 / 12, 2.5 / 6)
    assert said == pytest.approx(gate[2], abs=1e-5)
    said = read(stage, figures.nth(1).locator("canvas").nth(2), 4.5 / 12, 2.5 / 6)
    assert said == pytest.approx(hidden[4, 2], abs=1e-6)

    open_tab("attend", "Attention")
    call = "model.get_layer('attend')(*[w.activations['memory']] * 2, return_attention_scores=True)[1].numpy()[0]"
    scores = np.array(book.value(f"{call}.tolist()"))
    said = read(stage, figures.nth(0).locator("canvas").nth(1), 7.5 / 12, 2.5 / 12)
    assert said == pytest.approx(scores[1, 7, 2], abs=1e-5)
    expect(stage.layer.locator(".kv-good").first).to_be_visible()

    after = open_tab("norm", "Before and after")
    said = read(stage, stage.layer.locator(".kv-figure .kv-plot canvas").nth(1), 6.5 / 12, 3.5 / 6)
    assert said == pytest.approx(after[6, 3], rel=1e-5)
