"""The strongest of a large batch, told column by column from a plain sort."""

import numpy as np
import pytest

from kerasviz.scanning.ranks import Ranking

K, ROWS, COLUMNS = 9, 100, 20


def numbers(rng):
    """Ties, numbers that are not there, and infinite ones."""
    values = rng.integers(-30, 30, (ROWS, COLUMNS)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape) < 0.03] = -np.inf
    values[:, 0] = np.nan
    values[5:, 1] = np.nan
    return values


def best_of(column, sign):
    """Samples and values, best first, of equal ones the earliest; what is not above the worst possible does not count."""
    able = np.flatnonzero(column > -np.inf if sign > 0 else column < np.inf)
    order = able[np.argsort(-sign * column[able], kind="stable")][:K]
    return order, column[order]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("batches", [1, 2, 5])
def test_the_best_of_many_rows_are_those_of_a_sort(sign, batches):
    values = numbers(np.random.default_rng(0))
    ranking = Ranking.empty(K, COLUMNS, sign)
    for part in np.array_split(np.arange(ROWS), batches):
        ranking.add(values[part], part)

    for channel in range(COLUMNS):
        samples, found = best_of(values[:, channel], sign)
        kept, ranked, _ = ranking.of(channel)
        np.testing.assert_array_equal(ranked, samples)
        np.testing.assert_array_equal(kept, found)
