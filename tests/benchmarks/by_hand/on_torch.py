"""torch: nothing to compile; the model with several outputs, and autograd over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch

from tests.benchmarks.by_hand import parts

FIRST_LOOK = "an eager forward"
Arrays = dict[str, np.ndarray]


def _numpy(names: list[str], tensors: Any) -> Arrays:
    return {k: t.detach().cpu().numpy() for k, t in zip(names, tensors, strict=True)}


def activations(model: Any) -> Callable[[np.ndarray], Arrays]:
    names, everything = parts.all_outputs(model)

    def run(x: np.ndarray) -> Arrays:
        with torch.no_grad():
            return _numpy(names, everything(torch.from_numpy(x), training=False))

    return run


def first_look(model: Any) -> Callable[[np.ndarray], Arrays]:
    def run(x: np.ndarray) -> Arrays:
        with torch.no_grad():
            return _numpy(["output"], [model(torch.from_numpy(x), training=False)])

    return run


def saliency(model: Any) -> Callable[[np.ndarray], Arrays]:
    return _gradients(model, [])


def all_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    return _gradients(model, parts.operations(model))


def _gradients(model: Any, wanted: list[Any]) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, [dense.input, *(op.output for op in wanted)])

    def run(x: np.ndarray) -> Arrays:
        image = torch.from_numpy(x).requires_grad_()
        outputs = cut(image, training=False)
        features, *others = outputs if isinstance(outputs, list | tuple) else [outputs]
        tensors = [image, *others]
        found = torch.autograd.grad(_top_logit(dense, features), tensors, allow_unused=True)
        gradients = [torch.zeros_like(t) if g is None else g for t, g in zip(tensors, found, strict=True)]
        return _numpy(["input", *(op.name for op in wanted)], gradients)

    return run


def grad_cam(model: Any) -> Callable[[np.ndarray], Arrays]:
    dense, convolution = parts.head(model), parts.last_convolution(model)
    cut = keras.Model(model.inputs, [dense.input, convolution.output])

    def run(x: np.ndarray) -> Arrays:
        features, maps = cut(torch.from_numpy(x), training=False)
        (gradient,) = torch.autograd.grad(_top_logit(dense, features), maps)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        return _numpy(["cam"], [torch.relu((weights * maps).sum(dim=-1))])

    return run


def _top_logit(dense: Any, features: Any) -> Any:
    return (features @ dense.kernel.value + dense.bias.value).max()
