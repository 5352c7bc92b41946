"""What the tests of attribution methods compare with: scores and gradients of the NumPy nets at any point."""

from __future__ import annotations

import numpy as np

from tests.contract.numpy_nets import NETS, numbers

STEP = 1e-5


def score_of(name, x, target=0):
    """Logit `target` of a NumPy net at x, in float64: (batch,)."""
    weights = [w.astype("float64") for w in numbers(name)[1]]
    return NETS[name][0](np.asarray(x, "float64"), weights, {})["logits"][:, target]


def gradient_of(name, x, target=0):
    """Central differences of that score."""
    x = np.asarray(x, "float64")
    found = np.zeros_like(x)
    for index in np.ndindex(x.shape[1:]):
        delta = np.zeros_like(x)
        delta[(slice(None), *index)] = STEP
        found[(slice(None), *index)] = (score_of(name, x + delta, target) - score_of(name, x - delta, target)) / (
            2 * STEP
        )
    return found


def linear(shape=(4,), units=3, seed=5):
    """A linear model of one Flatten and one Dense: (model, kernel of shape (*shape, units), bias)."""
    import keras

    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    kernel, bias = rng.standard_normal((size, units)).astype("float32"), rng.standard_normal(units).astype("float32")
    dense = keras.layers.Dense(units, name="out")
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), dense])
    dense.set_weights([kernel, bias])
    return model, kernel.reshape(*shape, units), bias
