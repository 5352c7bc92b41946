"""Batches of every kind of data set, and what is said of those that do not fit."""

import itertools

import numpy as np
import pytest

from kerasviz.data.batches import BrokenBatch, open_batches
from kerasviz.errors import InputError
from tests.unit.data.fakes import MapDataset, Model, PyDataset, TfData

X = (np.arange(10 * 6).reshape(10, 6) / 8).astype(np.float32)
Y = np.arange(10) % 3
MODEL = Model((6,))


def read(inputs, labels=None, **options):
    found = list(open_batches(MODEL, inputs, labels, batch_size=4, **options))
    np.testing.assert_array_equal([batch.start for batch in found], np.cumsum([0, *(b.size for b in found[:-1])]))
    return np.concatenate([b.x for b in found]), None if found[0].y is None else np.concatenate([b.y for b in found])


def raise_the_broken(batches):
    for batch in batches:
        if isinstance(batch, BrokenBatch):
            raise batch.error


PAIRS = [(X[i : i + 3], Y[i : i + 3]) for i in range(0, 10, 3)]
SOURCES = {
    "generator of batches": lambda: iter(PAIRS),
    "list of batches": lambda: PAIRS,
    "generator of samples": lambda: zip(X, Y, strict=True),
    "tf.data": lambda: TfData(PAIRS),
    "PyDataset": lambda: PyDataset(X, Y, 3),
    "data set by index": lambda: MapDataset(X, Y),
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_sample_comes_once_with_its_label(source):
    x, y = read(SOURCES[source]())

    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


def test_arrays_come_in_slices_with_labels_apart():
    x, y = read(X, Y)

    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    assert [batch.size for batch in open_batches(MODEL, X, batch_size=4)] == [4, 4, 2]
    assert read(X)[1] is None
    assert [batch.size for batch in open_batches(MODEL, PAIRS, only=2)] == [2, 1] * 3 + [1]


@pytest.mark.parametrize(
    ("inputs", "labels", "said"),
    [
        (X[:0], None, "no samples"),
        (X, Y[:7], "7 labels were passed for 10 samples"),
        (iter(PAIRS), Y[:7], "7 labels were passed; the data set has more"),
        (TfData(PAIRS, cardinality=-1), None, "never ends"),
        (zip([X[0], X[0, :3]], [0, 1], strict=True), None, "Samples of different shapes"),
    ],
)
def test_what_does_not_fit_is_named(inputs, labels, said):
    with pytest.raises(InputError, match=said):
        raise_the_broken(open_batches(MODEL, inputs, labels, batch_size=4))


def test_a_batch_that_breaks_is_handed_on_and_the_next_is_read():
    class Broken(PyDataset):
        def __getitem__(self, number):
            if number == 1:
                raise OSError("disk")
            return super().__getitem__(number)

    found = list(open_batches(MODEL, Broken(X, Y, 3)))
    assert [type(batch).__name__ for batch in found] == ["Batch", "BrokenBatch", "Batch", "Batch"]
    assert (found[1].number, found[1].start, found[1].size) == (1, 3, 3)
    assert [batch.start for batch in found] == [0, 3, 6, 9]


def test_labels_apart_cannot_be_matched_after_a_gap_of_unknown_length():
    class Broken:
        def __init__(self):
            self.batches = iter(PAIRS)

        def __iter__(self):
            return self

        def __next__(self):
            x, _ = next(self.batches)
            if x[0, 0] == X[3, 0]:
                raise OSError("disk")
            return x

    assert [batch.start for batch in open_batches(MODEL, Broken())] == [0, 3, 3, 6]
    with pytest.raises(InputError, match="which labels belong"):
        list(open_batches(MODEL, Broken(), Y))


def test_a_stream_that_only_breaks_ends():
    class Endless:
        def __iter__(self):
            return self

        def __next__(self):
            raise OSError("disk")

    assert 0 < len(list(itertools.islice(open_batches(MODEL, Endless()), 1000))) < 1000
