"""On torch a model is run without Keras around it once it is known: the same bits, and never of what was before."""

import functools

import keras
import numpy as np
import pytest

from tests.contract.helpers import BACKEND
from tests.models import ZOO, seeded

if BACKEND != "torch":
    pytest.skip("elsewhere programs are compiled", allow_module_level=True)

import torch

layers = keras.layers
TIMES = 6


def small():
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.LeakyReLU(), layers.Flatten(), layers.Dense(4, "softmax")]
    )
    return seeded(model)


def samples(times=TIMES):
    return np.random.default_rng(0).standard_normal((times, 1, 6, 6, 1), dtype="float32")


def settled(probe):
    for x in samples():
        probe.gradients(x, 1)


def asked(probe, x, target=1):
    return probe.activations(x) | {f"d {key}": value for key, value in probe.gradients(x, target).items()}


def assert_same_bits(found, expected):
    assert list(found) == list(expected)
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], array, err_msg=key)


@pytest.mark.parametrize("name", [name for name, case in ZOO.items() if "torch" in case.backends])
def test_the_same_bits_as_the_first_time_for_any_input(name, probing):
    case = ZOO[name]
    model = case.build()
    probe = probing(model)
    batches = [case.inputs(seed=number) for number in range(TIMES)]
    for x in batches:
        found = asked(probe, x, case.target)
    assert_same_bits(found, asked(probing(model), batches[-1], case.target))


@pytest.mark.parametrize("name", ["sequential_cnn", "branches", "nested", "attention", "norms", "mixed_float16"])
def test_keras_runs_no_more_once_it_is_known(name, probing, written, monkeypatch):
    case = ZOO[name]
    probe = probing(case.build())
    for number in range(TIMES):
        asked(probe, case.inputs(seed=number), case.target)
    assert written
    monkeypatch.setattr(keras.Layer, "__call__", lambda *_: pytest.fail("a layer ran"))
    asked(probe, case.inputs(seed=TIMES), case.target)


def test_new_weights_are_followed_however_they_come(probing, written):
    model, x = small(), samples()[0]
    probe = probing(model)
    settled(probe)
    dense = model.layers[-1]

    def swap():
        dense.kernel.value.data = torch.ones_like(dense.kernel.value)

    def fit():
        model.compile("sgd", "mse")
        model.fit(samples()[:, 0], np.zeros((TIMES, 4)), verbose=0)

    for change in (lambda: seeded(model, 5), lambda: dense.bias.assign([1, 2, 3, 4]), fit, swap):
        change()
        found, runs = probe.gradients(x, 1), len(written)
        assert_same_bits(found, probing(model).gradients(x, 1))
        settled(probe)
        assert len(written) > runs


def like(*more):
    """A small network of these layers."""
    first = [keras.Input((4, 4, 2)), layers.Rescaling([1.0, 2.0]), layers.Conv2D(4, 1, name="square")]
    return seeded(keras.Sequential([*first, layers.LeakyReLU(name="leaky"), *more, layers.Flatten(), layers.Dense(3)]))


def nested():
    return like(keras.Sequential([keras.Input((4, 4, 4)), layers.ReLU(), layers.Softmax()], name="nested"))


class Doubled(layers.LeakyReLU):
    """Another class for a layer that is there."""

    def call(self, x):
        return 2 * super().call(x)


def transposed(model):
    kernel = model.get_layer("square").kernel.value
    kernel.data = torch.arange(8.0).reshape(1, 1, 4, 2).transpose(2, 3)


def adapted(model):
    model.layers[-1].enable_lora(2)
    seeded(model, 9)


def patched(model):
    """Code of one's own, put where Keras's was, that says whose it is not."""
    factor = iter((1, 2, 3))

    @functools.wraps(keras.activations.relu)
    def relu(x):
        return keras.ops.relu(x) * next(factor)

    model.layers[-1].activation = relu


def rescaling(scale):
    i = keras.Input((4, 4, 2))
    return lambda: seeded(keras.Model(i, layers.Dense(3)(layers.Flatten()(layers.Rescaling(scale, name="scaling")(i)))))


