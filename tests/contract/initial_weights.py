"""Initial weights drawn by NumPy: what Keras's initializers ask of `keras.random`, without compiling anything."""

import jax
import keras
import numpy as np


class NumpyRandom:
    """Stands for the module that the initializers draw from."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)

    def _generator(self, seed):
        if isinstance(seed, self._module.SeedGenerator):
            seed = seed.next().tolist()
        return np.random.default_rng(seed)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return tensor(self._generator(seed).normal(mean, stddev, shape), dtype)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        rng = self._generator(seed)
        values = rng.standard_normal(shape)
        while (far := np.abs(values) > 2).any():
            values = np.where(far, rng.standard_normal(shape), values)
        return tensor(values * stddev + mean, dtype)

    def uniform(self, shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return tensor(self._generator(seed).uniform(minval, maxval, shape), dtype)


def tensor(values, dtype):
    return jax.device_put(np.asarray(values, dtype or keras.config.floatx()))  # `jnp.asarray` compiles for each shape
