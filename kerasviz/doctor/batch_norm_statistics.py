"""BatchNormalization whose kept statistics are not those of the data: never trained, or trained on something else."""

from __future__ import annotations

from collections.abc import Iterator

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.norms import Gap, gaps
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, plural

# Within these the layer does about what it should: in training a batch has a shift near 0 and a ratio near 1.
_SHIFT, _RATIO = 1.0, 2.0
_FAR_SHIFT, _FAR_RATIO = 5.0, 20.0  # for statistics that were learned: other data may well differ


def _check(case: Case) -> Iterator[Finding]:
    found = gaps(case)
    fresh = [gap for gap in found if gap.fresh and _is_far(gap, _SHIFT, _RATIO)]
    if fresh:
        yield _untrained(case, fresh, len(found))
    learned = [gap for gap in found[1:] if not gap.fresh and _is_far(gap, _FAR_SHIFT, _FAR_RATIO)]
    scale = bool(found) and not found[0].fresh and not 1 / _FAR_RATIO < found[0].ratio < _FAR_RATIO
    if learned and not scale and not case.made:  # else the inputs are on another scale: said by a rule of its own
        yield _unlike(case, learned, len(found))


def _is_far(gap: Gap, shift: float, ratio: float) -> bool:
    return gap.shift > shift or not 1 / ratio < gap.ratio < ratio


def _untrained(case: Case, fresh: list[Gap], count: int) -> Finding:
    worst = fresh[0]
    trained = not case.untrained
    return Finding(
        "warning" if trained else "info",
        worst.path,
        f"{plural(len(fresh), 'batch normalisation')} of {count} still {'has' if len(fresh) == 1 else 'have'} the statistics of a "
        f"new layer (mean 0, variance 1): {listed([gap.path for gap in fresh])}. What comes into {worst.path!r} has a standard "
        f"deviation of {number(worst.ratio)} and is {number(worst.shift)} off in the mean.",
        "At inference the layer normalises with the kept statistics, so here it does not normalise; in training it does. The "
        "two then give different answers."
        + ("" if trained else " The model is not trained yet, so this is no fault; what fades or grows from layer to layer because of it is not reported."),
        "Train with fit or call the layers with training=True, so that the statistics follow; check `trainable` and the "
        "weights that were loaded.",
        {"layers": len(fresh), "all_layers": count, "mean_shift": worst.shift, "std_ratio": worst.ratio,
         "samples": worst.samples},
        {"layer": worst.path, "sample": case.number(0), "panel": "layer"},
        tuple(gap.path for gap in fresh),
    )  # fmt: skip


def _unlike(case: Case, learned: list[Gap], count: int) -> Finding:
    worst = learned[0]
    return Finding(
        "warning",
        worst.path,
        f"{plural(len(learned), 'batch normalisation')} of {count} {'keeps' if len(learned) == 1 else 'keep'} other statistics than "
        f"these samples have: into {worst.path!r} comes {number(worst.ratio)} times the standard deviation, and a mean "
        f"{number(worst.shift)} standard deviations off.",
        "The layer was trained on numbers that were distributed otherwise: other data, too few steps for its momentum, or "
        "layers before it that changed since.",
        "Train on with data like these (a smaller momentum, e.g. 0.9, follows faster), or check what feeds the layer.",
        {"layers": len(learned), "all_layers": count, "mean_shift": worst.shift, "std_ratio": worst.ratio,
         "samples": worst.samples},
        {"layer": worst.path, "sample": case.number(0), "panel": "layer"},
        tuple(gap.path for gap in learned),
    )  # fmt: skip


RULE = DoctorRule("batch-norm-statistics", _check, needs="run")
