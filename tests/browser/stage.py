"""The widget on the page, by what a person or a screen reader finds there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.browser.lab import colours, eventually, picture, share_changed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from playwright.sync_api import Locator, Page

MOVED = 0.002  # share of pixels; a blinking caret is less, a map of another sample more


class HasPage(Protocol):
    """A notebook, or another place where the widget is shown."""

    page: Page


class Stage:
    """One view of the widget."""

    def __init__(self, notebook: HasPage, view: int = 0) -> None:
        self.book: Any = notebook
        self.page = notebook.page
        self.root = self.page.locator(".kv-stage").nth(view)
        self.sample = self.root.get_by_role("slider", name="Sample", exact=True)
        self.unit = self.root.get_by_role("slider", name="Unit", exact=True)
        self.overview, self.prediction, self.layer, self.unit_panel = (
            self.root.locator(f".kv-panel-{name}") for name in ("overview", "prediction", "layer", "unit")
        )

    def card(self, path: str) -> Locator:
        return self.root.locator(f'.kv-card[data-path="{path}"]')

    def drawn(self) -> Stage:
        """Wait until the overview shows a mosaic with more than one colour."""
        canvas = self.overview.locator("canvas").first
        canvas.wait_for()
        eventually(self.page, lambda: colours(canvas) > 2, "a mosaic in the overview")
        return self

    def open_layer(self, path: str) -> None:
        self.card(path).click()
        self.layer.locator(".kv-name", has_text=path).wait_for()
        self.layer.locator("canvas").first.wait_for()
        self.unit_panel.locator("canvas").first.wait_for()
        self.settle(self.root)

    def settle(self, element: Locator) -> np.ndarray:
        """Its picture, once two in a row are the same."""
        seen = [picture(element)]

        def calm() -> bool:
            self.page.wait_for_timeout(150)
            seen.append(picture(element))
            return share_changed(seen[-2], seen[-1]) == 0

        eventually(self.page, calm, "a picture that stands still")
        return seen[-1]

    def expect_change(self, action: Callable[[], object], *places: Locator, seconds: float = 20) -> None:
        """Do something, and see the picture of every one of these places change."""
        before = [self.settle(place) for place in places]
        action()
        for place, old in zip(places, before, strict=True):
            eventually(
                self.page,
                lambda place=place, old=old: share_changed(old, picture(place)) > MOVED,
                f"another picture in {place}",
                seconds,
            )
