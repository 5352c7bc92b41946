"""A person's own inputs have numbers below 0 that always mean the same."""

import numpy as np
import pytest

from kerasviz.data.opening import open_samples
from kerasviz.data.own_samples import KEPT, OwnSamples
from kerasviz.errors import InputError
from tests.unit.data.fakes import Model


def test_numbers_count_down_and_the_oldest_are_forgotten():
    own = OwnSamples()

    numbers = [own.add(i, f"note {i}") for i in range(KEPT + 2)]

    assert numbers == [-i - 1 for i in range(KEPT + 2)]
    assert [number in own for number in (-1, -2, -3, numbers[-1])] == [False, False, True, True]
    assert (own.raw(-3), own.note(-3)) == (2, "note 2")
    with pytest.raises(InputError, match="Only the last 64 are kept"):
        own.raw(-1)


def test_dropped_number_is_not_given_again():
    own = OwnSamples()
    own.drop(own.add("bad", ""))

    assert own.add("good", "") == -2
    assert -1 not in own


def test_own_input_has_a_note_and_a_picture_but_no_label():
    samples = open_samples(Model((4, 4, 1)), np.zeros((2, 4, 4, 1), np.float32), [5, 6])
    index = samples.own.add(np.ones((4, 4, 1), np.float32), "drawn by you")

    assert samples.has(index)
    assert not samples.has(index - 1)
    assert samples.label(index) is None
    assert samples.label_text(index) is None
    assert (samples.note(index), samples.note(0)) == ("drawn by you", "")
    np.testing.assert_array_equal(samples.picture(index), np.ones((4, 4, 1)))
    np.testing.assert_array_equal(samples.model_input(index), np.ones((1, 4, 4, 1)))
