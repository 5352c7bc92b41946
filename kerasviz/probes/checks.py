"""What is refused at the border: objects that are no Keras 3 model, and data that only the model can judge."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from kerasviz.errors import InputError, KerasvizError, UnsupportedModelError

__all__ = ["check_model", "explained"]

_COLOUR = re.compile("\x1b\\[[0-9;]*m")


@contextmanager
def explained() -> Iterator[None]:
    """Keras's error about data that a model cannot take, as ours."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, KerasvizError):
            raise
        said = _COLOUR.sub("", str(error.args[0]) if error.args else type(error).__name__)
        lines = [line.strip().rstrip(".") for line in said.splitlines() if line.strip()]
        raise InputError(
            f"The model failed on this input: {': '.join(lines[:2])}. It does not say beforehand what it takes. "
            "Pass what you would pass to model(x), with the same structure and shapes."
        ) from error


def check_model(model: Any) -> None:
    """Refuse what is no Keras 3 model, and say what to do instead."""
    if isinstance(model, keras.Sequential) and not model.layers:
        raise UnsupportedModelError(
            f"The Sequential model {model.name!r} has no layers; there is nothing to see in it. Add layers first."
        )
    if isinstance(model, keras.Model):
        return
    if isinstance(model, keras.Layer):
        raise UnsupportedModelError(
            f"A layer ({type(model).__name__}) was passed; a model was expected. Put it into one: keras.Sequential([layer])."
        )
    module = type(model).__module__.partition(".")[0]
    if module in ("tf_keras", "keras"):
        raise UnsupportedModelError(
            f"A {type(model).__name__} of {module!r} was passed: Keras 2, or no model. kerasviz looks into models of Keras 3. "
            "Build or load the model with `import keras` (unset TF_USE_LEGACY_KERAS), then pass that one."
        )
    if module == "torch" or any(base.__module__.startswith("torch.nn") for base in type(model).__mro__):
        raise UnsupportedModelError(
            f"A torch module ({type(model).__name__}) was passed; a Keras 3 model was expected. "
            "Wrap it with keras.layers.TorchModuleWrapper inside a keras.Model (on the torch backend)."
        )
    advice = "Pass the model itself."
    if isinstance(model, str | os.PathLike):
        advice = "Load it first: keras.saving.load_model(…)."
    elif isinstance(model, np.ndarray | list | tuple):
        advice = "Pass the model first, then the data."
    raise UnsupportedModelError(
        f"Something of the type {type(model).__name__} was passed; a Keras 3 model (keras.Model) was expected. {advice}"
    )
