"""kv.arithmetic of SimpleRNN, LSTM and GRU: every gate at every step equals NumPy's, and the whole what the model gave."""

import contextlib

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.rules import RULES
from kerasviz.rules.recurrent import RULE
from kerasviz.rules.rule import Rule
from tests.contract.arithmetic_oracle import cast, check, check_terms, pass_of, probe_dtype, randomised
from tests.contract.helpers import BACKEND, wide_numbers
from tests.contract.reach_oracle import gradients, positive, reaches

LENGTH, FEATURES, UNITS = 5, 3, 4
KINDS = ["SimpleRNN", "LSTM", "GRU"]
FUNCTIONS = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
    "linear": lambda z: z,
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
}


def gates_of(kind, weights, settings, x, states):
    """One step of a cell, written down from the papers: all that happens in it, by name."""
    sharp, gate = (FUNCTIONS[settings.get(name) or "linear"] for name in ("activation", "recurrent_activation"))
    (h, c), n = states, UNITS
    kernel, recurrent = weights["kernel"], weights["recurrent_kernel"]
    bias = weights.get("bias", np.zeros(kernel.shape[1]))
    mine, state = (bias[0], bias[1]) if bias.ndim == 2 else (bias, np.zeros(kernel.shape[1]))
    z = x @ kernel + mine
    if kind == "SimpleRNN":
        return {"h": sharp(z + h @ recurrent), "c": c}
    if kind == "LSTM":
        z = z + h @ recurrent
        i, f, g, o = gate(z[:n]), gate(z[n : 2 * n]), sharp(z[2 * n : 3 * n]), gate(z[3 * n :])
        after = f * c + i * g
        names = {"input gate": i, "forget gate": f, "candidate": g, "output gate": o, "cell state": after}
        return names | {"cell state before": c, "h": o * sharp(after), "c": after}
    update = gate(z[:n] + h @ recurrent[:, :n] + state[:n])
    reset = gate(z[n : 2 * n] + h @ recurrent[:, n : 2 * n] + state[n : 2 * n])
    if settings["reset_after"]:
        inner = h @ recurrent[:, 2 * n :] + state[2 * n :]
        new = sharp(z[2 * n :] + reset * inner)
        more = {"reset gate": reset, "state's part of the candidate": inner}
    else:
        new = sharp(z[2 * n :] + (reset * h) @ recurrent[:, 2 * n :])
        more = {f"reset gate {k}": np.full(n, reset[k]) for k in range(n)}
    names = {"update gate": update, "1 − update gate": 1 - update, "candidate": new}
    return names | more | {"h": update * h + (1 - update) * new, "c": c}


def history(layer, probe, x, mask, initial):
    """All steps in the order they are made, those that are masked left out."""
    dtype = probe_dtype(probe, probe.output_of(layer))
    weights = {
        name.rpartition("/")[2]: np.vectorize(lambda value: cast(value, dtype))(array)
        for name, array in probe.weights(layer).items()
    }
    config = layer.get_config()
    config = config if "activation" in config else config["cell"]["config"]
    kind = type(getattr(layer, "cell", layer)).__name__.removesuffix("Cell")
    h = c = np.zeros(UNITS)
    if initial:
        h, c = (*(np.vectorize(lambda value: cast(value, dtype))(each[0]) for each in initial), c)[:2]
    places = [place for place in range(LENGTH) if mask is None or mask[place]]
    if layer.go_backwards:
        places.reverse()
    found = {}
    for place in places:
        taken = np.vectorize(lambda value: cast(value, dtype))(x[0, place])
        step = gates_of(kind, weights, config, taken, (h, c))
        found[LENGTH - 1 - place if layer.go_backwards else place] = step | {"h before": h}
        h, c = step["h"], step["c"]
    return found


