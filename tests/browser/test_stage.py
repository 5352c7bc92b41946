"""What a person does with the widget in JupyterLab, and what they see."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MODEL, SHOW
from tests.browser.lab import Notebook, colours, eventually
from tests.browser.stage import Stage


def test_widget_opens_and_draws_every_layer(shown: Notebook) -> None:
    stage = Stage(shown).drawn()

    for path in ("conv", "pool", "flat", "scores"):
        canvas = stage.card(path).locator("canvas")
        eventually(shown.page, lambda canvas=canvas: colours(canvas) > 2, f"a mosaic on the card of {path}")
    assert colours(stage.prediction) > 10
    expect(stage.prediction).to_contain_text("predicted")


def test_layer_view_shows_its_maps_with_scale_and_range(shown: Notebook) -> None:
    stage = Stage(shown).drawn()

    stage.open_layer("conv")

    assert colours(stage.layer) > 20
    assert colours(stage.unit_panel.locator("canvas").first) > 4
    expect(stage.layer).to_contain_text("10 × 10")
    for panel in (stage.layer, stage.unit_panel):
        expect(panel.get_by_role("img", name="Colour scale from")).to_be_visible()


def test_sample_slider_changes_every_picture_and_the_trait(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.open_layer("conv")

    stage.expect_change(
        lambda: stage.sample.fill("6"), stage.card("conv"), stage.prediction, stage.layer, stage.unit_panel
    )

    eventually(shown.page, lambda: shown.value("w.sample") == 6, "w.sample follows the slider")


def test_unit_slider_changes_the_large_map_and_the_trait(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.open_layer("conv")

    stage.expect_change(lambda: stage.unit.fill("2"), stage.unit_panel)

    eventually(shown.page, lambda: shown.value("w.unit") == 2, "w.unit follows the slider")


def test_traits_set_in_python_move_the_screen(shown: Notebook) -> None:
    stage = Stage(shown).drawn()

    stage.expect_change(lambda: shown.kernel("w.sample = 5"), stage.card("conv"))
    shown.kernel("w.layer = 'conv'; w.unit = 3")

    expect(stage.sample).to_have_value("5")
    expect(stage.card("conv")).to_have_attribute("aria-pressed", "true")
    expect(stage.unit).to_have_value("3")


def test_arrow_keys_move_samples_and_layers(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.open_layer("conv")

    stage.sample.focus()
    stage.expect_change(lambda: shown.page.keyboard.press("ArrowRight"), stage.card("conv"))
    expect(stage.sample).to_have_value("1")
    stage.card("conv").focus()
    shown.page.keyboard.press("ArrowRight")
    expect(stage.card("pool")).to_be_focused()
    shown.page.keyboard.press("Enter")

    expect(stage.card("pool")).to_have_attribute("aria-pressed", "true")
    eventually(shown.page, lambda: shown.value("w.layer") == "pool", "w.layer follows the keyboard")
    assert shown.value("w.sample") == 1


def test_bad_values_are_refused_and_the_old_state_stays(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    before = shown.value("[w.sample, w.layer, w.unit]")

    for name, value in (("sample", "99"), ("sample", "-1"), ("layer", "'cnov'"), ("unit", "'two'")):
        with pytest.raises(AssertionError, match=name):
            shown.kernel(f"w.{name} = {value}")

    assert shown.value("[w.sample, w.layer, w.unit]") == before
    expect(stage.sample).to_have_value("0")


def test_two_views_of_one_widget_stay_in_step(notebook: Callable[..., Notebook]) -> None:
    book = notebook(MODEL, SHOW, "display(w)")
    book.run(0, 1, 2)
    first, second = Stage(book, 0).drawn(), Stage(book, 1).drawn()

    second.expect_change(lambda: first.sample.fill("4"), second.card("conv"))
    expect(second.sample).to_have_value("4")
    first.expect_change(lambda: second.sample.fill("2"), first.card("conv"))
    expect(first.sample).to_have_value("2")
    second.card("pool").click()

    expect(first.card("pool")).to_have_attribute("aria-pressed", "true")


def test_widget_follows_the_theme_of_jupyterlab(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    light = stage.settle(stage.root)

    stage.expect_change(lambda: shown.theme("Dark"), stage.root)

    dark = stage.settle(stage.root)
    assert light.mean() > 160
    assert dark.mean() < 96
    stage.expect_change(lambda: shown.theme("Light"), stage.root)


FLOOD = """
async () => {
  const root = document.querySelector(".kv-stage");
  const overview = root.querySelector(".kv-panel-overview");
  const slider = root.querySelector(".kv-stepper input[type=range]");
  const seen = [];
  const observer = new MutationObserver(() => {
    if (seen.at(-1) !== overview.dataset.sample) seen.push(overview.dataset.sample);
  });
  observer.observe(overview, { attributes: true, attributeFilter: ["data-sample"] });
  const move = async (to) => {
    slider.value = String(to);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => setTimeout(done, 16));
  };
  const busy = performance.now() + 20000;
  let moves = 0;
  for (; moves < 60 || (seen.length < 5 && performance.now() < busy); moves += 1) await move(moves % 8);
  await move(5);
  const panels = ["prediction", "overview", "layer", "unit"];
  const all = () => panels.every((name) => root.querySelector(`.kv-panel-${name}`).dataset.sample === "5");
  const end = performance.now() + 20000;
  while (!all() && performance.now() < end) await new Promise((done) => setTimeout(done, 5));
  const after = seen.length;
  await new Promise((done) => setTimeout(done, 700));
  observer.disconnect();
  return { seen, moves, later: seen.length - after, right: all() };
}
"""


def test_slider_moved_quickly_shows_samples_on_the_way_and_ends_on_the_last(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.open_layer("conv")

    found = shown.page.evaluate(FLOOD)

    assert found["right"], "every panel shows the last sample"
    assert found["seen"][-1] == "5"
    assert len(found["seen"]) >= 5, "samples on the way were shown"
    assert len(found["seen"]) <= found["moves"], "no sample twice"
    assert found["later"] == 0, "nothing was left in a queue"
    assert shown.value("w.sample") == 5
