"""`arithmetic`: where one number comes from, and whether the model computed the same."""

from __future__ import annotations

from typing import Any

from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.rules.explain import explain
from kerasviz.rules.result import Arithmetic
from kerasviz.rules.scene import Scene

__all__ = ["arithmetic"]


def arithmetic(model_or_probe: Any, x: Any, layer: Any, unit: Any = None) -> Arithmetic:
    """Where one number of a layer's output comes from: input × weight, bias, activation, against what the model computed.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it: with that, compiled functions are used again.
        x: one sample (or a batch of one).
        layer: a path, or the layer itself.
        unit: which number: an index for each axis without the batch, in the model's own layout. A single whole number
            is a channel, at its strongest place; None the strongest place of all.

    Raises:
        NoRuleError: the layer's own code cannot be taken apart; `reason` says why.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="sum")])
        >>> found = arithmetic(model, np.array([[3.0, 4.0]]), "sum", (0,))
        >>> [(term.path, term.index, term.product) for term in found.terms], found.computed, found.value
        ([('input', (1,), 4.0), ('input', (0,), 3.0)], 7.0, 7.0)
    """
    probe = model_or_probe if isinstance(model_or_probe, Probe) else Probe(model_or_probe)
    try:
        activations = probe.activations(x)
        path = probe.output_of(layer)
        first = next(iter(activations.inputs.values()), None)
        if first is not None and len(first) != 1:
            message = f"{len(first)} samples were passed. An arithmetic is of one sample. Pass one of them: x[:1]."
            raise InputError(message)
        scene = Scene(probe, activations, activations.inputs, activations.taken, probe.backend.name)
        return explain(scene.job(path, unit))
    finally:
        if probe is not model_or_probe:
            probe.close()
