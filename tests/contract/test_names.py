"""Paths: where a layer hangs, which call of it, which of its outputs. Unique, stable, and each of them is computed."""

import re

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers, ops

from kerasviz import Probe
from kerasviz.errors import KerasvizError, UnknownNameError
from tests.contract.helpers import BACKEND, assert_close, by_name, readable
from tests.models import EVERY_NAME, HOSTILE, ZOO, compiles

PATHS = {  # what each model of the zoo lists: exactly these, in this order
    "sequential_cnn": "conv pool flatten dense",
    "branches": "left right sum both gate product answer",
    "operations": "h relu multiply add softmax",
    "nested": "middle/dense middle/inner/dense middle/inner middle/add middle dense",
    "shared": "shared shared#1 shared#2 enc/dense enc enc/dense#1 enc#1 answer",
    "several_outputs": "split split.1 low parts parts.1 high",
    "recurrent": "both/forward_lstm both/backward_lstm both second second.1 second.2 gru gru.1 concatenate answer",
    "subclassed": "stem block/dense block/dense~2 block block~2/dense block~2/dense~2 block~2 left right probabilities",
    "time_distributed": "each/step/conv each/step/flat each/step each gru answer",
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_say_where_a_layer_hangs(name, probing):
    case = ZOO[name]
    probe = probing(case.build())
    answer = probe.activations(case.inputs())
    assert set(readable(probe)) == set(PATHS[name].split())
    assert list(answer) == readable(probe)


def test_layers_come_in_the_order_they_run(probing):
    """A layer runs after what it takes; a container may stand before or after what is in it."""
    case = ZOO["branches"]
    probe = probing(case.build())
    paths = list(probe.activations(case.inputs()))
    for first, second in [("left", "sum"), ("right", "sum"), ("sum", "both"), ("both", "product"), ("gate", "product")]:
        assert paths.index(first) < paths.index(second)


def test_names_that_look_like_paths_are_escaped(probing):
    case = ZOO["hostile_names"]
    model, x = case.build(), case.inputs()
    answer = probing(model).activations(x)
    assert list(answer) == ["dense", *HOSTILE.values(), "answer"]
    h = model.get_layer("dense")(x)
    for power, path in enumerate(HOSTILE.values(), start=1):
        assert_close(answer[path], ops.convert_to_numpy(h) * 1.1**power, name=path)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_a_layer_of_any_name_is_shown_and_its_gradients_are_given_or_refused_by_name(name, probing):
    """Refused where Keras on TensorFlow cannot compile the name: such a model runs, but has no `predict` and no `fit`."""
    x, data = keras.Input((3,), name="x"), np.ones((2, 3), "float32")
    model = keras.Model(x, layers.Dense(2, name="answer")(layers.Rescaling(2.0, name=name)(x)))
    probe = probing(model)
    assert EVERY_NAME[name] in [info.path for info in probe.layers]
    for _ in range(3):
        assert_close(probe.activations(data)[EVERY_NAME[name]], 2 * data)
    try:
        gradients = probe.gradients(data, 0)
    except KerasvizError as error:
        assert name not in HOSTILE, "this name compiles"
        assert repr(name) in str(error) or EVERY_NAME[name] in str(error)  # noqa: PT017
    else:
        assert EVERY_NAME[name] in gradients


def test_a_layer_named_input_does_not_hide_the_input(probing):
    case = ZOO["hostile_names"]
    gradients = probing(case.build()).gradients(case.inputs(), 0)
    order = list(HOSTILE)
    steps = order.index("input") - order.index("v.1")
    assert_close(gradients["\\input"] * 1.1**steps, gradients["v\\.1"])
    assert np.abs(gradients["input"][:, :1] - gradients["\\input"][:, :1]).max() > 1e-3


def test_a_name_written_like_a_second_output_is_told_from_it(probing):
    x = keras.Input((2, 3), name="x")
    layer = layers.LSTM(3, return_sequences=True, return_state=True, name="a")
    y, _, _ = layer(x)
    model = keras.Model(x, layers.Dense(3, name="a.1")(layer(y)[0]) if BACKEND != "torch" else layer(y)[0])
    paths = list(probing(model).activations(np.ones((1, 2, 3), "float32")))
    expected = ["a", "a.1", "a.2", "a#1", "a#1.1", "a#1.2", "a\\.1"]
    assert paths == (expected[:-1] if BACKEND == "torch" else expected)


@pytest.mark.skipif(BACKEND == "tensorflow", reason="Keras on TensorFlow cannot compile a layer named 'a#1'")
def test_a_name_written_like_a_second_call_is_told_from_it(probing):
    x = keras.Input((3,), name="x")
    layer = layers.Dense(3, name="a")
    model = keras.Model(x, layers.Dense(3, name="a#1")(layer(layer(x))))
    assert list(probing(model).activations(np.ones((1, 3), "float32"))) == ["a", "a#1", "a\\#1"]


def test_a_nested_input_needs_no_escape(probing):
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, name="input")], name="inner")
    probe = probing(keras.Sequential([keras.Input((3,)), inner]))
    assert "inner/input" in probe.activations(np.ones((1, 3), "float32"))


