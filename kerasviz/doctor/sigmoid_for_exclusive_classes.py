"""Several sigmoids where exactly one class is right: each is sure on its own, and nothing makes them agree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.outputs import Output
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, plural

FEWEST = 32  # labels: as many rows with exactly one class are no accident


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        if output.info.squash != "sigmoid" or output.width < 2:
            continue
        categorical = output.loss is not None and output.loss.kind == "categorical"
        exclusive = output.true_classes is not None and case.count >= FEWEST and not case.made
        if categorical or exclusive:
            yield _found(case, output, categorical=categorical)


def _found(case: Case, output: Output, *, categorical: bool) -> Finding:
    sums = output.rows.sum(axis=1)
    name = output.loss.name if output.loss else ""
    reason = (
        f"the loss {name!r} takes exactly one class to be right"
        if categorical
        else f"each of the {plural(case.count, 'label')} names exactly one class"
    )
    worst = int(np.abs(sums - 1).argmax()) // max(len(sums) // case.count, 1)
    return Finding(
        "error" if categorical else "warning",
        output.info.path,
        f"{output.name} has {output.width} sigmoids, and {reason}. Their sum is {number(float(sums.mean()))} on average, "
        f"from {number(float(sums.min()))} to {number(float(sums.max()))}.",
        "Sigmoids answer each class apart: the numbers are no distribution, and all classes may be likely, or none.",
        "Use activation='softmax' with a categorical loss. Keep sigmoids only where several classes can be right at once.",
        {
            "units": output.width,
            "mean_sum": float(sums.mean()),
            "smallest_sum": float(sums.min()),
            "largest_sum": float(sums.max()),
            "samples": case.count,
        },
        {"layer": output.info.path, "sample": case.number(worst), "panel": "prediction"},
    )


RULE = DoctorRule("sigmoid-for-exclusive-classes", _check, needs="run")
