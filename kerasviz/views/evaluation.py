"""Is the attribution on the screen worth anything? Four checks, each with what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kerasviz.attribution.explained import Asked
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.sheet import Along, Drawn, Fact, Figure, lines, number
from kerasviz.wire.messages import Domain, Payload, TargetName

if TYPE_CHECKING:
    from kerasviz.attribution.curves import Curves
    from kerasviz.attribution.evaluate import Evaluation
    from kerasviz.attribution.sanity import RandomisedWeights

__all__ = ["CURVES", "PANEL", "WEIGHTS", "Evaluated", "EvaluationParams"]

CURVES, WEIGHTS = "deletion and insertion", "randomised weights"  # figures, and what the charts of them are called


@dataclass(frozen=True, slots=True)
class Evaluated(Payload):
    """What `kerasviz.evaluate` found of one attribution. Tensors: one for each figure, by its name.

    `shares` and `areas` are of the curves: where their points stand, and the mean height of each.
    """

    sample: int
    method: str
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    code: str
    shares: tuple[float, ...] = ()
    areas: tuple[float, ...] = ()
    kind: ClassVar[str] = "evaluation"


@dataclass(frozen=True, slots=True)
class EvaluationParams:
    """Which attribution, as in `AttributionParams`."""

    sample: int
    method: str
    target: TargetName = None
    layer: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def _build(source: Source, params: EvaluationParams) -> Panel:
    found = source.evaluate(Asked(params.sample, params.method, params.target, params.layer, params.options))
    drawn = [*_curves(found.curves), *_weights(found.weights)]
    payload = Evaluated(
        sample=params.sample, method=params.method, figures=tuple(each.figure for each in drawn),
        facts=tuple(_facts(found)), notes=found.notes,
        code="kv.evaluate(w.attribution)", **_spans(found.curves),
    )  # fmt: skip
    return Panel(payload, {each.figure.name: each.values.astype(np.float32) for each in drawn})


def _curves(curves: Curves | None) -> list[Drawn]:
    """The score while the strongest numbers go first, come first, or go at random."""
    if curves is None:
        return []
    values = np.stack([curves.deletion[0], curves.insertion[0], curves.random[0]])
    along = Along("share_replaced", labels=tuple(f"{share:.0%}" for share in curves.shares))
    return [
        lines(CURVES, values, along, ("deletion", "insertion", "random_order"), title="curves", domain=_span(values))
    ]


def _spans(curves: Curves | None) -> dict[str, tuple[float, ...]]:
    if curves is None:
        return {}
    areas = (curves.deletion_area, curves.insertion_area, curves.random_area)
    return {"shares": tuple(map(float, curves.shares)), "areas": tuple(float(each[0]) for each in areas)}


def _weights(weights: RandomisedWeights | None) -> list[Drawn]:
    """How alike the attribution stays while more and more layers lose what they learned."""
    if weights is None or not weights.layers:
        return []
    labels = tuple(stage[0] for stage in weights.layers)
    rows, names = [weights.rank_correlation[0]], ["rank_correlation"]
    if weights.structure is not None:
        rows, names = [*rows, weights.structure[0]], [*names, "structure"]
    domain = Domain(-1.0, 1.0, signed=True)
    along = Along("shuffled_back_to", labels=labels)
    return [lines(WEIGHTS, np.stack(rows), along, names, title="shuffled_weights", domain=domain, joined=True)]


def _span(values: np.ndarray) -> Domain:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return Domain(min(0.0, low), high, signed=False)


def _facts(found: Evaluation) -> list[Fact]:
    facts = []
    if found.curves is not None:
        random = float(found.curves.random_area[0])
        deletion, insertion = float(found.curves.deletion_area[0]), float(found.curves.insertion_area[0])
        facts = [
            Fact("deletion_area", number(deletion), deletion < random),
            Fact("insertion_area", number(insertion), insertion > random),
            Fact("random_area", number(random)),
        ]
    if found.weights is not None and found.weights.layers:
        facts.append(Fact("all_shuffled", number(float(found.weights.rank_correlation[0, -1]))))
    if found.noise is not None:
        facts.append(Fact("noise_change", number(float(found.noise.largest[0]))))
    if found.infidelity is not None:
        facts.append(Fact("foretells", number(float(found.infidelity.correlation[0]))))
    if found.delta_share is not None:
        facts.append(Fact("delta_share", f"{float(found.delta_share[0]):.2%}"))
    return facts


PANEL = PanelView(EvaluationParams, Evaluated, _build, long=True)
