"""A saved page, opened from disk in a browser that is offline: it explores, and asks nobody for anything."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import kerasviz as kv
from tests.browser.lab import VIEWPORT, colours, eventually, picture

WHY = ".kv-panel-why canvas:visible"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 4 of 8 samples."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(6, activation="softmax", name="scores"),
        ]
    )
    x = np.zeros((8, 12, 12, 1), "float32")
    for i in range(8):
        x[i, i : i + 4, i // 2 : i + 5] = np.linspace(0.2, 1, i + 5 - i // 2)[:, None]
    w = kv.ExplainerWidget(model, x, np.arange(8) % 6)
    w.layer, w.method = "conv", "saliency"
    w.scan = kv.scan(w.probe, x, np.arange(8) % 6, progress=False)
    path = w.save_html(tmp_path_factory.mktemp("pages") / "page.html", samples=4)
    w.close()
    return path


@pytest.fixture
def page(browser: Browser, saved: Path) -> Iterator[Page]:
    """The page, drawn; no test leaves an error on its console, and nothing is asked of a network."""
    context = browser.new_context(viewport=VIEWPORT, offline=True)
    page = context.new_page()
    problems: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(saved.as_uri())
    page.locator(".kv-panel-unit canvas").first.wait_for()
    page.locator(WHY).first.wait_for()
    yield page
    context.close()
    assert problems == []
    assert [url for url in asked if not url.startswith("blob:")] == [saved.as_uri()]


def test_a_page_from_disk_explores_offline(page: Page) -> None:
    card = page.locator(".kv-card", has_text="conv").first.locator("canvas")
    unit = page.locator(".kv-panel-unit canvas").first
    why = page.locator(WHY).first
    panels = {"card": card, "unit": unit, "why": why}

    def changes(act: object, *names: str) -> None:
        before = {name: picture(panels[name]).tobytes() for name in names}
        act()  # type: ignore[operator]
        for name in names:
            eventually(page, lambda name=name: picture(panels[name]).tobytes() != before[name], f"{name} changes")

    assert colours(card) > 2
    changes(lambda: page.get_by_role("slider", name="Sample", exact=True).fill("3"), "card", "unit", "why")
    changes(lambda: page.get_by_role("slider", name="Unit", exact=True).fill("2"), "unit")
    changes(lambda: page.get_by_label("Theme").select_option("dark"), "unit")
    expect(page.locator(".kv-panel-calculation")).to_contain_text("conv[")
    expect(page.locator(".kv-panel-calculation")).to_contain_text("the model’s own")
    expect(page.locator("header").first).to_contain_text("4 of 8 samples")


def test_a_page_draws_its_charts_itself(page: Page) -> None:
    responses = page.get_by_role("list", name="Mean response per class")

    expect(page.get_by_role("img", name="How often each value occurs")).to_be_visible()
    expect(responses.get_by_role("listitem")).to_have_count(6)
    assert colours(page.get_by_role("img", name="Labels and predictions")) > 2


def test_what_needs_the_model_says_so_in_its_place(page: Page) -> None:
    words = "This needs a kernel"

    page.get_by_role("button", name="Check it").click()
    expect(page.locator(".kv-why")).to_contain_text(words)

    page.get_by_role("button", name="walk through 8").first.click()
    expect(page.locator(".kv-notices")).to_contain_text("the page holds the samples 0 – 3")
    page.get_by_role("button", name="Lay out conv").click()
    expect(page.locator(".kv-panel-map")).to_contain_text(words)

    page.get_by_role("button", name="Scan again").click()
    expect(page.locator(".kv-over-data")).to_contain_text(words)

    doctor = page.get_by_role("region", name="What might be wrong")
    expect(doctor).not_to_contain_text(words)
    doctor.get_by_role("button", name="Examine the model").click()
    expect(doctor).to_contain_text(words)

    page.get_by_label("Language").select_option("zh")
    page.get_by_role("button", name="检验").click()
    expect(page.locator(".kv-why")).to_contain_text("这需要内核")
    assert page.locator("[aria-busy=true]").count() == 0
