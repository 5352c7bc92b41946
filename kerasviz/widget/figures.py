"""The bqplot figures of one widget: made when first wanted, as each costs the page memory and listeners."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from kerasviz.charts import CHARTS
from kerasviz.charts.base import Choose, Filter, Follow, close_figure
from kerasviz.errors import unknown_name
from kerasviz.views.base import Panel

__all__ = ["Charts", "Figures"]


class Charts(dict[str, Any]):
    """Figures by name; a wrong name is told the right ones."""

    def __missing__(self, name: object) -> Any:
        raise unknown_name("Chart", name, CHARTS.names())


class Figures:
    """By name. `made(name, figure)` is told of each new one, `choose(filter)` what a person selects in one."""

    def __init__(self, made: Callable[[str, Any], None], choose: Choose) -> None:
        self.by_name: dict[str, Any] = {}
        self._made, self._choose = made, choose
        self._followers: list[Follow] = []
        self._making = threading.RLock()
        self._telling = False

    @property
    def below(self) -> list[Any]:
        """Those that stand below the stage."""
        return [figure for name, figure in self.by_name.items() if not CHARTS.get(name).inside]

    def show(self, panel: Panel, language: str) -> bool:
        """Bring those of such a panel up to date; whether there are any. Those that stand in it are made for its first."""
        shown = False
        for name, chart in CHARTS.all().items():
            wanted = chart.inside or name in self.by_name
            if wanted and isinstance(panel.payload, chart.payload) and chart.shows(panel.payload):
                chart.update(self.figure(name), panel, language)
                shown = True
        return shown

    def figure(self, name: str) -> Any:
        with self._making:
            if name not in self.by_name:
                chart = CHARTS.get(name)
                figure = self.by_name[name] = chart.make()
                if chart.connect is not None:
                    self._followers.append(chart.connect(figure, self._chosen))
                self._made(name, figure)
            return self.by_name[name]

    def follow(self, chosen: Filter) -> None:
        """Show which samples are left, whoever chose them."""
        self._telling = True
        try:
            for follow in self._followers:
                follow(chosen)
        finally:
            self._telling = False

    def close(self) -> None:
        for figure in self.by_name.values():
            close_figure(figure)

    def _chosen(self, wanted: Filter) -> None:
        if not self._telling:
            self._choose(wanted)
