"""On torch a run is written down and done again without Keras around it: the same bits, and never of what was before."""

import keras
import numpy as np
import pytest

from tests.contract.helpers import BACKEND
from tests.models import ZOO, seeded

if BACKEND != "torch":
    pytest.skip("elsewhere programs are compiled", allow_module_level=True)

import torch
from torch.overrides import TorchFunctionMode

from kerasviz.backends import replay
from kerasviz.backends.replay import Replay
from kerasviz.backends.torch import TorchBackend

layers = keras.layers
TIMES = 6


class Ground:
    """What a function of the test reads."""

    def __init__(self, *variables):
        self.variables, self.now = variables, 0

    def state(self):
        return self.now


class Weight:
    def __init__(self, value):
        self.value = torch.nn.Parameter(torch.tensor(value))


def repeated(function, ground=None):
    """The function, and how often it ran itself."""
    runs, ground = [], ground or Ground()

    def program(_, *inputs):
        runs.append(1)
        return function(*inputs)

    made = Replay(lambda weights, inputs: TorchBackend().run(program, weights, inputs), lambda: ground)
    return lambda *inputs: made(None, inputs)[0], runs


def numbers(value):
    return torch.full((3,), float(value))


def small():
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.LeakyReLU(), layers.Flatten(), layers.Dense(4, "softmax")]
    )
    return seeded(model)


def samples(times=TIMES):
    return np.random.default_rng(0).standard_normal((times, 1, 6, 6, 1), dtype="float32")


@pytest.fixture
def written(monkeypatch):
    """Counts what runs as it was written down."""
    runs, call = [], replay._Written.__call__

    def counting(self, inputs):
        runs.append(1)
        return call(self, inputs)

    monkeypatch.setattr(replay._Written, "__call__", counting)
    return runs


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


@pytest.mark.parametrize(
    "name", ["sequential_cnn", "branches", "nested", "recurrent", "attention", "norms", "mixed_float16"]
)
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


def test_an_attribute_of_a_layer_is_followed_and_so_is_a_method_put_in_its_place(probing, written):
    model, x = small(), samples()[0]
    probe, leaky = probing(model), model.layers[1]
    settled(probe)
    before = probe.gradients(x, 1)["input"]
    leaky.negative_slope = 0.9
    slope = probe.gradients(x, 1)["input"]
    assert np.abs(slope - before).max() > 1e-4
    settled(probe)
    leaky.call = lambda y: 2 * y
    own = probe.gradients(x, 1)["input"]
    settled(probe)
    assert np.abs(own - slope).max() > 1e-4
    assert_same_bits({"": own}, {"": probe.gradients(x, 1)["input"]})
    assert written


def test_hooks_see_each_call_and_what_they_change_is_seen(probing):
    model, x = small(), samples()[0]
    probe, seen = probing(model), []
    settled(probe)
    before = probe.activations(x)
    handle = model.layers[0].register_forward_hook(lambda *_: seen.append(1) or torch.zeros(1, 4, 4, 3))
    for count in range(1, TIMES):
        assert not probe.activations(x)[model.layers[1].name].any()
        assert len(seen) == count
    handle.remove()
    everywhere = torch.nn.modules.module.register_module_forward_hook(lambda *_: seen.append(2))
    assert_same_bits(probe.activations(x), before)
    everywhere.remove()
    assert 2 in seen


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


def test_a_loop_whose_length_hangs_on_the_numbers_is_run_each_time(probing, written):
    i = keras.Input((6,), dtype="int32")
    model = seeded(keras.Model(i, layers.Dense(2)(layers.LSTM(3)(layers.Embedding(9, 4, mask_zero=True)(i)))))
    probe = probing(model)
    for length in (6, 3, 5, 2, 4, 1):
        x = np.where(np.arange(6) < length, 3, 0)[None]
        np.testing.assert_array_equal(probe.predict(x), probing(model).predict(x))


def taken_out(x):
    return [torch.from_numpy(np.asarray(x) * 2)]


def the_same_memory(x):
    y = x * 2
    with torch._C.DisableTorchFunction():  # as code in C++ would
        return [torch.from_numpy(y.numpy()) + 1]


