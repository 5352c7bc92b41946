"""The tokens of a sample as words, where the model or the preprocessing has a vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kerasviz.views.base import Source

__all__ = ["named", "tokens_of", "words_behind"]

_VOCABULARIES = ("Lookup", "Vectorization")
_SIGNS = str.maketrans({"\t": "⇥", "\n": "⏎"})


def tokens_of(source: Source, sample: int, key: str) -> tuple[str, ...]:
    """What each token of an input is called; () where the input holds no tokens."""
    return named(*_row(source, sample, key))


def words_behind(source: Source, sample: int, path: str, count: int) -> tuple[str, ...]:
    """What `count` places of a layer are called that stand for the tokens of an input, all differently.

    () where nobody knows words, or where it could be another input's tokens.
    """
    found = []
    for key in _inputs_behind(source, sample, path):
        ids, words = _row(source, sample, key)
        if words and ids.shape == (count,):
            found.append(tuple(_visible(token) for token in named(ids, words)))
    if len(found) != 1:
        return ()
    often = Counter(found[0])
    return tuple(f"{token} [{i}]" if often[token] > 1 else token for i, token in enumerate(found[0]))


def _row(source: Source, sample: int, key: str) -> tuple[np.ndarray, Sequence[str]]:
    """The numbers of the tokens of an input, and the words for them; where it holds none, nothing."""
    given, none = np.asarray(source.model_inputs(sample)[key]), (np.zeros(0), ())
    for layer in source.layers:
        if key in layer.inputs and layer.kind.endswith(_VOCABULARIES):
            ids = source.activations(sample).get(layer.path)
            words = source.settings(layer.path).get("words", ())
            return none if ids is None else (ids[0], [str(word) for word in words])
    embedded = any(layer.kind == "Embedding" and key in layer.inputs for layer in source.layers)
    whole = given.dtype.kind in "iu" and any(layer.kind == "Embedding" for layer in source.layers)
    return (given[0], source.samples.words) if embedded or whole else none


def _inputs_behind(source: Source, sample: int, path: str) -> list[str]:
    """The model's inputs that a layer's output comes from; all of them where the graph does not tell."""
    before, given = {layer.path: layer.inputs for layer in source.layers}, source.model_inputs(sample)
    reached, waiting = {path}, [path]
    while waiting:
        new = set(before.get(waiting.pop(), ())) - reached
        reached |= new
        waiting += new
    return [key for key in given if key in reached] or list(given)


def _visible(token: str) -> str:
    """A sign for a token that nobody would see."""
    if token.strip():
        return token
    return "".join("␣" if each.isspace() else each for each in token.translate(_SIGNS)) or "∅"


def named(ids: np.ndarray, words: Sequence[str]) -> tuple[str, ...]:
    """Tokens by their names, a number where it has none; () where they are no row of tokens."""
    if ids.ndim != 1 or ids.dtype.kind not in "iuf":
        return ()
    return tuple(words[int(i)] if 0 <= i < len(words) else f"{int(i)}" for i in ids)