CHANGES = {
    "an attribute": (like, lambda model: setattr(model.get_layer("leaky"), "negative_slope", 0.9)),
    "a number in a list": (like, lambda model: model.layers[0].scale.reverse()),
    "a method put in its place": (like, lambda model: setattr(model.get_layer("leaky"), "call", lambda y: 2 * y)),
    "its class": (like, lambda model: setattr(model.get_layer("leaky"), "__class__", Doubled)),
    "an activation": (like, lambda model: setattr(model.layers[-1], "activation", keras.activations.relu)),
    "a layer in it less": (nested, lambda model: model.get_layer("nested").pop()),
    "the dtype of a layer": (like, lambda model: setattr(model.layers[-1], "dtype_policy", "mixed_bfloat16")),
    "weights as they lie": (like, transposed),
    "more weights": (like, adapted),
    "a number in a list in a list": (
        rescaling([[1.0, 2.0]]),
        lambda model: model.get_layer("scaling").scale[0].reverse(),
    ),
    "a number in a list in a tuple": (
        rescaling(([1.0, 2.0],)),
        lambda model: model.get_layer("scaling").scale[0].reverse(),
    ),
    "a number in an array in a list": (
        rescaling([np.array([1.0, 2.0])]),
        lambda model: np.copyto(model.get_layer("scaling").scale[0], [2.0, 1.0]),
    ),
    "whole numbers as weights": (like, lambda model: model.quantize("int8")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_in_a_layer_is_followed(name, probing, written):
    build, change = CHANGES[name]
    model, rng = build(), np.random.default_rng(3)
    probe = probing(model)
    x = rng.standard_normal((TIMES, 1, 4, 4, 2), dtype="float32")
    for each in x:
        before = probe.gradients(each, 1)["input"]
    assert written
    change(model)
    found = probe.gradients(x[-1], 1)["input"]
    assert_same_bits({"": found}, {"": probing(model).gradients(x[-1], 1)["input"]})
    assert found.shape == before.shape
    assert np.abs(found - before).max() > 1e-6


def test_a_number_that_is_moved_like_a_slider_is_followed(probing):
    """Numbers that nobody holds any more give their identity to the next."""
    model, x = like(), np.random.default_rng(0).standard_normal((40, 1, 4, 4, 2), dtype="float32")
    probe, leaky = probing(model), model.get_layer("leaky")
    for each in x[:TIMES]:
        probe.predict(each)
    for number, each in enumerate(x):
        leaky.negative_slope = float(str(number / 10))
        np.testing.assert_array_equal(probe.predict(each), model(each).detach().numpy())


def test_settings_of_keras_are_followed(probing, written):
    i = keras.Input((4,))
    model = keras.Model(i, keras.ops.normalize(i, epsilon=None))
    probe, x = probing(model), np.random.default_rng(0).standard_normal((TIMES, 1, 4), dtype="float32") * 1e-3
    for each in x:
        probe.predict(each)
    assert written
    usual = keras.config.epsilon()
    try:
        keras.config.set_epsilon(0.5)
        found = probe.predict(x[0])
        np.testing.assert_array_equal(found, model(x[0]).detach().numpy())
        assert np.abs(found).max() < 0.1
    finally:
        keras.config.set_epsilon(usual)


def test_code_of_ones_own_is_known_whatever_it_calls_itself(probing, written):
    model = like()
    patched(model)
    probe, x = probing(model), np.ones((1, 4, 4, 2), "float32")
    found = [probe.predict(x) for _ in range(3)]
    np.testing.assert_allclose(found[1], 2 * found[0], rtol=1e-6)
    np.testing.assert_allclose(found[2], 3 * found[0], rtol=1e-6)

    slope = layers.LeakyReLU(0.1)
    probe = probing(seeded(keras.Sequential([keras.Input((3,)), layers.Dense(2, activation=slope.call)])))
    for _ in range(TIMES):
        before = probe.predict(-np.ones((1, 3)))
    slope.negative_slope = 0.9
    assert np.abs(probe.predict(-np.ones((1, 3))) - before).max() > 1e-3
    assert not written


def test_a_class_of_keras_that_was_changed_before_is_code_of_ones_own(probing, written, monkeypatch):
    factor, usual = [1.0], layers.LeakyReLU.call
    monkeypatch.setattr(layers.LeakyReLU, "call", lambda self, x: usual(self, x) * factor[0])
    model, x = like(), np.ones((1, 4, 4, 2), "float32")
    probe = probing(model)
    for factor[0] in range(1, TIMES):
        np.testing.assert_array_equal(probe.predict(x), model(x).detach().numpy())
    assert not written


def test_a_weight_that_lies_nowhere_is_no_reason_to_fail(probing):
    model, x = like(), np.ones((1, 4, 4, 2), "float32")
    probe = probing(model)
    for number in range(TIMES):
        probe.predict(x * number)
    kernel = model.layers[-1].kernel
    kernel._value = kernel.value.detach().to_sparse()
    np.testing.assert_array_equal(probe.predict(x), model(x).detach().numpy())


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU, layers.SimpleRNN])
@pytest.mark.parametrize("unroll", [True, False])
def test_cells_are_not_replayed_for_no_graph_shows_them(kind, unroll, probing, written):
    model = seeded(keras.Sequential([keras.Input((4, 3)), kind(3, unroll=unroll), layers.Dense(2)]))
    probe, x = probing(model), np.random.default_rng(0).standard_normal((1, 4, 3), dtype="float32")
    for _ in range(TIMES):
        probe.gradients(x, 1)
    model.layers[0].cell.activation = keras.activations.relu
    assert_same_bits(probe.gradients(x, 1), probing(model).gradients(x, 1))
    assert not written


