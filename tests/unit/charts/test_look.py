"""What charts share."""

import numpy as np
import pytest

from kerasviz.charts.look import round_ticks


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.7965, 0.2], [0, 0.2, 0.4, 0.6]),
        ([0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([-3, 7], [-2, 0, 2, 4, 6]),
        ([-0.5, -0.1], [-0.5, -0.4, -0.3, -0.2, -0.1, 0]),
        ([1e-6], np.arange(6) * 2e-7),
        ([1200.0, 3.0], [0, 500, 1000]),
        ([3e38], [0, 1e38, 2e38, 3e38]),
        ([], [0]),
    ],
)
def test_ticks_are_round_and_lie_between_the_numbers_and_zero(values, ticks):
    found = round_ticks(np.array(values, np.float64))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ticks, rtol=1e-6)
