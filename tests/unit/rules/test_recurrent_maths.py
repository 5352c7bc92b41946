"""Recurrent cells step by step, against the formulas written out for one step after the other."""

import numpy as np
import pytest

from kerasviz.rules.recurrent_maths import Cell, run
from kerasviz.views.layer import PANEL, LayerParams
from tests.fakes import FakeLayer, FakeSource

RANDOM = np.random.default_rng(5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights(units, count, features=3):
    return RANDOM.normal(size=(features, count * units)), RANDOM.normal(size=(units, count * units))


def test_simple_cell():
    kernel, recurrent = weights(2, 1)
    bias, inputs = RANDOM.normal(size=2), RANDOM.normal(size=(4, 3))

    steps = run(Cell("SimpleRNN", kernel, recurrent, bias), inputs)

    h = np.zeros(2)
    for t, x in enumerate(inputs):
        before = x @ kernel + h @ recurrent + bias
        h = np.tanh(before)
        np.testing.assert_allclose(steps.states["pre_activation"][t], before)
        np.testing.assert_allclose(steps.hidden[t], h)
    assert list(steps.states)[-1] == "hidden_state"


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_resets_before_or_after_the_product(reset_after):
    kernel, recurrent = weights(2, 3)
    bias = RANDOM.normal(size=(2, 6) if reset_after else 6)
    inputs = RANDOM.normal(size=(4, 3))

    steps = run(Cell("GRU", kernel, recurrent, bias, reset_after=reset_after), inputs)

    kz, kr, kh = np.split(kernel, 3, axis=1)
    uz, ur, uh = np.split(recurrent, 3, axis=1)
    (bz, br, bh), (cz, cr, ch) = (np.split(row, 3) for row in (bias if reset_after else (bias, np.zeros(6))))
    h = np.zeros(2)
    for t, x in enumerate(inputs):
        z, r = sigmoid(x @ kz + bz + h @ uz + cz), sigmoid(x @ kr + br + h @ ur + cr)
        new = np.tanh(x @ kh + bh + (r * (h @ uh + ch) if reset_after else (r * h) @ uh))
        h = z * h + (1 - z) * new
        for found, wanted in ((steps.gates["update_gate"], z), (steps.gates["reset_gate"], r), (steps.hidden, h)):
            np.testing.assert_allclose(found[t], wanted)


def test_masked_steps_keep_both_states_and_first_states_count():
    kernel, recurrent = weights(2, 4)
    inputs, first = RANDOM.normal(size=(4, 3)), (np.array([0.5, -0.5]), np.array([2.0, 1.0]))

    steps = run(Cell("LSTM", kernel, recurrent), inputs, np.array([False, True, False, True]), first)
    without = run(Cell("LSTM", kernel, recurrent), inputs[[1, 3]], None, first)

    np.testing.assert_array_equal(steps.hidden[0], first[0])
    np.testing.assert_array_equal(steps.states["cell_state"][0], first[1])
    np.testing.assert_array_equal(steps.hidden[[1, 2, 3]], without.hidden[[0, 0, 1]])


def gates_panel(weights, settings, given, output):
    layers = (
        FakeLayer("before", "Dense", (None, *given.shape), ("batch", "time", "unit")),
        FakeLayer("rec", "GRU", (None, *output.shape), ("batch", "unit"), inputs=("before",)),
    )
    source = FakeSource(
        layers=layers,
        values={"before": given[None], "rec": output[None]},
        layer_weights={"rec": weights},
        layer_settings={"rec": settings},
    )
    return PANEL.build(source, LayerParams(0, "rec", options={"aspect": "gates"}))


def test_an_output_that_the_weights_do_not_give_is_seen():
    kernel, recurrent = (each.astype(np.float32) for each in weights(2, 3))
    given = RANDOM.normal(size=(4, 3)).astype(np.float32)
    settings = {"activation": "tanh", "recurrent_activation": "sigmoid", "reset_after": False}
    own = run(Cell("GRU", kernel, recurrent, reset_after=False), given.astype(np.float64)).hidden[-1]
    named = {"gru_cell/kernel": kernel, "gru_cell/recurrent_kernel": recurrent}

    good = gates_panel(named, settings, given, own.astype(np.float32))
    bad = gates_panel(named, settings, given, (own + 1e-3).astype(np.float32))

    checks = [{fact.name: fact.good for fact in panel.payload.facts}["recomputed_states"] for panel in (good, bad)]
    assert checks == [True, False]
    assert good.payload.notes == ()
    assert bad.payload.notes == ("gates_off",)


def test_unusual_weights_are_told():
    quantised = {"gru_cell/kernel": np.zeros((3, 6), np.int8), "gru_cell/scale": np.ones(1, np.float32)}
    settings = {"activation": "tanh", "recurrent_activation": "sigmoid"}

    panel = gates_panel(quantised, settings, np.zeros((4, 3), np.float32), np.zeros(2, np.float32))

    assert panel.payload.notes == ("gates_weights",)
    assert panel.tensors == {}
