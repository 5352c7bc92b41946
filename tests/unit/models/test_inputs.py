import keras
import numpy as np
import pytest

from kerasviz.errors import InputError
from kerasviz.models.inputs import ModelInputs
from tests.models import ZOO


def prepared(name, x):
    return ModelInputs(ZOO[name].make()).prepare(x)


@pytest.mark.parametrize(
    "shape", [(8, 8, 1), (8, 8), (4, 8, 8, 1), (4, 8, 8)], ids=["sample", "bare sample", "batch", "bare batch"]
)
def test_samples_batches_and_bare_images_become_one_batch(shape):
    found = prepared("sequential_cnn", np.ones(shape))
    assert found.arrays[0].shape == (4 if shape[0] == 4 else 1, 8, 8, 1)
    assert found.batch_size == len(found.arrays[0])


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "uint8", "bool", "int64"])
def test_numbers_become_the_dtype_of_the_input(dtype):
    assert prepared("sequential_cnn", np.ones((8, 8, 1), dtype)).arrays[0].dtype == "float32"


def test_whole_floats_are_tokens_and_others_are_not():
    assert prepared("masked_embedding", np.ones((2, 6))).arrays[0].dtype == "int32"
    with pytest.raises(InputError, match="int32"):
        prepared("masked_embedding", np.full((2, 6), 0.5))


def test_what_fits_already_is_not_copied():
    x = np.ones((4, 8, 8, 1), "float32")
    assert np.shares_memory(prepared("sequential_cnn", x).arrays[0], x)


def test_tensors_of_other_frameworks_are_read():
    x = keras.ops.ones((2, 8, 8, 1))
    assert prepared("sequential_cnn", x).arrays[0].shape == (2, 8, 8, 1)


def test_several_inputs_are_put_into_the_models_order():
    image, meta = np.zeros((2, 4, 4, 1)), np.ones((2, 3))
    found = prepared("dicts", {"meta": meta, "image": image})
    assert [array.ndim for array in found.arrays] == [4, 2]


def test_the_error_for_a_wrong_shape_says_both_shapes():
    with pytest.raises(InputError, match=r"\(7, 7, 1\).*8, 8, 1"):
        prepared("sequential_cnn", np.ones((7, 7, 1)))


@pytest.mark.parametrize(("value", "name"), [(np.nan, "1 NaN"), (np.inf, "1 infinite"), (-np.inf, "1 infinite")])
def test_the_error_for_what_is_not_finite_says_what_and_where(value, name):
    x = np.ones((3, 8, 8, 1), "float32")
    x[2, 5, 4, 0] = value
    with pytest.raises(InputError, match=f"{name}.*first in sample 2;"):
        prepared("sequential_cnn", x)
    with pytest.raises(InputError, match=rf"{name}.* first at \(5, 4, 0\) of the sample;"):
        prepared("sequential_cnn", x[2:])


def test_the_error_for_nan_and_infinite_numbers_counts_both():
    x = np.ones((1, 8, 8, 1), "float32")
    x[0, :2, 0, 0], x[0, 2:5, 0, 0] = np.inf, np.nan
    with pytest.raises(InputError, match=r"3 NaN and 2 infinite\), the first at \(0, 0, 0\)"):
        prepared("sequential_cnn", x)


def test_the_error_for_several_inputs_names_them():
    with pytest.raises(InputError, match="'a', 'b'"):
        prepared("lists", [np.ones((2, 3))])
