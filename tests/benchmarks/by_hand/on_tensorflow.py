"""TensorFlow: one `tf.function` each; results read without a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.by_hand import parts

STEPS, NOISE = 50, 0.15
FIRST_LOOK = "an eager forward"
Arrays = dict[str, np.ndarray]


def _compiled(function: Callable[[Any], Any], names: list[str]) -> Callable[[np.ndarray], Arrays]:
    compiled = tf.function(function, autograph=False)
    return lambda x: {k: np.asarray(t) for k, t in zip(names, compiled(tf.constant(x)), strict=True)}


def activations(model: Any) -> Callable[[np.ndarray], Arrays]:
    names, everything = parts.all_outputs(model)
    return _compiled(lambda x: everything(x, training=False), names)


def sweep(model: Any, batch: int) -> Callable[[np.ndarray], Arrays]:
    _, everything = parts.all_outputs(model)

    def function(x: Any) -> Any:
        outputs = [t if t.ndim > 2 else t[:, None] for t in _as_list(everything(x, training=False))]
        reduced = [[of(t, axis=range(1, t.ndim - 1)) for t in outputs] for of in (tf.reduce_max, tf.reduce_mean)]
        return [outputs[-1][:, 0], *(tf.concat(each, 1) for each in reduced)]

    compiled = tf.function(function, autograph=False, input_signature=[tf.TensorSpec((None, *model.input_shape[1:]))])
    return lambda x: parts.sweep(lambda part: tuple(map(np.asarray, compiled(tf.constant(part)))), x, batch)


def first_look(model: Any) -> Callable[[np.ndarray], Arrays]:
    return lambda x: {"output": np.asarray(model(tf.constant(x), training=False))}


def saliency(model: Any) -> Callable[[np.ndarray], Arrays]:
    return _gradients(model, [])


def all_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    return _gradients(model, parts.operations(model))


def _gradients(model: Any, wanted: list[Any]) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, [dense.input, *(op.output for op in wanted)])

    def function(x: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            features, *outputs = _as_list(cut(x, training=False))
            score = _top_logit(dense, features)
        return tape.gradient(score, [x, *outputs], unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return _compiled(function, ["input", *(op.name for op in wanted)])


def grad_cam(model: Any) -> Callable[[np.ndarray], Arrays]:
    dense, convolution = parts.head(model), parts.last_convolution(model)
    cut = keras.Model(model.inputs, [dense.input, convolution.output])

    def function(x: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            features, maps = cut(x, training=False)
            score = _top_logit(dense, features)
        weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
        return [tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))]

    return _compiled(function, ["cam"])


def integrated_gradients(model: Any) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    alphas, weights = parts.path(STEPS)
    alphas = alphas.reshape(-1, *(1,) * (len(model.input_shape) - 1))

    def function(x: Any) -> Any:
        ends = _logits(dense, cut(tf.concat([x, tf.zeros_like(x)], 0), training=False))
        target = tf.argmax(ends[0])
        gradient = tf.tensordot(weights, _gradient_at(dense, cut, alphas * x, target), 1)
        values = x * gradient[None]
        return [values, tf.reduce_sum(values)[None] - (ends[0, target] - ends[1, target])]

    return _compiled(function, ["input", "delta"])


def smoothgrad(model: Any, copies: int) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    noise = parts.noise(model.input_shape[1:], copies)

    def function(x: Any) -> Any:
        target = tf.argmax(_logits(dense, cut(x, training=False))[0])
        noisy = x + NOISE * (tf.reduce_max(x) - tf.reduce_min(x)) * noise
        return [tf.reduce_mean(_gradient_at(dense, cut, noisy, target), 0, keepdims=True)]

    return _compiled(function, ["input"])


def occlusion(model: Any) -> Callable[[np.ndarray], Arrays]:
    dense = parts.head(model)
    cut = keras.Model(model.inputs, dense.input)
    masks = parts.windows(model.input_shape[1:])
    covered = (1 - masks).sum(axis=0)

    def function(x: Any) -> Any:
        logits = _logits(dense, cut(x, training=False))[0]
        target = tf.argmax(logits)
        falls = logits[target] - _logits(dense, cut(x * masks, training=False))[:, target]
        return [(tf.tensordot(falls, 1 - masks, 1) / covered + tf.zeros_like(x))]

    return _compiled(function, ["input"])


def score_cam(model: Any, channels: int) -> Callable[[np.ndarray], Arrays]:
    dense, convolution = parts.head(model), parts.last_convolution(model)
    cut = keras.Model(model.inputs, [dense.input, convolution.output])
    rest = keras.Model(model.inputs, dense.input)
    size = model.input_shape[1:3]

    def function(x: Any) -> Any:
        features, maps = cut(x, training=False)
        target = tf.argmax(_logits(dense, features)[0])
        _, best = tf.math.top_k(tf.math.reduce_variance(maps[0], axis=(0, 1)), channels)
        chosen = tf.transpose(tf.gather(maps[0], best, axis=-1), (2, 0, 1))
        low, high = (of(chosen, axis=(1, 2), keepdims=True) for of in (tf.reduce_min, tf.reduce_max))
        masks = tf.image.resize(tf.math.divide_no_nan(chosen - low, high - low)[..., None], size)
        points = tf.concat([x * masks, tf.zeros_like(x)], 0)
        scores = _logits(dense, rest(points, training=False))[:, target]
        return [tf.nn.relu(tf.tensordot(tf.nn.softmax(scores[:-1] - scores[-1]), chosen, 1))[None]]

    return _compiled(function, ["cam"])


def _gradient_at(dense: Any, cut: Any, points: Any, target: Any) -> Any:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points)
        score = tf.reduce_sum(_logits(dense, cut(points, training=False))[:, target])
    return tape.gradient(score, points)


def _logits(dense: Any, features: Any) -> Any:
    return tf.matmul(features, dense.kernel.value) + dense.bias.value


def _top_logit(dense: Any, features: Any) -> Any:
    return tf.reduce_max(tf.matmul(features, dense.kernel.value) + dense.bias.value)


def _as_list(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
