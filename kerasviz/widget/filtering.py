"""Which samples are walked through: those of cells of the confusion matrix, of an order, drawn around, or named in Python."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from traitlets import TraitError

from kerasviz.errors import InputError, KerasvizError
from kerasviz.views.mistakes import chosen_by
from kerasviz.views.verdict import name_of

__all__ = ["RefusedError", "read_filter", "samples_of"]


class RefusedError(InputError, TraitError):
    """A value that a trait does not take."""


def read_filter(value: Any, session: Any) -> dict[str, Any]:
    """The filter as the stage has it: "samples" in their order, each once, and "by" what they were chosen.

    "cells" of the confusion matrix ([label, predicted], …), an "order" by its "name" and the class "of" all of its samples,
    "points" that were drawn around, what the "doctor" found, or "python". "names" are what the classes are called.
    """
    wanted = value if isinstance(value, Mapping) else {"by": "python", "samples": value}
    by = wanted.get("by")
    if by in ("cells", "order"):
        scan = session.scan_state().scan
        if scan is None:
            raise RefusedError(
                f"The samples by {by!r} were asked for. There is no scan to choose from. Scan the data first."
            )
        samples = [int(sample) for sample in _chosen(scan, wanted)]
    else:
        samples = _whole(wanted.get("samples"))
    samples = list(dict.fromkeys(samples))
    if not samples:
        raise RefusedError(
            "A filter without a sample was set. There would be nothing to show. Choose others, or set None for all samples."
        )
    strange = next((sample for sample in samples if sample < 0 or not session.samples.has(sample)), None)
    if strange is not None:
        last = len(session.samples) - 1
        raise RefusedError(f"A filter with sample {strange} was set. There are 0 … {last}. Choose out of those.")
    return {**_said(wanted, session.samples.class_names), "samples": samples}


def samples_of(chosen: Mapping[str, Any] | None) -> tuple[int, ...] | None:
    """The filter as Python has it."""
    return None if chosen is None else tuple(chosen["samples"])


def _chosen(scan: Any, wanted: Mapping[str, Any]) -> np.ndarray:
    try:
        return chosen_by(scan, wanted)
    except KerasvizError as error:
        raise RefusedError(str(error)) from error


def _said(wanted: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    by = str(wanted.get("by"))
    if by == "cells":
        cells = [[int(label), int(predicted)] for label, predicted in wanted["cells"]]
        return {"by": by, "cells": cells, "names": [[name_of(number, names) for number in cell] for cell in cells]}
    if by == "order":
        of = int(wanted.get("of", -1))
        return {"by": by, "name": str(wanted["name"]), "of": of, "names": [[name_of(of, names)]] if of >= 0 else []}
    return {"by": by if by in ("points", "doctor") else "python"}


def _whole(values: Any) -> list[int]:
    """Numbers of samples, or for each sample whether it is one of them."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "b" and values.ndim == 1:
        return [int(sample) for sample in np.flatnonzero(values)]
    items: list[Any] = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [None]
    if not all(hasattr(item, "__index__") and not isinstance(item, bool) for item in items):
        raise RefusedError(
            f"filter={str(values)[:60]} was set. It must be numbers of samples. Set a list of them, or None for all samples."
        )
    return [operator.index(item) for item in items]
