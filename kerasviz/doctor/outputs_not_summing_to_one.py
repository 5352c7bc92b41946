"""A categorical loss on outputs that are no distribution, and are neither logits nor sigmoids: those have rules of their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, percent


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        loss, path = output.loss, output.info.path
        if loss is None or loss.kind != "categorical" or loss.from_logits or output.info.squash == "sigmoid":
            continue
        origin = case.graph.origin(path)
        linear = output.info.squash is None and origin in case.graph.by_path and case.graph.function(origin) == "linear"
        right = output.is_distribution
        if linear or right.all() or output.width < 2:
            continue
        sums = output.rows.sum(axis=1)
        worst = int(np.abs(sums - 1).argmax()) // max(len(sums) // case.count, 1)
        yield Finding(
            "error",
            path,
            f"{percent(float((~right).mean())).capitalize()} of the rows of {output.name[0].lower() + output.name[1:]} are no distribution "
            f"over the {output.width} classes: they sum to {number(float(sums.min()))} … {number(float(sums.max()))}, the "
            f"smallest number is {number(float(output.rows.min()))}. The loss {loss.name!r} expects one.",
            "Keras divides each row by its sum before it takes the logarithm, so the model is trained for other answers "
            "than the ones it gives; rows of zeros give no gradient at all.",
            "End with a softmax that nothing follows; or with plain sums and from_logits=True.",
            {
                "share_of_rows": float((~right).mean()),
                "smallest_sum": float(sums.min()),
                "largest_sum": float(sums.max()),
                "minimum": float(output.rows.min()),
                "samples": case.count,
            },
            {"layer": path, "sample": case.number(worst), "panel": "prediction"},
        )


RULE = DoctorRule("outputs-not-summing-to-one", _check, needs="run")
