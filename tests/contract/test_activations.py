"""Activations and predictions equal what Keras computes without us."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasviz.errors import KerasvizError, UnsupportedModelError
from tests.contract.helpers import (
    assert_close,
    assert_same_tree,
    by_name,
    numpy,
    oracle,
    readable,
    wide_if,
    zoo,
)
from tests.models import HOSTILE, ZOO


@zoo()
def test_predict_equals_the_model(case, looked_into):
    with wide_if(case):
        (model, probe), x = looked_into(case), case.inputs()
        answer = probe.predict(x)
        assert all(isinstance(array, np.ndarray) for array in keras.tree.flatten(answer))
        assert_same_tree(answer, oracle(model, x), case.tolerance)


def symbolic(model):
    """Every tensor of a functional graph by the path of the operation that gives it (none is called twice)."""
    found = {}
    for op in getattr(model, "operations", model.layers):
        if not isinstance(op, layers.InputLayer):
            path = HOSTILE.get(op.name, op.name)
            outputs = keras.tree.flatten(op._inbound_nodes[0].output_tensors)
            found |= {f"{path}.{index}" if index else path: tensor for index, tensor in enumerate(outputs)}
    return found


@zoo(lambda case: case.functional)
def test_activations_equal_a_sub_model(case, looked_into):
    with wide_if(case):
        (model, probe), x = looked_into(case), case.inputs()
        wanted = symbolic(model)
        inputs = model.inputs if isinstance(model, keras.Sequential) else model.input
        expected = oracle(keras.Model(inputs, list(wanted.values())), x)

        answer = probe.activations(x)

        assert {path for path in answer if "/" not in path} == set(wanted)
        for path, tensor in zip(wanted, expected, strict=True):
            assert_close(answer[path], tensor, case.tolerance, path)


@zoo()
def test_every_readable_layer_is_computed_in_the_order_of_layers(case, looked_into):
    with wide_if(case):
        (_, probe), x = looked_into(case), case.inputs()
        answer = probe.activations(x)
        assert list(answer) == readable(probe)
        for path, info in by_name(probe).items():
            if not info.note:
                assert answer[path].shape[0] == 3, path
                fits = [size in (None, n) for size, n in zip(info.output_shape, answer[path].shape, strict=True)]
                assert all(fits), path
                assert len(info.axes) == answer[path].ndim, path
                assert str(answer[path].dtype) == info.dtype, path


@zoo(lambda case: case.feed is not None)
def test_one_sample_keeps_its_batch_axis_and_equals_its_row(case, looked_into):
    with wide_if(case):
        (_, probe), x = looked_into(case), case.inputs()
        batch = probe.activations(x)
        one = probe.activations(keras.tree.map_structure(lambda array: array[1], x))
        assert list(one) == list(batch)
        for path, value in one.items():
            assert_close(value, batch[path][1:2], max(case.tolerance, 5e-5), path)


def test_a_layer_inside_a_nested_model_equals_that_model_run_alone(looked_into):
    case = ZOO["nested"]
    (model, probe), x = looked_into(case), case.inputs()
    middle = model.get_layer("middle")
    inner = middle.get_layer("inner")
    first = middle.get_layer("dense")(x)

    answer = probe.activations(x)

    assert_close(answer["middle/dense"], first)
    assert_close(answer["middle/inner/dense"], inner.get_layer("dense")(first))
    assert_close(answer["middle/inner"], inner(first))
    assert_close(answer["middle/add"], inner(first) + 1.0)
    assert_close(answer["middle"], middle(x))
    assert_close(answer["dense"], model(x))


def test_layers_of_a_subclassed_model_equal_its_call_done_by_hand(looked_into):
    case = ZOO["subclassed"]
    (model, probe), x = looked_into(case), case.inputs()
    stem = model.stem(x)
    inner = model.blocks[0].first(stem)
    first = stem + model.blocks[0].second(inner)
    second = first + model.blocks[1].second(model.blocks[1].first(first))

    answer = probe.activations(x)

    assert_close(answer["stem"], stem)
    assert_close(answer["block/dense"], inner)
    assert_close(answer["block/dense~2"], model.blocks[0].second(inner))
    assert_close(answer["block"], first)
    assert_close(answer["block~2"], second)
    assert_close(answer["left"], model.heads["left"](second * 0.5 + 1.0))
    assert_close(answer["right"], model.heads["right"](second * 0.5 + 1.0))
    assert_close(answer["probabilities"], model(x))


def test_every_call_of_a_shared_layer_has_its_own_activation(looked_into):
    case = ZOO["shared"]
    (model, probe), x = looked_into(case), case.inputs()
    layer, twice = model.get_layer("shared"), model.get_layer("enc")
    one, two, three = layer(x), layer(layer(x)), layer(layer(layer(x)))

    answer = probe.activations(x)

    assert_close(answer["shared"], one)
    assert_close(answer["shared#1"], two)
    assert_close(answer["shared#2"], three)
    assert_close(answer["enc"], twice(three))
    assert_close(answer["enc/dense"], twice(three))
    assert_close(answer["enc#1"], twice(twice(three)))
    assert_close(answer["enc/dense#1"], twice(twice(three)))


def test_every_output_of_a_layer_has_its_own_activation(looked_into):
    case = ZOO["recurrent"]
    (model, probe), x = looked_into(case), case.inputs()
    both = model.get_layer("both")
    h, state_h, state_c = model.get_layer("second")(both(x))

    answer = probe.activations(x)

    assert_close(answer["second"], h)
    assert_close(answer["second.1"], state_h)
    assert_close(answer["second.2"], state_c)
    assert_close(answer["both/forward_lstm"], both.forward_layer(x))
    assert_close(answer["both/backward_lstm"], both.backward_layer(x))


def test_outputs_in_a_dict_are_told_apart_and_keep_their_dtype(looked_into):
    case = ZOO["several_outputs"]
    (_, probe), x = looked_into(case), case.inputs()
    answer = probe.activations(x)
    high = x[:, 2:] + 1.0
    assert_close(answer["split.1"], high)
    whole, real = sorted((answer["parts"], answer["parts.1"]), key=lambda array: array.dtype.kind == "f")
    assert whole.dtype.kind == "i"
    assert_close(real, np.tanh(high))
    assert_close(whole, high.argmax(axis=-1))


def test_time_distributed_stacks_every_step(looked_into):
    case = ZOO["time_distributed"]
    (model, probe), x = looked_into(case), case.inputs()
    step = model.get_layer("each").layer
    conv = np.stack([numpy(step.get_layer("conv")(x[:, t])) for t in range(4)], axis=1)

    answer = probe.activations(x)

    assert_close(answer["each/step/conv"], conv)
    assert_close(answer["each/step"], conv.reshape(3, 4, -1))
    assert_close(answer["each"], conv.reshape(3, 4, -1))


def test_time_distributed_of_unknown_length_stacks_too_or_is_refused_by_name(probing):
    x = keras.Input((None, 4), name="x")
    each = layers.TimeDistributed(keras.Sequential([keras.Input((4,)), layers.Dense(3, name="d")], name="s"), name="t")
    model, data = keras.Model(x, each(x)), np.random.default_rng(0).standard_normal((2, 5, 4)).astype("float32")
    probe = probing(model)
    expected = np.stack([numpy(each.layer(data[:, t])) for t in range(5)], axis=1)
    assert_close(probe.activations(data)["t"], expected)
    try:
        inner = probe.activations(data, "t/s/d")["t/s/d"]
    except KerasvizError as error:
        assert "t/s/d" in str(error)  # noqa: PT017
    else:
        assert_close(inner, expected)


def test_attention_weights_are_an_activation_where_keras_computes_them(looked_into):
    case = ZOO["attention"]
    (model, probe), x = looked_into(case), case.inputs()
    _, scores = model.get_layer("scores")(x, x, return_attention_scores=True)
    answer = probe.activations(x)
    assert_close(answer["scores/softmax"], scores)
    assert answer["scores/query"].shape == (3, 5, 2, 4)
    assert "fused/query" in answer


def test_a_mask_reaches_the_layers_behind_it(looked_into):
    case = ZOO["masked_embedding"]
    (model, probe), x = looked_into(case), case.inputs()
    unmasked = x.copy()
    unmasked[:, -2:] = 1
    embedded = model.get_layer("embedding")(x)
    expected = model.get_layer("lstm")(embedded, mask=ops.convert_to_tensor(x != 0))
    assert_close(probe.activations(x)["lstm"], expected)
    assert np.abs(probe.activations(x)["lstm"] - probe.activations(unmasked)["lstm"]).max() > 1e-4


def test_operations_that_are_not_layers_are_activations(looked_into):
    case = ZOO["operations"]
    (model, probe), x = looked_into(case), case.inputs()
    h = numpy(model.get_layer("h")(x))
    answer = probe.activations(x)
    assert list(answer) == [op.name for op in model.operations[1:]]
    assert_close(answer["relu"], np.maximum(h, 0))
    assert_close(answer["multiply"], 2 * h)
    assert_close(answer["add"], np.maximum(h, 0) + 2 * h)


def test_an_image_may_lack_its_channel_axis(looked_into):
    case = ZOO["sequential_cnn"]
    (_, probe), x = looked_into(case), case.inputs()
    for bare in (x[..., 0], x[0, ..., 0]):
        answer = probe.activations(bare)
        assert_close(answer["conv"], probe.activations(x[: answer["conv"].shape[0]])["conv"])
    assert_close(probe.gradients(x[..., 0], 1)["input"], probe.gradients(x, 1)["input"])


@pytest.mark.parametrize("given", [list, tuple, lambda pair: {"a": pair[0], "b": pair[1]}])
def test_several_inputs_come_as_list_tuple_or_dict(given, looked_into):
    case = ZOO["lists"]
    (model, probe), x = looked_into(case), case.inputs()
    assert_same_tree(probe.predict(given(x)), oracle(model, x))


def test_named_inputs_may_come_in_any_order(looked_into):
    case = ZOO["dicts"]
    (model, probe), x = looked_into(case), case.inputs()
    assert_same_tree(probe.predict(dict(reversed(x.items()))), oracle(model, x))


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8", "bool"])
def test_numbers_of_another_dtype_are_cast_as_keras_does(dtype, probing):
    case = ZOO["sequential_cnn"]
    model, x = case.build(), np.abs(case.inputs() * 3).astype(dtype)
    assert_close(probing(model).predict(x), oracle(model, x.astype("float32")))


def test_python_lists_are_accepted_as_one_input(looked_into):
    case = ZOO["unbuilt_sequential"]
    (model, probe), x = looked_into(case), case.inputs()
    assert_close(probe.predict(x.tolist()), oracle(model, x))


def test_every_call_gives_the_same_numbers(looked_into):
    case = ZOO["random_layers"]
    (_, probe), x = looked_into(case), case.inputs()
    first, second = probe.activations(x), probe.activations(x)
    for path, value in first.items():
        np.testing.assert_array_equal(value, second[path])
    assert_close(first["dropout"], x)


def test_sizes_may_change_between_calls(probing):
    case = ZOO["any_size"]
    model = case.build()
    probe, rng = probing(model), np.random.default_rng(0)
    for shape in [(2, 9, 7, 3), (1, 5, 5, 3), (3, 9, 7, 3)]:
        x = rng.standard_normal(shape).astype("float32")
        assert_close(probe.predict(x), oracle(model, x))
        assert probe.activations(x, "conv")["conv"].shape == (shape[0], shape[1] - 2, shape[2] - 2, 4)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_activations_keep_the_dtype_the_model_computes_in(name, probing):
    case = ZOO[name]
    answer = probing(case.build()).activations(case.inputs())
    assert str(answer["conv"].dtype) == name.removeprefix("mixed_")
    assert str(answer["answer"].dtype) == "float32"


def test_a_frozen_batch_norm_uses_its_statistics(looked_into):
    case = ZOO["norms"]
    (model, probe), x = looked_into(case), case.inputs()
    gamma, beta, mean, variance = (numpy(w) for w in model.get_layer("batch").weights)
    expected = (x - mean) / np.sqrt(variance + model.get_layer("batch").epsilon) * gamma + beta
    assert_close(probe.activations(x, "batch")["batch"], expected)


def test_a_layer_alone_is_refused_and_answers_once_it_is_in_a_model(probing):
    layer = layers.Dense(3, activation="relu", name="only")
    x = np.random.default_rng(0).standard_normal((2, 4)).astype("float32")
    with pytest.raises(UnsupportedModelError, match=r"Dense.*keras.Sequential\(\[layer\]\)"):
        probing(layer)
    assert_close(probing(keras.Sequential([layer])).activations(x)["only"], layer(x))
