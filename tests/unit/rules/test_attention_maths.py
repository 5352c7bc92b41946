"""Attention by hand: masks, grouped rounding, and queries that may look nowhere."""

import numpy as np
import pytest

from kerasviz.rules.attention_maths import Heads, Mask, Projection, attend, dot

RANDOM = np.random.default_rng(11)


def heads(lead=1, count=2, queries=3, keys=4, projection=None):
    query, key, value = (RANDOM.normal(size=(lead, count, places, 5)) for places in (queries, keys, keys))
    return Heads(query, key, value, dot(0.5), projection or Projection(RANDOM.normal(size=(count, 5, 6))))


def by_hand(parts, may):
    """Scores and output of the first sequence, one number after the other."""
    scores = np.zeros(parts.shape[1:])
    for head, query, key in np.ndindex(*scores.shape):
        if may[query, key]:
            scores[head, query, key] = np.exp(parts.query[0, head, query] @ parts.key[0, head, key] / 2)
    total = scores.sum(axis=-1, keepdims=True)
    scores /= np.where(total == 0, 1, total)
    output = sum(scores[h] @ parts.value[0, h] @ parts.projection.kernel[h] for h in range(len(scores)))
    return scores, output


MASKS = {
    "none": (Mask(), np.ones((3, 4), bool), ("none",)),
    "causal": (Mask(causal=True), np.tri(3, 4, dtype=bool), ("causal",)),
    "window": (Mask(window=2), np.abs(np.subtract.outer(range(3), range(4))) < 2, ("window",)),
    "keys": (Mask(key=np.array([1, 1, 0, 0], bool)), np.tile([True, True, False, False], (3, 1)), ("padding",)),
    "given": (Mask(given=np.eye(3, 4, dtype=bool)), np.eye(3, 4, dtype=bool), ("given",)),
}


@pytest.mark.parametrize("kind", MASKS)
def test_scores_and_output(kind):
    mask, may, words = MASKS[kind]
    parts = heads()

    found = attend(parts, mask)

    scores, output = by_hand(parts, may)
    np.testing.assert_allclose(found.scores, scores, atol=1e-7)
    np.testing.assert_allclose(found.output[0], output)
    assert found.settled.all()
    assert mask.parts == words


def test_queries_that_may_look_nowhere_have_no_scores():
    found = attend(heads(), Mask(query=np.array([True, False, True])))

    assert found.settled.tolist() == [True, False, True]
    assert not found.scores[:, 1].any()


def test_each_head_may_have_a_mask_of_its_own():
    given = np.stack([np.eye(3, 4, dtype=bool), np.ones((3, 4), bool)])

    found = attend(heads(), Mask(given=given))

    np.testing.assert_array_equal(found.scores[0], np.eye(3, 4))
    assert (found.scores[1] > 0).all()


def test_gates_and_biases_are_part_of_the_projection():
    kernel, bias, gate = RANDOM.normal(size=(2, 5, 6)), RANDOM.normal(size=6), RANDOM.uniform(size=(1, 2, 3, 5))
    mix = RANDOM.normal(size=(1, 2, 3, 5))

    projected = Projection(kernel, bias, gate)(mix)

    wanted = sum((mix[0, h] * gate[0, h]) @ kernel[h] for h in range(2)) + bias
    np.testing.assert_allclose(projected[0], wanted)
