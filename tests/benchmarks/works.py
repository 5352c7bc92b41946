"""What is measured: each work done by kerasviz and by hand. A new work is a function here and one line in `WORKS`.

Both sides take a NumPy image and give NumPy arrays by name, so that the worker can check once that they computed the
same thing. A side that is timed at its *first* use gets a freshly built model each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import kerasviz

if TYPE_CHECKING:
    from tests.benchmarks.models import Case

Arrays = dict[str, np.ndarray]
Run = Callable[[np.ndarray], Arrays]
STEADY, FIRST = 1.25, 1.5  # what we want of a call, and of the first call on a model never seen
BATCH, SMALL_PICTURES = 64, "mobilenet-96"  # of the passes over a data set
ACTIVATIONS, SALIENCY = "activations of all layers", "saliency"
GRADIENTS, GRAD_CAM = "gradients of all layers", "Grad-CAM, last convolution"
SMOOTHGRAD, PATH, OCCLUSION = "SmoothGrad, 25 copies", "integrated gradients, 50 steps", "occlusion"
CHANNELS = 64
SCORE_CAM = f"Score-CAM, {CHANNELS} channels"


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the table per model and backend.

    `limit` and `ours` are timed again and again. `first_limit` is what the first call is compared with, where we hold
    ourselves to something there.
    """

    name: str
    limit: Callable[[Any, Any], Run]  # (the module by_hand/on_…, model) -> what to time
    ours: Callable[[Any, Any], Run]  # (probe, model) -> what to time
    first_limit: Callable[[Any, Any], Run] | None = None
    wanted: float | None = STEADY
    first_wanted: float | None = FIRST
    data: Mapping[str, int] | None = None
    """By model, how many samples go through it; None: one, through each model that is measured with one."""

    def is_for(self, model: str) -> bool:
        """Whether this is measured on a model."""
        return model != SMALL_PICTURES if self.data is None else model in self.data

    def inputs(self, case: Case) -> np.ndarray:
        """What both sides take."""
        return case.x if self.data is None else case.many(self.data[case.name])


def _activations(probe: Any, model: Any) -> Run:
    return probe.activations


def _saliency(probe: Any, model: Any) -> Run:
    return lambda x: probe.gradients(x, layers=())


def _all_gradients(probe: Any, model: Any) -> Run:
    return probe.gradients


def _grad_cam(probe: Any, model: Any) -> Run:
    from tests.benchmarks.by_hand import parts

    path = probe.path_of(parts.last_convolution(model))
    return lambda x: {"cam": kerasviz.attribute(probe, x, "grad-cam", layer=path).values}


def _integrated_gradients(probe: Any, model: Any) -> Run:
    """The delta, which is rounding, is computed on both sides and compared on none."""
    return lambda x: {"input": kerasviz.attribute(probe, x, "integrated-gradients").values}


def _smoothgrad(copies: int) -> Callable[[Any, Any], Run]:
    return lambda probe, _: lambda x: {"input": kerasviz.attribute(probe, x, "smoothgrad", num_samples=copies).values}


def _score_cam(probe: Any, model: Any) -> Run:
    from tests.benchmarks.by_hand import parts

    path = probe.path_of(parts.last_convolution(model))
    return lambda x: {"cam": kerasviz.attribute(probe, x, "score-cam", layer=path, max_channels=CHANNELS).values}


def _occlusion(probe: Any, model: Any) -> Run:
    return lambda x: {"input": kerasviz.attribute(probe, x, "occlusion").values}


def _predictions(by: Any, model: Any) -> Run:
    """The limit of a pass over a data set: Keras's own, in the same batches."""
    return lambda x: {"surest": model.predict(x, batch_size=BATCH, verbose=0).max(axis=1)}


def _fused_sweep(by: Any, model: Any) -> Run:
    """The limit of a pass that watches every layer: no positions, no labels, no numbers that are not finite."""
    run: Run = by.sweep(model, BATCH)
    return run


def _scan(statistics: str, **options: Any) -> Callable[[Any, Any], Run]:
    def ours(probe: Any, model: Any) -> Run:
        def run(x: np.ndarray) -> Arrays:
            found = kerasviz.scan(probe, x, batch_size=BATCH, statistics=statistics, progress=False, **options)
            best, means = found.tally.top.values, found.tally.moments.mean
            return {"surest": found.outcomes.confidence, "mean": np.sort(means), "ninth": np.sort(best[-1])}

        return run

    return ours


def _scans() -> tuple[Work, ...]:
    """On a small net over much, and a large one over little: the same for both, but for what is wanted."""
    found = []
    for model, count, quick in (("mnist", 10_000, 1.25), (SMALL_PICTURES, 512, 1.6)):
        data, every = {model: count}, "scan: mean, max, top 9 of every layer"
        sweep = _scan("basic", layers="all", places=False)
        found += [
            Work("scan: mean, max, top 9", _predictions, _scan("basic"), wanted=quick, data=data),
            Work("scan: all statistics", _predictions, _scan("all"), wanted=2.5, data=data),
            Work(every, _predictions, _scan("basic", layers="all"), wanted=None, data=data),
            Work(every + ", no places, beside a fused sweep", _fused_sweep, sweep, wanted=1.0, data=data),
        ]
    return tuple(found)


WORKS = (
    Work(ACTIVATIONS, lambda by, m: by.activations(m), _activations, lambda by, m: by.first_look(m)),
    Work(SALIENCY, lambda by, m: by.saliency(m), _saliency, lambda by, m: by.saliency(m)),
    Work(GRADIENTS, lambda by, m: by.all_gradients(m), _all_gradients),
    Work(GRAD_CAM, lambda by, m: by.grad_cam(m), _grad_cam),
    Work(SMOOTHGRAD, lambda by, m: by.smoothgrad(m, 25), _smoothgrad(25)),
    Work("SmoothGrad, 50 copies", lambda by, m: by.smoothgrad(m, 50), _smoothgrad(50)),
    Work(PATH, lambda by, m: by.integrated_gradients(m), _integrated_gradients),
    Work(OCCLUSION, lambda by, m: by.occlusion(m), _occlusion),
    Work(SCORE_CAM, lambda by, m: by.score_cam(m, CHANNELS), _score_cam),
    *_scans(),
)


def named(name: str) -> Work:
    """One work by its name."""
    return next(work for work in WORKS if work.name == name)


def disagreement(case: Case, limit: Arrays, ours: Arrays) -> str:
    """Where the two sides differ by more than rounding; "" where they are the same computation.

    As a whole: where a copy of an image lies at the edge of a ReLU, the last digit of a pixel decides about a gradient
    (ResNet50, 25 noisy copies: 1.8e-3 at the worst pixel, 7e-6 at half of them, 3e-7 from the very same copies).
    """
    for key in limit.keys() - {"delta"}:
        if key not in ours:
            return f"{key!r} is missing"
        scale = float(np.linalg.norm(limit[key])) or 1.0
        gap = float(np.linalg.norm(limit[key] - ours[key])) / scale if limit[key].shape == ours[key].shape else np.inf
        if not gap < 1e-3:
            return f"{key!r} differs by {gap:.1e} of its length on {case.name}"
    return ""
