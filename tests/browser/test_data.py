"""All samples at once: a cell of the confusion matrix, and a line drawn around points, leave their samples alone."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import MODEL
from tests.browser.lab import Notebook, eventually
from tests.browser.stage import Stage

SHOW = """
import kerasviz as kv
x = np.random.default_rng(0).random((120, 12, 12, 1)).astype("float32") ** np.arange(1, 121)[:, None, None, None]
said = model.predict(x, verbose=0).argmax(1)
y = np.where(np.arange(120) % 3 == 0, (said + 1) % 6, said)
w = ExplainerWidget(model, x, y)
w.scan = kv.scan(w.probe, x, y, progress=False)
w.layer = "scores"
display(w)
"""


def test_cells_and_points_filter_the_samples(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW)
    book.run(0, 1)
    stage = Stage(book).drawn()
    page, chip = book.page, stage.root.locator(".kv-filter")
    strip = stage.root.get_by_role("listbox", name="Neighbouring samples")
    label, predicted, count = book.value(
        "max(((int(a), int(b), int(((y == a) & (said == b)).sum())) for a in range(6) for b in range(6) if a != b), key=lambda c: c[2])"
    )
    wanted = book.value(f"np.flatnonzero((y == {label}) & (said == {predicted})).tolist()")

    stage.root.locator(".heatmapcell").nth(6 * label + predicted).click()

    expect(chip).to_have_text(f"label {label} → predicted {predicted} ({count} samples) ×")
    assert book.value("list(w.filter)") == wanted
    menu = stage.root.get_by_role("combobox", name="Filter")
    expect(menu).to_have_value("Chosen")
    shown = {int(each.get_attribute("data-sample") or -1) for each in strip.get_by_role("option").all()}
    assert shown <= set(wanted)
    assert book.value("w.sample") == wanted[0]
    stage.sample.press("]")
    eventually(page, lambda: book.value("w.sample") == wanted[1], "the next sample of the cell")
    menu.fill("All")
    menu.press("Enter")
    expect(chip).to_be_hidden()
    expect(menu).to_have_value("All samples")
    eventually(page, lambda: book.value("w.filter") is None, "all samples, by the menu")
    stage.root.locator(".heatmapcell").nth(6 * label + predicted).click()
    chip.click()
    expect(chip).to_be_hidden()
    expect(menu).to_have_value("All samples")
    assert book.value("w.filter") is None
    around_the_left_half(book, stage)
    expect(chip).to_contain_text("points of the map (60 samples)")
    the_group_of_a_label_by_key(book, stage)


def the_group_of_a_label_by_key(book: Notebook, stage: Stage) -> None:
    """What the line does with the mouse, the names of the colours do with a key."""
    group = stage.root.locator(".kv-panel-map .kv-key").get_by_role("button").first
    label = (group.text_content() or "").split(" · ")[0]
    group.press("Enter")
    expected = book.value(f"np.flatnonzero(y == {label}).tolist()")
    eventually(book.page, lambda: book.value("w.filter and list(w.filter)") == expected, "the samples of that label")
    expect(group).to_have_attribute("aria-pressed", "true")
    group.press("Enter")
    eventually(book.page, lambda: book.value("w.filter") is None, "all samples again")


def around_the_left_half(book: Notebook, stage: Stage) -> None:
    """Lay the samples out, and draw around those on the left."""
    page = book.page
    stage.root.get_by_role("button", name="Lay out scores").click()
    chart = stage.root.locator(".kv-panel-map .bqplot")
    dots = chart.locator(".dot.element")
    eventually(page, lambda: dots.count() > 120, "a point for each sample, and a ring around the current one")
    chart.scroll_into_view_if_needed()
    boxes = [box for box in (dot.bounding_box() for dot in dots.all()[:120]) if box]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    page.mouse.click(*middles[7])
    eventually(page, lambda: book.value("w.sample") == 7, "the sample of the point")
    across = sorted(x for x, _ in middles)
    edge = (across[59] + across[60]) / 2
    top, bottom = min(y for _, y in middles) - 4, max(y for _, y in middles) + 4
    corners = [(across[0] - 4, top), (edge, top), (edge, bottom), (across[0] - 4, bottom), (across[0] - 4, top)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()

    inside = book.value("w.charts['projection'].marks[0].names.tolist()")
    expected = [sample for sample, (x, _) in zip(inside, middles, strict=True) if x < edge]
    eventually(
        page, lambda: book.value("w.filter and list(w.filter)") == expected, "the samples that were drawn around"
    )
