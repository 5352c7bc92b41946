"""Models that were really trained, once for all tests of the doctor."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_digits


@pytest.fixture(scope="session")
def digits():
    """Pictures (1797, 8, 8, 1) in 0 … 1 and their classes."""
    x, y = load_digits(return_X_y=True)
    return (x / 16).reshape(-1, 8, 8, 1).astype("float32"), y


@pytest.fixture(scope="session")
def digits_cnn(digits):
    """A healthy classifier of pictures, with batch normalisation and dropout."""
    keras.utils.set_random_seed(0)
    x, y = digits
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, use_bias=False, name="conv"),
            layers.BatchNormalization(momentum=0.8, name="norm"),
            layers.ReLU(name="relu"),
            layers.Conv2D(24, 3, activation="relu", name="conv_2"),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax", name="answer"),
        ]
    )
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(x[:1400], y[:1400], epochs=4, verbose=0)
    return model


@pytest.fixture(scope="session")
def digits_mlp(digits):
    """A healthy classifier of the same pictures as plain layers without any normalisation, ending in logits."""
    keras.utils.set_random_seed(1)
    x, y = digits
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(48, activation="relu", name="hidden"),
            layers.Dense(10, name="logits"),
        ]
    )
    model.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x[:1400], y[:1400], epochs=8, verbose=0)
    return model


@pytest.fixture(scope="session")
def tokens():
    """Rows of tokens (900, 10), and whether a 7 is among the first three."""
    rng = np.random.default_rng(3)
    x = rng.integers(1, 12, (900, 10))
    return x, (x[:, :3] == 7).any(axis=1).astype(int)


@pytest.fixture(scope="session")
def token_gru(tokens):
    """A healthy classifier of tokens, ending in one sigmoid."""
    keras.utils.set_random_seed(2)
    x, y = tokens
    model = keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            layers.Embedding(12, 12),
            layers.GRU(24, go_backwards=True, name="gru"),
            layers.Dense(1, activation="sigmoid", name="answer"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    model.fit(x, y, epochs=10, verbose=0)
    return model


@pytest.fixture(scope="session")
def table():
    """Five columns (400, 5) of very unequal sizes, and a number that depends on three of them."""
    rng = np.random.default_rng(4)
    x = (rng.normal(size=(400, 5)) * [1, 10, 0.1, 5, 100] + [0, 30, 1, 0, 500]).astype("float32")
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    return x, (z[:, 0] - 2 * z[:, 1] * z[:, 2] + 0.1 * z[:, 3]).astype("float32")


@pytest.fixture(scope="session")
def table_regression(table):
    """A healthy regression on a table."""
    keras.utils.set_random_seed(5)
    x, y = table
    normalise = layers.Normalization(name="normalise")
    normalise.adapt(x)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            normalise,
            layers.Dense(32, activation="tanh", name="hidden"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, name="answer"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    model.fit(x, y, epochs=30, verbose=0)
    return model
