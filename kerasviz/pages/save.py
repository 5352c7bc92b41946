"""`w.save_html()`: the widget as a page that explores without a kernel."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, SupportsIndex

import kerasviz
from kerasviz.attribution import METHODS
from kerasviz.errors import InputError
from kerasviz.pages.html import page_of
from kerasviz.pages.offered import offer_what_is_there
from kerasviz.pages.questions import Screen, ask_all
from kerasviz.pages.recording import Recording

__all__ = ["save_html"]

_LARGE = 12.0, 3.0  # megabytes: up to which a click on any layer is answered; up to which more is
_STATE = ("sample", "layer", "unit", "place", "target", "method", "options", "theme", "language", "title", "digest")


def save_html(  # noqa: PLR0913 - what the widget's method takes, and the widget's own parts
    session: Any,
    stage: Any,
    path: Any,
    samples: int | Iterable[int] = 20,
    *,
    methods: Iterable[str] | None = None,
    megabytes: float | None = None,
) -> Path:
    """Write the page; gives its path."""
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"path={str(path)!r} was given. A page is an HTML file. Let its name end in .html.")
    if not target.parent.is_dir():
        raise InputError(f"path={str(path)!r} was given. There is no folder {str(target.parent)!r}. Make it first.")
    chosen = _chosen(samples, session, stage)
    state = {name: getattr(stage, name) for name in _STATE}
    state["sample"] = stage.sample if stage.sample in chosen else chosen[0]
    explained = _methods(methods, state)
    own = sorted(sample for sample in chosen if sample >= 0)
    whole = own == list(range(len(own)))
    traits = {
        **state,
        "num_samples": len(own) if whole else len(session.samples),
        "filter": None if whole else {"by": "python", "samples": own},
        "scanned": stage.scanned,
    }
    facts = {
        "version": kerasviz.__version__,
        "saved": date.today().isoformat(),  # noqa: DTZ011 - the reader's calendar
        "samples": sorted(chosen),
        "total": len(session.samples),
    }
    recording = Recording(session)
    empty = len(page_of(recording, traits, facts))
    rooms = [
        int(limit * 1e6 - empty) * 3 // 4 for limit in (_LARGE if megabytes is None else (megabytes,))
    ]  # base64: 3 as 4
    ask_all(Screen(session, chosen, state, explained), recording, max(rooms), min(rooms))
    offer_what_is_there(recording)
    target.write_text(page_of(recording, traits, facts), encoding="utf-8")
    return target


def _chosen(samples: int | Iterable[int], session: Any, stage: Any) -> list[int]:
    """Numbers of samples: so many of those that are walked through, and always the one on the screen."""
    walked = range(len(session.samples)) if stage.filter is None else stage.filter["samples"]
    if isinstance(samples, SupportsIndex):
        count = operator.index(samples)
        if count < 1:
            raise InputError(f"samples={count} was given. A page needs one at least. Give a number from 1 on.")
        now = stage.sample
        first = list(walked[:count])
        return first if now in first else [*(first[: count - 1] if now >= 0 else first), now]
    wanted = [operator.index(sample) for sample in samples]
    strange = [sample for sample in wanted if not session.samples.has(sample)]
    if strange or not wanted:
        raise InputError(
            f"samples={wanted} was given. There are the samples 0 … {len(session.samples) - 1}. Give numbers of those, or how many."
        )
    return list(dict.fromkeys(wanted))


def _methods(names: Iterable[str] | None, state: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Methods and their options: the one on the screen, and those that are named."""
    found = [(state["method"], state["options"])] if state["method"] else []
    for name in names or ():
        METHODS.get(name)
        if name != state["method"]:
            found.append((name, {}))
    return found