def test_info_tells_call_output_parent_and_kind(probing):
    case = ZOO["shared"]
    probe = probing(case.build())
    probe.predict(case.inputs())
    info = by_name(probe)
    assert (info["shared#2"].name, info["shared#2"].call_index, info["shared#2"].kind) == ("shared", 2, "Dense")
    assert (info["enc/dense#1"].parent, info["enc/dense#1"].call_index) == ("enc", 1)
    assert info["enc"].is_container
    assert not info["shared"].is_container
    assert info["shared"].parent == ""
    assert info["shared"].num_parameters == 20


def test_info_tells_outputs_operations_and_axes(probing):
    recurrent, operations, cnn = (
        by_name(probing(ZOO[n].build())) for n in ("recurrent", "operations", "sequential_cnn")
    )
    assert (recurrent["second.2"].output_index, recurrent["second.2"].output_shape) == (2, (None, 4))
    assert recurrent["second"].axes == ("batch", "time", "unit")
    assert recurrent["both"].is_container
    assert operations["add"].is_operation
    assert operations["add"].kind == "Add"
    assert not operations["h"].is_operation
    assert operations["h"].axes == ("batch", "unit")
    assert cnn["conv"].axes == ("batch", "height", "width", "channel")
    assert cnn["conv"].output_shape == (None, 6, 6, 4)
    assert cnn["conv"].dtype == "float32"
    assert cnn["conv"].num_parameters == 40


def test_axes_of_channels_first_say_so(probing):
    case = ZOO["channels_first"]
    assert by_name(probing(case.build()))["conv"].axes == ("batch", "channel", "height", "width")


def test_an_unbuilt_model_lists_its_layers_and_learns_their_shapes(probing):
    for name in ("unbuilt_sequential", "unbuilt_subclassed"):
        case = ZOO[name]
        probe = probing(case.build())
        before = probe.layers
        assert before
        assert all(info.output_shape is None for info in before)
        probe.activations(case.inputs())
        assert {info.path for info in before} == {info.path for info in probe.layers}
        assert all(info.output_shape is not None for info in probe.layers)


def test_recurrent_cells_are_not_listed_and_the_error_says_what_to_ask_for(probing):
    case = ZOO["recurrent"]
    probe = probing(case.build())
    assert not any("cell" in info.path for info in probe.layers)
    with pytest.raises(UnknownNameError, match="second"):
        probe.activations(case.inputs(), "second/lstm_cell")


def test_path_of_finds_a_layer_object(probing):
    case = ZOO["nested"]
    model = case.build()
    probe = probing(model)
    middle = model.get_layer("middle")
    assert probe.path_of(middle) == "middle"
    assert probe.path_of(middle.get_layer("inner").get_layer("dense")) == "middle/inner/dense"
    with pytest.raises(KerasvizError, match="stranger"):
        probe.path_of(layers.Dense(2, name="stranger"))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("middle/dens", "middle/dense"), ("midle", "middle"), ("dense_1", "dense"), ("inner", "inner")],
)
def test_a_wrong_name_gets_the_nearest_names(name, nearest, probing):
    case = ZOO["nested"]
    probe = probing(case.build())
    for ask in (lambda: probe.activations(case.inputs(), name), lambda: probe.gradients(case.inputs(), 0, [name])):
        with pytest.raises(UnknownNameError) as caught:
            ask()
        assert f"'{name}'" in str(caught.value)
        assert nearest in str(caught.value).replace(f"'{name}'", "", 1)


