"""The network as a graph: folding, searching, zooming, walking."""

from playwright.sync_api import Page, expect

from js.test.browser.conftest import OpenPage
from js.test.browser.test_page import card


def scale(page: Page) -> float:
    return page.locator(".kv-sheet").evaluate("e => new DOMMatrix(getComputedStyle(e).transform).a")


def test_block_folds_to_one_card_with_a_mosaic_and_unfolds_by_a_click(opened: OpenPage) -> None:
    page = opened()
    page.get_by_role("button", name="Fold block").click()

    folded = page.locator('.kv-card[data-item="block"]')
    expect(folded).to_contain_text("2 layers")
    expect(folded).to_be_focused()
    assert folded.locator("canvas").evaluate("canvas => canvas.width") > 1
    expect(card(page, "block/conv2d_1")).to_have_count(0)
    folded.click()

    expect(card(page, "block/conv2d_1")).to_be_focused()
    expect(page.locator(".kv-frame")).to_have_count(1)


def test_f_folds_the_block_around_a_card_and_unfolds_it(opened: OpenPage) -> None:
    page = opened("layer=block/conv2d_2")
    card(page, "block/conv2d_2").focus()

    page.keyboard.press("f")
    expect(page.locator('.kv-card[data-item="block"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")

    expect(card(page, "block/conv2d_2")).to_have_attribute("aria-pressed", "true")


def test_search_dims_the_others_and_enter_goes_from_match_to_match(opened: OpenPage) -> None:
    page = opened()
    page.get_by_role("button", name="Fold block").click()
    search = page.get_by_role("searchbox", name="Find a layer")

    search.fill("conv2d")
    expect(card(page, "conv2d")).to_have_css("opacity", "1")
    expect(card(page, "dense")).to_have_css("opacity", "0.3")
    search.press("Enter")
    expect(page.locator(".kv-graph-bar output")).to_have_text("1 of 3")
    search.press("Enter")

    expect(card(page, "block/conv2d_1")).to_have_attribute("aria-pressed", "true")
    search.press("Escape")
    expect(card(page, "dense")).to_have_css("opacity", "1")
    search.fill("nothing like it")
    expect(page.locator(".kv-graph-bar output")).to_have_text("no match")


def test_zoom_by_buttons_wheel_and_keys(opened: OpenPage) -> None:
    page = opened()
    page.get_by_role("button", name="Zoom in").click()
    assert scale(page) > 1
    page.get_by_role("button", name="Show the whole network").click()
    assert scale(page) < 1
    window = page.locator(".kv-window")
    assert window.evaluate("e => e.scrollWidth <= e.clientWidth + 1")

    before = scale(page)
    window.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "old => new DOMMatrix(getComputedStyle(document.querySelector('.kv-sheet')).transform).a > old", arg=before
    )
    card(page, "conv2d").focus()
    page.keyboard.press("0")

    assert abs(scale(page) - before) < 1e-6


def test_wheel_and_drag_move_along_the_network_and_a_drag_is_no_click(opened: OpenPage) -> None:
    page = opened()
    window = page.locator(".kv-window")
    window.hover()
    page.mouse.wheel(0, 300)
    page.wait_for_function("document.querySelector('.kv-window').scrollLeft === 300")

    box = card(page, "lstm").bounding_box()
    assert box
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 50, steps=4)
    page.mouse.up()

    assert window.evaluate("e => e.scrollLeft") == 200
    expect(card(page, "lstm")).to_have_attribute("aria-pressed", "false")


def test_network_taller_than_its_window_starts_at_the_chosen_layer(opened: OpenPage) -> None:
    low = "document.head.append(Object.assign(document.createElement('style'), {textContent: `%s`}))"
    rule = ".kv-window { min-height: 0 !important; max-height: 120px !important }"
    opened().add_init_script(f"addEventListener('DOMContentLoaded', () => {low % rule})")
    page = opened("layer=block/conv2d_2")
    window, chosen = page.locator(".kv-window").bounding_box(), card(page, "block/conv2d_2").bounding_box()

    assert window
    assert chosen
    assert chosen["height"] > window["height"]
    assert abs(chosen["y"] + chosen["height"] / 2 - window["y"] - window["height"] / 2) < 8


def test_chosen_layer_comes_back_after_a_size_that_was_gone_before_the_next_frame(opened: OpenPage) -> None:
    page = opened()
    page.locator(".kv-card").last.evaluate("e => e.click()")
    page.wait_for_function("document.querySelector('.kv-window').scrollLeft > 0")
    left = page.evaluate(
        """() => {
          const frame = document.querySelector(".kv-window");
          const before = frame.scrollLeft;
          frame.style.width = "5000px";
          frame.scrollLeft; // laid out: nothing is left to scroll
          frame.style.width = "";
          const between = frame.scrollLeft;
          dispatchEvent(new Event("resize"));
          return [before, between, frame.scrollLeft];
        }"""
    )

    assert left[1] == 0
    assert left[2] == left[0]


def test_card_says_what_its_layer_costs(opened: OpenPage) -> None:
    title = card(opened(), "dense").get_attribute("title")

    assert title
    assert "204,928 parameters" in title
    assert "8.2 M multiply-adds" in title
    assert "512 B of activations" in title
