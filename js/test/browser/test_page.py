"""What the front end does on its own, whatever the kernel answers."""

import re

from playwright.sync_api import Locator, Page, expect

from js.test.browser.conftest import OpenPage


def slider(page: Page, name: str, view: int = 0) -> Locator:
    return page.locator(".kv-stage").nth(view).get_by_role("slider", name=name, exact=True)


def card(page: Page, path: str, view: int = 0) -> Locator:
    return page.locator(".kv-stage").nth(view).locator(f'.kv-card[data-path="{path}"]')


def pixels(canvas: Locator) -> str:
    return canvas.evaluate("canvas => canvas.toDataURL()")


def test_slider_moves_at_once_and_asks_no_more_than_it_must(opened: OpenPage) -> None:
    page = opened("latency=120&sample=0")
    page.evaluate("model.sent.length = 0")
    slider(page, "Sample").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(slider(page, "Sample")).to_have_value("20", timeout=100)

    page.wait_for_function("model.get('sample') === 20")
    page.wait_for_timeout(500)

    expect(slider(page, "Sample")).to_have_value("20")
    for name in ("overview", "prediction", "layer", "unit", "set"):
        asked = page.evaluate(f"model.sent.filter(m => m.name === '{name}').map(m => m.params.sample)")
        assert len(asked) < 12, f"{name} was asked for {len(asked)} times"
        assert asked[-1] == 20


def test_maps_of_another_sample_are_painted_into_the_same_canvases(opened: OpenPage) -> None:
    page = opened()
    canvas = page.locator(".kv-tile canvas").nth(6)
    canvas.evaluate("canvas => { canvas.marked = true }")
    before = pixels(canvas)

    slider(page, "Sample").fill("3")

    page.wait_for_function(
        "before => document.querySelectorAll('.kv-tile canvas')[6].toDataURL() !== before", arg=before
    )
    assert canvas.evaluate("canvas => canvas.marked")


def test_refused_change_goes_back_and_says_why(opened: OpenPage) -> None:
    page = opened("sample=7")
    page.evaluate("model.fail = 'set'")

    slider(page, "Sample").fill("30")

    expect(page.get_by_role("alert")).to_contain_text("Not changed:")
    expect(slider(page, "Sample")).to_have_value("7")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_failing_overview_leaves_the_cards_and_heals(opened: OpenPage) -> None:
    page = opened()
    page.evaluate("model.fail = 'overview'")
    slider(page, "Sample").fill("9")

    expect(page.locator(".kv-panel-overview .kv-error")).to_contain_text("has no spatial axes")
    expect(card(page, "lstm")).to_be_visible()
    page.locator(".kv-panel-overview summary").click()
    expect(page.locator(".kv-panel-overview pre")).to_contain_text("Traceback")
    page.evaluate("model.fail = ''")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator(".kv-panel-overview .kv-error")).to_have_count(0)


def test_traits_set_in_python_move_the_view(opened: OpenPage) -> None:
    page = opened()

    page.evaluate("model.set('sample', 4); model.set('layer', 'dense'); model.set('unit', 9)")

    expect(slider(page, "Sample")).to_have_value("4")
    expect(slider(page, "Unit")).to_have_value("9")
    expect(card(page, "dense")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".kv-panel-layer .kv-name")).to_have_text("dense")


def test_two_views_follow_each_other_and_end_alone(opened: OpenPage) -> None:
    page = opened()
    page.evaluate("void (window.end = second())")
    page.locator(".kv-stage").nth(1).locator(".kv-tile canvas").first.wait_for()

    slider(page, "Sample", 1).fill("12")
    expect(slider(page, "Sample", 0)).to_have_value("12")
    page.evaluate("end()")

    expect(page.locator(".kv-stage")).to_have_count(1)
    slider(page, "Sample").fill("13")
    page.wait_for_function("model.get('sample') === 13")


def test_cleanup_leaves_no_listener_and_no_element(opened: OpenPage) -> None:
    page = opened("latency=300")
    slider(page, "Sample").fill("5")

    page.evaluate("cleanup()")

    assert page.evaluate("model.listeners") == 0
    assert page.evaluate("place.childElementCount") == 0
    assert page.evaluate("model.sent.at(-1).kind") == "cancel"
    page.wait_for_timeout(400)


