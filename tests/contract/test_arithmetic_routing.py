"""Layers that move numbers: the one term is the very cell that NumPy takes, and reach is exact."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.arithmetic_models import depends, last, probed, reached
from tests.contract.arithmetic_oracle import check, some_units
from tests.contract.helpers import BACKEND

SERIES, IMAGE, VOLUME = (6, 4), (4, 6, 3), (2, 4, 3, 2)

CASES = {
    "flatten": (layers.Flatten(), IMAGE, lambda x: x.reshape(1, -1)),
    "reshape": (layers.Reshape((3, -1)), IMAGE, lambda x: x.reshape(1, 3, -1)),
    "permute": (layers.Permute((3, 1, 2)), IMAGE, lambda x: x.transpose(0, 3, 1, 2)),
    "repeat_vector": (layers.RepeatVector(3), (4,), lambda x: np.repeat(x[:, None], 3, axis=1)),
    "padding1": (layers.ZeroPadding1D((2, 1)), SERIES, lambda x: np.pad(x, ((0, 0), (2, 1), (0, 0)))),
    "padding2": (layers.ZeroPadding2D(((1, 0), (2, 1))), IMAGE, lambda x: np.pad(x, ((0, 0), (1, 0), (2, 1), (0, 0)))),
    "padding3": (layers.ZeroPadding3D(1), VOLUME, lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1), (1, 1), (0, 0)))),
    "cropping1": (layers.Cropping1D((1, 2)), SERIES, lambda x: x[:, 1:-2]),
    "cropping2": (layers.Cropping2D(((1, 1), (0, 3))), IMAGE, lambda x: x[:, 1:-1, :-3]),
    "cropping3": (layers.Cropping3D(((0, 1), (1, 1), (1, 0))), VOLUME, lambda x: x[:, :-1, 1:-1, 1:]),
    "up1": (layers.UpSampling1D(2), SERIES, lambda x: x.repeat(2, 1)),
    "up2": (layers.UpSampling2D((2, 3)), IMAGE, lambda x: x.repeat(2, 1).repeat(3, 2)),
    "up3": (layers.UpSampling3D((2, 1, 2)), VOLUME, lambda x: x.repeat(2, 1).repeat(2, 3)),
    "center_crop": (layers.CenterCrop(2, 3), IMAGE, lambda x: x[:, 1:3, 1:4]),
    "flatten_first": (layers.Flatten(data_format="channels_first"), IMAGE, lambda x: np.moveaxis(x, 1, -1).reshape(1, -1)),
    "transpose": (lambda x: ops.transpose(x, (0, 2, 1, 3)), IMAGE, lambda x: x.transpose(0, 2, 1, 3)),
    "swapaxes": (lambda x: ops.swapaxes(x, 1, -1), IMAGE, lambda x: x.swapaxes(1, -1)),
    "moveaxis": (lambda x: ops.moveaxis(x, 1, -1), IMAGE, lambda x: np.moveaxis(x, 1, -1)),
    "item": (lambda x: x[:, 1:, None, ::2], IMAGE, lambda x: x[:, 1:, None, ::2]),
    "item_from_the_end": (lambda x: x[..., -1], IMAGE, lambda x: x[..., -1]),
    "one_step": (lambda x: x[:, 2], SERIES, lambda x: x[:, 2]),
    "slice": (lambda x: ops.slice(x, (0, 1, 2), (1, 3, 2)), SERIES, lambda x: x[:, 1:4, 2:4]),
    "take": (lambda x: ops.take(x, [3, 0, 3], axis=1), SERIES, lambda x: x[:, [3, 0, 3]]),
    "take_one": (lambda x: ops.take(x, 2, axis=2), SERIES, lambda x: x[:, :, 2]),
    "tile": (lambda x: ops.tile(x, (1, 2, 3)), SERIES, lambda x: np.tile(x, (1, 2, 3))),
    "repeat": (lambda x: ops.repeat(x, 3, axis=2), SERIES, lambda x: x.repeat(3, 2)),
    "roll": (lambda x: ops.roll(x, 2, axis=1), SERIES, lambda x: np.roll(x, 2, 1)),
    "flip": (lambda x: ops.flip(x, axis=1), SERIES, lambda x: x[:, ::-1]),
    "rot90": (lambda x: ops.rot90(x, axes=(1, 2)), IMAGE, lambda x: np.rot90(x, 1, (1, 2))),
    "expand": (lambda x: ops.expand_dims(x, 2), SERIES, lambda x: x[:, :, None]),
    "squeeze": (lambda x: ops.squeeze(x, 2), (4, 1, 3), lambda x: x[:, :, 0]),
    "split": (lambda x: ops.split(x, [1, 3], axis=1)[1], SERIES, lambda x: x[:, 1:3]),
    "split_evenly": (lambda x: ops.split(x, 2, axis=-1)[1], SERIES, lambda x: x[..., 2:]),
    "unstack": (lambda x: ops.unstack(x, axis=1)[4], SERIES, lambda x: x[:, 4]),
    "pad": (lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2)), constant_values=2.5), SERIES,
            lambda x: np.pad(x, ((0, 0), (1, 0), (0, 2)), constant_values=2.5)),
    "reflect": (lambda x: ops.pad(x, ((0, 0), (2, 1), (0, 0)), mode="reflect"), SERIES,
                lambda x: np.pad(x, ((0, 0), (2, 1), (0, 0)), mode="reflect")),
    "tril": (lambda x: ops.tril(x, k=-1), SERIES, lambda x: np.tril(x, -1)),
    "stack": (lambda x: ops.stack([x, x], axis=2), SERIES, lambda x: np.stack([x, x], 2)),
    "broadcast": (lambda x: ops.broadcast_to(x, (1, 5, 3)), (1, 3), lambda x: np.broadcast_to(x, (1, 5, 3))),
}  # fmt: skip
ON_ONE_SAMPLE = ("broadcast", "slice")  # their shape says how many samples there are


@pytest.mark.parametrize("name", CASES)
def test_the_one_term_is_the_cell_that_numpy_moves_there(name):
    build, shape, moved = CASES[name]
    probe, x = probed(build, shape)
    path = next(layer.path for layer in probe.layers if layer.output_shape[1:] == moved(x).shape[1:]
                and probe.activations(x)[layer.path].shape == moved(x).shape
                and np.array_equal(probe.activations(x)[layer.path], moved(x)))  # fmt: skip
    cells = moved(np.arange(1, x.size + 1).reshape(x.shape))[0]  # 0: padding
    inside = np.abs(moved(np.ones_like(x))[0] - 1) < 1e-9
    for unit in some_units(cells.shape, 3):
        found = check(probe, x, path, unit)
        assert found.computed == found.value == moved(x)[0][unit]
        where = reached(probe, x, path, unit)["input"]
        if not inside[unit]:
            assert len(found.terms) == 0
            assert not where.any()
            continue
        (term,) = found.terms
        expected = np.unravel_index(int(cells[unit]) - 1, x.shape[1:])
        assert (term.path, term.index, term.weight) == ("input", tuple(expected), 1.0)
        assert [tuple(place) for place in np.argwhere(where)] == [tuple(expected)]
        if name not in ON_ONE_SAMPLE and len(probe.layers) == 1:
            np.testing.assert_array_equal(where, depends(probe.model, x, unit)[0])


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_of_joined_inputs_the_term_is_from_the_right_one(axis):
    shapes = [tuple(3 + (i == axis % 3 - 1) * n for i in range(2)) for n in (0, 1, 2)]
    probe, x = probed(lambda *inputs: layers.Concatenate(axis)(list(inputs)), *shapes)
    joined = np.concatenate(x, axis=axis)[0]
    for unit in some_units(joined.shape, 4):
        (term,) = check(probe, x, last(probe), unit).terms
        assert term.input == joined[unit]
        where = reached(probe, x, last(probe), unit)
        assert {path for path, array in where.items() if array.any()} == {term.path}
        assert where[term.path][term.index]


def test_an_input_that_is_joined_with_a_constant_is_not_taken_for_all():
    probe, x = probed(lambda x: ops.concatenate([x, np.ones((1, 1, 4), "float32")], axis=1), SERIES)
    with pytest.raises(kv.NoRuleError, match="constant"):
        kv.arithmetic(probe, x, last(probe), 0)


def test_what_mixes_samples_has_no_rule():
    probe, x = probed(lambda x: ops.reshape(x, (-1, 4)), SERIES)
    with pytest.raises(kv.NoRuleError, match="mixes samples"):
        kv.arithmetic(probe, x, last(probe), 0)


@pytest.mark.parametrize("make", [
    lambda: layers.Dropout(0.5), lambda: layers.SpatialDropout2D(0.5), lambda: layers.GaussianNoise(0.5),
    lambda: layers.ActivityRegularization(0.1), layers.Identity, layers.RandomFlip, lambda: layers.RandomZoom(0.3),
    lambda: layers.RandomCrop(2, 2), lambda: layers.AlphaDropout(0.3),
])  # fmt: skip
def test_what_only_works_in_training_hands_on_its_input(make):
    probe, x = probed(make(), IMAGE)
    for unit in some_units(IMAGE, 2):
        found = check(probe, x, last(probe), unit)
        assert [(term.index, term.weight) for term in found.terms] == [(unit, 1.0)]
        np.testing.assert_array_equal(reached(probe, x, last(probe), unit)["input"], depends(probe.model, x, unit)[0])


def test_a_dropout_that_is_always_on_has_no_rule():
    class Always(keras.Model):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.5)

        def call(self, x):
            return self.dropout(x, training=True)

    with pytest.raises(kv.NoRuleError, match="by chance"):
        kv.arithmetic(Always(), np.ones((1, 4), "float32"), "dropout", 0)


def test_a_masked_step_is_multiplied_by_zero():
    probe, x = probed(layers.Masking(0.5), SERIES)
    x[0, 2] = 0.5
    x[0, 3, 1:] = 0.5
    for unit in [(2, 1), (3, 1), (0, 0)]:
        (term,) = check(probe, x, last(probe), unit).terms
        assert term.weight == (0.0 if unit[0] == 2 else 1.0)


@pytest.mark.parametrize("dtype", ["float64", "mixed_float16", "mixed_bfloat16"])
def test_numbers_are_moved_in_the_layers_own_dtype(dtype):
    from tests.contract.helpers import wide_numbers

    with wide_numbers():
        probe, x = probed(layers.Flatten(dtype=dtype), IMAGE)
        for unit in some_units((72,), 3):
            found = check(probe, x, last(probe), unit)
            assert found.error == 0.0


@pytest.mark.skipif(BACKEND == "tensorflow", reason="channels first: not for every layer")
def test_channels_first_is_followed():
    probe, x = probed(layers.ZeroPadding2D(1, data_format="channels_first"), (3, 4, 5))
    for unit, source in [((0, 0, 0), None), ((2, 1, 1), (2, 0, 0)), ((1, 4, 5), (1, 3, 4))]:
        terms = check(probe, x, last(probe), unit).terms
        assert [term.index for term in terms] == ([] if source is None else [source])


def test_numbers_of_many_kinds_are_moved_in_a_loop():
    inner = keras.Sequential([layers.Permute((2, 1)), layers.Flatten()], name="inner")
    probe, x = probed(layers.TimeDistributed(inner), (3, 2, 4))
    flat = next(layer.path for layer in probe.layers if layer.kind == "Flatten")
    (term,) = check(probe, x, flat, (2, 5)).terms
    permuted = next(layer.path for layer in probe.layers if layer.kind == "Permute")
    assert (term.path, term.index) == (permuted, (2, 2, 1))
    (term,) = check(probe, x, permuted, (2, 3, 1)).terms
    assert (term.path, term.index) == ("input", (2, 1, 3))
