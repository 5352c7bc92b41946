import keras
import pytest
from keras import layers

from kerasviz.models.info import input_axes, name_axes, number_of_parameters, unknown_axes

IMAGE = ("batch", "height", "width", "channel")
TIME = ("batch", "time", "unit")


def test_a_matrix_is_batch_by_unit_and_the_rest_is_numbered():
    assert unknown_axes(1) == ("batch",)
    assert unknown_axes(2) == ("batch", "unit")
    assert unknown_axes(4) == ("batch", "axis_1", "axis_2", "axis_3")


@pytest.mark.parametrize(
    ("layer", "rank", "axes"),
    [
        (layers.Conv2D(1, 1), 4, IMAGE),
        (layers.Conv2D(1, 1, data_format="channels_first"), 4, ("batch", "channel", "height", "width")),
        (layers.MaxPooling2D(2), 4, IMAGE),
        (layers.Conv1D(1, 1), 3, ("batch", "time", "channel")),
        (layers.Conv3D(1, 1), 5, ("batch", "depth", "height", "width", "channel")),
        (layers.LSTM(1, return_sequences=True), 3, TIME),
        (layers.Bidirectional(layers.GRU(1, return_sequences=True)), 3, TIME),
        (layers.Embedding(2, 2), 3, TIME),
        (layers.MultiHeadAttention(1, 1), 3, TIME),
        (layers.Dense(1), 2, ("batch", "unit")),
        (layers.Flatten(), 2, ("batch", "unit")),
        (layers.GlobalAveragePooling2D(), 2, ("batch", "unit")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else None,
)
def test_a_layer_knows_what_its_axes_mean(layer, rank, axes):
    assert name_axes(layer, rank, [], 0) == axes


def test_elementwise_layers_keep_the_axes_of_their_input():
    for layer in (layers.ReLU(), layers.BatchNormalization(), layers.Dropout(0.5), layers.Add()):
        assert name_axes(layer, 4, [IMAGE], 0) == IMAGE


def test_what_nobody_knows_is_not_guessed():
    assert name_axes(layers.Reshape((2, 2, 2)), 4, [("batch", "unit")], 0) == unknown_axes(4)
    assert name_axes(layers.Permute((2, 1)), 3, [unknown_axes(3)], 0) == unknown_axes(3)
    assert name_axes(layers.Lambda(abs), 4, [IMAGE], 0) == unknown_axes(4)


def test_axes_keep_their_names_where_a_layer_moves_them():
    image, first = [IMAGE], layers.EinsumDense("abcd,de->abce", output_shape=(None, None, 5))
    heads = layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 5))

    assert name_axes(layers.Dense(2), 4, image, 0) == IMAGE
    assert name_axes(layers.Dense(2), 4, [unknown_axes(4)], 0) == ("batch", "axis_1", "axis_2", "unit")
    assert name_axes(layers.Permute((2, 1)), 3, [TIME], 0) == ("batch", "unit", "time")
    assert name_axes(layers.Permute((3, 1, 2)), 4, image, 0) == ("batch", "channel", "height", "width")
    assert name_axes(layers.Cropping1D(1), 3, [unknown_axes(3)], 0) == ("batch", "time", "channel")
    assert name_axes(layers.RepeatVector(3), 3, [("batch", "unit")], 0) == TIME
    assert name_axes(first, 4, image, 0) == IMAGE
    assert name_axes(heads, 4, [TIME], 0) == ("batch", "time", "axis_2", "axis_3")


def test_two_axes_of_one_name_are_not_both_called_so():
    assert name_axes(layers.Dot(axes=2), 3, [TIME, TIME], 0) == ("batch", "time", "axis_2")


def test_operations_keep_drop_and_add_axes():
    x = keras.Input((4, 5, 3))
    ops = keras.ops

    def named(tensor, *inputs):
        return name_axes(tensor._keras_history.operation, len(tensor.shape), list(inputs or [IMAGE]), 0)

    assert named(ops.transpose(x, (0, 3, 1, 2))) == ("batch", "channel", "height", "width")
    assert named(ops.transpose(x, (1, 0, 2, 3))) == unknown_axes(4)
    assert named(ops.mean(x, axis=1)) == ("batch", "width", "channel")
    assert named(ops.max(x, axis=(1, 2), keepdims=True)) == IMAGE
    assert named(ops.expand_dims(x, 1)) == ("batch", "axis_1", "height", "width", "channel")
    assert named(ops.flip(x, axis=1)) == IMAGE
    assert named(ops.split(x, 3, axis=-1)[0]) == IMAGE
    assert named(ops.reshape(x, (-1, 5, 12))) == unknown_axes(3)


def test_the_axes_of_an_input_come_from_the_layers_that_take_it():
    assert input_axes([layers.Rescaling(1.0), layers.Conv2D(1, 1)], 4) == IMAGE
    assert input_axes([layers.Dense(1)], 2) == ("batch", "unit")


def test_an_operation_has_no_parameters():
    layer = layers.Dense(3)
    layer.build((None, 2))
    assert number_of_parameters(layer) == 9
    assert number_of_parameters(object()) == 0
