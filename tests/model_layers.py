"""The custom layers and subclassed models of the zoo (tests/models.py)."""

from __future__ import annotations

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("kerasviz-tests")
class Split(layers.Layer):
    """A layer with two outputs."""

    def call(self, x):
        return x[..., :2] * 2.0, x[..., 2:] + 1.0


@keras.saving.register_keras_serializable("kerasviz-tests")
class Parts(layers.Layer):
    """A layer with a dict of outputs, one of them of whole numbers."""

    def call(self, x):
        return {"value": ops.tanh(x), "best": ops.argmax(x, axis=-1)}


@keras.saving.register_keras_serializable("kerasviz-tests")
class CallCounter(layers.Layer):
    """A layer that writes into its own state in every call, training or not."""

    def build(self, _):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, x):
        self.count.assign(self.count + 1.0)
        return x * 0.5


class Residual(layers.Layer):
    """A layer made of layers; both are called 'dense'."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(units, activation="tanh", name="dense")
        self.second = layers.Dense(units, name="dense")

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build(input_shape)

    def call(self, x):
        return x + self.second(self.first(x))


class Subclassed(keras.Model):
    """Layers in attributes, in a list and in a dict; `x * 0.5 + 1` is opaque."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stem = layers.Dense(6, activation="tanh", name="stem")
        self.blocks = [Residual(6, name="block"), Residual(6, name="block")]
        self.heads = {"left": layers.Dense(4, name="left"), "right": layers.Dense(4, name="right")}
        self.probabilities = layers.Softmax(name="probabilities")

    def call(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = x * 0.5 + 1.0
        return self.probabilities(self.heads["left"](x) + self.heads["right"](x))


class DictOutput(keras.Model):
    """A subclassed model whose output is a dict."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = layers.Dense(5, activation="relu", name="body")
        self.kinds = layers.Dense(3, activation="softmax", name="kinds")
        self.size = layers.Dense(1, name="size")

    def call(self, inputs):
        x = self.body(ops.concatenate([inputs["a"], inputs["b"]], axis=-1))
        return {"kind": self.kinds(x), "size": self.size(x)}