def test_layers_are_asked_for_by_path_list_object_or_pattern(probing):
    case = ZOO["nested"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    middle = model.get_layer("middle")
    assert list(probe.activations(x, "middle/dense")) == ["middle/dense"]
    assert list(probe.activations(x, ["dense", "middle/dense"])) == ["middle/dense", "dense"]
    assert list(probe.activations(x, middle)) == ["middle"]
    assert list(probe.activations(x, [middle.get_layer("dense"), "dense"])) == ["middle/dense", "dense"]
    assert set(probe.activations(x, re.compile(r"middle/.*"))) == {
        "middle/dense",
        "middle/inner",
        "middle/inner/dense",
        "middle/add",
    }
    with pytest.raises(UnknownNameError):
        probe.activations(x, re.compile("nothing"))


# ------------------------------------------------------------------------------------- generated models

NAMES = ["dense", "a#1", "x~2", "v.1", "input", "input:x", "a.b", "b\\", "#", "~", "~2", ".1", "#1", "中 é", "dense~2"]
NAMES = [name for name in NAMES if compiles(name)]
ALPHABET = "ab#~.1\\:"
BLOCKS = st.recursive(
    st.tuples(st.sampled_from(["dense", "shared", "act", "residual", "collide"])),
    lambda inner: st.tuples(
        st.sampled_from(["functional", "sequential", "twice"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)


class Colliding(layers.Layer):
    """Two layers of one name, in an attribute and in a dict."""

    def __init__(self, name, inner):
        super().__init__(name=name)
        self.one = layers.Activation("tanh", name=inner)
        self.more = {"two": layers.Activation("tanh", name=inner)}

    def call(self, x):
        return self.more["two"](self.one(x)) + x


def grow(block, x, names):
    """The tensor after a generated block; `names` gives a name that its scope does not have yet."""
    kind, here = block[0], names()
    if kind == "dense":
        # Keras on torch refuses a '.' in the name of a layer with weights
        return layers.Dense(3, name=here.replace(".", "-") if BACKEND == "torch" else here)(x)
    if kind == "act":
        return layers.Activation("tanh", name=here)(x)
    if kind == "shared":
        layer = layers.Activation("relu", name=here)
        return layer(layer(layer(x)))
    if kind == "residual":
        return x + layers.Activation("tanh", name=here)(x)
    if kind == "collide":
        return Colliding(here, names())(x)
    inside = unique(names.seed + here)
    a = keras.Input((3,))
    y = a
    for part in block[1]:
        y = grow(part, y, inside)
    model = keras.Model(a, y, name=here)
    return model(model(x)) if kind == "twice" else model(x)


class unique:  # noqa: N801 -- used like a function
    """Names that are not used yet in one scope; hostile ones first, in an order that the seed decides."""

    def __init__(self, seed):
        self.seed, self.used = seed, set()
        start = sum(map(ord, seed))
        self.pool = [NAMES[(start + 7 * n) % len(NAMES)] for n in range(len(NAMES))]

    def __call__(self):
        name = next((name for name in self.pool if name not in self.used), f"n{len(self.used)}")
        self.used.add(name)
        return name


@settings(
    max_examples=8 if BACKEND == "torch" else 5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(BLOCKS, min_size=1, max_size=3), st.text(ALPHABET, max_size=4))
def test_paths_of_generated_models_are_unique_stable_and_computed(blocks, seed):
    keras.utils.clear_session(free_memory=False)
    x = keras.Input((3,), name="x")
    y, names = x, unique(seed)
    for block in blocks:
        y = grow(block, y, names)
    model = keras.Model(x, y)
    data = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    probe, other = Probe(model), Probe(model)

    answer = probe.activations(data)

    paths = [info.path for info in probe.layers]
    assert len(set(paths)) == len(paths)
    assert "input" not in paths
    assert list(answer) == readable(probe)
    again = other.activations(data)
    assert list(again) == list(answer)
    assert paths == [info.path for info in other.layers]
    for path, value in answer.items():
        assert_close(value, again[path], name=path)
        assert_close(probe.activations(data, path)[path], value, name=path) if len(paths) < 5 else None
    everything = [
        layer for layer in model._flatten_layers(include_self=False) if not isinstance(layer, layers.InputLayer)
    ]
    assert {probe.path_of(layer) for layer in everything} <= set(paths)
    assert len({probe.path_of(layer) for layer in everything}) == len(everything)
    last = [path for path in answer if "/" not in path][-1]
    assert_close(answer[last], model(data, training=False))
    probe.close()
    other.close()
