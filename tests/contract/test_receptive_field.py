"""The receptive field of a unit is what its gradient is not zero at, in networks of positive weights."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.rules import RULES
from kerasviz.rules.field import receptive_field
from kerasviz.rules.rule import NoRule, Rule
from kerasviz.rules.scene import Scene
from tests.contract.arithmetic_oracle import some_units

L = keras.layers


def positive(model):
    """All weights positive, so that nothing cancels out."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def scene_of(model, *shapes):
    probe = kv.Probe(model)
    rng = np.random.default_rng(1)
    x = [rng.uniform(0.5, 1.5, (1, *shape)).astype("float32") for shape in shapes]
    x = x[0] if len(x) == 1 else x
    found = probe.activations(x)
    return probe, x, Scene(probe, found, found.inputs, found.taken, probe.backend.name)


def check(model, *shapes, twin=None, count=3):
    """Fields of units of the output, at the corners and elsewhere, against gradients at the inputs and on the way.

    `twin` is a model with the same fields whose gradients are nowhere zero by chance: means instead of maxima.
    """
    probe, x, scene = scene_of(positive(model), *shapes)
    path = probe.output_of(model.layers[-1])
    other = probe if twin is None else kv.Probe(positive(twin))
    for unit in some_units(scene.output(path).shape, count):
        found = receptive_field(scene, path, unit)
        target = unit if len(unit) > 1 else unit[0]
        gradients = other.gradients(x, target, None if twin is None else (), score="output")
        assert found.inputs.keys() == scene.inputs.keys()
        assert not found.rough
        for at, marked in (found.inputs if twin else found.inputs | found.layers).items():
            expected = gradients[at][0] != 0
            np.testing.assert_array_equal(marked, expected, err_msg=f"{at} of {path}{unit}")
            assert found.box(at) == box(expected)
            assert found.is_exact(at)


def box(marked):
    places = np.nonzero(marked)
    return tuple((int(p.min()), int(p.max()) + 1) for p in places) if len(places[0]) else ()


@pytest.fixture
def merging(monkeypatch):
    """Rules that stand for those of merges, elsewhere."""

    def explain(job):
        raise NoRule("Only reached through.")

    rule = Rule("test", frozenset({"Add", "Maximum"}), explain, lambda job, marked: [marked] * len(job.inputs()))
    monkeypatch.setitem(RULES._objects, "test", rule)


