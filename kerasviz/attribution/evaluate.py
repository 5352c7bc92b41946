"""`evaluate`: how far an attribution can be trusted, in figures. Each check is a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution import METHODS
from kerasviz.attribution.base import Attribution, Method
from kerasviz.attribution.baselines import baseline_of
from kerasviz.attribution.curves import Curves, curves_of
from kerasviz.attribution.infidelity import Infidelity, infidelity_of
from kerasviz.attribution.region import Region
from kerasviz.attribution.sanity import RandomisedWeights, randomised_weights
from kerasviz.attribution.sensitivity import NoiseSensitivity, noise_sensitivity
from kerasviz.attribution.units import Units
from kerasviz.errors import MethodError, OptionError, unknown_name
from kerasviz.probes.probe import Probe
from kerasviz.probes.question import Question

__all__ = ["CHECKS", "Evaluation", "evaluate"]

CHECKS = ("curves", "weights", "noise", "infidelity")
_NUM_RANDOM = 3  # random orders beside a curve
_SAME = 1e-3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the checks found. None: a check was not asked for, or cannot be made; `notes` say why.

    Attributes:
        method: whose values these are.
        curves: deletion and insertion.
        weights: the same method on a model whose weights are shuffled.
        noise: the same method on noisy copies.
        infidelity: whether the values foretell what happens.
        delta: (batch,) what the values miss of the difference of the scores, where they promise to sum to it.
        delta_share: (batch,) |delta| as a share of that difference.
        notes: what has to be known to read the figures.
    """

    method: str
    curves: Curves | None
    weights: RandomisedWeights | None
    noise: NoiseSensitivity | None
    infidelity: Infidelity | None
    delta: np.ndarray | None
    delta_share: np.ndarray | None
    notes: tuple[str, ...]

    @property
    def summary(self) -> dict[str, float]:
        """One figure for each question, the mean over the samples (of the largest changes the largest)."""
        figures: dict[str, Any] = {}
        if self.curves is not None:
            figures |= {
                "deletion area": self.curves.deletion_area,
                "insertion area": self.curves.insertion_area,
                "area in random order": self.curves.random_area,
            }
        if self.weights is not None and self.weights.layers:
            figures["rank correlation with all weights shuffled"] = self.weights.rank_correlation[:, -1]
            if self.weights.structure is not None:
                figures["structural similarity with all weights shuffled"] = self.weights.structure[:, -1]
        if self.noise is not None:
            figures |= {
                "largest change under noise": self.noise.largest.max(),
                "mean change under noise": self.noise.mean,
            }
        if self.infidelity is not None:
            figures |= {
                "infidelity": self.infidelity.infidelity,
                "correlation with what happens": self.infidelity.correlation,
            }
        if self.delta is not None:
            figures["largest delta"] = np.abs(self.delta).max()
        return {name: float(np.mean(values)) for name, values in figures.items()}

    def __str__(self) -> str:
        lines = [f"Checks of {self.method!r}", *(f"  {name}: {value:.4g}" for name, value in self.summary.items())]
        return "\n".join([*lines, *(f"  ! {note}" for note in self.notes)])


