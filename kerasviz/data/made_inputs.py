"""Inputs for a model whose user gave none: they fit, are the same every time, and say what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasviz.data.model_facts import InputFact, input_facts, usual_high, vocabulary_of
from kerasviz.errors import InputError

__all__ = ["NOTE", "gradient", "made_inputs"]

NOTE = "made by kerasviz, not real data"
_COUNT = 8
_UNKNOWN_LENGTH = {1: 16, 2: 64, 3: 64}  # by the number of axes without a length … time, image
_WORDS = {
    "f": "noise, gradients and a constant",
    "i": "random whole numbers",
    "u": "random whole numbers",
    "b": "random truth values",
    "O": "short texts",
}
_TEXTS = (
    "See inside any Keras model.",
    "A short text.",
    "The quick brown fox jumps over the lazy dog.",
    "0 1 2 3 4 5 6 7 8 9",
    "What does this layer look for?",
    "ok",
    "One more sentence, a little longer than the others, with a comma.",
    "?",
)


def made_inputs(model: Any) -> tuple[Any, str]:
    """An array of 8 samples (a list of them, one for each input), and a note that says what they are."""
    facts = input_facts(model)
    if facts is None:
        raise InputError(
            f"The model {getattr(model, 'name', type(model).__name__)!r} was passed without inputs, and it does not say what "
            "it takes (it was never built or called). Inputs cannot be made for it. Pass inputs=…"
        )
    arrays = [_one(model, fact, seed) for seed, fact in enumerate(facts)]
    kinds = dict.fromkeys(_WORDS.get(array.dtype.kind, "random values") for array in arrays)
    return (arrays[0] if len(arrays) == 1 else arrays), f"{NOTE}: {' and '.join(kinds)}"


def _one(model: Any, fact: InputFact, seed: int) -> np.ndarray:
    shape = _lengths(fact.shape)
    rng = np.random.default_rng(seed)
    if fact.dtype == "string":
        texts = np.array(_TEXTS, dtype=object).reshape(_COUNT, *([1] * len(shape)))
        return np.broadcast_to(texts, (_COUNT, *shape))
    if fact.dtype == "bool":
        return rng.random((_COUNT, *shape)) < 0.5
    vocabulary = vocabulary_of(model, fact)
    if vocabulary or fact.dtype.startswith(("int", "uint")):
        numbers = rng.integers(0, max(1, vocabulary or 10), (_COUNT, *shape))
        return numbers.astype(fact.dtype if "int" in fact.dtype else "int32")
    return _pictures(shape, rng) * usual_high(model, fact)


def _lengths(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """A length for every axis that has none."""
    unknown = _UNKNOWN_LENGTH.get(sum(length is None for length in shape), 16)
    return tuple(unknown if length is None else length for length in shape)


def _pictures(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise, gradients along the axes, a constant, and noise of other densities; all within 0 … 1."""
    noise = rng.random((_COUNT, *shape), dtype=np.float32)
    makers: dict[int, Callable[[], np.ndarray | float]] = {
        1: lambda: gradient(shape, 0),
        2: lambda: gradient(shape, min(1, len(shape) - 1)),
        3: lambda: 0.5,
        4: lambda: noise[4] ** 4,
        5: lambda: gradient(shape, 0) * noise[5],
    }
    for place, make in makers.items():
        noise[place] = make()
    return noise


def gradient(shape: tuple[int, ...], axis: int) -> np.ndarray:
    """0 … 1 along one axis."""
    if not shape:
        return np.float32(0.25) * np.ones((), np.float32)
    line = np.linspace(0, 1, shape[axis], dtype=np.float32)
    return np.broadcast_to(line.reshape([-1 if i == axis else 1 for i in range(len(shape))]), shape)