def test_keyboard_reaches_samples_layers_and_units(opened: OpenPage) -> None:
    page = opened("sample=7&unit=0")
    card(page, "conv2d").focus()
    page.keyboard.press("ArrowRight")
    expect(card(page, "max_pooling2d")).to_be_focused()
    expect(card(page, "max_pooling2d")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("]")
    expect(slider(page, "Sample")).to_have_value("8")
    page.keyboard.press("End")
    expect(card(page, "softmax")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator(".kv-panel-layer .kv-name")).to_have_text("conv2d")

    page.locator(".kv-tile").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")

    assert int(slider(page, "Unit").input_value()) > 4
    expect(page.locator(".kv-tile:focus")).to_have_attribute("aria-pressed", "true")


# Until nothing has been asked for for a while.
QUIET = """async () => {
  for (let count = -1; count !== model.sent.length; ) {
    count = model.sent.length;
    await new Promise((done) => setTimeout(done, 300));
  }
}"""


def test_hover_reads_the_number_without_the_kernel(opened: OpenPage) -> None:
    page = opened("unit=6")
    page.locator(".kv-thumb .kv-right").first.wait_for()

    def point() -> None:
        page.locator(".kv-panel-unit .kv-plot canvas").hover(position={"x": 60, "y": 30})
        page.locator(".kv-tile").nth(6).hover()

    point()  # scrolls them into sight, and what comes into sight may ask for something
    page.evaluate(QUIET)
    page.evaluate("model.sent.length = 0")
    point()

    expect(page.locator(".kv-panel-layer .kv-readout")).to_contain_text("≈")
    assert page.evaluate("model.sent.length") == 0


def test_pages_of_maps_come_when_they_are_scrolled_to(opened: OpenPage) -> None:
    page = opened("layer=block/conv2d_2")
    picture = page.locator(".kv-panel-layer .kv-picture")
    asked = "model.sent.filter(m => m.name === 'layer').map(m => m.params.start)"
    first = page.evaluate(asked)

    for start in (64, 128):
        assert start not in first
        picture.evaluate("element => { element.scrollTop = element.scrollHeight }")
        page.wait_for_function(f"{asked}.includes({start})")
        page.locator(f'[data-page="{start}"][data-sample]').wait_for()
    slider(page, "Sample").fill("2")
    page.wait_for_function(
        """() => {
            const box = document.querySelector('.kv-panel-layer .kv-picture').getBoundingClientRect();
            const seen = [...document.querySelectorAll('[data-page]')].filter((page) => {
                const { top, bottom } = page.getBoundingClientRect();
                return bottom > box.top && top < box.bottom;
            });
            return seen.length > 0 && seen.every((page) => page.dataset.sample === '2');
        }"""
    )


def test_theme_is_followed_and_overruled(opened: OpenPage) -> None:
    page = opened("layer=block/conv2d_1")
    stage = page.locator(".kv-stage")
    light = pixels(page.locator(".kv-tile canvas").first)

    page.evaluate("document.body.dataset.jpThemeLight = 'false'")

    expect(stage).to_have_class(re.compile("kv-dark"))
    assert pixels(page.locator(".kv-tile canvas").first) != light
    page.evaluate("model.set('theme', 'light')")
    expect(stage).not_to_have_class(re.compile("kv-dark|kv-auto"))


def test_kernel_that_goes_and_comes_back(opened: OpenPage) -> None:
    page = opened()

    page.evaluate("model.trigger('comm_live_update')")

    expect(page.get_by_role("status").filter(has_text="The kernel is gone")).to_be_visible()
    expect(slider(page, "Sample")).to_be_disabled()
    expect(page.locator(".kv-tile canvas").first).to_be_visible()


def test_no_kernel_shows_what_was_saved(opened: OpenPage) -> None:
    page = opened("gone=1", wait=".kv-digest")

    expect(page.locator(".kv-stage")).to_contain_text("Run the cell again")
    expect(page.locator(".kv-digest")).to_contain_text("conv2d_13")


def test_another_protocol_says_what_to_do(opened: OpenPage) -> None:
    page = opened("protocol=9", wait=".kv-notice")

    expect(page.get_by_role("alert")).to_contain_text("Upgrade or rebuild kerasviz")


def test_language_changes_every_word(opened: OpenPage) -> None:
    page = opened()

    page.evaluate("model.set('texts', zh)")

    expect(page.get_by_role("slider", name="样本", exact=True)).to_be_visible()
    expect(page.locator(".kv-headline")).to_contain_text("预测为")
    expect(page.locator(".kv-panel-layer .kv-readout")).to_contain_text("指向")


def test_text_of_the_model_is_never_markup(opened: OpenPage) -> None:
    page = opened()

    page.evaluate("model.set('title', '<img src=x onerror=alert(1)>')")

    expect(page.locator(".kv-title")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".kv-stage img")).to_have_count(0)


def test_playing_goes_on_after_each_drawn_sample_and_stops(opened: OpenPage) -> None:
    page = opened("sample=58")
    page.get_by_role("button", name="Play through the samples").click()

    page.wait_for_function("model.get('sample') === 1")
    page.get_by_role("button", name="Pause").click()
    stopped = page.evaluate("model.get('sample')")
    page.wait_for_timeout(900)

    assert page.evaluate("model.get('sample')") == stopped


def test_silent_kernel_is_asked_again_and_heals(opened: OpenPage) -> None:
    page = opened("silent=1", wait=".kv-notice")
    asked = page.evaluate("model.sent.filter(m => m.name === 'network').length")
    assert asked == 2

    page.evaluate("model.speak()")

    page.locator(".kv-tile canvas").first.wait_for()
    expect(page.locator(".kv-notice")).to_have_count(0)
