"""The data sets of TensorFlow, torch and Keras themselves."""

import numpy as np
import pytest

from kerasviz.data.opening import open_samples
from tests.unit.data.fakes import Model

X = (np.arange(10 * 6).reshape(10, 6) / 8).astype(np.float32)
Y = np.arange(10) % 3


def check(samples):
    for index in (0, 7, 9):
        np.testing.assert_array_equal(samples.model_input(index), X[index : index + 1])
        assert samples.label(index) == Y[index]
    assert len(samples) == 10


def test_tf_data_batched_and_not():
    tf = pytest.importorskip("tensorflow")
    dataset = tf.data.Dataset.from_tensor_slices((X, Y))

    check(open_samples(Model((6,)), dataset))
    check(open_samples(Model((6,)), dataset.batch(4)))
    check(open_samples(Model((6,)), tf.constant(X), tf.constant(Y)))


def test_endless_tf_data():
    tf = pytest.importorskip("tensorflow")
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(4)

    assert len(open_samples(Model((6,)), dataset)) == 1000


def test_torch_dataset_loader_and_tensor():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))

    check(open_samples(Model((6,)), data))
    check(open_samples(Model((6,)), torch.utils.data.DataLoader(data, batch_size=4)))
    check(open_samples(Model((6,)), torch.tensor(X, requires_grad=True), torch.tensor(Y)))


def test_torch_iterable_dataset():
    torch = pytest.importorskip("torch")

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            yield from zip(torch.tensor(X), torch.tensor(Y), strict=True)

    samples = open_samples(Model((6,)), Stream())
    samples.raw(0)
    for index in range(9):
        samples.raw(index)

    check(samples)
    check(open_samples(Model((6,)), torch.utils.data.DataLoader(Stream(), batch_size=12)))


def test_keras_py_dataset():
    keras = pytest.importorskip("keras")

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X[index * 4 : index * 4 + 4], Y[index * 4 : index * 4 + 4]

    check(open_samples(Model((6,)), Batches()))
