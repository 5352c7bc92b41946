"""Why: a method is chosen, its heat map is there, it follows, and it can be stopped."""

from collections.abc import Callable
from functools import partial

import numpy as np
from playwright.sync_api import Locator, expect

from tests.browser.lab import Notebook, colours, eventually
from tests.browser.stage import Stage


def choose(why: Locator, typed: str) -> None:
    """By keyboard alone."""
    box = why.get_by_role("combobox", name="Method")
    box.focus()
    box.press("ArrowDown")
    why.get_by_role("option", name="SmoothGrad", exact=False).first.wait_for()
    box.fill(typed)
    box.press("Enter")


def answer(why: Locator, method: str) -> Locator:
    found = why.locator(f'.kv-panel-why .kv-why-answer[data-method="{method}"]')
    found.wait_for()
    return found


PIXELS = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [canvas.height, canvas.width, ...data];
}"""


def pixels(canvas: Locator) -> np.ndarray:
    height, width, *data = canvas.evaluate(PIXELS)
    return np.array(data, np.float64).reshape(height, width, 4)


def test_a_method_chosen_by_keyboard_shows_a_heat_map_of_the_very_numbers(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    expect(why).to_contain_text("Choose a method")

    choose(why, "gradient × input")

    found = answer(why, "gradient-x-input")
    eventually(shown.page, lambda: shown.value("w.method") == "gradient-x-input", "w.method follows the menu")
    why.get_by_role("slider", name="From the input to the heat map").fill("100")  # the heat map alone
    heat = found.locator(".kv-why-heat")
    values = np.array(shown.value("w.attribution.values[0, :, :, 0].tolist()"))
    eventually(shown.page, lambda: bool(np.all(pixels(heat)[..., 3] == 255)), "an opaque heat map")
    drawn = pixels(heat)
    blue_minus_red = drawn[..., 2] - drawn[..., 0]
    strong = np.abs(values) > 0.1 * np.abs(values).max()
    assert drawn.shape[:2] == values.shape
    assert strong.any()
    assert np.all(np.sign(blue_minus_red[strong]) == np.sign(values[strong]))
    expect(found).to_contain_text("When not to trust it")
    expect(found.get_by_role("link", name="Shrikumar")).to_have_attribute("href", "https://arxiv.org/abs/1605.01713")


def test_the_value_under_the_arrow_keys_is_the_number_itself(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    choose(why, "saliency")
    found = answer(why, "saliency")

    found.locator(".kv-why-heat").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        shown.page.keyboard.press(key)

    value = shown.value("float(w.attribution.values[0, 2, 1, 0])")
    text = found.locator(".kv-why-readout").inner_text()
    assert text.startswith("row 2, column 1: ")
    assert np.isclose(float(text.split(": ")[1].replace("\N{MINUS SIGN}", "-")), value, rtol=1e-6, atol=1e-12)


def test_an_option_changes_the_picture_and_the_target_and_sample_are_followed(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    choose(why, "smoothgrad")
    found = answer(why, "smoothgrad")
    heat = why.locator(".kv-panel-why .kv-why-heat")

    def changes(action: Callable[[], object]) -> None:
        before = pixels(heat)
        action()
        eventually(shown.page, lambda: not np.array_equal(before, pixels(heat)), "another heat map")

    noise = why.get_by_role("slider", name="Noise")
    changes(lambda: noise.fill(noise.get_attribute("max") or "9"))
    assert shown.value("w.options['noise']") == 10
    expect(found).to_contain_text("25 samples")
    changes(lambda: shown.kernel("w.target = 2"))
    expect(found.locator(".kv-why-facts")).to_contain_text("2")
    changes(lambda: stage.sample.fill("5"))
    changes(lambda: shown.kernel("w.method = 'occlusion'"))
    answer(why, "occlusion")
    assert shown.value("w.options") == {}


def test_a_method_that_fails_says_why_and_the_old_picture_stays(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    choose(why, "saliency")
    found = answer(why, "saliency")

    shown.kernel("w.method = 'attention-rollout'")

    expect(why.get_by_role("alert")).to_contain_text("MultiHeadAttention")
    assert colours(found.locator(".kv-why-heat")) > 2
    choose(why, "integrated")
    answer(why, "integrated-gradients")
    expect(why.get_by_role("alert")).to_have_count(0)


def test_what_takes_long_can_be_stopped_and_sliders_go_on_meanwhile(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    shown.kernel("w.method = 'rise'; w.options = {'num_samples': 50000, 'batch_size': 1}")
    stop = why.get_by_role("button", name="Stop")
    stop.wait_for()
    so_far = why.locator('.kv-panel-why .kv-why-answer[data-done$="/50000"]')
    so_far.wait_for()
    first = so_far.get_attribute("data-done")
    heat = pixels(so_far.locator(".kv-why-heat"))
    # eventually: a mean settles, so that two beginnings of it may look alike
    heat_now = partial(pixels, so_far.locator(".kv-why-heat"))
    eventually(shown.page, lambda: not np.array_equal(heat, heat_now()), "a picture from more points")
    assert so_far.get_attribute("data-done") != first
    assert int((first or "").split("/")[0]) < 50000
    expect(so_far.locator(".kv-tag").first).to_contain_text("/ 50000 samples …")

    stage.expect_change(lambda: shown.kernel("w.layer = 'pool'"), stage.layer)
    expect(stop).to_be_visible()
    stop.click()

    expect(stop).to_be_hidden()
    eventually(shown.page, lambda: shown.value("w.status") == "idle", "nothing runs any more")
    shown.kernel("w.method = 'saliency'")
    answer(why, "saliency")


def test_methods_are_compared_on_one_scale(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    choose(why, "saliency")
    answer(why, "saliency")

    why.get_by_role("button", name="Compare").click()
    expect(why.locator(".kv-why-cell .kv-why-answer")).to_have_count(6)
    why.get_by_label("one colour scale").check()

    scales = why.locator(".kv-why-cell .kv-legend-end:last-child")
    eventually(shown.page, lambda: len(set(scales.all_inner_texts())) == 1, "one scale for all")

    shown.kernel("w.target = 3")
    why.locator(".kv-why-compare select").first.select_option("samples")
    expect(why.locator(".kv-why-cell .kv-figure-title")).to_contain_text([f"Sample {i}, 3" for i in range(6)])


def test_a_unit_is_a_target_in_both_halves_and_its_checks_are_figures_of_bqplot(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    why = stage.root.locator(".kv-why")
    shown.kernel("w.layer = 'conv'; w.unit = (3, 4, 2)")
    choose(why, "gradient × input")
    found = answer(why, "gradient-x-input")

    menu = why.get_by_role("combobox", name="Target")
    menu.click()
    why.get_by_role("option", name="conv[3, 4, 2]").click()

    expect(found.locator(".kv-why-facts")).to_contain_text("conv[3, 4, 2]")
    assert shown.value("(w.target.layer, list(w.target.index))") == ["conv", [3, 4, 2]]
    assert shown.value("float(w.attribution.scores[0])") == shown.value("float(w.activations['conv'][0, 3, 4, 2])")

    shown.kernel("import kerasviz as kv; w.target = kv.unit('conv', (..., 1))")
    expect(menu).to_have_value("conv[:, :, 1]")
    expect(found.locator(".kv-why-facts")).to_contain_text("conv[:, :, 1]")

    why.get_by_role("button", name="Check it").click()
    figures = why.locator(".kv-why-checked .kv-chart .bqplot")
    expect(figures).to_have_count(2)
    expect(figures.first).to_contain_text("deletion, area")
    expect(figures.nth(1)).to_contain_text("rank correlation")
    assert colours(figures.first) > 3
    expect(why.locator(".kv-why-checked .kv-plot-box")).to_have_count(0)
    drawn = shown.value("w.charts['deletion and insertion'].marks[0].y.tolist()")
    curves = shown.value(
        "[getattr(kv.evaluate(w.attribution).curves, n)[0].tolist() for n in ('deletion', 'insertion')]"
    )
    assert np.allclose(drawn[:2], curves, atol=1e-6)
    stage.sample.fill("3")
    expect(figures).to_have_count(0)
