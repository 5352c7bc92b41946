"""A person draws, uploads or types an input, and the network answers it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MODEL
from tests.browser.lab import Notebook, eventually
from tests.browser.stage import Stage

OWN = "w = ExplainerWidget(model)\ndisplay(w)"
TYPED = """
facts = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="hidden"), keras.layers.Dense(2, name="out")])
samples = np.linspace(-1, 2, 15, dtype="float32").reshape(5, 3)
v = ExplainerWidget(facts, samples)
display(v)
"""
AGREES = "bool(np.allclose(np.asarray({w}.prediction), {model}.predict({w}._session.samples.model_input({w}.sample), verbose=0), atol=1e-6))"
RAW = "{w}._session.samples.raw({w}.sample).tolist()"


def shown_on(pad: Locator) -> np.ndarray:
    """The grey cells of the pad, 0 … 255."""
    cells = pad.evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)"
    )
    return np.array(cells).reshape(12, 12)


def stroke(book: Notebook, pad: Locator, *points: tuple[float, float]) -> None:
    """Draw through these points, in cells."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    place = [(box["x"] + x / 12 * box["width"], box["y"] + y / 12 * box["height"]) for x, y in points]
    book.page.mouse.move(*place[0])
    book.page.mouse.down()
    for x, y in place[1:]:
        book.page.mouse.move(x, y, steps=8)
    book.page.mouse.up()


def picture_in(book: Notebook, widget: str = "w") -> np.ndarray:
    return np.array(book.value(RAW.format(w=widget)))


def until_seen(book: Notebook, pad: Locator) -> np.ndarray:
    """The picture in the kernel, once it is the one on the pad."""
    eventually(
        book.page,
        lambda: book.value("w.sample") < 0 and np.abs(picture_in(book)[..., 0] * 255 - shown_on(pad)).max() <= 0.5,
        "the kernel has what is on the pad",
    )
    return picture_in(book)[..., 0]


def test_network_answers_what_is_drawn_uploaded_and_typed(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, OWN, TYPED)
    book.run(0, 1, 2)
    stage = Stage(book, 0).drawn()
    pad = stage.root.get_by_role("application", name="Drawing pad, 12 × 12 pixels")
    expect(pad).to_be_visible()  # there are no inputs: it is open from the beginning

    draw(book, stage, pad)
    draw_by_keyboard(book, stage, pad)
    upload(book, stage, pad)
    make_noise(book, stage, pad)
    type_numbers(book, Stage(book, 1).drawn())


def draw(book: Notebook, stage: Stage, pad: Locator) -> None:
    """The screen follows the pointer, and shows what the model says of exactly that."""
    places = stage.card("conv"), stage.prediction, stage.layer

    stage.expect_change(lambda: stroke(book, pad, (3, 3), (9, 3), (5, 10)), *places)

    drawn = until_seen(book, pad)
    assert drawn[3, 3:9].min() > 0.4
    assert drawn[11, 11] == 0
    assert book.value(AGREES.format(w="w", model="model"))
    expect(stage.prediction).to_contain_text("drawn by hand, 0 – 1")


def draw_by_keyboard(book: Notebook, stage: Stage, pad: Locator) -> None:
    """Arrows move, Shift draws, Ctrl+Z undoes."""
    before = until_seen(book, pad)
    pad.focus()
    for _ in range(5):
        book.page.keyboard.press("ArrowDown")
    book.page.keyboard.press("Shift+ArrowRight")
    expect(stage.root.get_by_text("row 11, column 7")).to_be_visible()
    assert until_seen(book, pad)[11, 7] == 1

    book.page.keyboard.press("Control+z")

    np.testing.assert_array_equal(until_seen(book, pad), before)


def upload(book: Notebook, stage: Stage, pad: Locator) -> None:
    """A picture is cut, resized and made grey as is said; what is none changes nothing."""
    photo = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "png")
    choose = stage.root.locator("input[type=file]")

    choose.set_input_files({"name": "photo.png", "mimeType": "image/png", "buffer": file.getvalue()})

    expect(stage.prediction).to_contain_text("36 × 24 → centre crop 24 × 24 → 12 × 12, grey, 0 – 1")
    small = photo[:, 6:30].reshape(12, 2, 12, 2, 3).mean(axis=(1, 3)) / 255
    np.testing.assert_allclose(until_seen(book, pad), small @ [0.299, 0.587, 0.114], atol=1e-6)
    assert book.value(AGREES.format(w="w", model="model"))
    sample = book.value("w.sample")
    choose.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(stage.root.get_by_role("alert")).to_contain_text("notes.txt could not be read as a picture")
    assert book.value("w.sample") == sample


def make_noise(book: Notebook, stage: Stage, pad: Locator) -> None:
    """Noise is made by the kernel and comes onto the pad; a button goes back to the data."""
    stage.root.get_by_role("button", name="Noise").click()

    expect(stage.prediction).to_contain_text("noise, seed 1, 0 – 1")
    assert until_seen(book, pad).std() > 0.2
    stage.root.get_by_role("button", name="Back to the data").click()
    eventually(book.page, lambda: book.value("w.sample") == 0, "the first sample again")
    expect(stage.prediction).to_contain_text("made by kerasviz")


def type_numbers(book: Notebook, stage: Stage) -> None:
    """The fields follow the sample; what is typed is what the model reads."""
    stage.root.get_by_role("button", name="Try your own").click()
    first, second, third = (stage.root.get_by_role("textbox", name=f"value of {i}") for i in range(3))
    expect(third).to_have_value(str(np.float32(book.value("float(samples[0, 2])"))))

    stage.expect_change(lambda: second.fill("1.25"), stage.prediction)

    eventually(book.page, lambda: picture_in(book, "v")[1] == 1.25, "the kernel has the number")
    np.testing.assert_array_equal(picture_in(book, "v")[[0, 2]], book.value("samples[0, [0, 2]].tolist()"))
    assert book.value(AGREES.format(w="v", model="facts"))
    first.fill("one")
    expect(stage.root.get_by_role("alert")).to_have_text("“one” is not a number.")
    assert picture_in(book, "v")[1] == 1.25
    stage.sample.fill("3")
    expect(second).to_have_value(str(np.float32(book.value("float(samples[3, 1])"))))