def test_inputs_that_lie_otherwise_in_memory(probing):
    rng, model = np.random.default_rng(0), like()
    probe = probing(model)
    for order in "CCCCFCFF":
        x = np.asarray(rng.standard_normal((1, 4, 4, 2), dtype="float32"), order=order)
        np.testing.assert_array_equal(probe.predict(x), model(x).detach().numpy())


def test_hooks_see_each_call_and_what_they_change_is_seen(probing):
    model, x = small(), samples()[0]
    probe, seen = probing(model), []
    settled(probe)
    handle = model.layers[0].register_forward_hook(lambda *_: seen.append(1) or torch.zeros(1, 4, 4, 3))
    for count in range(1, TIMES):
        assert not probe.activations(x)[model.layers[1].name].any()
        assert len(seen) == count
    handle.remove()


def test_a_hook_on_all_modules_sees_each_call(probing):
    probe, seen = probing(small()), []
    settled(probe)
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *_: seen.append(1))
    for count in range(1, TIMES):
        probe.gradients(samples()[0], 1)
        assert len(seen) >= count * 4
    handle.remove()


@pytest.mark.parametrize("kind", ["register_full_backward_hook", "register_full_backward_pre_hook"])
def test_hooks_of_the_backward_pass_are_called(kind, probing):
    model, seen = like(), []
    probe, x = probing(model), np.ones((1, 4, 4, 2), "float32")
    for _ in range(TIMES):
        probe.gradients(x, 1)
    handle = getattr(model.get_layer("leaky"), kind)(lambda *_: seen.append(1))
    for count in range(1, TIMES):
        probe.gradients(x, 1)
        assert len(seen) == count
    handle.remove()
    probe.gradients(x, 1)
    assert len(seen) == TIMES - 1


def test_code_of_ones_own_runs_each_time(probing, written):
    factors = iter(range(1, 100))

    class Own(layers.Layer):
        def call(self, x):
            return x * next(factors)

    probe = probing(keras.Sequential([keras.Input((3,)), Own(), layers.Dense(2)]))
    found = [probe.predict(np.ones((1, 3)))[0, 0] for _ in range(TIMES)]
    assert len(set(found)) == TIMES

    def score(outputs):
        return next(factors) * outputs[:, 0]

    probe = probing(small())
    found = [probe.gradients(samples()[0], score)["input"].max() for _ in range(TIMES)]
    assert len(set(found)) == TIMES
    assert not written


def mapped(x, factor):
    return keras.ops.map(lambda row: row * factor[0], x)


def by_lambda(x, factor):
    return layers.Lambda(lambda y: y * factor[0])(x)


def by_activation(x, factor):
    return layers.Activation(lambda y: y * factor[0])(x)


def by_torch(x, factor):
    class Times(torch.nn.Module):
        def forward(self, y):
            return y * factor[0]

    return layers.TorchModuleWrapper(Times(), output_shape=(1, 3))(x)


@pytest.mark.parametrize("through", [mapped, by_lambda, by_activation, by_torch])
def test_functions_of_ones_own_in_a_graph_run_each_time(through, probing, written):
    factor, i = [2.0], keras.Input((3,), batch_size=1)
    probe = probing(keras.Model(i, layers.Dense(2, use_bias=False)(through(i, factor))))
    found = []
    for number in range(1, TIMES):
        factor[0] = number
        found.append(probe.predict(np.ones((1, 3)))[0, 0])
    np.testing.assert_allclose(found, found[0] * np.arange(1, TIMES), rtol=1e-5)
    assert not written


def test_a_loop_whose_length_hangs_on_the_numbers_is_run_each_time(probing, written):
    i = keras.Input((6,), dtype="int32")
    model = seeded(keras.Model(i, layers.Dense(2)(layers.LSTM(3)(layers.Embedding(9, 4, mask_zero=True)(i)))))
    probe = probing(model)
    for length in (6, 3, 5, 2, 4, 1):
        x = np.where(np.arange(6) < length, 3, 0)[None]
        np.testing.assert_array_equal(probe.predict(x), probing(model).predict(x))
