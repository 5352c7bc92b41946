"""Samples, lists and targets on the dev page: what the front end does on its own."""

from playwright.sync_api import Locator, Page, expect

from js.test.browser.conftest import OpenPage
from js.test.browser.test_page import slider

THUMB = ".kv-thumb canvas"


def menu(page: Page, name: str, view: int = 0) -> Locator:
    return page.locator(".kv-stage").nth(view).get_by_role("combobox", name=name, exact=True).first


def asked(page: Page, name: str) -> list:
    return page.evaluate(f"model.sent.filter(m => m.name === '{name}').map(m => m.params)")


def test_strip_of_60000_samples_asks_for_what_is_in_sight(opened: OpenPage) -> None:
    page = opened("samples=60000&sample=40000", wait=THUMB)
    strip = page.get_by_role("listbox", name="Neighbouring samples")

    strip.evaluate("element => { element.scrollLeft = 56 * 12345 }")
    page.locator('.kv-thumb[data-sample="12346"] canvas').wait_for()
    page.locator('.kv-thumb[data-sample="12346"]').click()

    expect(slider(page, "Sample")).to_have_value("12346")
    expect(page.locator('.kv-thumb[data-sample="12346"]')).to_have_attribute("aria-selected", "true")
    assert page.locator(".kv-thumb").count() < 40
    samples = [sample for params in asked(page, "thumbnails") for sample in params["samples"]]
    assert len(samples) == len(set(samples)) < 200
    assert {sample // 1000 for sample in samples} <= {39, 40, 12}


def test_strip_follows_the_slider_without_an_empty_tile(opened: OpenPage) -> None:
    page = opened("samples=60000&sample=100&latency=60", wait=THUMB)
    page.evaluate(
        """() => {
            window.empty = 0;
            const strip = document.querySelector('.kv-strip');
            new MutationObserver(() => {
                const box = strip.getBoundingClientRect();
                for (const tile of strip.querySelectorAll('.kv-thumb')) {
                    const { left, right } = tile.getBoundingClientRect();
                    const seen = right > box.left && left < box.right;
                    if (seen && !tile.querySelector('canvas')) window.empty += 1;
                }
            }).observe(strip, { subtree: true, childList: true });
        }"""
    )

    for value in range(1000, 21000, 1000):
        slider(page, "Sample").fill(str(value))

    page.locator('.kv-thumb[data-sample="20000"] canvas').wait_for()
    expect(page.locator('.kv-thumb[aria-selected="true"]')).to_have_attribute("data-sample", "20000")
    assert page.evaluate("empty") == 0
    samples = [sample for params in asked(page, "thumbnails") for sample in params["samples"]]
    assert len(samples) == len(set(samples))


def test_menu_finds_by_typing_and_escape_leaves_it_as_it_was(opened: OpenPage) -> None:
    page = opened(wait=THUMB)
    target = menu(page, "Target")
    expect(target).to_have_value("Predicted class (automatic)")

    target.click()
    expect(page.get_by_role("option", name="seven")).to_be_visible()
    target.fill("ei")
    expect(target).to_have_attribute("aria-expanded", "true")
    active = page.locator(f"#{target.get_attribute('aria-activedescendant')}")
    expect(active).to_contain_text("eight")
    target.press("Escape")
    expect(target).to_have_value("Predicted class (automatic)")
    expect(target).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("model.get('target')") is None

    target.fill("3")
    target.press("Enter")
    page.wait_for_function("model.get('target') === 3")
    expect(page.locator(".kv-aimed .kv-score-name")).to_have_text("3")
    expect(page.locator(".kv-score")).to_have_count(5)
    page.evaluate("model.set('target', null)")
    expect(target).to_have_value("Predicted class (automatic)")
    expect(page.locator(".kv-aimed")).to_have_count(0)


def test_list_is_moved_through_by_slider_and_keys_and_left_from_python(opened: OpenPage) -> None:
    page = opened("sample=0", wait=THUMB)
    menu(page, "Filter").fill("label 6")
    menu(page, "Filter").press("Enter")
    page.wait_for_function("model.get('sample') === 13")

    expect(slider(page, "Sample")).to_have_attribute("max", "5")
    slider(page, "Sample").focus()
    page.keyboard.press("]")
    expect(slider(page, "Sample")).to_have_value("1")
    expect(page.get_by_role("spinbutton", name="Sample")).to_have_value("16")
    expect(page.locator(".kv-samples")).to_contain_text("2 of 6")
    page.evaluate("model.set('sample', 30)")
    expect(page.locator(".kv-lists")).to_contain_text("sample 30 is not among them")
    page.keyboard.press("]")
    page.wait_for_function("model.get('sample') === 36")


def test_enter_before_there_is_anything_to_choose_counts_when_it_comes(opened: OpenPage) -> None:
    page = opened("sample=0&latency=1500", wait=".kv-stage [role=combobox]")
    menu(page, "Filter").fill("label 6")
    menu(page, "Filter").press("Enter")
    expect(page.get_by_role("option", name="label 6")).to_have_count(0)

    page.wait_for_function("model.get('sample') === 13")


def test_what_changes_meanwhile_leaves_the_menu_where_the_arrow_keys_went(opened: OpenPage) -> None:
    page = opened("sample=0", wait=THUMB)
    target = menu(page, "Target")
    target.fill("e")
    page.get_by_role("option", name="seven").wait_for()
    target.press("ArrowDown")
    second = page.locator(f"#{target.get_attribute('aria-activedescendant')} .kv-combo-text").inner_text()

    page.evaluate("model.set('unit', 2)")
    expect(page.get_by_role("spinbutton", name="Unit").first).to_have_value("2")
    target.press("Enter")

    expect(target).to_have_value(second)


def test_best_match_is_taken_also_where_it_came_after_others(opened: OpenPage) -> None:
    page = opened("sample=0&latency=1500", wait=".kv-stage [role=combobox]")
    target = menu(page, "Target")
    target.fill("e")
    expect(page.get_by_role("option", name="eight")).to_have_count(0)

    page.get_by_role("option", name="eight").wait_for()
    target.press("Enter")

    expect(target).to_have_value("eight")


def test_list_that_takes_long_can_be_given_up(opened: OpenPage) -> None:
    page = opened("sample=0&latency=400", wait=THUMB)
    menu(page, "Filter").fill("wrong")
    page.get_by_role("option", name="Wrong", exact=True).wait_for()  # what there is to choose comes a little later
    menu(page, "Filter").press("Enter")
    page.get_by_role("button", name="Give up").click()

    expect(menu(page, "Filter")).to_have_value("All samples")
    page.wait_for_timeout(600)
    expect(slider(page, "Sample")).to_have_attribute("max", "59")
    assert page.evaluate("model.sent.some(m => m.kind === 'cancel')")


def test_views_with_different_lists_show_one_sample(opened: OpenPage) -> None:
    page = opened("sample=0", wait=THUMB)
    page.evaluate("void second()")
    page.locator(".kv-stage").nth(1).locator(THUMB).first.wait_for()
    menu(page, "Filter").fill("wrong")
    menu(page, "Filter").press("Enter")
    page.wait_for_function("model.get('sample') === 6")

    expect(slider(page, "Sample", 1)).to_have_value("6")
    expect(slider(page, "Sample", 1)).to_have_attribute("max", "59")
    slider(page, "Sample", 1).fill("2")

    expect(page.locator(".kv-lists").first).to_contain_text("sample 2 is not among them")


def test_failure_to_list_is_said_and_the_list_stays(opened: OpenPage) -> None:
    page = opened("sample=3", wait=THUMB)
    page.evaluate("model.fail = 'listing'")
    menu(page, "Filter").fill("least")
    menu(page, "Filter").press("Enter")

    expect(page.locator(".kv-lists")).to_contain_text("cannot be drawn as maps")
    expect(menu(page, "Filter")).to_have_value("All samples")
    expect(slider(page, "Sample")).to_have_value("3")


def test_list_of_keys_holds_the_focus_and_gives_it_back(opened: OpenPage) -> None:
    page = opened(wait=THUMB)
    slider(page, "Sample").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()

    for key in ("Tab", "Shift+Tab", "]"):
        page.keyboard.press(key)
        expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    expect(slider(page, "Sample")).to_have_value("7")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(slider(page, "Sample")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("?")
    expect(dialog).to_be_hidden()
