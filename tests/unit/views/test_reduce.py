"""Quantising, pooling and mosaics: what leaves the kernel is small and honest."""

import ml_dtypes
import numpy as np
import pytest

from kerasviz.views.reduce import domain_of, drawable, mosaic, pool, pool_factor, quantise


def decoded(values):
    """What the browser reads out of a quantised array."""
    domain = domain_of(values)
    levels = quantise(values, domain)
    return np.where(levels == 255, np.nan, domain.low + levels / 254.0 * (domain.high - domain.low)), domain


def test_unsigned_range_is_the_values_own():
    read, domain = decoded(np.linspace(2, 5, 100, dtype=np.float32))

    assert (domain.low, domain.high, domain.signed) == (2, 5, False)
    np.testing.assert_allclose(read, np.linspace(2, 5, 100), atol=3 / 254 / 2 + 1e-6)


@pytest.mark.parametrize(("low", "shown"), [(1e-11, 0), (0.24, 0), (0.26, 0.26)])
def test_a_range_that_begins_near_zero_begins_there(low, shown):
    domain = domain_of(np.array([low, 0.5, 1.0]))

    assert (domain.low, domain.high) == (shown, 1)


def test_negative_values_make_the_range_symmetric_about_zero():
    values = np.array([-1.0, 0.0, 4.0], np.float32)

    domain = domain_of(values)

    assert (domain.low, domain.high, domain.signed) == (-4, 4, True)
    assert quantise(values, domain).tolist() == [95, 127, 254]


@pytest.mark.parametrize("constant", [0.0, 3.5, -2.0])
def test_constant_array_is_drawn_as_one_colour(constant):
    read, domain = decoded(np.full((3, 3), constant, np.float32))

    np.testing.assert_array_equal(read, constant)
    assert domain.high >= domain.low


def test_nan_and_infinities_are_counted_and_marked():
    values = np.array([np.nan, 1, np.inf, 3, -np.inf, np.nan], np.float32)

    domain = domain_of(values)

    assert (domain.low, domain.high, domain.nans, domain.infs) == (1, 3, 2, 2)
    assert quantise(values, domain).tolist() == [255, 0, 255, 254, 255, 255]


def test_array_without_any_finite_value_survives():
    values = np.full((2, 2), np.nan, np.float32)

    domain = domain_of(values)

    assert (domain.low, domain.high, domain.nans) == (0, 0, 4)
    assert (quantise(values, domain) == 255).all()


@pytest.mark.parametrize("values", [np.array([-3.4e38, 3.4e38], np.float32), np.array([0, 1e-45], np.float32), np.array([-1.7e308, 1.7e308])])  # fmt: skip
def test_extreme_ranges_neither_overflow_nor_warn(values):
    with np.errstate(all="raise", under="ignore"):
        levels = quantise(values, domain_of(values))

    assert levels.tolist() in ([0, 254], [0, 0])


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint8", "int64", "bool", ml_dtypes.bfloat16])
def test_every_numeric_dtype_is_drawn(dtype):
    values = np.array([[0, 1], [1, 0]]).astype(dtype)

    assert drawable(values)
    assert quantise(values, domain_of(values)).tolist() == [[0, 254], [254, 0]]


@pytest.mark.parametrize("values", [np.array(["a"]), np.array(["a", None], object), np.zeros((0, 3)), np.array([1j])])
def test_what_is_no_number_or_nothing_is_not_drawable(values):
    assert not drawable(values)


def test_pooling_keeps_the_strongest_value_with_its_sign():
    maps = np.zeros((1, 5, 5), np.float32)
    maps[0, 1, 1], maps[0, 4, 4], maps[0, 0, 1] = -9, 2, 8

    assert pool(maps, 2)[0].tolist() == [[-9, 0, 0], [0, 0, 0], [0, 0, 2]]


def test_pooling_shows_nan():
    maps = np.zeros((1, 4, 4), np.float32)
    maps[0, 0, 0] = np.nan

    assert np.isnan(pool(maps, 2)[0, 0, 0])
    assert np.isfinite(pool(maps, 2)[0, 1:]).all()


@pytest.mark.parametrize(("shape", "cells", "expected"), [((10, 10), 100, 1), ((10, 10), 99, 2), ((1, 5000), 10_000, 2), ((7, 7), 1, 7)])  # fmt: skip
def test_pool_factor_is_the_smallest_that_fits(shape, cells, expected):
    assert pool_factor(shape, cells) == expected


@pytest.mark.parametrize(("count", "grid"), [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (8, (2, 4)), (16, (4, 4)), (64, (4, 4))])  # fmt: skip
def test_mosaic_shows_as_many_maps_as_stay_readable(count, grid):
    values = np.zeros((26, 26, count), np.float32)

    small = mosaic(values, 48)

    assert (small.rows, small.columns) == grid
    assert (small.shown, small.total) == (small.rows * small.columns, count)
    assert max(small.cells.shape) <= 48
    assert small.cells.shape[0] % small.rows == small.cells.shape[1] % small.columns == 0


def test_mosaic_tiles_are_the_maps_in_order():
    values = np.arange(4)[None, None, :] * np.ones((3, 3, 1), np.float32)

    assert mosaic(values, 8).cells[::3, ::3].tolist() == [[0, 1], [2, 3]]


def test_mosaic_without_channels_has_the_slices_of_the_last_two_axes():
    attention = np.arange(4)[:, None, None] * np.ones((1, 3, 3), np.float32)

    small = mosaic(attention, 8, channels_last=False)

    assert small.cells[::3, ::3].tolist() == [[0, 1], [2, 3]]
    assert (small.shown, small.total) == (4, 4)


@pytest.mark.parametrize("shape", [(1,), (10,), (64,), (1000,), (100_000,), (5, 4), (500, 300), (), (2, 7, 7, 3), (1, 1, 5000)])  # fmt: skip
def test_mosaic_of_any_layer_fits_its_card(shape):
    small = mosaic(np.zeros(shape, np.float32), 48)

    assert small.cells.ndim == 2
    assert max(small.cells.shape) <= 48
    assert 1 <= small.shown <= small.total