def evaluate(  # noqa: PLR0913  # what one may say about it
    attribution: Attribution,
    model_or_probe: Any = None,
    x: Any = None,
    *,
    checks: Sequence[str] = CHECKS,
    target: Any = None,
    score: str | None = None,
    baseline: Any = None,
    order: str = "value",
    num_steps: int = 20,
    num_samples: int = 10,
    noise: float = 0.02,
    max_stages: int = 10,
    batch_size: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """How far an attribution can be trusted.

    Args:
        attribution: what `kerasviz.attribute` gave.
        model_or_probe: the model it is about; None: the one it was made with, if that still exists.
        x: the samples; None: those it was made with.
        checks: of "curves", "weights", "noise", "infidelity".
        target: what was explained, where the attribution does not say it itself (functions of the outputs).
        score: which score was explained. The curves show the output itself (a probability) where there is one.
        baseline: what numbers are replaced by; None: what the method compared with, else zeros.
        order: in which order numbers are replaced: "value", the highest first, or "magnitude".
        num_steps: points of a curve.
        num_samples: noisy copies; random halves are eight times as many.
        noise: how far a number moves at most, as a share of its sample's range.
        max_stages: in how many stages weights are shuffled, from the last layer to the first.
        batch_size: rows at once; None: by memory.
        seed: draws whatever is random.
        progress: called now and then with how many parts are done, of how many; may raise to stop.

    Example:
        >>> import keras, numpy as np
        >>> from kerasviz import attribute
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> x = np.array([[3.0, 4.0]])
        >>> evaluate(attribute(model, x, "gradient-x-input"), checks=["curves"]).curves.deletion
        array([[7., 3., 0.]])
    """
    if not isinstance(attribution, Attribution):
        raise MethodError(
            f"Something of the type {type(attribution).__name__} was passed; what kerasviz.attribute gave was expected. Pass the "
            "whole of it, not its .values."
        )
    for check in checks:
        if check not in CHECKS:
            raise unknown_name("The check", check, CHECKS)
    if order not in ("value", "magnitude"):
        raise OptionError(f"order={order!r} was given; 'value' or 'magnitude' was expected. Choose one of them.")
    with _probe_of(attribution, model_or_probe) as probe:
        work = _Work(attribution, probe, (x, target, score), baseline, batch_size)
        parts = len(checks) + max_stages * ("weights" in checks) + num_samples * ("noise" in checks)
        work.follow(progress, parts)
        draws = {"num_steps": num_steps, "num_samples": num_samples, "noise": noise, "max_stages": max_stages}
        return work.evaluation(checks, order, seed, draws)


@contextmanager
def _probe_of(attribution: Attribution, model_or_probe: Any) -> Iterator[Probe]:
    """The probe to work with; one made here is closed again."""
    given = model_or_probe
    if given is None and attribution.origin is not None:
        given = attribution.origin.subject
    if given is None:
        raise MethodError(
            "The attribution does not know its model any more: that was deleted, or the attribution comes from a file. "
            "Pass both: kerasviz.evaluate(attribution, model, x)."
        )
    probe = given if isinstance(given, Probe) else Probe(given)
    try:
        yield probe
    finally:
        if probe is not given:
            probe.close()


class _Work:
    """One evaluation while it runs. `asked`: samples, target and score, each None if the attribution says it."""

    def __init__(
        self,
        attribution: Attribution,
        probe: Probe,
        asked: tuple[Any, Any, str | None],
        baseline: Any,
        batch_size: int | None,
    ) -> None:
        self.attribution = attribution
        self.question = _question(attribution, probe, *asked)
        self.question.batch_size = batch_size
        self.method: Method = METHODS.get(attribution.method).with_options(
            attribution.options | ({} if batch_size is None else {"batch_size": batch_size})
        )
        self.layer = _layer_asked(attribution, self.method, self.question)
        self.baseline = baseline
        self.notes: list[str] = []
        self._done = 0
        self._report: Callable[[int], None] = lambda _: None
        _check_same(attribution, self.question)

    def follow(self, progress: Callable[[int, int], None] | None, parts: int) -> None:
        """Report whole parts; between them only ask whether to go on."""
        if progress is None:
            return

        def report(done: int) -> None:
            self._done = min(self._done + done, parts)
            progress(self._done, parts)

        self._report = report
        self.question.progress = lambda *_: report(0)

    def step(self) -> None:
        self._report(1)

    def evaluation(self, checks: Sequence[str], order: str, seed: int, draws: dict[str, Any]) -> Evaluation:
        found: dict[str, Any] = {}
        make: dict[str, Callable[[], Any]] = {
            "curves": lambda: self._curves(order, draws["num_steps"], seed),
            "weights": lambda: randomised_weights(
                self.attribution, self.method, self.question, self.layer,
                max_stages=draws["max_stages"], seed=seed, report=self.step,
            ),
            "noise": lambda: noise_sensitivity(
                self.attribution, self.method, self.question, self.layer,
                noise=draws["noise"], num_samples=draws["num_samples"], seed=seed, report=self.step,
            ),
            "infidelity": lambda: self._infidelity(8 * draws["num_samples"], seed),
        }  # fmt: skip
        for check in CHECKS:
            if check in checks:
                try:
                    found[check] = make[check]()
                except MethodError as reason:  # one check that cannot be made leaves the others
                    self.notes.append(str(reason))
                self.step()
        delta, share = _delta(self.attribution)
        self.notes += _remarks(self.attribution, found.get("curves"), found.get("weights"))
        if not _close(self.question.at_samples().scores, self.attribution.scores):
            self.notes.append("The model changed while the checks ran: the figures mix its weights. Evaluate it again.")
        results = {check: found.get(check) for check in CHECKS}
        return Evaluation(
            method=self.attribution.method, **results, delta=delta, delta_share=share, notes=tuple(self.notes)
        )

    def _curves(self, order: str, num_steps: int, seed: int) -> Curves:
        units = Units(self.question.of_output(), self.attribution)
        base = self._base(units.region)
        still = [units.region.start[key] == base[key] for key in units.region.keys]
        same = float(np.mean(np.concatenate([array.ravel() for array in still])))
        if same > 0.25:
            self.notes.append(
                f"{same:.0%} of the numbers are what they are replaced by: they can come early without any effect. Another "
                "baseline tells more."
            )
        return curves_of(units, base, num_steps=num_steps, num_random=_NUM_RANDOM, seed=seed, order=order)

    def _infidelity(self, num_samples: int, seed: int) -> Infidelity:
        units = Units(self.question, self.attribution)
        base = self._base(units.region)
        return infidelity_of(self.attribution, self.method.measures, units, base, (num_samples, seed))

    def _base(self, region: Region) -> Any:
        options = self.attribution.options
        background, choice = options.get("background"), self.baseline
        if choice is None:
            choice = options.get("baseline", "zero" if background is None else "mean")
        return baseline_of(region, choice, background, options.get("seed", 0))


def _question(attribution: Attribution, probe: Probe, x: Any, target: Any, score: str | None) -> Question:
    origin = attribution.origin
    if x is None and origin is None:
        raise MethodError("The attribution does not know its samples any more; they were expected. Pass them: x=…")
    if origin is not None:
        x, target = origin.x if x is None else x, origin.target if target is None else target
        score = origin.score if score is None else score
    elif target is None:
        target = attribution.target
    return probe.question(x, target, score or "auto")


def _layer_asked(attribution: Attribution, method: Method, question: Question) -> str | None:
    """The layer to name when the method is called again; None where it finds its own."""
    info = question.layers.get(attribution.layer or "")
    if info is None or method.supports(question, info.path) is not None:
        return None
    embedded = any(place.key == info.path and place.summed for place in Region(question).places)
    return None if embedded and np.ndim(attribution.values) < len(info.output_shape or ()) else info.path


def _check_same(attribution: Attribution, question: Question) -> None:
    """Whether this is what the attribution is about."""
    if _close(question.scores, attribution.scores) and np.array_equal(question.indices, attribution.target):
        return
    told = (
        "none" if attribution.scores is None else np.array2string(attribution.scores[:3], precision=4, separator=", ")
    )
    raise MethodError(
        f"The attribution explains the scores {told}; the model gives {np.array2string(question.scores[:3], precision=4, separator=', ')} "
        "for these samples and this target. The model was trained since, or other samples or another target were passed. "
        "Attribute again, or pass what was attributed."
    )


def _close(scores: np.ndarray, told: np.ndarray | None) -> bool:
    if told is None or scores.shape != told.shape:
        return False
    return bool(np.allclose(scores, told, rtol=_SAME, atol=_SAME * max(float(np.abs(told).max(initial=0)), 1e-6)))


def _delta(attribution: Attribution) -> tuple[np.ndarray | None, np.ndarray | None]:
    if attribution.delta is None or attribution.scores is None or attribution.baseline_scores is None:
        return None, None
    whole = np.abs(attribution.scores.astype(np.float64) - attribution.baseline_scores)
    share = np.divide(np.abs(attribution.delta), whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return attribution.delta, share


def _remarks(attribution: Attribution, curves: Curves | None, weights: RandomisedWeights | None) -> list[str]:
    """What the figures say against the attribution, in words."""
    found = [attribution.note] if attribution.note else []
    if curves is not None and curves.deletion_area.mean() >= curves.random_area.mean():
        found.append("Replacing the highest values first lowers the score no faster than a random order does.")
    if curves is not None and curves.insertion_area.mean() <= curves.random_area.mean():
        found.append("Showing the highest values first raises the score no faster than a random order does.")
    if weights is not None:
        found += weights.notes
        last = weights.rank_correlation[:, -1].mean() if weights.layers else 0
        if last > 0.5:
            found.append(
                f"With all weights shuffled the attribution still looks alike (rank correlation {last:.2f} where either is not 0): much of it is the "
                "input or the architecture, not what the model learned."
            )
    return found
