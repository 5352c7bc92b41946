"""What of the widget lives on without a kernel: pictures, a page, and what a saved notebook shows where nothing draws widgets."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from kerasviz.widget.session import Session
from kerasviz.widget.stage import StageWidget
from kerasviz.widget.still import still_of

__all__ = ["TakingHome"]

_BLINK = 0.1  # seconds that displaying waits for the first prediction, and for the model to be free
_WORDS = {
    "en": (
        "This is a picture of a widget. Run this notebook where widgets are drawn (JupyterLab, Notebook 7, VS Code, Colab) "
        "to explore the model."
    ),
    "zh": "这是一个小部件的图片。要探索模型，请在能显示小部件的环境（JupyterLab、Notebook 7、VS Code、Colab）中运行此 notebook。",
}
_SAMPLE = {"en": "sample {sample}", "zh": "样本 {sample}"}


class TakingHome:
    """The part of an `ExplainerWidget` that is taken out of the notebook."""

    _session: Session
    _stage: StageWidget
    language: Any

    def picture(self, panel: str | None = None, path: Any = None, dpi: float = 150) -> Any:
        """What is on the screen as a matplotlib figure, also written to `path` (PNG, SVG or PDF) where one is given.

        `panel` is "layer" (also None), "attribution", "arithmetic" or "network". More figures are in `kerasviz.plot`.
        """
        from kerasviz.plot.screen import picture

        return picture(self, panel or "layer", path=path, dpi=dpi)

    def save_html(
        self, path: Any, samples: Any = 20, *, methods: Iterable[str] | None = None, megabytes: float | None = None
    ) -> Path:
        """Write one HTML file that shows this and explores without a kernel: opened from disk, it asks no network.

        In it are `samples` samples (how many, or their numbers), with their layers, units and sums, and the attributions
        of the method on the screen and of `methods`. It takes up to `megabytes`: what finds no room says that it needs a kernel.
        None: 3, and for a large model up to 12, so that a click on most of its layers shows something.
        """
        from kerasviz.pages.save import save_html

        return save_html(self._session, self._stage, path, samples, methods=methods, megabytes=megabytes)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any] | None:
        """The widget, and a picture with words for hosts that draw no widgets, e.g. GitHub and nbconvert."""
        found: dict[str, Any] | None = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if found is None:
            return None
        picture = base64.b64encode(self._still()).decode()
        if picture:
            found["image/png"] = picture
        found["text/html"] = self._words(picture)
        return found

    def _still(self) -> bytes:
        """The layers of the sample on the screen where they are computed: displaying runs no model."""
        self._stage.predicted.wait(_BLINK)
        if not self._current or not self._session.lock.acquire(timeout=_BLINK):  # the model may be being compiled
            return b""
        try:
            return still_of(self._session.panel("overview", {"sample": self._stage.sample}))
        finally:
            self._session.lock.release()

    @property
    def _current(self) -> bool:
        """Whether the prediction that is known is that of the sample on the screen."""
        return bool(self._stage.digest.get("sample") == self._stage.sample)

    def _words(self, picture: str) -> str:
        title = f"<strong>{escape(self._stage.title)}</strong>"
        if self._current:
            scores = self._stage.digest["prediction"][:3]
            written = [f"{each['name']}: {each['value']:.4g}" for each in scores if each["value"] is not None]
            sample = _SAMPLE[self.language].format(sample=self._stage.sample)
            title += escape(f" · {sample} · {', '.join(written)}")
        image = f'<img alt="" src="data:image/png;base64,{picture}">' if picture else ""
        return f"<p>{title}</p>{image}<p>{_WORDS[self.language]}</p>"
