"""`arithmetic`: where one number comes from, and whether the model computed the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.rules.explain import explain
from kerasviz.rules.flow import Flows, flows, logit_of
from kerasviz.rules.result import Arithmetic
from kerasviz.rules.scene import Scene

__all__ = ["arithmetic", "flow"]


def arithmetic(model_or_probe: Any, x: Any, layer: Any, unit: Any = None) -> Arithmetic:
    """Where one number of a layer's output comes from: input × weight, bias, activation, against what the model computed.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it: with that, compiled functions are used again.
        x: one sample (or a batch of one); the columns of a DataFrame keep their names in what is printed.
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
    with _probe_of(model_or_probe) as probe:
        scene = _scene(probe, x)
        names = tuple(map(str, getattr(x, "columns", ())))
        return replace(explain(scene.job(probe.output_of(layer), unit)), names=names)


def flow(model_or_probe: Any, x: Any, layer: Any, unit: Any = None, target: Any = None) -> Flows:
    """Where one number goes: the outputs that take it, and how much of the target's score flows through each.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it.
        x: one sample (or a batch of one).
        layer: a path, or the layer itself; "input" (or "input:NAME") for a number of the input.
        unit: which number, as in `arithmetic`; of an input a full index.
        target: what the score is of, as in `Probe.gradients`; None for the predicted class.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="sum")])
        >>> found = flow(model, np.array([[3.0, 4.0]]), "input", (1,))
        >>> found.total, [(each.path, each.weight, each.share) for each in found.flows]
        (4.0, [('sum', 1.0, 4.0)])
    """
    with _probe_of(model_or_probe) as probe:
        scene = _scene(probe, x)
        if layer in scene.inputs:
            path, place = layer, tuple(int(i) for i in unit)
        else:
            job = scene.job(probe.output_of(layer), unit)
            path, place = job.layer.path, (*job.prefix, *job.unit)
        gradients = probe.gradients(x, target)
        return flows(scene, path, place, gradients, logit_of(scene, gradients.squashed, gradients.target))


@contextmanager
def _probe_of(model_or_probe: Any) -> Iterator[Probe]:
    """The probe that was passed, or one for this call alone."""
    if isinstance(model_or_probe, Probe):
        yield model_or_probe
        return
    probe = Probe(model_or_probe)
    try:
        yield probe
    finally:
        probe.close()


def _scene(probe: Probe, x: Any) -> Scene:
    activations = probe.activations(x)
    first = next(iter(activations.inputs.values()), None)
    if first is not None and len(first) != 1:
        raise InputError(f"{len(first)} samples were passed. An arithmetic is of one sample. Pass one of them: x[:1].")
    return Scene(probe, activations, activations.inputs, activations.taken, probe.backend.name)
