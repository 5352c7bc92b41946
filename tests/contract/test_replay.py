"""On torch a run is written down, operation by operation, and done again: what can be, what cannot, and when."""

import keras
import numpy as np
import pytest

from tests.contract.helpers import BACKEND

if BACKEND != "torch":
    pytest.skip("elsewhere programs are compiled", allow_module_level=True)

import torch
from torch.overrides import TorchFunctionMode

from kerasviz.backends import replay
from kerasviz.backends.replay import Replay
from kerasviz.backends.torch import TorchBackend

TIMES = 6


class Ground:
    """What a function of the test reads."""

    def __init__(self, *variables):
        self.variables, self.now = list(variables), 0

    def look(self):
        return Seen(self)


class Seen:
    def __init__(self, ground):
        self._ground, self._then, self.variables = ground, ground.now, ground.variables

    def holds(self):
        return self._ground.now == self._then


class Weight:
    def __init__(self, value):
        self.value = torch.nn.Parameter(torch.tensor(value))


def repeated(function, ground=None):
    """The function, and how often it ran itself."""
    runs, ground = [], ground or Ground()

    def program(_, *inputs):
        runs.append(1)
        return function(*inputs)

    made = Replay(lambda weights, inputs: TorchBackend().run(program, weights, inputs), ground.look)
    return lambda *inputs: made(None, inputs)[0], runs


def numbers(value):
    return torch.full((3,), float(value))


def taken_out(x):
    return [torch.from_numpy(np.asarray(x) * 2) + 1]


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


def test_equal_inputs_prove_nothing_about_others():
    def function(x):
        with torch._C.DisableTorchFunction():
            return [torch.from_numpy(x.numpy() * 2) + 1]

    found, _ = repeated(function)
    for value in (1, 1, 1, 1, 1, 2, 1, 3):
        assert torch.equal(found(numbers(value)), 2 * numbers(value) + 1)


def test_each_answer_is_a_tensor_of_its_own():
    found, _ = repeated(lambda _: [torch.tensor([1.0, 2.0])[None][0]])
    for value in range(TIMES):
        answer = found(numbers(value))
        assert answer[0] == 1
        if value > 2:  # it was proven by then
            answer[0] = 99


@pytest.mark.parametrize("part", ["_name", "finished"])
def test_what_fails_only_while_it_is_written_runs_as_usual(part, written, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("no memory left")

    monkeypatch.setattr(replay._Writer, part, full)
    found, _ = repeated(lambda x: [x * 2])
    for value in range(TIMES):
        assert torch.equal(found(numbers(value)), 2 * numbers(value))
    assert not written


def test_a_torch_that_cannot_be_asked_runs_everything_as_usual_and_the_log_says_why(written, monkeypatch, caplog):
    caplog.set_level("DEBUG", "kerasviz.backends.replay")
    monkeypatch.delattr(torch.nn.modules.module, "_has_any_global_hook")
    found, runs = repeated(lambda x: [x * 2])
    for value in range(TIMES):
        assert torch.equal(found(numbers(value)), 2 * numbers(value))
    assert (len(runs), written) == (TIMES, [])
    assert "_has_any_global_hook" in caplog.text


def test_what_fails_only_when_it_is_done_again_runs_as_usual(monkeypatch):
    found, runs = repeated(lambda x: [x * 2])
    for value in range(TIMES):
        found(numbers(value))
    monkeypatch.setattr(replay._Written, "versions", lambda _: 1 / 0)
    before = len(runs)
    for value in range(TIMES):
        assert torch.equal(found(numbers(value)), 2 * numbers(value))
    assert len(runs) == before + TIMES


@pytest.mark.parametrize(("limit", "value"), [("_MOST_OPERATIONS", 3), ("_MOST_BYTES", 10)])
def test_what_is_too_much_to_write_down_is_left(limit, value, written, monkeypatch):
    monkeypatch.setattr(replay, limit, value)
    found, runs = repeated(lambda x: [((x * 2 + 1) * 3 + 1) * 4])
    for number in range(TIMES):
        assert torch.equal(found(numbers(number)), ((numbers(number) * 2 + 1) * 3 + 1) * 4)
    assert len(runs) == TIMES
    assert not written


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
    made = Replay(lambda _, inputs: [(inputs[0] * weight.value).detach()], ground.look)
    for value in range(TIMES):
        assert torch.equal(made(None, [numbers(value)])[0], value * weight.value)
    written = made._basis.written
    run = written._run

    def interrupted(*tensors):
        with torch.no_grad():
            weight.value.add_(1)
        return run(*tensors)

    written._run = interrupted
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
