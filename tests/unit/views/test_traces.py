"""Where cells come from: every cell of the output follows from the cells that are named, by hand-written loops."""

import itertools

import numpy as np
import pytest

from kerasviz.views.joins import joined
from kerasviz.views.moves import moved
from kerasviz.views.trace import Job
from kerasviz.views.windows import windowed

RANDOM = np.random.default_rng(3)
PICTURE = RANDOM.normal(size=(5, 7, 3))
FIRST = {"data_format": "channels_first"}
JOIN = {
    "max": lambda parts: max(part.max() for part in parts),
    "mean": lambda parts: sum(part.sum() for part in parts) / sum(part.size for part in parts),
    "+": sum,
    "×": np.prod,
    "−": lambda parts: parts[0] - parts[1],
    "÷": lambda parts: parts[0] / parts[1],
    "min": lambda parts: min(part.min() for part in parts),
    "copy": lambda parts: parts[0] if parts else 0,
}


def job(kind, shape, *arrays, **settings):
    return Job(kind, settings, arrays, shape)


def follows(trace, arrays):
    """The output again, cell by cell, from nothing but the boxes."""
    output = np.empty(trace.output.shape)
    for place in np.ndindex(output.shape):
        parts = [box.of(arrays[box.input]) for box in trace.boxes(place)]
        parts = [part.item() for part in parts] if trace.rule not in ("max", "mean", "min") else parts
        output[place] = JOIN[trace.rule](parts)
    return output


def assert_follows(trace, *arrays):
    np.testing.assert_allclose(follows(trace, arrays), trace.output, rtol=1e-12)


# Moves


def test_flatten_counts_the_last_axis_fastest():
    trace = moved(job("Flatten", (105,), PICTURE))

    for i, (row, column, channel) in enumerate(itertools.product(range(5), range(7), range(3))):
        (box,) = trace.boxes((i,))
        assert box.start == (row, column, channel)
        assert trace.output[i] == PICTURE[row, column, channel]


def test_flatten_of_channels_first_counts_the_channels_fastest():
    trace = moved(job("Flatten", (105,), PICTURE, **FIRST))  # 5 channels of 7 × 3

    assert trace.boxes((1,))[0].start == (1, 0, 0)
    assert trace.boxes((5,))[0].start == (0, 0, 1)


def test_padding_has_a_border_without_cells():
    trace = moved(job("ZeroPadding2D", (8, 8, 3), PICTURE, padding=((1, 2), (0, 1)), data_format="channels_last"))

    assert trace.boxes((0, 3, 1)) == ()
    assert trace.boxes((7, 3, 1)) == trace.boxes((2, 7, 1)) == ()
    assert trace.boxes((1, 0, 1))[0].start == (0, 0, 1)
    assert (trace.inside.start, trace.inside.stop) == ((1, 0, 0), (6, 7, 3))
    assert_follows(trace, PICTURE)


def test_padding_of_channels_first_leaves_the_channels():
    trace = moved(job("ZeroPadding2D", (5, 9, 5), PICTURE, padding=((1, 1), (1, 1)), **FIRST))

    assert trace.boxes((2, 1, 1))[0].start == (2, 0, 0)
    assert_follows(trace, PICTURE)


def test_cropping_keeps_a_block():
    trace = moved(job("Cropping2D", (2, 6, 3), PICTURE, cropping=((1, 2), (1, 0)), data_format="channels_last"))

    assert (trace.kept.start, trace.kept.stop) == ((1, 1, 0), (3, 7, 3))
    np.testing.assert_array_equal(trace.output, PICTURE[1:3, 1:7])
    assert_follows(trace, PICTURE)


def test_series_are_padded_cropped_and_repeated():
    series = RANDOM.normal(size=(4, 2))

    for kind, shape, settings in [
        ("ZeroPadding1D", (7, 2), {"padding": (1, 2)}),
        ("Cropping1D", (1, 2), {"cropping": (1, 2)}),
        ("UpSampling1D", (12, 2), {"size": 3}),
    ]:
        assert_follows(moved(job(kind, shape, series, **settings)), series)


