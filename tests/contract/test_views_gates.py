"""Gates and states of recurrent layers on the screen are the layers' own."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz.rules.functions import FUNCTIONS
from tests.contract.views import RANDOM, Panels, facts, scramble


@pytest.fixture
def panel_of():
    panels = Panels()
    yield panels
    panels.close()


def outputs(model, sample, layer):
    """What a layer of a functional model gives, without us."""
    return keras.ops.convert_to_numpy(keras.Model(model.inputs, model.get_layer(layer).output)(sample))[0]


def inside(panel):
    """Gates and states by name, (time, units)."""
    figures = [figure for figure in panel.payload.figures if figure.form == "tiles"]
    return {
        name: values
        for figure in figures
        for name, values in zip(figure.axes[0].labels, panel.tensors[figure.name], strict=True)
    }


def series(length=6, features=3):
    return RANDOM.normal(size=(1, length, features)).astype("float32")


def recurrent(layer, length=6, features=3, before=()):
    model = keras.Sequential([keras.Input((length, features)), *before, layer])
    return scramble(model)


LAYERS = {
    "simple": lambda **k: layers.SimpleRNN(4, name="rec", **k),
    "lstm": lambda **k: layers.LSTM(4, name="rec", **k),
    "gru": lambda **k: layers.GRU(4, name="rec", **k),
    "gru_before": lambda **k: layers.GRU(4, reset_after=False, name="rec", **k),
    "cells": lambda **k: layers.RNN(layers.LSTMCell(4), name="rec", **k),
    "stacked": lambda **k: layers.RNN([layers.LSTMCell(5), layers.GRUCell(4)], name="rec", **k),
    "twins": lambda **k: layers.RNN([layers.GRUCell(4, name="c"), layers.GRUCell(4, name="c")], name="rec", **k),
}
WAYS = {
    "sequences": {"return_sequences": True},
    "last": {},
    "backwards": {"return_sequences": True, "go_backwards": True},
    "unrolled": {"return_sequences": True, "unroll": True},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", LAYERS)
def test_hidden_states_are_the_layers_own(panel_of, kind, way):
    model, x = recurrent(LAYERS[kind](**WAYS[way])), series()
    last = {"cell": "1 · GRU"} if kind in ("stacked", "twins") else {}

    panel = panel_of(model, x, "rec", "gates", **last)

    own = outputs(model, x, "rec")
    hidden = inside(panel)["hidden_state"]
    hidden = hidden[::-1] if way == "backwards" else hidden
    np.testing.assert_allclose(hidden if way != "last" else hidden[-1], own, atol=1e-5)
    assert facts(panel)["recomputed_states"].good


def test_the_gates_of_an_lstm_are_what_its_weights_say(panel_of):
    model, x = recurrent(layers.LSTM(4, name="rec")), series()

    tensors = inside(panel_of(model, x, "rec", "gates"))

    kernel, inner, bias = (np.split(w.astype("float64"), 4, axis=-1) for w in model.get_weights())
    h = c = np.zeros(4)
    for t, step in enumerate(x[0].astype("float64")):
        i, f, g, o = (step @ k + h @ r + b for k, r, b in zip(kernel, inner, bias, strict=True))
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        wanted = {"input_gate": i, "forget_gate": f, "candidate": np.tanh(g), "output_gate": o, "cell_state": c}
        for name, values in wanted.items():
            np.testing.assert_allclose(tensors[name][t], values, atol=1e-6)
    np.testing.assert_allclose(tensors["hidden_state"][-1], outputs(model, x, "rec"), atol=1e-6)


@pytest.mark.parametrize("chosen", [1, "forget_gate"])
def test_one_gate_is_shown_large_and_one_unit_over_time(panel_of, chosen):
    model, x = recurrent(layers.LSTM(4, name="rec")), series()

    panel = panel_of(model, x, "rec", "gates", gate=chosen, unit=2)

    parts = inside(panel)
    np.testing.assert_array_equal(panel.tensors["chosen"], parts["forget_gate"])
    gates, states = (figure for figure in panel.payload.figures if figure.form == "lines")
    for figure in (gates, states):
        wanted = np.stack([parts[name][:, 2] for name in figure.series])
        np.testing.assert_array_equal(panel.tensors[figure.name], wanted)
    assert (gates.domain.low, gates.domain.high, states.domain.signed) == (0, 1, True)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("merge", ["concat", "sum", None])
def test_both_directions_in_the_order_of_time(panel_of, direction, merge):
    inputs = keras.Input((6, 3))
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode=merge, name="rec")
    model, x = scramble(keras.Model(inputs, both(inputs))), series()

    panel = panel_of(model, x, "rec", "gates", direction=direction)

    one = keras.ops.convert_to_numpy(getattr(both, f"{direction}_layer")(x))[0]
    np.testing.assert_allclose(inside(panel)["hidden_state"], one[::-1] if direction == "backward" else one, atol=1e-5)
    assert facts(panel)["recomputed_states"].good
    assert ("gates_backwards" in panel.payload.notes) == (direction == "backward")


MASKED = {
    "embedding": lambda: (keras.Input((6,)), [layers.Embedding(9, 3, mask_zero=True)], np.array([[4, 0, 2, 7, 0, 0]])),
    "masking": lambda: (keras.Input((6, 3)), [layers.Masking(0.0)], series() * np.array([1, 0, 1, 1, 0, 0.0])[:, None]),
}


@pytest.mark.parametrize("kind", ["lstm", "gru", "both", "both_last"])
@pytest.mark.parametrize("by", MASKED)
def test_masked_steps_copy_the_state(panel_of, by, kind):
    inputs, before, x = MASKED[by]()
    last = {
        "lstm": lambda: layers.LSTM(4, return_sequences=True, name="rec"),
        "gru": lambda: layers.GRU(4, name="rec"),
        "both": lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="rec"),
        "both_last": lambda: layers.Bidirectional(layers.LSTM(4), name="rec"),
    }[kind]()
    model = scramble(keras.Sequential([inputs, *before, last]))

    panel = panel_of(model, x.astype("float32"), "rec", "gates")

    assert facts(panel)["recomputed_states"].good
    assert facts(panel)["masked_steps"].value == "3 / 6"
    np.testing.assert_array_equal(inside(panel)["hidden_state"][1], inside(panel)["hidden_state"][0])
    np.testing.assert_array_equal(inside(panel)["hidden_state"][5], inside(panel)["hidden_state"][3])


class Own(keras.Model):
    """A model with its own `call`: masks and states travel unseen by any graph."""

    def __init__(self, *, mask_zero=True, state=False):
        super().__init__()
        self.tokens = layers.Embedding(9, 3, mask_zero=mask_zero, name="tokens")
        self.rec = layers.GRU(4, name="rec")
        self.state = state

    def call(self, x):
        x = self.tokens(x)
        return self.rec(x, initial_state=keras.ops.ones((1, 4)) if self.state else None)


def test_a_mask_that_no_graph_shows_is_found_and_checked(panel_of):
    model, x = Own(), np.array([[4, 0, 2, 7, 0, 0]])
    model(x)

    panel = panel_of(scramble(model), x, "rec", "gates")

    assert facts(panel)["recomputed_states"].good
    assert facts(panel)["masked_steps"].value == "3 / 6"


def test_an_unknown_first_state_is_told_and_not_passed_off(panel_of):
    model, x = Own(mask_zero=False, state=True), np.array([[4, 0, 2, 7, 0, 0]])
    model(x)

    panel = panel_of(scramble(model), x, "rec", "gates")

    assert facts(panel)["recomputed_states"].good is False
    assert "gates_off" in panel.payload.notes


@pytest.mark.parametrize("same", [False, True])
def test_a_decoder_starts_from_the_encoders_states(panel_of, same):
    inputs = keras.Input((6, 3))
    _, h, c = layers.LSTM(4, return_state=True, name="encoder")(inputs)
    model = keras.Model(inputs, layers.LSTM(4, name="rec")(inputs, initial_state=[h, h if same else c]))

    panel = panel_of(scramble(model), series(), "rec", "gates")

    assert facts(panel)["initial_state"].value == "given"
    assert facts(panel)["recomputed_states"].good


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_activation_is_kerass(name):
    x = np.concatenate([RANDOM.normal(size=(3, 5), scale=2), [[-9, -1, 0, 1, 9], [3, 3, 3, -3, -0.5]]])

    own = keras.ops.convert_to_numpy(keras.activations.get(name)(keras.ops.convert_to_tensor(x, "float32")))

    np.testing.assert_allclose(FUNCTIONS[name](x), own, rtol=2e-5, atol=2e-6)


def test_only_functions_that_need_more_than_numbers_are_left_out():
    own = {name for name in dir(keras.activations) if not name.startswith("_")}

    aliases = {"swish", "hard_swish"}  # settings have the function's own name
    assert own - set(FUNCTIONS) - aliases == {"deserialize", "get", "glu", "serialize", "threshold"}


def test_an_activation_that_is_not_known_is_named(panel_of):
    def odd(x):
        return x / 2

    model = recurrent(layers.LSTM(4, activation=odd, name="rec"))

    panel = panel_of(model, series(), "rec", "gates")

    assert facts(panel)["functions"].value == "odd"
    assert panel.payload.notes == ("gates_function",)
    assert panel.tensors == {}


def test_other_functions_and_no_biases(panel_of):
    layer = layers.LSTM(4, activation="softsign", recurrent_activation="hard_sigmoid", use_bias=False, name="rec")
    panel = panel_of(recurrent(layer), series(), "rec", "gates")

    assert facts(panel)["recomputed_states"].good


def test_half_precision_is_checked_at_its_own_precision(panel_of):
    layer = layers.GRU(4, return_sequences=True, dtype="mixed_bfloat16", name="rec")
    model = recurrent(layer, before=[layers.Dense(3, dtype="mixed_bfloat16")])
    panel = panel_of(model, series(), "rec", "gates")

    assert facts(panel)["recomputed_states"].good


def test_the_second_call_of_a_shared_layer_has_its_own_gates(panel_of):
    inputs = keras.Input((6, 3))
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="ave", name="rec")
    pad = layers.Dense(3)
    model = scramble(keras.Model(inputs, both(pad(both(inputs)))))

    panel = panel_of(model, series(), "rec#1", "gates", direction="backward")

    assert facts(panel)["recomputed_states"].good