REFUSED = {
    "NumPy": taken_out,
    "the same memory by another way": the_same_memory,
    "a list": lambda x: [torch.tensor([2 * y for y in x.tolist()])],
    "a number": lambda x: [x * x.sum().item()],
    "a branch": lambda x: [keras.ops.cond(x.sum() > 0, lambda: x * 2, lambda: x * 3)],
    "a branch of Python": lambda x: [x * 2 if x.sum() > 0 else x * 3],
    "whether it is the same": lambda x: [x * 2 if torch.equal(x, numbers(1)) else x * 3],
    "an open shape": lambda x: [x[x > 0].sum()[None]],
    "chance": lambda x: [x + torch.rand(3)],
    "written to what was given": lambda x: [x.add_(1)],
    "written to a view of what was given": lambda x: [x.view(3).mul_(2)],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_again_is_run_each_time(name, written):
    function = REFUSED[name]
    found, runs = repeated(function)
    for value in (1, 2, -3, 4, 5, -6):
        torch.manual_seed(value)
        expected = function(numbers(value))[0]
        torch.manual_seed(value)
        assert torch.equal(found(numbers(value)), expected)
    assert len(runs) == TIMES
    assert not written


def test_what_is_seen_only_by_comparing_is_never_repeated(written):
    """A tensor made without any operation, of numbers that left without a word."""

    def function(x):
        with torch._C.DisableTorchFunction():
            return [torch.from_numpy(x.numpy() * 2) + 1]

    found, runs = repeated(function)
    for value in range(TIMES):
        assert torch.equal(found(numbers(value)), 2 * numbers(value) + 1)
    assert len(runs) == TIMES
    assert len(written) <= 1


def test_it_is_written_at_the_second_run_and_proven_at_the_third(written):
    found, runs = repeated(lambda x: [x * 2])
    counts = []
    for value in range(TIMES):
        assert torch.equal(found(numbers(value)), 2 * numbers(value))
        counts.append((len(runs), len(written)))
    assert counts == [(1, 0), (2, 0), (3, 1), (3, 2), (3, 3), (3, 4)]


def test_another_shape_or_dtype_and_numbers_that_are_none_are_new(written):
    found, _ = repeated(lambda x: [x * 2])
    for x in [numbers(1)] * 4 + [torch.ones(5)] * 4 + [torch.ones(5, dtype=torch.float64)] * 4 + [numbers(np.nan)] * 5:
        again = found(x)
        assert again.dtype == x.dtype
        assert torch.equal(torch.nan_to_num(again), torch.nan_to_num(2 * x))


def test_who_writes_to_a_weight_meanwhile_is_noticed_as_autograd_does():
    weight = Weight([1.0, 2.0, 3.0])
    ground = Ground(weight)
    made = Replay(lambda _, inputs: [(inputs[0] * weight.value).detach()], lambda: ground)
    for value in range(TIMES):
        assert torch.equal(made(None, [numbers(value)])[0], value * weight.value)
    run = made._written._run

    def interrupted(*tensors):
        with torch.no_grad():
            weight.value.add_(1)
        return run(*tensors)

    made._written._run = interrupted
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        made(None, [numbers(1)])


class Seeing(TorchFunctionMode):
    """Somebody who wants to know which functions are called."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


def test_a_run_inside_autocast_or_another_mode_is_as_it_is_there():
    found, runs = repeated(lambda x: [x[None] @ x[:, None]])
    for value in range(TIMES):
        found(numbers(value))
    before = len(runs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert found(numbers(2)).dtype is torch.bfloat16
    with Seeing() as seeing:
        found(numbers(2))
    assert "matmul" in seeing.names
    assert len(runs) == before + 2
    assert found(numbers(2)).dtype is torch.float32


def test_what_takes_long_is_left_and_so_is_what_changes_each_time(written, monkeypatch):
    begun, writer = [], replay._Writer
    monkeypatch.setattr(replay, "_Writer", lambda inputs: begun.append(1) or writer(inputs))
    ground = Ground()
    found, runs = repeated(lambda x: [x * 2], ground)
    for value in range(40):
        ground.now = value // 2
        found(numbers(value))
    assert (len(runs), len(begun)) == (40, replay._MOST_TRIES)
    monkeypatch.setattr(replay, "_LONG", 0)
    found, runs = repeated(lambda x: [x * 2])
    for value in range(TIMES):
        found(numbers(value))
    assert (len(runs), len(begun)) == (TIMES, replay._MOST_TRIES)
    assert not written
