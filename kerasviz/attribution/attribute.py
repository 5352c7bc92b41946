"""`attribute`: one attribution of one or many samples, with any method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasviz.attribution import METHODS
from kerasviz.attribution.base import Attribution, Origin
from kerasviz.probes.probe import Probe

__all__ = ["attribute"]


def attribute(  # noqa: PLR0913  # what one may say about it
    model_or_probe: Any,
    x: Any,
    method: str = "integrated-gradients",
    target: Any = None,
    layer: Any = None,
    *,
    score: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Attribution:
    """How much each part of `x` did for the score of each sample.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it: with that, compiled functions are used again.
        x: one sample or a batch.
        method: one of `kerasviz.methods()`.
        target: what to explain; None for the predicted class. An index, a function of the outputs, or
            `kerasviz.unit(layer, index)`: as in `Probe.gradients`.
        layer: a path, or the layer itself, whose output is to be attributed; None for the inputs (for class
            activation maps: the last layer with positions).
        score: "auto", the logit before a final softmax or sigmoid; "output", the output itself.
        progress: called now and then with how many model runs are done, of how many; may raise to stop.
        **options: the method's own: num_steps, num_samples, baseline, batch_size, seed …

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> attribute(model, np.array([[3.0, 4.0]]), "gradient-x-input").values
        array([[3., 4.]], dtype=float32)
    """
    chosen = METHODS.get(method).with_options(options)
    probe = model_or_probe if isinstance(model_or_probe, Probe) else Probe(model_or_probe)
    try:
        question = probe.question(x, target, score)
        question.progress = progress
        question.origin = Origin(probe.model, probe if probe is model_or_probe else None, (x, target, score))
        return chosen(question, None if layer is None else probe.output_of(layer))
    finally:
        if probe is not model_or_probe:
            probe.close()
