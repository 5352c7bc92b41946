"""Two small networks twice: in Keras and in plain torch, with the same weights. For captum, which knows torch modules."""

from __future__ import annotations

import keras
import numpy as np
import torch
from keras import layers
from torch import nn


def image_models():
    """(Keras model, torch module, images in Keras's layout)."""
    rng = np.random.default_rng(0)
    model = keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(5, 2, activation="relu", name="second"),
            layers.Flatten(),
            layers.Dense(6, activation="relu", name="hidden"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    model.set_weights([rng.standard_normal(w.shape).astype("float32") / 2 for w in model.get_weights()])
    return model, ImageTwin(model).eval(), rng.standard_normal((3, 9, 9, 2)).astype("float32")


class ImageTwin(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 4, 3), nn.Conv2d(4, 5, 2)
        self.hidden, self.answer = nn.Linear(20, 6), nn.Linear(6, 3)
        self.relu1, self.relu2, self.relu3, self.pool = nn.ReLU(), nn.ReLU(), nn.ReLU(), nn.MaxPool2d(2)
        for name in ("first", "second", "hidden", "answer"):
            kernel, bias = model.get_layer(name).get_weights()
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            own = getattr(self, name)
            own.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(order)))
            own.bias.data = torch.from_numpy(bias)

    def forward(self, x):
        x = self.pool(self.relu1(self.first(x)))
        x = self.relu2(self.second(x))
        return self.answer(self.relu3(self.hidden(x.permute(0, 2, 3, 1).flatten(1))))


def token_models():
    """(Keras model, torch module, tokens)."""
    rng = np.random.default_rng(1)
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(12, 4, name="embedding"),
            layers.Dense(5, activation="tanh", name="each"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    model.set_weights([rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()])
    return model, TokenTwin(model).eval(), rng.integers(1, 12, (3, 6)).astype("int32")


class TokenTwin(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.embedding, self.each, self.answer = nn.Embedding(12, 4), nn.Linear(4, 5), nn.Linear(5, 3)
        self.embedding.weight.data = torch.from_numpy(model.get_layer("embedding").get_weights()[0])
        for name in ("each", "answer"):
            kernel, bias = model.get_layer(name).get_weights()
            getattr(self, name).weight.data = torch.from_numpy(np.ascontiguousarray(kernel.T))
            getattr(self, name).bias.data = torch.from_numpy(bias)

    def forward(self, tokens):
        return self.answer(torch.tanh(self.each(self.embedding(tokens))).mean(dim=1))
