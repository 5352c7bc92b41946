"""Moving through samples in JupyterLab: the strip, the lists, the target, the list of keys."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import MODEL
from tests.browser.lab import Notebook, eventually
from tests.browser.stage import Stage

SHOW = """
x = np.random.default_rng(0).random((300, 12, 12, 1)).astype("float32")
scores = model.predict(x, verbose=0)
y = np.where(np.arange(300) % 3 == 0, (scores.argmax(1) + 1) % 6, scores.argmax(1))
wrong = np.flatnonzero(scores.argmax(1) != y).tolist()
w = ExplainerWidget(model, x, y, class_names=["ant", "bee", "cat", "dog", "eel", "fox"])
display(w)
"""


def test_strip_chooses_samples_and_marks_what_is_right(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    strip = stage.root.get_by_role("listbox", name="Neighbouring samples")
    expect(strip.locator(".kv-right").first).to_be_visible(timeout=30_000)

    strip.locator('[data-sample="4"]').click()
    eventually(book.page, lambda: book.value("w.sample") == 4, "w.sample follows the strip")
    strip.focus()
    for key in ("ArrowRight", "ArrowRight"):
        book.page.keyboard.press(key)
    eventually(book.page, lambda: book.value("w.sample") == 6, "w.sample follows the arrow keys")

    marks = {
        int(each.get_attribute("data-sample") or -1): each.inner_text() for each in strip.get_by_role("option").all()
    }
    wrong = set(book.value("wrong"))
    seen = {sample: "✗" in text for sample, text in marks.items() if "✗" in text or "✓" in text}
    assert len(seen) > 5
    assert seen == {sample: sample in wrong for sample in seen}


def test_list_of_wrong_samples_is_the_one_numpy_makes_and_target_is_found_by_name(
    notebook: Callable[..., Notebook],
) -> None:
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    menu = stage.root.get_by_role("combobox", name="Filter")
    menu.fill("wrong")
    menu.press("Enter")
    wrong = book.value("wrong")
    expect(stage.root.get_by_text(f"{len(wrong)} samples")).to_be_visible()

    walked = [book.value("w.sample")]
    for _ in range(5):
        stage.sample.press("]")
        eventually(book.page, lambda: book.value("w.sample") != walked[-1], "the next wrong sample")
        walked.append(book.value("w.sample"))
    assert walked == wrong[:6]
    expect(stage.sample).to_have_value("5")
    stage.sample.press("End")
    eventually(book.page, lambda: book.value("w.sample") == wrong[-1], "the last wrong sample")
    book.kernel(f"w.sample = {wrong[1] + 1}")
    expect(stage.root.get_by_text(f"sample {wrong[1] + 1} is not among them")).to_be_visible()

    target = stage.root.locator(".kv-top").get_by_role("combobox", name="Target")
    target.fill("ee")
    stage.root.get_by_role("option", name="bee 1").wait_for()
    target.press("ArrowDown")
    target.press("Enter")
    eventually(book.page, lambda: book.value("w.target") == 1, "w.target is bee, found after eel")
    expect(stage.prediction.locator(".kv-aimed .kv-score-name")).to_have_text("bee")
    stage.sample.press("?")
    expect(stage.root.get_by_role("dialog", name="Keys")).to_be_visible()
    book.page.keyboard.press("Escape")
    expect(stage.root.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(stage.sample).to_be_focused()
