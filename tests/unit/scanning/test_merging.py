"""What is gathered of channels merges in any order and any division, and equals NumPy on all of it at once."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasviz.scanning.by_class import ByClass
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.ranks import Ranking, pack_places, unpack_place
from kerasviz.scanning.reservoir import MOST, Reservoir, hashed
from kerasviz.scanning.sketch import RELATIVE_ERROR, Sketch, bucket_edges

CHANNELS = 3
number = st.floats(-1e4, 1e4, width=32) | st.sampled_from([0.0, -0.0, 6.0])
rows = st.lists(st.lists(number, min_size=CHANNELS, max_size=CHANNELS), min_size=1, max_size=40)
cuts = st.lists(st.integers(0, 40), max_size=4)
quick = settings(max_examples=60, deadline=None)


def parts_of(values, cuts):
    """The rows in parts, each with the numbers of its first and last sample."""
    ends = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    return [(values[a:b], np.arange(a, b)) for a, b in itertools.pairwise(ends)]


def shuffled(parts, seed):
    return [parts[i] for i in np.random.default_rng(seed).permutation(len(parts))]


def all_merged(parts):
    """Two at a time, so that the brackets differ from a plain fold."""
    while len(parts) > 1:
        parts = [a.merged(b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + parts[len(parts) // 2 * 2 :]
    return parts[0]


def moments_of(values, _):
    found = Moments.empty(CHANNELS)
    for row in values.astype(np.float64):
        one = np.ones(CHANNELS, np.int64)
        found = found.merged(Moments(one, 0 * one, row, 0 * row, row, row, (row == 0).astype(np.int64)))
    return found


@quick
@given(rows, cuts, st.integers(0, 99))
def test_moments_of_parts_are_those_of_the_whole(values, cuts, seed):
    values = np.asarray(values, np.float32)
    found = all_merged([moments_of(*part) for part in shuffled(parts_of(values, cuts), seed)])
    exact = values.astype(np.float64)

    np.testing.assert_array_equal(found.count, len(values))
    np.testing.assert_allclose(found.mean, exact.mean(axis=0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.std, exact.std(axis=0), rtol=1e-7, atol=1e-6)
    np.testing.assert_array_equal(found.smallest, exact.min(axis=0))
    np.testing.assert_array_equal(found.largest, exact.max(axis=0))
    np.testing.assert_array_equal(found.zero_share, (exact == 0).mean(axis=0))


def test_variance_does_not_cancel_far_from_zero():
    values = 1e8 + np.random.default_rng(0).standard_normal((500, CHANNELS))
    halves = [moments_of(part, None) for part in (values[:123], values[123:])]

    np.testing.assert_allclose(halves[0].merged(halves[1]).std, values.std(axis=0), rtol=1e-6)


@quick
@given(rows, cuts, st.integers(0, 99), st.integers(1, 6), st.sampled_from([1, -1]))
def test_rankings_of_parts_are_those_of_the_whole_ties_included(values, cuts, seed, k, sign):
    values = np.round(np.asarray(values, np.float32), -2)  # so that some are equal

    def ranking(part, samples):
        found = Ranking.empty(k, CHANNELS, sign)
        for start in range(0, len(part), 3):
            batch = slice(start, start + 3)
            found.add(part[batch], samples[batch], lambda rows, _, of=samples[batch]: of[rows] * 7)
        return found

    found = all_merged([ranking(*part) for part in shuffled(parts_of(values, cuts), seed)])
    for channel in range(CHANNELS):
        best = np.lexsort((np.arange(len(values)), -sign * values[:, channel]))[:k]
        got, samples, places = found.of(channel)
        np.testing.assert_array_equal(samples, best)
        np.testing.assert_array_equal(got, values[best, channel])
        np.testing.assert_array_equal(places, best * 7)


def test_channels_without_a_number_have_no_rank():
    found = Ranking.empty(2, 2)
    found.add(np.asarray([[np.nan, 1.0], [np.nan, np.nan]], np.float32), np.arange(2))

    assert [len(found.of(channel)[1]) for channel in (0, 1)] == [0, 1]


@quick
@given(rows, cuts, st.integers(0, 99))
def test_counts_of_parts_are_those_of_the_whole_and_quantiles_keep_their_promise(values, cuts, seed):
    values = np.asarray(values, np.float32)

    def sketch(part, _):
        found = Sketch.empty(CHANNELS)
        found.add(part, slice(0, CHANNELS))
        return found

    found = all_merged([sketch(*part) for part in shuffled(parts_of(values, cuts), seed)])
    np.testing.assert_array_equal(found.counts, sketch(values, None).counts)
    assert (found.counts.sum(axis=1) == len(values)).all()
    for share in (0.0, 0.05, 0.5, 0.9, 1.0):
        exact = np.sort(values, axis=0)[max(0, int(np.ceil(np.float64(share) * len(values))) - 1)].astype(np.float64)
        got = [found.quantile(channel, np.asarray([share]))[0] for channel in range(CHANNELS)]
        np.testing.assert_allclose(got, exact, rtol=RELATIVE_ERROR * 1.001, atol=2.0**-16)


def test_every_number_lies_between_the_edges_of_its_bucket():
    values = np.float32([0.0, 1.0, 1.124, 1.125, -1.0, -1.13, 1e-9, 3.7, 255.0, -0.003])
    found = Sketch.empty(len(values))
    found.add(values[None], slice(0, len(values)))
    edges = bucket_edges()
    for value, bucket in zip(values, found.counts.argmax(axis=1), strict=True):
        assert edges[bucket] <= value <= edges[bucket + 1]


def test_what_is_not_finite_is_not_counted():
    found = Sketch.empty(1)
    found.add(np.float32([[1.0], [np.nan], [np.inf], [2.0]]), slice(0, 1))

    assert found.counts.sum() == 2


@quick
@given(rows, cuts, st.integers(0, 99))
def test_class_means_of_parts_are_those_of_the_whole(values, cuts, seed):
    values = np.asarray(values, np.float32)
    classes = (np.arange(len(values)) * 7 % 5 % 3).astype(np.int64)

    def by_class(part, samples):
        found = ByClass.empty(CHANNELS)
        known = np.unique(classes[samples])
        found.add(part.astype(np.float64), (classes[samples][:, None] == known).astype(np.int64), known)
        return found

    found = all_merged([by_class(*part) for part in shuffled(parts_of(values, cuts), seed)])
    np.testing.assert_array_equal(found.labels, np.unique(classes))
    for label, means in zip(found.labels, found.means, strict=True):
        np.testing.assert_allclose(means, values[classes == label].mean(axis=0, dtype=np.float64), rtol=1e-9, atol=1e-9)


def test_a_channel_that_answers_to_one_class_alone_is_selective():
    found = ByClass.empty(3)
    means = np.asarray([[4.0, 1.0, -1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
    found.add(means, np.eye(3, dtype=np.int64), np.asarray([2, 5, 7]))
    selectivity, favourite = found.selectivity()

    np.testing.assert_allclose(selectivity, [1.0, 0.0, 1.0])
    np.testing.assert_array_equal(favourite, [2, 2, 5])


def test_the_same_samples_are_drawn_however_the_work_is_divided():
    values = np.random.default_rng(0).random((1000, 2)).astype(np.float32)

    def reservoir(part, samples, step):
        found = Reservoir.empty(2)
        for start in range(0, len(part), step):
            found.add(part[start : start + step], samples[start : start + step])
        return found

    whole = reservoir(values, np.arange(1000), 64)
    parts = [reservoir(*part, 17) for part in shuffled(parts_of(values, [10, 400, 700]), 3)]
    found = all_merged(parts)

    np.testing.assert_array_equal(np.sort(found.samples), np.sort(whole.samples))
    np.testing.assert_array_equal(found.values, values[found.samples])
    np.testing.assert_array_equal(whole.values, values[whole.samples])
    assert len(whole.samples) == MOST
    got, samples = found.typical(0, 5)
    assert np.abs(got - np.median(whole.values[:, 0])).max() < 0.02
    np.testing.assert_array_equal(values[samples, 0], got)
    assert len(np.unique(hashed(np.arange(10_000)))) == 10_000


@given(st.lists(st.integers(1, 300), min_size=1, max_size=3), st.integers(0, 10**6))
def test_places_come_back_as_they_went_in(grid, number):
    flat = np.asarray([number % int(np.prod(grid))])
    (packed,) = pack_places(flat, tuple(grid))

    assert unpack_place(int(packed), len(grid)) == tuple(int(i[0]) for i in np.unravel_index(flat, grid))
