"""What the tokens of a sample are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.words.subject import Subject

__all__ = ["tokens_of"]


def tokens_of(subject: Subject, key: str, words: Sequence[str] | None) -> tuple[str, ...]:
    """A word for each token of the input `key`: by `words`, or by the model's own vocabulary; () where there is none."""
    question = subject.question
    if key not in question.inputs:
        return ()
    (place, *_) = [each for each in subject.region.sources if each.name == key]
    if not place.summed or len(question.layers[place.key].inputs) != 1:
        return ()
    (source,) = question.layers[place.key].inputs
    if source in question.inputs:
        ids, known = question.inputs[source], words or ()
    else:
        ids = question.at_samples(keep=(source,)).activations[source]
        own = subject.probe.settings(source).get("words", ()) if words is None else words
        known = [str(word) for word in own]
    ids = np.asarray(ids)[0]
    if ids.ndim != 1 or ids.dtype.kind not in "iuf" or not known:
        return ()
    return tuple(str(known[int(i)]) or "∅" if 0 <= i < len(known) else str(int(i)) for i in ids)
