"""Attention scores on the screen are the layer's own."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.contract.views import RANDOM, Panels, facts, scramble


@pytest.fixture
def panel_of():
    panels = Panels()
    yield panels
    panels.close()


def series(*shape):
    return RANDOM.normal(size=(1, *shape)).astype("float32")


def own_scores(layer, *args, **kwargs):
    """What the layer returns when it is asked for its scores, one sample."""
    return keras.ops.convert_to_numpy(layer(*args, return_attention_scores=True, **kwargs)[1])[0]


def self_attention(layer, shape=(5, 6), **kwargs):
    inputs = keras.Input(shape)
    return scramble(keras.Model(inputs, layer(inputs, inputs, **kwargs)))


LAYERS = {
    "plain": lambda: layers.MultiHeadAttention(3, 4, name="att"),
    # (with dropout: on JAX the fused kernel of Keras does not take a width of its own for values)
    "values": lambda: layers.MultiHeadAttention(
        2, 4, value_dim=3, output_shape=7, use_bias=False, dropout=0.5, name="att"
    ),
    "gated": lambda: layers.MultiHeadAttention(2, 4, use_gate=True, name="att"),
    "window": lambda: layers.MultiHeadAttention(2, 4, sliding_window=2, name="att"),
    "dropout": lambda: layers.MultiHeadAttention(2, 4, dropout=0.5, name="att"),
    "grouped": lambda: layers.GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2, name="att"),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", LAYERS)
def test_scores_are_the_layers_own(panel_of, kind, causal):
    layer, x = LAYERS[kind](), series(5, 6)
    model = self_attention(layer, use_causal_mask=causal)

    panel = panel_of(model, x, "att", "attention", head=1, query=3)

    own = own_scores(layer, x, x, use_causal_mask=causal)
    np.testing.assert_allclose(panel.tensors["heads"], own, atol=1e-5)
    np.testing.assert_allclose(panel.tensors["scores"], own[1], atol=1e-5)
    np.testing.assert_allclose(panel.tensors["attended"], own[1, 3], atol=1e-5)
    assert facts(panel)["recomputed_output"].good
    masks = [fact.value for fact in panel.payload.facts if fact.name == "mask"]
    wanted = (["causal"] if causal else []) + (["window"] if kind == "window" else [])
    assert masks == (wanted or ["none"])


def test_what_the_keys_add_is_what_the_head_gives(panel_of):
    layer, x = layers.MultiHeadAttention(2, 4, value_dim=3, dropout=0.5, name="att"), series(5, 6)
    model = self_attention(layer)

    panel = panel_of(model, x, "att", "attention", head=1, query=2)

    value = keras.ops.convert_to_numpy(layer.value_dense(x))[0, :, 1]
    scores = own_scores(layer, x, x)[1, 2]
    np.testing.assert_allclose(panel.tensors["added"], scores[:, None] * value, atol=1e-5)
    np.testing.assert_allclose(panel.tensors["mix"], scores @ value, atol=1e-5)


def test_scores_that_the_model_asked_for_are_shown_as_they_are(panel_of):
    inputs = keras.Input((5, 6))
    layer, x = layers.MultiHeadAttention(2, 4, name="att"), series(5, 6)
    model = scramble(keras.Model(inputs, layer(inputs, inputs, return_attention_scores=True)))

    panel = panel_of(model, x, "att", "attention")
    second = panel_of(model, x, "att.1", "attention")

    own = own_scores(layer, x, x)
    np.testing.assert_allclose(panel.tensors["heads"], own, rtol=1e-6)
    np.testing.assert_allclose(second.tensors["heads"], own, rtol=1e-6)
    assert facts(panel)["scores"].value == facts(second)["scores"].value == "own_scores"
    assert facts(panel)["recomputed_scores"].good
    assert facts(panel)["recomputed_output"].good


@pytest.mark.parametrize("causal", [False, True])
def test_padding_is_masked(panel_of, causal):
    tokens = np.array([[4, 2, 7, 0, 0]])
    layer = layers.MultiHeadAttention(2, 4, name="att")
    inputs = keras.Input((5,), dtype="int32")
    embedding = layers.Embedding(9, 6, mask_zero=True)
    hidden = embedding(inputs)
    model = scramble(keras.Model(inputs, layer(hidden, hidden, use_causal_mask=causal)))

    panel = panel_of(model, tokens, "att", "attention", head=1)

    own = own_scores(layer, embedding(tokens), embedding(tokens), use_causal_mask=causal)
    np.testing.assert_allclose(panel.tensors["heads"][:, :3], own[:, :3], atol=1e-5)
    assert not panel.tensors["heads"][:, :3, 3:].any()
    assert facts(panel)["recomputed_output"].good
    assert "padding" in [fact.value for fact in panel.payload.facts]


def test_a_given_mask_is_found_among_the_inputs(panel_of):
    inputs, mask = keras.Input((5, 6)), keras.Input((5, 4), dtype="bool", name="mask")
    other = keras.Input((4, 6), name="other")
    layer = layers.MultiHeadAttention(2, 4, name="att")
    model = scramble(keras.Model([inputs, other, mask], layer(inputs, other, attention_mask=mask)))
    x, y, may = series(5, 6), series(4, 6), np.eye(5, 4, dtype=bool)[None] | (np.arange(4) == 1)

    panel = panel_of(model, [x, y, may], "att", "attention")

    np.testing.assert_allclose(panel.tensors["heads"], own_scores(layer, x, y, attention_mask=may), atol=1e-5)
    assert facts(panel)["mask"].value == "given"
    assert facts(panel)["recomputed_output"].good


class Own(keras.Model):
    """Makes its mask where nobody sees it."""

    def __init__(self):
        super().__init__()
        self.att = layers.MultiHeadAttention(2, 4, name="att")

    def call(self, x):
        return self.att(x, x, attention_mask=keras.ops.convert_to_tensor(np.eye(5, k=1)[None] + np.eye(5)[None] > 0))


def test_scores_without_the_mask_that_was_given_are_not_passed_off(panel_of):
    model, x = Own(), series(5, 6)
    model(x)

    panel = panel_of(scramble(model), x, "att", "attention")

    assert facts(panel)["recomputed_output"].good is False
    assert "attention_off" in panel.payload.notes
    assert facts(panel)["mask"].value == "none"


def test_an_output_that_cannot_tell_masks_apart_says_so(panel_of):
    layer = layers.MultiHeadAttention(2, 4, name="att")
    model = self_attention(layer)
    layer.output_dense.set_weights([0 * weight for weight in layer.output_dense.get_weights()])

    panel = panel_of(model, series(5, 6), "att", "attention")

    assert "attention_ambiguous" in panel.payload.notes


@pytest.mark.parametrize(("axes", "lead"), [((2,), 3), ((1,), 4), ((1, 2), 1)])
def test_attention_along_some_axes(panel_of, axes, lead):
    layer, x = layers.MultiHeadAttention(2, 4, attention_axes=axes, name="att"), series(3, 4, 6)
    model = self_attention(layer, (3, 4, 6))

    panel = panel_of(model, x, "att", "attention", sequence=lead - 1)

    own = own_scores(layer, x, x)
    own = own.reshape(lead, 2, *panel.tensors["heads"].shape[1:])
    np.testing.assert_allclose(panel.tensors["heads"], own[-1], atol=1e-5)
    assert facts(panel)["recomputed_output"].good


DIRECT = {
    "dot": lambda: layers.Attention(name="att"),
    "scaled": lambda: layers.Attention(use_scale=True, name="att"),
    "concat": lambda: layers.Attention(score_mode="concat", use_scale=True, name="att"),
    "additive": lambda: layers.AdditiveAttention(name="att"),
}


@pytest.mark.parametrize("given", [(0, 0), (0, 1), (0, 0, 1), (0, 1, 0), (0, 1, 2)])
@pytest.mark.parametrize("kind", DIRECT)
def test_simple_attention(panel_of, kind, given):
    layer = DIRECT[kind]()
    inputs = [keras.Input((5, 6), name=f"in{i}") for i in range(max(given) + 1)]
    model = scramble(keras.Model(inputs, layer([inputs[i] for i in given])))
    arrays = [series(5, 6) for _ in inputs]

    panel = panel_of(model, arrays, "att", "attention")

    own = own_scores(layer, [arrays[i] for i in given])
    np.testing.assert_allclose(panel.tensors["scores"], own, atol=1e-5)
    assert facts(panel)["recomputed_output"].good


def test_the_second_call_has_its_own_scores(panel_of):
    inputs = keras.Input((5, 6))
    layer, x = layers.MultiHeadAttention(2, 4, name="att"), series(5, 6)
    first = layer(inputs, inputs)
    model = scramble(keras.Model(inputs, layer(first, first, use_causal_mask=True)))

    panel = panel_of(model, x, "att#1", "attention")

    first = layer(x, x)
    np.testing.assert_allclose(panel.tensors["heads"], own_scores(layer, first, first, use_causal_mask=True), atol=1e-5)
    assert facts(panel)["mask"].value == "causal"
    assert facts(panel)["recomputed_output"].good


def test_attention_comes_first(panel_of):
    panel = panel_of(self_attention(LAYERS["plain"]()), series(5, 6), "att", "")

    assert panel.payload.head.aspects[0] == panel.payload.head.aspect == "attention"
    assert panel.payload.head.code.startswith("keras.ops.softmax(")
