"""The MNIST model in plain torch, for a library that is made for torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from tests.benchmarks.models import Case


class Twin(torch.nn.Module):
    """The MNIST model in torch's own layers, with the Keras model's weights."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        nn = torch.nn
        self.first, self.second = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.relu1, self.relu2, self.relu3, self.pool = nn.ReLU(), nn.ReLU(), nn.ReLU(), nn.MaxPool2d(2)
        self.hidden, self.logits = nn.Linear(1600, 64), nn.Linear(64, 10)
        own = (self.first, self.second, self.hidden, self.logits)
        theirs = [layer for layer in model.layers if layer.weights]
        for mine, layer in zip(own, theirs, strict=True):
            kernel, bias = layer.get_weights()
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            mine.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(order)))
            mine.bias.data = torch.from_numpy(bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Channels first in, logits out; flattened as Keras does, channels last."""
        x = self.pool(self.relu1(self.first(x)))
        x = self.pool(self.relu2(self.second(x)))
        return self.logits(self.relu3(self.hidden(x.permute(0, 2, 3, 1).flatten(1))))


def module_of(case: Case) -> tuple[Any, list[Any], Any]:
    """What captum is given: a module, its layers, the last convolution (after its activation, as in Keras)."""
    if case.name == "mnist":
        twin = Twin(case.model).eval()
        return twin, [module for name, module in twin.named_children() if name != "pool"], twin.relu2
    from tests.benchmarks.by_hand import parts

    return case.model, parts.operations(case.model), parts.last_convolution(case.model)


def tensor(case: Case, x: np.ndarray) -> torch.Tensor:
    """The image in the layout of the module."""
    return torch.from_numpy(np.moveaxis(x, -1, 1).copy() if case.name == "mnist" else x)