def built(layer, *, mask=None, initial=0, seed=0, dtype="float32"):
    """A probe, a sample with its mask and its states."""
    x, further = keras.Input((LENGTH, FEATURES), dtype=dtype), []
    given = {}
    if initial:
        further = [keras.Input((UNITS,), dtype=dtype) for _ in range(initial)]
        given["initial_state"] = further
    flags = keras.Input((LENGTH,), dtype="bool") if mask is not None else None
    outputs = layer(x, mask=flags, **given)
    model = randomised(keras.Model([x, *further, *([flags] if mask is not None else [])], outputs), seed, 0.6)
    rng = np.random.default_rng(seed)
    sample = rng.normal(size=(1, LENGTH, FEATURES)).astype(dtype)
    states = [rng.normal(0, 0.5, size=(1, UNITS)).astype(dtype) for _ in range(initial)]
    taken = [sample, *states, *([np.array([mask])] if mask is not None else [])]
    return kv.Probe(model), (taken if len(taken) > 1 else sample), sample, states


CASES = {
    "sequences": {"return_sequences": True},
    "last": {},
    "backwards": {"return_sequences": True, "go_backwards": True},
    "backwards, last": {"go_backwards": True, "use_bias": False},
    "relu": {"return_sequences": True, "activation": "relu", "recurrent_activation": "hard_sigmoid"},
    "no activation": {"activation": None, "use_bias": False, "return_sequences": True},
    "states": {"return_sequences": True, "return_state": True, "given": True},
    "states, last": {"return_state": True, "given": True, "go_backwards": True},
    "masked": {"return_sequences": True, "mask": [True, False, True, True, False], "return_state": True},
    "masked, last": {"mask": [True, True, False, True, False], "return_state": True},
    "masked start": {"return_sequences": True, "mask": [False, False, True, False, True], "given": True},
    "masked backwards": {"return_sequences": True, "go_backwards": True, "mask": [False, True, True, False, True]},
    "masked zero": {"return_sequences": True, "zero_output_for_mask": True, "mask": [True, False, True, True, False]},
    "masked zero, last": {"zero_output_for_mask": True, "mask": [True, True, True, True, False]},
    "unrolled": {"return_sequences": True, "unroll": True, "mask": [False, True, False, True, True], "given": True},
    "float64": {"return_sequences": True, "dtype": "float64"},
    "float64, last": {"dtype": "float64", "mask": [True, True, False, True, True]},
    "float16": {"return_sequences": True, "dtype": "mixed_float16", "return_state": True},
    "float16, last": {"dtype": "mixed_float16"},
    "bfloat16": {"return_sequences": True, "dtype": "mixed_bfloat16", "given": True},
    "reset before": {"return_sequences": True, "reset_after": False, "mask": [True, False, True, True, True]},
    "reset before, last": {"reset_after": False, "given": True},
    "gate by gate": {"return_sequences": True, "implementation": 1},
}


def layer_of(kind, options):
    options = {name: value for name, value in options.items() if name not in ("mask", "given")}
    for name, kinds in (("recurrent_activation", KINDS[1:]), ("reset_after", KINDS[2:]), ("implementation", KINDS[1:])):
        if kind not in kinds:
            options.pop(name, None)
    return getattr(keras.layers, kind)(UNITS, **options)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_gate_is_numpys_and_the_unit_what_the_model_gave(kind, case):
    options = CASES[case]
    if "reset_after" in options and kind != "GRU":
        pytest.skip("of the GRU only")
    mask, initial = options.get("mask"), options.get("given", False) * (2 if kind == "LSTM" else 1)
    wide = "float64" if case.startswith("float64") else "float32"
    if wide == "float64" and kind == "SimpleRNN" and BACKEND == "jax":
        pytest.skip("Keras's own scan refuses: its tanh gives float32")
    with wide_numbers() if wide == "float64" else contextlib.nullcontext():
        layer = layer_of(kind, options)
        probe, x, sample, states = built(layer, mask=mask, initial=initial, seed=len(case), dtype=wide)
        steps = history(layer, probe, sample, mask, states)
        path = probe.output_of(layer)
        whole = pass_of(probe, x)[0][path][0]
        for unit in [(t, t % UNITS) for t in range(LENGTH)] if whole.ndim == 2 else [(1,), (3,)]:
            compare((probe, x), path, unit, steps, options)
        for number in range(1, (3 if kind == "LSTM" else 2) if options.get("return_state") else 1):
            compare((probe, x), f"{path}.{number}", (2,), steps, options)


