"""Five small networks written in NumPy, in float64: the oracle of the golden numbers.

Each function takes the input and the weights in the order of `model.get_weights()` and returns every layer's output by
name, the last entry being the score's tensor ("logits"). `deltas` adds numbers to a layer's output, so that gradients are
central differences of a zero delta. `python -m tests.contract.numpy_nets` (re)writes golden.json.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden.json"
STEP = 1e-5
EPSILON = 1e-3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


class Net:
    """Collects outputs by name, in order, and adds the deltas."""

    def __init__(self, deltas):
        self.deltas, self.outputs = deltas, {}

    def __call__(self, name, value):
        self.outputs[name] = value + self.deltas.get(name, 0.0)
        return self.outputs[name]


def dense(x, w, deltas):
    net = Net(deltas)
    h = net("hidden", np.tanh(net("input", x) @ w[0] + w[1]))
    h = net("gelu", gelu(h @ w[2] + w[3]))
    logits = h @ w[4] + w[5]
    return net.outputs | {"answer": softmax(logits), "logits": logits}


def convolve(x, kernel, bias, stride):
    """A "same" convolution, channels last, as Keras pads it."""
    size, out = kernel.shape[0], -(-x.shape[1] // stride)
    pad = max((out - 1) * stride + size - x.shape[1], 0)
    x = np.pad(x, [(0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2), (0, 0)])
    y = np.zeros((len(x), out, out, kernel.shape[3]))
    for i in range(out):
        for j in range(out):
            window = x[:, i * stride : i * stride + size, j * stride : j * stride + size]
            y[:, i, j] = np.tensordot(window, kernel, 3) + bias
    return y


def conv(x, w, deltas):
    net = Net(deltas)
    h = net("conv", convolve(net("input", x), w[0], w[1], 2))
    gamma, beta, mean, variance = w[2:6]
    h = net("norm", (h - mean) / np.sqrt(variance + EPSILON) * gamma + beta)
    h = net("relu", np.maximum(h, 0))
    h = net("residual", h + net("second", convolve(h, w[6], w[7], 1)))
    h = net("mean", h.mean(axis=(1, 2)))
    logits = h @ w[8] + w[9]
    return net.outputs | {"answer": softmax(logits), "logits": logits}


def lstm(x, w, deltas):
    net = Net(deltas)
    x, units = net("input", x), w[1].shape[0]
    h, c, steps = np.zeros((len(x), units)), np.zeros((len(x), units)), []
    for t in range(x.shape[1]):
        z = x[:, t] @ w[0] + h @ w[1] + w[2]
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        steps.append(h)
    h = net("lstm", np.stack(steps, axis=1))
    h = net("mean", h.mean(axis=1))
    logits = h @ w[3] + w[4]
    return net.outputs | {"answer": sigmoid(logits), "logits": logits}


def gru(x, w, deltas):
    net = Net(deltas)
    x, units = net("input", x), w[1].shape[0]
    h = np.zeros((len(x), units))
    for t in range(x.shape[1]):
        a, b = x[:, t] @ w[0] + w[2][0], h @ w[1] + w[2][1]
        z = sigmoid(a[:, :units] + b[:, :units])
        r = sigmoid(a[:, units : 2 * units] + b[:, units : 2 * units])
        h = z * h + (1 - z) * np.tanh(a[:, 2 * units :] + r * b[:, 2 * units :])
    h = net("gru", h)
    logits = h @ w[3] + w[4]
    return net.outputs | {"answer": logits, "logits": logits}


def attention(x, w, deltas):
    net = Net(deltas)
    x = net("input", x)
    q, k, v = (np.einsum("btf,fhd->bthd", x, w[2 * n]) + w[2 * n + 1] for n in range(3))
    scores = softmax(np.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(q.shape[-1]))
    heads = np.einsum("bhqk,bkhd->bqhd", scores, v)
    h = net("attention", np.einsum("bqhd,hdf->bqf", heads, w[6]) + w[7])
    h = net("add", h + x)
    centred = h - h.mean(axis=-1, keepdims=True)
    h = net("norm", centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON) * w[8] + w[9])
    h = net("max", h.max(axis=1))
    logits = h @ w[10] + w[11]
    return net.outputs | {"answer": softmax(logits), "logits": logits}


NETS = {  # name: (function, shape of one sample, shapes of the weights)
    "dense": (dense, (5,), [(5, 4), (4,), (4, 4), (4,), (4, 3), (3,)]),
    "conv": (conv, (7, 7, 2), [(3, 3, 2, 3), (3,), *[(3,)] * 4, (3, 3, 3, 3), (3,), (3, 3), (3,)]),
    "lstm": (lstm, (4, 3), [(3, 16), (4, 16), (16,), (4, 1), (1,)]),
    "gru": (gru, (4, 3), [(3, 12), (4, 12), (2, 12), (4, 2), (2,)]),
    "attention": (
        attention,
        (4, 6),
        [*[(6, 2, 3), (2, 3)] * 3, (2, 3, 6), (6,), (6,), (6,), (6, 3), (3,)],
    ),
}


def numbers(name):
    """The input and the weights of a net, from a seeded generator; positive where a variance may be."""
    _, shape, weights = NETS[name]
    rng = np.random.default_rng(list(NETS).index(name))
    x = rng.standard_normal((2, *shape)).astype("float32")
    drawn = [(rng.standard_normal(size) / 2).astype("float32") for size in weights]
    if name == "conv":
        drawn[5] = np.abs(drawn[5]) + np.float32(0.5)
    return x, drawn


def evaluate(name, deltas=None):
    x, weights = numbers(name)
    return NETS[name][0](x.astype("float64"), [w.astype("float64") for w in weights], deltas or {})


def gradient(name, path):
    """Of logit 0 with respect to a layer's output, by central differences of a delta."""
    value = evaluate(name)[path]
    found = np.zeros_like(value)
    for index in np.ndindex(value.shape[1:]):
        delta = np.zeros_like(value)
        delta[(slice(None), *index)] = STEP
        sides = [evaluate(name, {path: sign * delta})["logits"][:, 0] for sign in (1, -1)]
        found[(slice(None), *index)] = (sides[0] - sides[1]) / (2 * STEP)
    return found


def golden():
    """All outputs and the gradients of logit 0, rounded to what the tests need."""
    table = {}
    for name in NETS:
        outputs = evaluate(name)
        table[name] = {
            "activations": {path: np.round(value, 9).tolist() for path, value in outputs.items()},
            "gradients": {
                path: np.round(gradient(name, path), 8).tolist() for path in outputs if path not in ("answer", "logits")
            },
        }
    return table


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden(), separators=(",", ":")) + "\n", encoding="utf-8")
