"""kv.arithmetic of attention: scores, softmax, mix and projection of one unit, against NumPy written down here."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.rules.field import receptive_field
from tests.contract.arithmetic_oracle import EPS, check, check_terms, pass_of, probe_dtype, randomised
from tests.contract.helpers import BACKEND, wide_numbers
from tests.contract.reach_oracle import gradients, positive, reaches

T, S, D = 4, 5, 6


def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def built(make, *shapes, seed=0, dtype="float32", flags=()):
    """A probe of `make(*inputs)`, and a sample: random numbers, and the masks in `flags`."""
    inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
    masks = [keras.Input(np.shape(flag), dtype="bool") for flag in flags]
    model = randomised(keras.Model([*inputs, *masks], make(*inputs, *masks)), seed)
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(1, *shape)).astype(dtype) for shape in shapes] + [np.array([flag]) for flag in flags]
    return kv.Probe(model), x if len(x) > 1 else x[0]


def followed(probe, x, path, unit, own, *, loose=1e-4, rounded=None, linear=False):
    """One unit: looked up and summed, then each stage: softmax weights (head, key) and mixes as NumPy has them."""
    weights, values = own
    found = check(probe, x, path, unit, linear=linear, rounded=rounded)
    given, dtype = pass_of(probe, x)[0], probe_dtype(probe, path)
    assert found.bound < 400 * EPS["float32" if dtype == "float64" and BACKEND != "tensorflow" else dtype]
    seen = 0
    for name, stage in found.stages.items():
        check_terms(probe, given, path, stage.terms)
        assert stage.agrees is not False, name
        for term in stage.terms:
            if term.stage and not (term.path or term.function):
                np.testing.assert_allclose(term.input, found.stages[term.stage].computed, rtol=1e-9)
        head = int(name.rpartition("head ")[2]) if "head" in name else 0
        if name.startswith("weight"):
            key = int(name.removeprefix("weight of key ").partition(",")[0])
            np.testing.assert_allclose(stage.computed, weights[head][key], atol=loose, rtol=loose)
        if name.startswith("mix"):
            number = int(name.removeprefix("mix ").partition(",")[0])
            np.testing.assert_allclose(stage.computed, weights[head] @ values[:, head, number], atol=loose, rtol=loose)
        seen += name.startswith("weight")
    assert seen == sum(int((row > 0).sum()) for row in weights)
    return found


def own_weights(given, path, place, allowed, groups=1):
    """The softmax of one query, of all heads, from the tapped projections."""
    query, key, value = (given[f"{path}/{name}"][0].astype(np.float64) for name in ("query", "key", "value"))
    key, value = np.repeat(key, groups, axis=1), np.repeat(value, groups, axis=1)
    found = np.zeros((query.shape[1], len(key)))
    for head in range(query.shape[1]):
        scores = key[:, head] @ query[place, head] / np.sqrt(query.shape[-1])
        found[head, allowed] = softmax(scores[allowed]) if np.any(allowed) else 0
    return found, value


ALL = np.ones(S, bool)
DTYPES = ["float32", "float64", "mixed_float16", "mixed_bfloat16"]
LOOSE = {"float32": 1e-5, "float64": 1e-5, "mixed_float16": 2e-2, "mixed_bfloat16": 1e-1}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("returned", [False, True])
def test_a_head_is_its_scores_softmax_mix_and_projection(dtype, returned):
    if BACKEND == "jax" and dtype == "mixed_float16" and not returned:
        pytest.skip("JAX has no float16 attention on a CPU")
    width = 3 if BACKEND == "jax" and not returned else 4  # JAX's operation wants one width for keys and values
    layer = keras.layers.MultiHeadAttention(2, 3, value_dim=width, dtype=dtype)
    wide = "float64" if dtype == "float64" else "float32"
    rounded = "float32" if dtype == "float64" and BACKEND == "torch" else None
    with wide_numbers():
        probe, x = built(lambda q, v: layer(q, v, return_attention_scores=returned), (T, D), (S, D), dtype=wide)
        path = probe.output_of(layer)
        for unit in [(0, 0), (3, 5), (2, 3)]:
            weights, values = own_weights(pass_of(probe, x)[0], path, unit[0], ALL)
            found = followed(probe, x, path, unit, (weights, values), loose=LOOSE[dtype], rounded=rounded, linear=True)
            assert len(found.terms) == 2 * width
            assert len(found.stages) == 2 * (S + S + width)
        if returned:
            found = kv.arithmetic(probe, x, f"{path}.1", (1, 2, 3))
            weights, _ = own_weights(pass_of(probe, x)[0], path, 2, ALL)
            np.testing.assert_allclose(found.computed, weights[1, 3], rtol=LOOSE[dtype])
            assert found.agrees


PADDED = [True, True, False, True, False]


@pytest.mark.parametrize("returned", [False, True])
@pytest.mark.parametrize(
    ("options", "flags", "allowed"),
    [
        ({"use_causal_mask": True}, {}, lambda t: np.arange(S) <= t),
        ({}, {"value_mask": PADDED}, lambda _: PADDED),
        ({}, {"key_mask": PADDED}, lambda _: PADDED),
        ({"use_causal_mask": True}, {"value_mask": PADDED}, lambda t: PADDED & (np.arange(S) <= t)),
        ({}, {"attention_mask": np.tri(T, S, 1, dtype=bool)}, lambda t: np.arange(S) <= t + 1),
        ({}, {"attention_mask": np.stack([np.tri(T, S, 1, dtype=bool)] * 2)}, lambda t: np.arange(S) <= t + 1),
    ],
)
def test_masks_hide_keys(options, flags, allowed, returned):
    layer = keras.layers.MultiHeadAttention(2, 3)

    def make(q, v, *masks):
        given = dict(zip(flags, masks, strict=True))
        return layer(q, v, return_attention_scores=returned, **options, **given)

    probe, x = built(make, (T, D), (S, D), flags=list(flags.values()))
    path = probe.output_of(layer)
    for place in (0, 2, 3):
        weights, values = own_weights(pass_of(probe, x)[0], path, place, np.asarray(allowed(place)))
        followed(probe, x, path, (place, 1), (weights, values), linear=True)
        if returned:
            for key in range(S):
                found = kv.arithmetic(probe, x, f"{path}.1", (1, place, key))
                assert found.agrees
                np.testing.assert_allclose(found.computed, weights[1, key], rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_padding_travels_from_a_masked_embedding_also_to_queries_that_may_look_nowhere(dtype):
    if BACKEND == "jax" and dtype == "mixed_float16":
        pytest.skip("JAX has no float16 attention on a CPU")
    layer = keras.layers.MultiHeadAttention(2, 3, dtype=dtype)

    def make(tokens):
        words = keras.layers.Embedding(7, D, mask_zero=True, dtype=dtype)(tokens)
        return layer(words, words)

    inputs = keras.Input((5,), dtype="int32")
    probe = kv.Probe(randomised(keras.Model(inputs, make(inputs))))
    x, path = np.array([[3, 1, 0, 4, 0]]), probe.output_of(layer)
    for place in range(5):
        if dtype == "mixed_float16" and BACKEND == "torch" and place in (2, 4):
            with pytest.raises(kv.NoRuleError, match="no key"):
                kv.arithmetic(probe, x, path, (place, 1))
            continue
        allowed = np.array([True, True, False, True, False])
        weights, values = own_weights(pass_of(probe, x)[0], path, place, allowed)
        weights = np.full((2, 5), 0.2) if place in (2, 4) else weights
        followed(probe, x, path, (place, 1), (weights, values), loose=LOOSE[dtype], linear=True)


def test_groups_of_heads_share_keys_and_a_gate_comes_after_the_mix():
    for gate in (False, True):
        layer = keras.layers.GroupQueryAttention(3, 4, 2, use_gate=gate)
        probe, x = built(lambda q, v, layer=layer: layer(q, v, use_causal_mask=True), (T, D), (S, D))
        path = probe.output_of(layer)
        weights, values = own_weights(pass_of(probe, x)[0], path, 2, np.arange(S) <= 2, groups=2)
        found = followed(probe, x, path, (2, 4), (weights, values), linear=True)
        assert ("gated mix 1, head 3" in found.stages) is gate


def test_a_sliding_window_and_a_shape_of_its_own():
    layer = keras.layers.MultiHeadAttention(2, 3, sliding_window=2, output_shape=(2, 3), use_bias=False)
    probe, x = built(lambda q: layer(q, q), (S, D))
    path = probe.output_of(layer)
    weights, values = own_weights(pass_of(probe, x)[0], path, 2, np.abs(np.arange(S) - 2) < 2)
    followed(probe, x, path, (2, 1, 2), (weights, values), linear=True)


@pytest.mark.parametrize("axes", [None, (2,), (1,), (-2,)])
@pytest.mark.parametrize("returned", [False, True])
def test_attention_along_some_axes(axes, returned):
    layer = keras.layers.MultiHeadAttention(2, 3, attention_axes=axes)
    probe, x = built(lambda q: layer(q, q, return_attention_scores=returned), (2, 3, D))
    path = probe.output_of(layer)
    found = check(probe, x, path, (1, 2, 4))
    given, _ = pass_of(probe, x)
    query, key = (given[f"{path}/{name}"][0].astype(np.float64) for name in ("query", "key"))
    keys = {None: [(a, b) for a in range(2) for b in range(3)], (1,): [(a, 2) for a in range(2)]}
    keys = keys.get(axes, [(1, b) for b in range(3)])
    scores = np.array([key[place][1] @ query[1, 2, 1] / np.sqrt(3) for place in keys])
    names = [name for name in found.stages if name.startswith("weight") and name.endswith("head 1")]
    assert len(names) == len(keys)
    for name, weight in zip(names, softmax(scores), strict=True):
        stage = found.stages[name]
        np.testing.assert_allclose(stage.computed, weight, rtol=1e-5)
        assert stage.agrees is (True if returned else None)
        check_terms(probe, given, path, found.stages[name.replace("weight", "score")].terms)
    assert found.stages["mix 1, head 1"].agrees
    if returned:
        shape = given[f"{path}.1"].shape[1:]
        for unit in np.ndindex(*shape):
            assert kv.arithmetic(probe, x, f"{path}.1", unit).agrees


def plain_scores(kind, options, weights, query, keys):
    """What Attention and AdditiveAttention score, from their documentation."""
    scale = weights.get("scale", np.ones(())).astype(np.float64)
    if kind == "AdditiveAttention":
        return (scale * np.tanh(query + keys)).sum(-1)
    if options.get("score_mode") == "concat":
        return weights["concat_score_weight"] * np.tanh(scale * (query + keys)).sum(-1)
    return scale * (keys @ query)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("Attention", {}),
        ("Attention", {"use_scale": True}),
        ("Attention", {"use_scale": True, "score_mode": "concat"}),
        ("Attention", {"score_mode": "concat"}),
        ("AdditiveAttention", {}),
        ("AdditiveAttention", {"use_scale": False}),
    ],
)
def test_attention_without_projections_is_the_mix_itself(kind, options, dtype):
    layer = getattr(keras.layers, kind)(dtype=dtype, **options)
    probe, x = built(lambda q, v, k: layer([q, v, k], return_attention_scores=True), (T, D), (S, 3), (S, D))
    path, weights = probe.output_of(layer), probe.weights(layer)
    values = x[1][0].astype(np.float64)[:, None]
    for place in (0, 3):
        scores = plain_scores(kind, options, weights, x[0][0, place].astype(np.float64), x[2][0].astype(np.float64))
        shares = softmax(scores)[None]
        found = followed(probe, x, path, (place, 2), (shares, values), loose=LOOSE[dtype])
        assert len(found.terms) == S
        assert kv.arithmetic(probe, x, f"{path}.1", (place, 2)).agrees


def test_masks_of_a_list_hide_values_and_silence_queries():
    layer = keras.layers.Attention()
    flags = [[True, True, False, True], PADDED]
    probe, x = built(
        lambda q, v, *masks: layer([q, v], mask=list(masks), use_causal_mask=True), (T, D), (S, D), flags=flags
    )
    path = probe.output_of(layer)
    silent = check(probe, x, path, (2, 1))
    assert silent.value == 0
    assert silent.note
    values = x[1][0].astype(np.float64)
    for place in (0, 3):
        scores, allowed = values @ x[0][0, place].astype(np.float64), PADDED & (np.arange(S) <= place)
        shares = np.zeros((1, S))
        shares[0, allowed] = softmax(scores[allowed])
        followed(probe, x, path, (place, 2), (shares, values[:, None]))


def test_a_query_that_may_look_nowhere_weighs_all_alike_or_is_refused():
    layer = keras.layers.Attention()
    flags = [[False] * S]
    probe, x = built(lambda q, v, m: layer([q, v], mask=[None, m]), (T, D), (S, D), flags=flags)
    values = x[1][0].astype(np.float64)[:, None]
    followed(probe, x, probe.output_of(layer), (1, 2), (np.full((1, S), 1 / S), values))
    x[0] = x[0] * 100
    with pytest.raises(kv.NoRuleError, match="no key"):
        kv.arithmetic(probe, x, layer, (1, 2))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("scale", [None, 0.7])
def test_the_operation_is_taken_apart_too(causal, scale):
    def make(q, k, v, m):
        return keras.ops.dot_product_attention(q, k, v, mask=m, scale=scale, is_causal=causal)

    mask = np.ones((1, T, S), bool)
    mask[0, :, 1] = False
    probe, x = built(make, (T, 4, 3), (S, 2, 3), (S, 2, 3), flags=[mask])
    path = next(info.path for info in probe.layers if info.kind == "DotProductAttention")
    query, key, value = (each[0].astype(np.float64) for each in x[:3])
    for place, head, unit in [(0, 0, 1), (2, 3, 2), (3, 1, 0)]:
        scores = key[:, head // 2] @ query[place, head] * (scale or 1 / np.sqrt(3))
        allowed = mask[0, place] & (np.arange(S) <= place if causal else ALL)
        shares = np.zeros(S)
        shares[allowed] = softmax(scores[allowed])
        found = check(probe, x, path, (place, head, unit), linear=False)
        np.testing.assert_allclose(found.computed, shares @ value[:, head // 2, unit], rtol=1e-4, atol=1e-6)
        assert {term.weight_index for term in found.terms} == {(k, head // 2, unit) for k in np.flatnonzero(allowed)}


def test_attention_in_a_loop_takes_its_step():
    layer = keras.layers.MultiHeadAttention(2, 3)
    inner = keras.Input((T, D))
    loop = keras.layers.TimeDistributed(keras.Model(inner, layer(inner, inner), name="block"))
    probe, x = built(loop, (3, T, D))
    path = next(info.path for info in probe.layers if info.kind == "MultiHeadAttention")
    found = check(probe, x, path, (2, 1, 4), linear=False)
    given, _ = pass_of(probe, x)
    query, key = (given[f"{path}/{name}"][0, 2].astype(np.float64) for name in ("query", "key"))
    wanted = softmax(key[:, 1] @ query[1, 1] / np.sqrt(3))
    for place in range(T):
        np.testing.assert_allclose(found.stages[f"weight of key {place}, head 1"].computed, wanted[place], rtol=1e-5)
    check_terms(probe, given, path, found.stages["score of key 3, head 0"].terms)


@pytest.mark.parametrize("case", ["plain", "causal", "three", "scores", "axes", "window"])
def test_heads_depend_on_their_query_and_the_keys_they_may_see(case):
    options = {"axes": {"attention_axes": (2,)}, "window": {"sliding_window": 2}}.get(case, {})
    layer = keras.layers.MultiHeadAttention(2, 3, **options)
    shape, call = ((2, 3, D), {}) if case == "axes" else ((T, D), {"use_causal_mask": True} if case == "causal" else {})
    call |= {"return_attention_scores": True} if case == "scores" else {}
    count = 3 if case == "three" else 2
    probe, x = built(lambda *x: layer(*x, **call), *[shape] * count, seed=3)
    path, units = probe.output_of(layer), [(0, 1), (2, 3)]
    units = {"axes": [(1, 2, 3)], "scores": [(1, 2, 3)]}.get(case, units)
    path += ".1" if case == "scores" else ""
    for unit in units:
        wanted = gradients(probe.model, x, lambda out, u=unit: (out[1] if case == "scores" else out)[(0, *u)])
        for one, other in zip(reaches(probe, x, path, unit), wanted, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["Attention", "AdditiveAttention"])
def test_attention_depends_on_one_feature_of_the_values(kind, causal):
    layer = getattr(keras.layers, kind)()
    probe, x = built(lambda q, v, k: layer([q, v, k], use_causal_mask=causal), (T, D), (S, 3), (S, D))
    positive(probe.model)
    for unit in [(0, 1), (2, 2)]:
        wanted = gradients(probe.model, x, lambda out, u=unit: out[(0, *u)])
        for one, other in zip(reaches(probe, x, probe.output_of(layer), unit), wanted, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_operation_depends_on_one_head():
    def make(q, k, v):
        return keras.ops.dot_product_attention(q, k, v, is_causal=True)

    probe, x = built(make, (T, 4, 3), (S, 2, 3), (S, 2, 3))
    path = next(info.path for info in probe.layers if info.kind == "DotProductAttention")
    for unit in [(0, 1, 2), (2, 3, 1)]:
        wanted = gradients(probe.model, x, lambda out, u=unit: out[(0, *u)])
        for one, other in zip(reaches(probe, x, path, unit), wanted, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_receptive_field_goes_through_a_causal_block_and_recurrent_layers():
    inputs = keras.Input((T, D))
    steps = keras.layers.LSTM(3, return_sequences=True)(inputs)
    seen = keras.layers.MultiHeadAttention(2, 3, name="heads")(steps, steps, use_causal_mask=True)
    both = keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True))(inputs)
    joined = keras.layers.Dense(3)(keras.layers.Concatenate(name="join")([steps, seen]))
    model = randomised(keras.Model(inputs, [joined, both]), 2, 0.3)
    probe, x = kv.Probe(model), np.random.default_rng(2).normal(size=(1, T, D)).astype("float32")
    _, scene = pass_of(probe, x)
    assert [check(probe, x, "join", (2, unit)).terms[0].path for unit in (1, 4)] == [probe.layers[0].path, "heads"]
    for number, layer in enumerate(("dense", "bidirectional")):
        path = next(info.path for info in probe.layers if info.path.startswith(layer) and "/" not in info.path)
        for unit in [(0, 1), (2, 1), (3, 2)]:
            found = receptive_field(scene, path, unit)
            wanted = gradients(model, [x], lambda out, n=number, u=unit: out[n][(0, *u)])[0]
            (marked,) = found.inputs.values()
            np.testing.assert_array_equal(marked, wanted)
            assert not found.rough
