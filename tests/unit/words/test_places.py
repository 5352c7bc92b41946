"""The smallest box, against trying every box; what places are called."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasviz.words import LANGUAGES
from kerasviz.words.places import place_name, smallest_box, strongest


def every_box(shape):
    sides = [[slice(a, b) for a in range(n) for b in range(a + 1, n + 1)] for n in shape]
    return itertools.product(*sides)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 5), min_size=1, max_size=3), st.floats(0.1, 1.0))
def test_no_smaller_box_holds_the_share(seed, shape, share):
    values = np.random.default_rng(seed).gamma(0.3, size=shape)

    box = smallest_box(values, share)

    size = lambda each: np.prod([part.stop - part.start for part in each])  # noqa: E731
    enough = [each for each in every_box(shape) if values[each].sum() >= share * values.sum() * (1 - 1e-8)]
    assert values[box].sum() >= share * values.sum() * (1 - 1e-8)
    assert size(box) == min(map(size, enough))
    assert values[box].sum() == pytest.approx(max(values[each].sum() for each in enough if size(each) == size(box)))


def test_a_large_picture_is_looked_at_in_cells():
    values = np.zeros((280, 300))
    values[100:120, 210:225] = 1

    (rows, columns) = smallest_box(values, 1.0)

    assert values[rows, columns].sum() == values.sum()
    assert (rows.start, rows.stop) == (100, 120)
    assert columns.stop - columns.start <= 15 + 2 * 11


@pytest.mark.parametrize(
    ("box", "name"),
    [
        (np.s_[0:3, 0:3], "the upper left"),
        (np.s_[3:6, 3:6], "the middle"),
        (np.s_[6:9, 0:9], "the lower part"),
        (np.s_[0:9, 7:9], "the right part"),
        (np.s_[0:8, 1:9], "a large part of the picture"),
    ],
)
def test_places_are_called_by_where_they_are(box, name):
    assert LANGUAGES.get("en").words[place_name(box, (9, 9))] == name


def test_the_strongest_are_the_fewest_that_hold_the_share():
    assert strongest(np.array([0.1, 0.0, 3.0, 2.0]), 0.5) == [2]
    assert strongest(np.array([0.1, 0.0, 3.0, 2.0]), 0.9) == [2, 3]
    assert strongest(np.ones(9), 1.0, most=4) == [0, 1, 2, 3]
