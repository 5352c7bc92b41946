"""kv.arithmetic of Bidirectional and TimeDistributed: it leads to the layers inside, at the right step."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from tests.contract.arithmetic_oracle import check, pass_of, randomised
from tests.contract.reach_oracle import gradients, positive, reaches

LENGTH, FEATURES, UNITS = 5, 3, 2
MERGES = {
    "concat": lambda a, b: np.concatenate([a, b], -1), "sum": np.add, "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
}  # fmt: skip


def probed(layer, *further, seed=0, dtype="float32"):
    inputs = keras.Input((LENGTH, FEATURES), dtype=dtype)
    starts = [keras.Input((UNITS,), dtype=dtype) for _ in further]
    model = keras.Model([inputs, *starts], layer(inputs, **({"initial_state": starts} if starts else {})))
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(1, LENGTH, FEATURES)), *(rng.normal(size=(1, UNITS)) for _ in further)]
    x = [each.astype(dtype) for each in x]
    return kv.Probe(randomised(model, seed)), x if starts else x[0]


@pytest.mark.parametrize("merge", [*MERGES, None])
@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_each_direction_is_led_to_at_its_own_step(merge, every, kind):
    inner = getattr(keras.layers, kind)(UNITS, return_sequences=every, return_state=True)
    layer = keras.layers.Bidirectional(inner, merge_mode=merge)
    probe, x = probed(layer)
    given, path = pass_of(probe, x)[0], probe.output_of(layer)
    forward, backward = (next(p for p in given if p.endswith(f"{way}_{inner.name}")) for way in ("forward", "backward"))
    ahead, back = given[forward][0], given[backward][0]
    back = back[::-1] if every else back
    wanted = [ahead, back] if merge is None else [MERGES[merge](ahead, back)]
    for number, whole in enumerate(wanted):
        for unit in [tuple(n - 1 for n in whole.shape), tuple(n // 2 for n in whole.shape), (0,) * whole.ndim]:
            found = check(probe, x, path + (f".{number}" if number else ""), unit)
            np.testing.assert_allclose(found.computed, whole[unit], rtol=1e-6)
            assert {term.path for term in found.terms} <= {forward, backward}
    states = 2 if kind == "LSTM" else 1
    for number in range(2 * states):
        found = check(probe, x, f"{path}.{len(wanted) + number}", (1,))
        assert found.terms[0].path == f"{(forward, backward)[number // states]}.{1 + number % states}"


def test_a_masked_step_of_one_direction_gives_zero_and_a_gate_is_reached_through_it():
    layer = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))
    inputs = keras.Input((LENGTH, FEATURES))
    probe = kv.Probe(randomised(keras.Model(inputs, layer(keras.layers.Masking()(inputs)))))
    x = np.random.default_rng(0).normal(size=(1, LENGTH, FEATURES)).astype("float32")
    x[0, [1, 4]] = 0
    for step in range(LENGTH):
        for unit in (1, 3):
            inner = check(probe, x, layer, (step, unit)).terms[0]
            found = check(probe, x, inner.path, inner.index, linear=False)
            assert bool(found.stages) == (step not in (1, 4))


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_moved_and_merged_as_it_is(dtype):
    for merge in ("concat", "mul", "ave"):
        layer = keras.layers.Bidirectional(keras.layers.GRU(UNITS), merge_mode=merge, dtype=dtype)
        probe, x = probed(layer)
        check(probe, x, layer, (1,))


@pytest.mark.parametrize("merge", ["concat", "sum", None])
@pytest.mark.parametrize("turned", [False, True])
def test_a_direction_depends_on_the_steps_on_its_side(merge, turned):
    ways = [keras.layers.GRU(UNITS, return_sequences=True, go_backwards=way) for way in (turned, not turned)]
    layer = keras.layers.Bidirectional(ways[0], backward_layer=ways[1], merge_mode=merge)
    probe, x = probed(layer, *range(2))
    positive(probe.model)
    x, path = [np.abs(each) for each in x], probe.output_of(layer)
    for number in range(1 if merge else 2):
        for unit in [(1, 0), (3, 3 if merge == "concat" else 1)]:
            wanted = gradients(
                probe.model, x, lambda out, n=number, u=unit: (out if merge else out[n])[(0, *u)]
            )  # fmt: skip
            for one, other in zip(
                reaches(probe, x, path + (f".{number}" if number else ""), unit), wanted, strict=True
            ):
                np.testing.assert_array_equal(one, other)


def test_a_step_of_a_loop_is_what_the_layer_inside_gave_at_it():
    dense = keras.layers.Dense(4, activation="relu")
    layer = keras.layers.TimeDistributed(dense)
    probe, x = probed(layer)
    inside = next(info.path for info in probe.layers if info.kind == "Dense")
    for unit in [(0, 1), (4, 3), (2, 2)]:
        (term,) = check(probe, x, layer, unit).terms
        assert (term.path, term.index) == (inside, unit)
    nested = keras.layers.TimeDistributed(keras.layers.TimeDistributed(keras.layers.Dense(2)))
    inputs = keras.Input((3, 4, 5))
    probe = kv.Probe(randomised(keras.Model(inputs, nested(inputs))))
    x = np.random.default_rng(1).normal(size=(1, 3, 4, 5)).astype("float32")
    (term,) = check(probe, x, nested, (2, 1, 1)).terms
    (term,) = check(probe, x, term.path, term.index).terms
    assert {each.index[:2] for each in check(probe, x, term.path, term.index).terms} == {(2, 1)}


def test_recurrent_layers_and_attention_in_a_loop_take_its_step():
    layer = keras.layers.TimeDistributed(keras.layers.LSTM(2, return_sequences=True))
    inputs = keras.Input((3, 4, 5))
    probe = kv.Probe(randomised(keras.Model(inputs, layer(inputs))))
    x = np.random.default_rng(1).normal(size=(1, 3, 4, 5)).astype("float32")
    (term,) = check(probe, x, layer, (2, 1, 1)).terms
    found = check(probe, x, term.path, term.index, linear=False)
    gate = found.stages["input gate"]
    assert {term.index[:2] for term in gate.terms if term.path == "input"} == {(2, 1)}
    assert {term.index for term in gate.terms if term.path != "input"} == {(2, 0, 0), (2, 0, 1)}


def test_a_loop_of_unknown_length_has_no_rule():
    layer = keras.layers.TimeDistributed(keras.layers.Dense(4))
    inputs = keras.Input((None, 3))
    probe = kv.Probe(keras.Model(inputs, layer(inputs)))
    x = np.ones((1, 2, 3), "float32")
    try:
        found = kv.arithmetic(probe, x, layer, (1, 1))
    except kv.NoRuleError as error:
        assert "loop" in str(error)  # noqa: PT017  # which of the two depends on the backend
    else:
        assert found.agrees
        assert found.terms[0].index == (1, 1)


def test_a_step_of_a_loop_depends_on_that_step_only():
    layer = keras.layers.TimeDistributed(keras.layers.Conv1D(2, 2))
    inputs = keras.Input((3, 4, 2))
    probe = kv.Probe(keras.Model(inputs, layer(inputs)))
    positive(probe.model)
    x = [np.abs(np.random.default_rng(1).normal(size=(1, 3, 4, 2))).astype("float32")]
    wanted = gradients(probe.model, x, lambda out: out[0, 1, 2, 1])[0]
    (found,) = reaches(probe, x, probe.output_of(layer), (1, 2, 1))
    assert not (wanted & ~found).any()
    assert not found[[0, 2]].any()
