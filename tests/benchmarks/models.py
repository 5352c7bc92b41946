"""The three models that everything is measured on. Random weights: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import keras
import numpy as np


def mnist() -> keras.Model:
    """A small convolutional network for 28 x 28 digits."""
    layers = keras.layers
    x = image = keras.Input((28, 28, 1))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(10, activation="softmax")(x), name="mnist")


MODELS: dict[str, Callable[[], keras.Model]] = {
    "mnist": mnist,
    "mobilenet": lambda: keras.applications.MobileNetV2(weights=None),
    "mobilenet-96": lambda: keras.applications.MobileNetV2((96, 96, 3), weights=None),
    "resnet": lambda: keras.applications.ResNet50(weights=None),
}


@dataclass
class Case:
    """One model on one backend, with one image."""

    name: str
    model: Any = field(init=False)
    x: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.model = self.build()
        shape = self.model.input_shape[1:]
        self.x = np.random.default_rng(0).random((1, *shape), dtype="float32")

    @cached_property
    def probe(self) -> Any:
        """One probe for all works: as in a notebook."""
        from kerasviz import Probe

        return Probe(self.model)

    def many(self, count: int) -> np.ndarray:
        """So many images."""
        return np.random.default_rng(0).random((count, *self.x.shape[1:]), dtype="float32")

    def build(self) -> keras.Model:
        """A model that nobody has run yet, with the same weights every time."""
        keras.utils.set_random_seed(0)
        return MODELS[self.name]()