def test_upsampling_repeats_cells_each_way():
    trace = moved(job("UpSampling2D", (10, 21, 3), PICTURE, size=(2, 3), data_format="channels_last"))

    for row, column in itertools.product(range(10), range(21)):
        assert trace.boxes((row, column, 2))[0].start == (row // 2, column // 3, 2)


def test_permute_and_transpose_swap_places():
    permuted = moved(job("Permute", (3, 5, 7), PICTURE, dims=(3, 1, 2)))
    transposed = moved(job("Transpose", (7, 5, 3), PICTURE, axes=(0, 2, 1, 3)))

    assert permuted.boxes((2, 4, 6))[0].start == (4, 6, 2)
    assert transposed.boxes((6, 4, 2))[0].start == (4, 6, 2)


def test_concatenate_knows_the_input_of_each_channel():
    other = RANDOM.normal(size=(5, 7, 2))

    trace = moved(job("Concatenate", (5, 7, 5), PICTURE, other, axis=-1))

    assert [trace.boxes((1, 1, channel))[0].input for channel in range(5)] == [0, 0, 0, 1, 1]
    assert trace.boxes((1, 2, 4))[0].start == (1, 2, 1)
    assert_follows(trace, PICTURE, other)


@pytest.mark.parametrize(
    ("kind", "shape", "settings"),
    [
        ("Reshape", (7, 15), {}), ("ExpandDims", (5, 7, 1, 3), {"axis": 3}), ("Flip", (5, 7, 3), {"axis": (1, 2)}),
        ("Repeat", (10, 7, 3), {"repeats": 2, "axis": 1}), ("Pad", (5, 9, 3), {"pad_width": ((0, 0), (0, 0), (1, 1), (0, 0)), "mode": "reflect"}),
        ("CenterCrop", (3, 4, 3), {"height": 3, "width": 4}),
    ],
)  # fmt: skip
def test_other_moves_follow_from_their_cells(kind, shape, settings):
    assert_follows(moved(job(kind, shape, PICTURE, **settings)), PICTURE)


@pytest.mark.parametrize(
    ("kind", "shape", "settings"),
    [
        ("Permute", (5, 7, 3), {"dims": (1, 1, 2)}), ("Permute", (5, 7, 3), {}), ("Transpose", (7, 3, 5), {"axes": (1, 0, 2, 3)}),
        ("ZeroPadding2D", (6, 8, 3), {"padding": "lots"}), ("Cropping2D", (6, 8, 3), {}), ("Reshape", (4, 4), {}),
        ("UpSampling2D", (10, 14, 3), {"size": (2, 2), "interpolation": "lanczos3"}), ("CenterCrop", (9, 9, 3), {"height": 9, "width": 9}),
        ("Concatenate", (5, 7, 6), {"axis": -1}), ("Repeat", (5, 7, 3), {"repeats": (1, 2), "axis": 1}),
    ],
)  # fmt: skip
def test_settings_that_do_not_lead_to_the_shape_give_no_map(kind, shape, settings):
    assert moved(job(kind, shape, PICTURE, **settings)) is None


# Windows


def pooled_by_hand(array, size, stride, padding, how):
    """Pooling over the two first axes, with loops."""
    lengths = array.shape[:2]
    counts = [-(-n // stride) if padding == "same" else (n - size) // stride + 1 for n in lengths]
    before = [
        max((c - 1) * stride + size - n, 0) // 2 if padding == "same" else 0
        for c, n in zip(counts, lengths, strict=True)
    ]
    output = np.empty((*counts, array.shape[2]))
    for row, column in itertools.product(*map(range, counts)):
        rows = [r for r in range(row * stride - before[0], row * stride - before[0] + size) if 0 <= r < lengths[0]]
        columns = [
            c for c in range(column * stride - before[1], column * stride - before[1] + size) if 0 <= c < lengths[1]
        ]
        output[row, column] = how([array[r, c] for r in rows for c in columns], axis=0)
    return output


@pytest.mark.parametrize(("kind", "how"), [("MaxPooling2D", np.max), ("AveragePooling2D", np.mean)])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "valid"), (3, 2, "same"), (3, 1, "same"), (2, 3, "valid")]
)
def test_pooling_equals_loops(kind, how, size, stride, padding):
    expected = pooled_by_hand(PICTURE, size, stride, padding, how)
    settings = {
        "pool_size": (size, size),
        "strides": (stride, stride),
        "padding": padding,
        "data_format": "channels_last",
    }

    trace = windowed(job(kind, expected.shape, PICTURE, **settings))

    np.testing.assert_allclose(trace.output, expected, rtol=1e-12)
    assert_follows(trace, PICTURE)
    turned = windowed(job(kind, np.moveaxis(expected, -1, 0).shape, np.moveaxis(PICTURE, -1, 0), **settings | FIRST))
    np.testing.assert_allclose(turned.output, np.moveaxis(expected, -1, 0), rtol=1e-12)


def test_pooling_of_series_and_volumes_follows_from_its_windows():
    series, volume = RANDOM.normal(size=(9, 2)), RANDOM.normal(size=(4, 4, 5, 2))

    assert_follows(windowed(job("MaxPooling1D", (4, 2), series, pool_size=(2,), strides=(2,), padding="valid")), series)
    settings = {"pool_size": (2, 2, 2), "strides": (2, 2, 2), "padding": "same", "data_format": "channels_last"}
    assert_follows(windowed(job("AveragePooling3D", (2, 2, 3, 2), volume, **settings)), volume)