def compare(looked, path, unit, steps, options):
    """One unit: its terms looked up, its stages NumPy's, its bound no excuse."""
    probe, x = looked
    step = unit[0] if len(unit) == 2 else LENGTH - 1
    kind = next(info.kind for info in probe.layers if info.path == path)
    own = steps.get(step)
    masked = own is None
    of_sequence = len(unit) == 2
    if masked and not of_sequence and not (options.get("zero_output_for_mask") and "." not in path):
        last = [t for t in steps if t <= step]
        own = steps[max(last)] if last else None
    follows = FUNCTIONS[options.get("activation", "tanh") or "linear"] if kind == "SimpleRNN" and own else None
    found = check(probe, x, path, unit, activation=follows, linear=False)
    given, _ = pass_of(probe, x)
    if own is None:
        assert not found.stages
        assert found.note
        return
    eps = {"float64": 3e-5 if BACKEND != "tensorflow" else 1e-12, "mixed_float16": 0.3, "mixed_bfloat16": 1.5}
    assert found.bound < eps.get(options.get("dtype"), 3e-5) * max(1, abs(found.value))
    close = {"rtol": eps.get(options.get("dtype"), 1e-4) / 10, "atol": eps.get(options.get("dtype"), 1e-4) / 10}
    np.testing.assert_allclose(found.computed, own["c" if path.endswith(".2") else "h"][unit[-1]], **close)
    for name, stage in found.stages.items():
        before = name.startswith("state ") and name.endswith(" before")
        wanted = own["h before"][int(name.split()[1])] if before else own[name][unit[-1]]
        np.testing.assert_allclose(stage.computed, wanted, **close)
        check_terms(probe, given, path, stage.terms)
        linked(found, stage)
    linked(found, found)
    if kind != "SimpleRNN" and own is steps.get(step):
        assert len(found.stages) >= 4


def linked(found, stage):
    """A term that is an inner result has just its number."""
    for term in stage.terms:
        if term.stage and not term.function:
            assert term.input == found.stages[term.stage].computed
        if term.weight_stage:
            assert term.weight == found.stages[term.weight_stage].computed


