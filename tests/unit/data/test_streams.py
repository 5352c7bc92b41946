"""Streams are read as far as somebody looks, and stay what they were."""

import itertools

import numpy as np
import pytest

from kerasviz.data import streams
from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError
from tests.unit.data.fakes import Model, TfData


def batches(count, size=4):
    return [(np.full((size, 2), i, np.float32), np.full(size, i)) for i in range(count)]


def test_stream_is_read_on_demand():
    stream = TfData(batches(100))

    samples = open_samples(Model((2,)), stream)

    assert stream.read == 1
    samples.raw(9)
    assert stream.read == 3
    assert len(samples) == 99 * 4 + 1


def test_length_becomes_exact_at_the_end():
    elements = [*batches(3), (np.zeros((2, 2), np.float32), np.zeros(2))]
    samples = open_samples(Model((2,)), TfData(elements))

    assert len(samples) == 13
    samples.raw(12)
    assert len(samples) == 14
    with pytest.raises(InputError, match="There are 14"):
        samples.raw(14)


def test_stream_of_unknown_length_grows_one_element_ahead():
    samples = open_samples(Model((2,)), TfData(batches(3), cardinality=-2))

    lengths = [len(samples)]
    for index in (3, 7, 11):
        samples.raw(index)
        lengths.append(len(samples))

    assert lengths == [4, 8, 12, 12]


def test_shuffled_stream_gives_the_same_sample_again():
    rng = np.random.default_rng(0)
    samples = open_samples(Model((2,)), (rng.random(2, dtype=np.float32) for _ in range(5)))

    first = samples.raw(0).copy()
    samples.raw(4)

    np.testing.assert_array_equal(samples.raw(0), first)


def test_endless_stream_stops_at_the_limit_and_says_so():
    samples = open_samples(Model((2,)), TfData(itertools.cycle(batches(1)), cardinality=-1))

    assert len(samples) == streams.LIMIT
    samples.raw(streams.LIMIT - 1)
    assert len(samples) == streams.LIMIT
    assert samples.note() == "the first 1000 samples of a longer stream"


def test_memory_of_a_stream_is_bounded(monkeypatch):
    monkeypatch.setattr(streams, "MAX_BYTES", 100)

    samples = open_samples(Model((2,)), iter(batches(50)))
    for index in range(16):
        samples.raw(index)

    assert len(samples) == 16
    assert "longer stream" in samples.note()


def test_stream_shorter_than_it_said_is_an_error_for_that_sample_only():
    samples = open_samples(Model((2,)), TfData(batches(2), cardinality=5))

    with pytest.raises(InputError, match="stream ended after 8"):
        samples.raw(10)
    assert len(samples) == 8
    samples.raw(7)
