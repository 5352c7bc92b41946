"""The loss of each sample of a scan, against what Keras itself computes on this backend."""

import keras
import numpy as np
from keras import layers

import kerasviz as kv
from tests.models import seeded


def test_losses_are_those_keras_computes_also_of_probabilities_where_it_expects_logits():
    model = seeded(keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="softmax", name="answer")]))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = np.random.default_rng(3).normal(size=(30, 6)).astype("float32") * 2, np.arange(30) % 4
    found = kv.scan(model, x, y, progress=False)
    np.testing.assert_allclose(np.mean(found.losses), model.evaluate(x, y, verbose=0), rtol=1e-4)
