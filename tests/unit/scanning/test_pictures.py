"""The small pictures that are kept with a scan, against the means of the pixels they stand for."""

import numpy as np
import pytest

from kerasviz.scanning.pictures import MOST, leading, small
from kerasviz.scanning.ranks import Ranking

RNG = np.random.default_rng(0)


def test_a_pixel_is_the_mean_of_those_it_stands_for():
    picture = RNG.integers(0, 256, (96, 144, 3)).astype(np.uint8)

    exact = picture.reshape(48, 2, 48, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small(picture), exact, atol=0.51)
    assert small(picture[:50, :7]).shape == (48, 7, 3)


@pytest.mark.parametrize(("scale", "low", "high"), [(1, 0, 1), (255, 0, 255), (2000, None, None)])
def test_levels_are_those_of_the_picture(scale, low, high):
    picture = (RNG.random((8, 8, 1)) * scale).astype(np.float32)
    low, high = (picture.min(), picture.max()) if low is None else (low, high)

    np.testing.assert_allclose(small(picture), (picture - low) / (high - low) * 255, atol=0.51)


def test_a_picture_of_nothing_finite_or_of_one_level_survives():
    assert small(np.full((4, 4, 1), np.nan, np.float32)).tolist() == np.zeros((4, 4, 1)).tolist()
    assert small(np.full((4, 4, 1), -3.0, np.float32)).max() == 0


def test_the_best_of_every_channel_come_first_and_no_sample_twice():
    tops = Ranking.empty(2, 3)
    tops.samples[:] = [[5, 2, 5], [2, 7, -1]]
    assert leading(tops) == [5, 2, 7]
    tops = Ranking.empty(2, 2 * MOST)
    tops.samples[:] = np.arange(4 * MOST).reshape(2, -1)
    assert leading(tops) == list(range(MOST))
