"""A model without inputs gets some that fit, the same every time, and the screen says so."""

import numpy as np
import pytest

from kerasviz.data.made_inputs import made_inputs as made_with_note
from kerasviz.data.opening import open_samples
from tests.unit.data.fakes import Model


def made_inputs(model):
    return made_with_note(model)[0]


class Embedding:
    def __init__(self, input_dim, reads=None):
        self.input_dim, self.input = input_dim, reads


class Rescaling:
    scale = 1 / 255


@pytest.mark.parametrize(("shape", "made"), [((28, 28, 1), (8, 28, 28, 1)), ((None, None, 3), (8, 64, 64, 3)), ((None, 5), (8, 16, 5)), ((4,), (8, 4)), ((), (8,))])  # fmt: skip
def test_made_inputs_fit_and_stay_within_zero_and_one(shape, made):
    inputs = made_inputs(Model(shape))

    assert inputs.shape == made
    assert inputs.dtype == np.float32
    assert 0 <= inputs.min() <= inputs.max() <= 1
    np.testing.assert_array_equal(inputs, made_inputs(Model(shape)))


def test_made_images_are_noise_gradients_and_a_constant():
    noise, down, right, constant = made_inputs(Model((8, 8, 1)))[:4, ..., 0]

    assert noise.std() > 0.2
    assert (np.diff(down, axis=0) > 0).all()
    assert (np.diff(right, axis=1) > 0).all()
    assert (constant == 0.5).all()


def test_model_that_rescales_bytes_gets_bytes():
    assert made_inputs(Model((8, 8, 3), layers=[Rescaling()])).max() > 200


def test_tokens_stay_within_the_vocabulary():
    model = Model((None,), "int32")
    model.layers = [Embedding(1000), Embedding(7, model.inputs[0])]

    tokens = made_inputs(model)

    assert tokens.dtype == np.int32
    assert tokens.max() < 7


def test_float_input_that_an_embedding_reads_gets_tokens():
    model = Model((12,))
    model.layers = [Embedding(5)]

    assert made_inputs(model).max() < 5
    assert (made_inputs(model) % 1 == 0).all()


@pytest.mark.parametrize(("dtype", "kind"), [("string", "O"), ("bool", "b"), ("uint8", "u")])
def test_other_dtypes_are_made_too(dtype, kind):
    assert made_inputs(Model((3,), dtype)).dtype.kind == kind


def test_several_inputs_are_a_list_of_different_arrays():
    first, second = made_inputs(Model([(3,), (3,)]))

    assert not np.array_equal(first, second)


def test_samples_say_that_they_were_made():
    samples = open_samples(Model((4,)))

    assert samples.note() == "made by kerasviz, not real data: noise, gradients and a constant"
    assert "random whole numbers" in open_samples(Model((4,), "int32")).note()
    assert open_samples(Model((4,)), np.zeros((2, 4))).note() == ""
