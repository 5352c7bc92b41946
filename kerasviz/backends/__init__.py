"""The only package that imports TensorFlow, JAX or torch: one file each.

A backend is chosen by Keras, never by us: `KERAS_BACKEND` is neither set nor changed.
"""

from __future__ import annotations

from importlib import import_module

from kerasviz.backends.base import Backend
from kerasviz.errors import BackendError

__all__ = ["BUILTIN", "current"]

BUILTIN = {
    "jax": "kerasviz.backends.jax:JaxBackend",
    "tensorflow": "kerasviz.backends.tensorflow:TensorFlowBackend",
    "torch": "kerasviz.backends.torch:TorchBackend",
}


def current() -> Backend:
    """The backend Keras runs on in this process."""
    import keras

    name = keras.config.backend()
    if name not in BUILTIN:
        raise BackendError(
            f"Keras runs on the backend {name!r}; kerasviz can look into models on {', '.join(sorted(BUILTIN))}. "
            "Set KERAS_BACKEND to one of them before Keras is imported, and restart the kernel."
        )
    module, _, attribute = BUILTIN[name].partition(":")
    backend: Backend = getattr(import_module(module), attribute)()
    return backend
