"""JAX: `jax.jit` over the stateless model; gradients of layers through zero deltas, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from tests.benchmarks.by_hand import parts

# An eager forward runs op by op here and costs many seconds: nobody would wait for it.
STEPS, NOISE = 50, 0.15
FIRST_LOOK = "compiling the forward"
Arrays = dict[str, np.ndarray]


def _compiled(function: Callable[..., Any], model: Any) -> Callable[[np.ndarray], Arrays]:
    """`function(x)`, jitted with the model's weights as arguments."""
    variables = model.variables

    def stateless(values: list[Any], x: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(x)

    compiled = jax.jit(stateless)
    return lambda x: {k: np.asarray(t) for k, t in compiled([v.value for v in variables], x).items()}


def activations(model: Any) -> Callable[[np.ndarray], Arrays]:
    names, everything = parts.all_outputs(model)
    return _compiled(lambda x: dict(zip(names, everything(x, training=False), strict=True)), model)


def sweep(model: Any, batch: int) -> Callable[[np.ndarray], Arrays]:
    _, everything = parts.all_outputs(model)

    def function(x: Any) -> Any:
        outputs = [t if t.ndim > 2 else t[:, None] for t in everything(x, training=False)]
        reduced = [[of(t, axis=tuple(range(1, t.ndim - 1))) for t in outputs] for of in (jnp.max, jnp.mean)]
        largest, mean = (jnp.concatenate(each, 1) for each in reduced)
        return {"outputs": outputs[-1][:, 0], "largest": largest, "mean": mean}

    compiled = _compiled(function, model)

    def step(part: np.ndarray) -> tuple[np.ndarray, ...]:
        found = compiled(part)
        return found["outputs"], found["largest"], found["mean"]

    return lambda x: parts.sweep(step, x, batch)


def first_look(model: Any) -> Callable[[np.ndarray], Arrays]:
    return _compiled(lambda x: {"output": model(x, training=False)}, model)


def saliency(model: Any) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    score = jax.grad(lambda x: _top_logit(dense, cut(x, training=False)))
    return _compiled(lambda x: {"input": score(x)}, model)


def all_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    names = ["input", *(op.name for op in parts.operations(model))]
    return _compiled(lambda x: _delta_gradients(model, names, x)[0], model)


def grad_cam(model: Any) -> Callable[[np.ndarray], Arrays]:
    name = parts.last_convolution(model).name

    def function(x: Any) -> Any:
        gradients, tensors = _delta_gradients(model, [name], x)
        weights = gradients[name].mean(axis=(1, 2), keepdims=True)
        return {"cam": jax.nn.relu((weights * tensors[name]).sum(axis=-1))}

    return _compiled(function, model)


def integrated_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    logits = _logits_of(model)
    alphas, weights = parts.path(STEPS)
    alphas = alphas.reshape(-1, *(1,) * (len(model.input_shape) - 1))

    def function(x: Any) -> Any:
        ends = logits(jnp.concatenate([x, jnp.zeros_like(x)]))
        target = jnp.argmax(ends[0])
        gradient = jax.grad(lambda points: logits(points)[:, target].sum())(alphas * x)
        values = x * jnp.tensordot(weights, gradient, 1)[None]
        return {"input": values, "delta": values.sum()[None] - (ends[0, target] - ends[1, target])}

    return _compiled(function, model)


def smoothgrad(model: Any, copies: int) -> Callable[[np.ndarray], Arrays]:
    logits, noise = _logits_of(model), parts.noise(model.input_shape[1:], copies)

    def function(x: Any) -> Any:
        target = jnp.argmax(logits(x)[0])
        noisy = x + NOISE * (x.max() - x.min()) * noise
        gradient = jax.grad(lambda points: logits(points)[:, target].sum())(noisy)
        return {"input": gradient.mean(axis=0, keepdims=True)}

    return _compiled(function, model)


def occlusion(model: Any) -> Callable[[np.ndarray], Arrays]:
    logits, masks = _logits_of(model), parts.windows(model.input_shape[1:])
    covered = (1 - masks).sum(axis=0)

    def function(x: Any) -> Any:
        here = logits(x)[0]
        target = jnp.argmax(here)
        falls = here[target] - logits(x * masks)[:, target]
        return {"input": jnp.tensordot(falls, 1 - masks, 1) / covered + jnp.zeros_like(x)}

    return _compiled(function, model)


def score_cam(model: Any, channels: int) -> Callable[[np.ndarray], Arrays]:
    logits, size = _logits_of(model), model.input_shape[1:3]
    maps_of = keras.Model(model.inputs, parts.last_convolution(model).output)

    def function(x: Any) -> Any:
        maps, target = maps_of(x, training=False)[0], jnp.argmax(logits(x)[0])
        _, best = jax.lax.top_k(maps.var(axis=(0, 1)), channels)
        chosen = jnp.transpose(maps[..., best], (2, 0, 1))
        low, high = chosen.min(axis=(1, 2), keepdims=True), chosen.max(axis=(1, 2), keepdims=True)
        scaled = jnp.where(high > low, (chosen - low) / jnp.where(high > low, high - low, 1), 0)
        masks = jax.image.resize(scaled, (channels, *size), "linear")[..., None]
        scores = logits(jnp.concatenate([x * masks, jnp.zeros_like(x)]))[:, target]
        return {"cam": jax.nn.relu(jnp.tensordot(jax.nn.softmax(scores[:-1] - scores[-1]), chosen, 1))[None]}

    return _compiled(function, model)


def _logits_of(model: Any) -> Callable[[Any], Any]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    return lambda x: cut(x, training=False) @ dense.kernel.value + dense.bias.value


def _delta_gradients(model: Any, names: Sequence[str], x: Any) -> tuple[Arrays, Arrays]:
    """Gradients of the top logit with respect to a zero added to each named tensor, and the tensors."""
    shapes = {op.name: tuple(op.output.shape[1:]) for op in parts.operations(model)} | {"input": x.shape[1:]}
    deltas = {name: jnp.zeros((1, *shapes[name]), x.dtype) for name in names}

    def score(deltas: Arrays) -> tuple[Any, Arrays]:
        tensors = _interpret(model, x, deltas)
        dense = parts.head(model)
        return _top_logit(dense, tensors[id(dense.input)]), {n: tensors[n] for n in names if n != "input"}

    return jax.grad(score, has_aux=True)(deltas)


def _interpret(model: Any, x: Any, deltas: Arrays) -> dict[Any, Any]:
    """Every tensor of a functional model whose layers are called once, by name and by symbolic tensor."""
    tensors: dict[Any, Any] = {id(model.inputs[0]): x + deltas["input"] if "input" in deltas else x}
    for op in parts.operations(model):
        arguments = keras.tree.map_structure(lambda symbol: tensors[id(symbol)], op.input)
        value = op(arguments)
        tensors[op.name] = tensors[id(op.output)] = value + deltas[op.name] if op.name in deltas else value
    return tensors


def _top_logit(dense: Any, features: Any) -> Any:
    return jnp.max(features @ dense.kernel.value + dense.bias.value)