@pytest.mark.parametrize("kind", KINDS)
def test_a_gate_sums_the_whole_input_and_the_whole_state_before(kind):
    probe, x, *_ = built(layer_of(kind, {"return_sequences": True}))
    found = kv.arithmetic(probe, x, probe.layers[0].path, (3, 1))
    gate = found if kind == "SimpleRNN" else found.stages["update gate" if kind == "GRU" else "input gate"]
    inputs = {term.index for term in gate.terms if term.weight_path.endswith("/kernel")}
    states = {term.index for term in gate.terms if term.weight_path.endswith("/recurrent_kernel")}
    assert inputs == {(3, k) for k in range(FEATURES)}
    assert states == {(2, k) for k in range(UNITS)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize("every", [True, False])
def test_long_sequences_stay_within_a_bound_that_stays_small(kind, dtype, every):
    layer = getattr(keras.layers, kind)(12, return_sequences=every, dtype=dtype)
    model = keras.Sequential([keras.Input((80, 6)), layer])
    probe = kv.Probe(randomised(model, 1, 0.25))
    x = np.random.default_rng(1).normal(size=(1, 80, 6)).astype("float32")
    for unit in range(0, 12, 2):
        found = kv.arithmetic(probe, x, layer, (79, unit) if every else (unit,))
        assert found.agrees, str(found)
        assert found.bound < (1e-4 if dtype == "float32" else 0.5)


@pytest.mark.parametrize("cell", ["SimpleRNNCell", "LSTMCell", "GRUCell"])
def test_a_cell_in_an_rnn_layer_is_that_cell(cell):
    layer = keras.layers.RNN(getattr(keras.layers, cell)(UNITS), return_sequences=True)
    probe, x, sample, _ = built(layer)
    steps = history(layer, probe, sample, None, [])
    for t in range(LENGTH):
        follows = np.tanh if cell == "SimpleRNNCell" else None
        found = check(probe, x, layer, (t, 2), activation=follows, linear=False)
        np.testing.assert_allclose(found.computed, steps[t]["h"][2], rtol=1e-4, atol=1e-6)


def test_stacked_layers_lead_from_one_to_the_next():
    first, second = keras.layers.LSTM(4, return_sequences=True), keras.layers.GRU(3)
    probe, x, *_ = built(lambda x, **_: second(first(x)))
    gate = kv.arithmetic(probe, x, second, (1,)).stages["update gate"]
    assert {term.path for term in gate.terms if term.path} == {probe.output_of(first)}
    check(probe, x, second, (1,), linear=False)


@keras.saving.register_keras_serializable("tests")
class OwnCell(keras.layers.Layer):
    state_size = output_size = UNITS

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], UNITS), name="kernel")

    def call(self, inputs, states):
        after = keras.ops.matmul(inputs, self.kernel) + states[0]
        return after, [after]


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.LSTMCell(4)]), "stacked"),
        (lambda: keras.layers.RNN(OwnCell()), "OwnCell"),
        (lambda: keras.layers.SimpleRNN(UNITS, activation="softmax"), "softmax"),
    ],
)
def test_what_cannot_be_followed_has_no_rule(layer, reason):
    made = layer()
    probe, x, *_ = built(made)
    with pytest.raises(kv.NoRuleError, match=reason):
        kv.arithmetic(probe, x, made, (1,))


def test_the_state_that_a_stateful_layer_started_from_is_gone():
    layer = keras.layers.GRU(3, stateful=True)
    inputs = keras.Input(batch_shape=(1, 4, 2))
    probe = kv.Probe(keras.Model(inputs, layer(inputs)))
    with pytest.raises(kv.NoRuleError, match="stateful"):
        kv.arithmetic(probe, np.ones((1, 4, 2), "float32"), layer, (1,))


def test_a_wrong_gate_is_seen_in_the_difference(monkeypatch):
    def wrong(job):
        found = RULE.explain(job)
        (block,) = found.blocks
        block.weights[:] = found.stages["input gate"].computed
        return found

    layer = keras.layers.LSTM(UNITS)
    probe, x, *_ = built(layer)
    monkeypatch.setitem(RULES._objects, "recurrent", Rule("recurrent", frozenset({"LSTM"}), wrong))
    assert kv.arithmetic(probe, x, layer, (1,)).agrees is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("backwards", [True, False])
def test_a_step_depends_on_all_steps_up_to_it(kind, every, backwards):
    layer = layer_of(kind, {"return_sequences": every, "go_backwards": backwards, "return_state": True})
    probe, x, *_ = built(layer, initial=2 if kind == "LSTM" else 1)
    positive(probe.model)
    path, x = probe.output_of(layer), [np.abs(each) for each in x]
    units = [(0, 1), (2, 3)] if every else [(1,)]
    for number, unit in [*((0, unit) for unit in units), (1, (2,)), *([(2, (2,))] if kind == "LSTM" else [])]:
        wanted = gradients(probe.model, x, lambda out, n=number, u=unit: out[n][(0, *u)])
        found = reaches(probe, x, path + (f".{number}" if number else ""), unit)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other)
