"""The sample in words: asked for by a button, follows the sample, and its numbers open what they are from."""

from playwright.sync_api import expect

from js.test.browser.conftest import OpenPage
from js.test.browser.test_page import slider


def test_words_come_when_asked_for_and_follow_the_sample(opened: OpenPage) -> None:
    page = opened("sample=4")
    button = page.get_by_role("button", name="In words")
    text = page.locator(".kv-told-text")
    expect(text).to_have_count(0)
    assert "told" not in page.evaluate("model.sent.map(m => m.name)")

    button.focus()
    page.keyboard.press("Enter")

    expect(text).to_have_text("Sample 4: unit 3 by saliency.")
    expect(button).to_have_attribute("aria-expanded", "true")
    slider(page, "Sample").fill("9")
    expect(text).to_have_text("Sample 9: unit 3 by saliency.")
    button.click()
    expect(text).to_be_hidden()


def test_a_number_says_its_call_and_opens_the_unit_or_the_attribution(opened: OpenPage) -> None:
    page = opened("sample=4")
    page.get_by_role("button", name="In words").click()
    unit = page.locator(".kv-told-text").get_by_role("button", name="3")
    expect(unit).to_have_attribute("title", "kv.without(…)")

    unit.click()
    page.wait_for_function("model.get('unit') === 3 && model.get('layer') === 'conv2d'")
    page.locator(".kv-told-text").get_by_role("button", name="saliency").click()

    page.wait_for_function("model.get('method') === 'saliency'")
