"""The tokens of a sample as words, where the model or the preprocessing has a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.views.base import Source

__all__ = ["named", "tokens_of"]

_VOCABULARIES = ("Lookup", "Vectorization")


def tokens_of(source: Source, sample: int, key: str) -> tuple[str, ...]:
    """What each token of an input is called; () where the input holds no tokens."""
    given = np.asarray(source.model_inputs(sample)[key])
    for layer in source.layers:
        if key in layer.inputs and layer.kind.endswith(_VOCABULARIES):
            ids = source.activations(sample).get(layer.path)
            words = source.settings(layer.path).get("words", ())
            return () if ids is None else named(ids[0], [str(word) for word in words])
    embedded = any(layer.kind == "Embedding" and key in layer.inputs for layer in source.layers)
    whole = given.dtype.kind in "iu" and any(layer.kind == "Embedding" for layer in source.layers)
    return named(given[0], source.samples.words) if embedded or whole else ()


def named(ids: np.ndarray, words: Sequence[str]) -> tuple[str, ...]:
    """Tokens by their names, a number where it has none; () where they are no row of tokens."""
    if ids.ndim != 1 or ids.dtype.kind not in "iuf":
        return ()
    return tuple(words[int(i)] if 0 <= i < len(words) else f"{int(i)}" for i in ids)