def test_global_pooling_takes_the_whole_picture():
    mean = windowed(job("GlobalAveragePooling2D", (3,), PICTURE, data_format="channels_last"))
    most = windowed(job("GlobalMaxPooling2D", (1, 1, 3), PICTURE, data_format="channels_last"))

    np.testing.assert_allclose(mean.output, PICTURE.mean(axis=(0, 1)), rtol=1e-12)
    assert (mean.boxes((2,))[0].start, mean.boxes((2,))[0].stop) == ((0, 0, 2), (5, 7, 3))
    assert most.boxes((0, 0, 1))[0].stop == (5, 7, 2)
    assert_follows(mean, PICTURE)


def test_adaptive_pooling_has_windows_of_different_sizes():
    trace = windowed(
        job("AdaptiveAveragePooling2D", (2, 3, 3), PICTURE, output_size=(2, 3), data_format="channels_last")
    )

    assert [trace.boxes((0, c, 0))[0].start[1] for c in range(3)] == [0, 2, 4]
    assert [trace.boxes((0, c, 0))[0].stop[1] for c in range(3)] == [3, 5, 7]
    assert_follows(trace, PICTURE)


def test_operations_over_axes_are_windows_too():
    trace = windowed(job("Mean", (3,), PICTURE, axis=(1, 2), keepdims=False))

    np.testing.assert_allclose(trace.output, PICTURE.mean(axis=(0, 1)), rtol=1e-12)
    assert windowed(job("Mean", (5, 7, 3), PICTURE, axis=0, keepdims=False)) is None  # over the batch


def test_bilinear_upsampling_lies_between_its_cells():
    trace = windowed(job("UpSampling2D", (10, 14, 3), PICTURE, interpolation="bilinear", data_format="channels_last"))

    # a place a quarter of a cell past the middle of cell (1, 2)
    np.testing.assert_allclose(
        trace.output[3, 5, 0], 0.5625 * PICTURE[1, 2, 0] + 0.1875 * (PICTURE[2, 2, 0] + PICTURE[1, 3, 0]) + 0.0625 * PICTURE[2, 3, 0]
    )  # fmt: skip
    (box,) = trace.boxes((3, 5, 0))
    assert (box.start, box.stop) == ((1, 2, 0), (3, 4, 1))
    for place in np.ndindex(trace.output.shape):
        cells = trace.boxes(place)[0].of(PICTURE)
        assert cells.min() - 1e-9 <= trace.output[place] <= cells.max() + 1e-9


# Joins


@pytest.mark.parametrize("kind", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Divide"])
def test_joins_follow_from_one_cell_of_each_input(kind):
    other = RANDOM.uniform(1, 2, size=(1, 1, 3))  # spread over the picture

    trace = joined(job(kind, PICTURE.shape, PICTURE, other))

    assert trace.boxes((4, 2, 1))[1].start == (0, 0, 1)
    if trace.rule == "mean":
        np.testing.assert_allclose(trace.output, (PICTURE + other) / 2)
    else:
        assert_follows(trace, PICTURE, other)


def test_a_join_with_a_constant_is_not_guessed():
    assert joined(job("Add", PICTURE.shape, PICTURE)) is None
    assert joined(job("Add", PICTURE.shape, PICTURE, np.zeros((4, 4, 4)))) is None


@pytest.mark.parametrize("normalize", [False, True])
def test_dot_is_a_sum_of_products(normalize):
    one, other = RANDOM.normal(size=(4, 6)), RANDOM.normal(size=(3, 6))

    trace = joined(job("Dot", (4, 3), one, other, axes=2, normalize=normalize))

    for row, column in itertools.product(range(4), range(3)):
        left, right = trace.boxes((row, column))
        assert (left.start, left.stop, right.start, right.stop) == (
            (row, 0),
            (row + 1, 6),
            (column, 0),
            (column + 1, 6),
        )
        product = float(one[row] @ other[column])
        length = np.linalg.norm(one[row]) * np.linalg.norm(other[column]) if normalize else 1
        np.testing.assert_allclose(trace.output[row, column], product / length)


def test_dot_of_vectors_is_one_number():
    one, other = RANDOM.normal(size=4), RANDOM.normal(size=4)

    trace = joined(job("Dot", (1,), one, other, axes=1))

    np.testing.assert_allclose(trace.output, [one @ other])
    assert [box.stop for box in trace.boxes((0,))] == [(4,), (4,)]
