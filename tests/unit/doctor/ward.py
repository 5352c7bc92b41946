"""What the tests of the doctor share: asking for one rule's finding, and models whose biases look learned."""

from __future__ import annotations

import keras
import numpy as np

import kerasviz as kv


def found(rule, model, inputs=None, labels=None):
    """The only finding of a rule."""
    (finding,) = [each for each in kv.diagnose(model, inputs, labels).findings if each.rule == rule]
    assert finding.message
    assert finding.why
    assert finding.advice
    assert set(finding.view) <= {"layer", "unit", "sample", "target", "filter", "panel"}
    return finding


def rules(model, inputs=None, labels=None):
    """The names of the rules that found anything."""
    return {each.rule for each in kv.diagnose(model, inputs, labels).findings}


def settled(model, seed=0):
    """The same model with small random biases: a new one has none, and the doctor sees that."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name == "bias":
                variable.assign(rng.normal(size=variable.shape) * 0.01)
    return model


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def output_of(model, layer, x):
    """What a layer of a functional model gives, by Keras alone."""
    part = keras.Model(model.inputs, model.get_layer(layer).output)
    return keras.ops.convert_to_numpy(part(x))