CHAINS = {
    "strides": [L.Conv2D, [(3, 3, 2, "same"), (4, 2, 3, "valid"), (2, (2, 3), 1, "same")]],
    "depthwise": [L.DepthwiseConv2D, [(2, 3, 2, "same"), (1, 3, 1, "same")]],
    "separable": [L.SeparableConv2D, [(3, 3, 2, "same"), (2, 2, 1, "valid")]],
    "transposed": [L.Conv2DTranspose, [(3, 3, 2, "same"), (2, 2, 3, "valid")]],
}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", CHAINS)
def test_chains_of_convolutions(name, data_format):
    make, settings = CHAINS[name]
    shape = (9, 10, 2) if data_format == "channels_last" else (2, 9, 10)
    if name == "transposed":
        shape = tuple((n + 1) // 2 for n in shape)
    layers = [
        make(*([] if name == "depthwise" else [filters]), size, strides=stride, padding=padding, data_format=data_format,
             **({"depth_multiplier": filters} if name == "depthwise" else {}))
        for filters, size, stride, padding in settings
    ]  # fmt: skip
    check_where_it_runs(keras.Sequential([keras.Input(shape), *layers]), shape)


def check_where_it_runs(model, *shapes, **more):
    try:
        model(np.zeros((1, *shapes[0]), "float32"))
        kv.Probe(model).activations(np.zeros((1, *shapes[0]), "float32"))
    except Exception:  # TensorFlow cannot run all with channels first on a CPU
        if keras.backend.backend() != "tensorflow":
            raise
        pytest.skip("this backend cannot run it")
    check(model, *shapes, **more)


def test_dilation_groups_and_causal_padding():
    check(keras.Sequential([
        keras.Input((11, 12, 4)), L.Conv2D(4, 3, dilation_rate=(2, 3), padding="same"), L.Conv2D(6, 2, dilation_rate=2),
    ]), (11, 12, 4))  # fmt: skip
    check(keras.Sequential([
        keras.Input((7, 7, 4)), L.Conv2D(6, 3, strides=2, groups=2, padding="same"), L.Conv2D(6, 2, groups=3),
    ]), (7, 7, 4))  # fmt: skip
    check(keras.Sequential([
        keras.Input((12, 2)), L.Conv1D(3, 3, padding="causal"), L.Conv1D(2, 2, padding="causal", dilation_rate=4),
    ]), (12, 2))  # fmt: skip
    check(keras.Sequential([
        keras.Input((4, 5, 6, 2)), L.Conv3D(2, (2, 3, 2), strides=(1, 2, 2), padding="same"), L.Conv3D(2, (1, 1, 2)),
    ]), (4, 5, 6, 2))  # fmt: skip


POOLS = [
    lambda what: getattr(L, f"{what}Pooling2D")(3, 2, padding="same"),
    lambda what: getattr(L, f"{what}Pooling2D")((2, 3), 1, padding="same"),
    lambda what: getattr(L, f"{what}Pooling2D")((3, 2), (2, 3)),
    lambda what: getattr(L, f"Adaptive{what}Pooling2D")((3, 4)),
    lambda what: getattr(L, f"Global{what}Pooling2D")(keepdims=True),
    lambda what: getattr(L, f"Global{what}Pooling2D")(),
]


@pytest.mark.parametrize("number", range(len(POOLS)))
def test_pooling_of_every_kind(number):
    def model(what):
        inputs = keras.Input((10, 9, 2))
        hidden = L.Conv2D(3, 2, strides=1)(inputs)
        hidden = POOLS[number](what)(hidden)
        return keras.Model(inputs, L.Conv2D(2, 1)(hidden) if len(hidden.shape) == 4 else hidden)

    check(model("Average"), (10, 9, 2))
    check(model("Max"), (10, 9, 2), twin=model("Average"))


def test_dense_layers_and_resizing():
    inputs = keras.Input((5, 6, 2))
    resized = L.UpSampling2D(2, interpolation="bilinear")(L.Conv2D(2, 2, padding="same")(inputs))
    check(keras.Model(inputs, L.Dense(3)(L.Resizing(7, 5, interpolation="nearest")(resized))), (5, 6, 2))


def test_branches_of_a_residual_block(merging):
    inputs = keras.Input((12, 12, 3))
    hidden = L.Conv2D(4, 3, strides=2, padding="same")(inputs)
    branch = L.Conv2D(4, 3, dilation_rate=3, padding="same")(L.DepthwiseConv2D((1, 3), padding="same")(hidden))
    check(keras.Model(inputs, L.Add()([hidden, branch])), (12, 12, 3))
    short = L.DepthwiseConv2D(1, strides=2)(inputs)
    other = L.DepthwiseConv2D((3, 5), strides=2, padding="same")(inputs)
    check(keras.Model(inputs, L.Add()([short, other])), (12, 12, 3))


def test_several_inputs_and_a_layer_that_is_called_twice(merging):
    one, other, unused = (keras.Input((8, 8, 2), name=name) for name in ("one", "other", "unused"))
    shared = L.DepthwiseConv2D(3, strides=2, padding="same")
    twice = L.DepthwiseConv2D((1, 2), padding="valid")
    first, second = shared(one), shared(other)
    joined = L.Add()([twice(twice(first)), L.DepthwiseConv2D((1, 3))(second)])
    model = keras.Model([one, other, unused], joined)
    check(model, (8, 8, 2), (8, 8, 2), (8, 8, 2))
    _, _, scene = scene_of(model, (8, 8, 2), (8, 8, 2), (8, 8, 2))
    assert receptive_field(scene, list(scene.layers)[-1], (0, 0, 0)).box("input:unused") == ()


def test_nested_models_are_walked_through(merging):
    inner_inputs = keras.Input((8, 8, 3))
    deep = L.Conv2D(3, 3, strides=2, padding="same", groups=3)(inner_inputs)
    inner = keras.Model(inner_inputs, L.Add()([deep, L.Conv2D(3, 1, strides=2)(inner_inputs)]), name="inner")
    inputs = keras.Input((8, 8, 3))
    hidden = inner(L.DepthwiseConv2D(2, padding="same")(inputs))
    outer = keras.Model(inputs, keras.Sequential([L.DepthwiseConv2D(2), L.Dense(2)], name="head")(hidden))
    check(outer, (8, 8, 3))


def test_time_loops_are_walked_through_step_by_step():
    inputs = keras.Input((5, 6, 6, 2))
    block = keras.Sequential([L.Conv2D(3, 3, strides=2, padding="same"), L.Conv2D(2, 2)], name="block")
    steps = L.TimeDistributed(block, name="steps")(L.Conv3D(2, (2, 1, 1), padding="same")(inputs))
    check(keras.Model(inputs, L.Conv3D(2, (3, 1, 1))(steps)), (5, 6, 6, 2))


def test_a_layer_without_a_rule_may_take_all_and_the_field_is_called_rough():
    inputs = keras.Input((6, 6, 1))
    hidden = L.Lambda(keras.ops.square, output_shape=(6, 6, 1), name="own")(L.Conv2D(1, 2, padding="same")(inputs))
    _, _, scene = scene_of(keras.Model(inputs, L.Conv2D(1, 3, name="last")(hidden)), (6, 6, 1))
    found = receptive_field(scene, "last", (0, 0, 0))
    assert found.is_exact("own")
    assert found.box("own") == ((0, 3), (0, 3), (0, 1))
    assert not found.is_exact("input")
    assert found.inputs["input"].all()


def test_what_a_models_own_call_makes_may_come_from_anywhere():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = L.Dense(3, name="first"), L.Dense(2, name="second")

        def call(self, x):
            return self.second(keras.ops.square(self.first(x)))

    model = Own()
    model.build((None, 4))
    _, _, scene = scene_of(model, (4,))
    found = receptive_field(scene, "second", (1,))
    assert found.inputs["input"].all()
    assert not found.is_exact("input")
    assert receptive_field(scene, "first", (1,)).is_exact("input")


def test_a_deep_network_has_the_field_of_the_closed_form(merging):
    """Each layer adds (its size - 1) times the strides before it."""
    inputs = hidden = keras.Input((160, 160, 3))
    size, jump = 1, 1
    for number in range(14):
        stride = 2 if number in (3, 9) else 1
        branch = L.Conv2D(4, 3, strides=stride, padding="same", use_bias=False)(hidden)
        hidden = branch if stride == 2 or not number else L.Add()([hidden, branch])
        size, jump = size + 2 * jump, jump * stride
    _, _, scene = scene_of(keras.Model(inputs, hidden), (160, 160, 3))
    found = receptive_field(scene, list(scene.layers)[-1], (20, 20, 2))
    (top, bottom), (left, right), channels = found.box("input")
    assert (bottom - top, right - left, channels) == (size, size, (0, 3))
    assert found.inputs["input"].sum() == 3 * size * size
    assert found.is_exact("input")
