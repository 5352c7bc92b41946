"""torch: nothing to compile; the model with several outputs, and autograd over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch

from tests.benchmarks.by_hand import parts

STEPS, NOISE = 50, 0.15
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


def sweep(model: Any, batch: int) -> Callable[[np.ndarray], Arrays]:
    _, everything = parts.all_outputs(model)

    def step(part: np.ndarray) -> tuple[np.ndarray, ...]:
        with torch.no_grad():
            outputs = [t if t.ndim > 2 else t[:, None] for t in everything(torch.from_numpy(part), training=False)]
            reduced = [[of(t, tuple(range(1, t.ndim - 1))) for t in outputs] for of in (torch.amax, torch.mean)]
            return outputs[-1][:, 0].numpy(), *(torch.cat(each, 1).numpy() for each in reduced)

    return lambda x: parts.sweep(step, x, batch)


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


def integrated_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    logits = _logits_of(model)
    alphas, weights = (torch.from_numpy(a) for a in parts.path(STEPS))
    alphas = alphas.reshape(-1, *(1,) * (len(model.input_shape) - 1))

    def run(image: np.ndarray) -> Arrays:
        x = torch.from_numpy(image)
        with torch.no_grad():
            ends = logits(torch.cat([x, torch.zeros_like(x)]))
        target = ends[0].argmax()
        values = x * torch.tensordot(weights, _gradient_at(logits, alphas * x, target), 1)[None]
        return _numpy(["input", "delta"], [values, values.sum()[None] - (ends[0, target] - ends[1, target])])

    return run


def smoothgrad(model: Any, copies: int) -> Callable[[np.ndarray], Arrays]:
    logits, noise = _logits_of(model), torch.from_numpy(parts.noise(model.input_shape[1:], copies))

    def run(image: np.ndarray) -> Arrays:
        x = torch.from_numpy(image)
        with torch.no_grad():
            target = logits(x)[0].argmax()
        gradient = _gradient_at(logits, x + NOISE * (x.max() - x.min()) * noise, target)
        return _numpy(["input"], [gradient.mean(dim=0, keepdim=True)])

    return run


def occlusion(model: Any) -> Callable[[np.ndarray], Arrays]:
    logits, masks = _logits_of(model), torch.from_numpy(parts.windows(model.input_shape[1:]))
    covered = (1 - masks).sum(dim=0)

    def run(image: np.ndarray) -> Arrays:
        x = torch.from_numpy(image)
        with torch.no_grad():
            here = logits(x)[0]
            target = here.argmax()
            falls = here[target] - logits(x * masks)[:, target]
            return _numpy(["input"], [torch.tensordot(falls, 1 - masks, 1) / covered + torch.zeros_like(x)])

    return run


def score_cam(model: Any, channels: int) -> Callable[[np.ndarray], Arrays]:
    dense, convolution = parts.head(model), parts.last_convolution(model)
    cut, logits = keras.Model(model.inputs, [dense.input, convolution.output]), _logits_of(model)
    size = model.input_shape[1:3]

    def run(image: np.ndarray) -> Arrays:
        x = torch.from_numpy(image)
        with torch.no_grad():
            features, maps = cut(x, training=False)
            target = (features @ dense.kernel.value + dense.bias.value)[0].argmax()
            best = maps[0].var(dim=(0, 1)).topk(channels).indices
            chosen = maps[0][..., best].permute(2, 0, 1)
            low, high = chosen.amin(dim=(1, 2), keepdim=True), chosen.amax(dim=(1, 2), keepdim=True)
            scaled = torch.where(high > low, (chosen - low) / (high - low), 0)
            masks = torch.nn.functional.interpolate(scaled[:, None], size, mode="bilinear")[:, 0, ..., None]
            scores = logits(torch.cat([x * masks, torch.zeros_like(x)]))[:, target]
            weights = torch.softmax(scores[:-1] - scores[-1], 0)
            return _numpy(["cam"], [torch.relu(torch.tensordot(weights, chosen, 1))[None]])

    return run


def _gradient_at(logits: Callable[[Any], Any], points: Any, target: Any) -> Any:
    points = points.requires_grad_()
    (gradient,) = torch.autograd.grad(logits(points)[:, target].sum(), points)
    return gradient


def _logits_of(model: Any) -> Callable[[Any], Any]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    return lambda x: cut(x, training=False) @ dense.kernel.value + dense.bias.value


def _top_logit(dense: Any, features: Any) -> Any:
    return (features @ dense.kernel.value + dense.bias.value).max()
