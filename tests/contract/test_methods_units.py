"""Units of any layer as targets: the score is what the unit gives, and every method explains that."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from tests.contract.helpers import BACKEND, assert_close, assert_unchanged, fingerprint
from tests.contract.test_golden import same_net
from tests.models import ZOO


@pytest.fixture
def net(probing):
    model, x = same_net("conv")
    return model, probing(model), x


def differences(score, x, step=1e-2):
    """Central differences of a score of each sample, everything else standing still."""
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape[1:]):
        delta = np.zeros_like(x)
        delta[(slice(None), *index)] = step
        found[(slice(None), *index)] = (score(x + delta) - score(x - delta)) / (2 * step)
    return found


def test_the_score_is_what_the_unit_gives_and_the_gradient_its_slope(probing):
    model, x = same_net("dense")
    probe = probing(model)
    found = probe.gradients(x, kv.unit("hidden", 2))
    values = probe.activations(x)["hidden"]
    assert_close(found.scores, values[:, 2])
    assert found.score == "a unit of 'hidden'"
    assert_close(found["hidden"], np.eye(values.shape[1])[[2] * len(x)])
    assert_close(found["input"], differences(lambda z: probe.activations(z, "hidden")["hidden"][:, 2], x), 2e-3)
    layer = model.get_layer("hidden")
    each = probe.gradients(x, kv.unit(layer, np.arange(len(x))[:, None] % values.shape[1]), ())
    assert_close(each.scores, values[np.arange(len(x)), np.arange(len(x)) % values.shape[1]])


def test_a_unit_of_a_map_and_a_whole_map(net):
    _, probe, x = net
    values = probe.activations(x, "relu")["relu"]
    place = np.unravel_index(values[0].argmax(), values.shape[1:])
    one = kv.attribute(probe, x, "saliency", target=kv.unit("relu", tuple(int(i) for i in place)))
    assert_close(one.scores, values[(slice(None), *place)])
    assert one.target.tolist() == [list(place)] * len(x)
    traces = probe.num_traces
    other = kv.attribute(probe, x, "saliency", target=kv.unit("relu", (0, 1, 2)))
    assert_close(other.scores, values[:, 0, 1, 2])
    assert probe.num_traces == traces  # another unit of the layer costs no trace
    for index, expected in (
        ((..., 1), values[..., 1].sum(axis=(1, 2))),
        ((2, ...), values[:, 2].sum(axis=(1, 2))),
        ((2, slice(None), 0), values[:, 2, :, 0].sum(axis=1)),
        ((...,), values.sum(axis=(1, 2, 3))),
    ):
        found = kv.attribute(probe, x, "saliency", target=kv.unit("relu", index))
        assert_close(found.scores, expected, 1e-4)
        assert found.score == "a sum over 'relu'"
    whole = kv.attribute(probe, x, "saliency", target=kv.unit("relu", (..., 1))).values
    parts = [
        kv.attribute(probe, x, "saliency", target=kv.unit("relu", (i, j, 1))).values for i in range(4) for j in range(4)
    ]
    assert_close(whole, np.sum(parts, axis=0), 1e-4)


METHODS = {
    "saliency": {}, "gradient-x-input": {}, "integrated-gradients": {"num_steps": 4}, "smoothgrad": {"num_samples": 3},
    "occlusion": {}, "shapley-sampling": {"num_samples": 2}, "kernel-shap": {"groups": 2}, "rise": {"num_samples": 5},
    "guided-backprop": {}, "grad-cam": {"layer": "relu"}, "conductance": {"layer": "relu", "num_steps": 3},
    "lrp": {}, "score-cam": {"layer": "relu"},
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_kind_of_method_explains_a_unit_as_it_would_explain_a_model_that_ends_there(method, net, probing):
    """The same model cut off after the unit's layer, explained at its output."""
    model, probe, x = net
    last = next(name for name in (layer.name for layer in model.layers[::-1]) if name != model.layers[-1].name)
    shape = probe.activations(x, last)[last].shape[1:]
    index = tuple(min(1, length - 1) for length in shape)
    before = fingerprint(model)
    options = METHODS[method]
    found = kv.attribute(probe, x, method, target=kv.unit(last, index if len(index) > 1 else index[0]), **options)
    assert_unchanged(before, fingerprint(model))
    cut = probing(keras.Model(model.inputs, model.get_layer(last).output))
    expected = kv.attribute(cut, x, method, target=index if len(index) > 1 else index[0], score="output", **options)
    assert_close(found.scores, expected.scores)
    assert_close(found.values, expected.values, 2e-4)
    if expected.delta is not None:
        assert_close(found.delta, expected.delta, 1e-3)


def test_a_unit_inside_loops_calls_and_nested_models(probing):
    for name, layer in (
        ("nested", "middle/inner/dense"),
        ("shared", "shared#1"),
        ("time_distributed", "each/step/conv"),
    ):
        case = ZOO[name]
        probe, x = probing(case.build()), case.inputs(2)
        values = probe.activations(x, layer)[layer]
        index = tuple(length - 1 for length in values.shape[1:])
        found = kv.attribute(probe, x, "gradient-x-input", target=kv.unit(layer, index))
        assert_close(found.scores, values[(slice(None), *index)])
        arrays = list(found.values.values()) if isinstance(found.values, dict) else [found.values]
        assert any(np.any(array) for array in arrays), name


def test_layers_after_the_unit_get_nothing_and_say_so(net):
    model, probe, x = net
    found = kv.attribute(
        probe, x, "gradient-x-activation", target=kv.unit("relu", (1, 1, 1)), layer=model.layers[-1].name
    )
    assert not np.any(found.values)
    assert "All values are zero" in found.note


def test_a_unit_can_be_checked_too(net):
    _, probe, x = net
    found = kv.attribute(probe, x[:1], "gradient-x-input", target=kv.unit("relu", (..., 1)))
    checked = kv.evaluate(found, num_steps=4, num_samples=2, max_stages=2)
    assert_close(checked.curves.deletion[:, 0], found.scores, 1e-4)


WRONG = {
    "too large": ("relu", (1, 9, 1), r"index 9 is out of range.*\(batch, 4, 4, 3\).*Choose \(0 … 3, 0 … 3, 0 … 2\)"),
    "too few": ("relu", (1, 1), r"\(0 … 3, 0 … 3, 0 … 2\) was expected"),
    "a number for a map": ("relu", 3, r"The unit 3 of 'relu'.*was expected"),
    "negative": ("relu", (-1, 0, 0), "was expected"),
    "a word": ("relu", "left", "was expected"),
    "two dots": ("relu", (..., ...), "was expected"),
    "no such layer": ("rleu", (1, 1, 1), "Nearest: 'relu'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_unit_that_does_not_exist_says_which_do(name, net):
    _, probe, x = net
    layer, index, message = WRONG[name]
    for ask in (probe.gradients, lambda given, target: kv.attribute(probe, given, "saliency", target=target)):
        with pytest.raises(kv.KerasvizError, match=message):
            ask(x, kv.unit(layer, index))


def test_units_that_no_method_can_follow_are_refused(probing):
    case = ZOO["masked_embedding"]
    tokens = keras.Input((4,), dtype="int32")
    model = keras.Model(tokens, keras.layers.Dense(1)(keras.layers.Embedding(5, 2)(keras.ops.maximum(tokens, 1))))
    with pytest.raises(kv.TargetError, match=r"gives int32, and a score has to be a float\. Choose a layer after it"):
        kv.attribute(model, np.ones((1, 4), "int32"), "saliency", target=kv.unit("maximum", 0))
    model, x = same_net("dense")
    answer = model.layers[-1].name
    with pytest.raises(kv.MethodError, match="hands back a logit"):
        kv.attribute(model, x, "lrp", target=kv.unit(answer, 0))
    model, x = case.build(), case.inputs(2)
    found = kv.attribute(probing(model), x, "integrated-gradients", target=kv.unit("lstm", 1), num_steps=30)
    assert found.values.shape == x.shape
    assert np.abs(found.delta).max() < 1e-2 * np.abs(found.scores - found.baseline_scores).max()


def test_lengths_that_the_layer_does_not_say_are_those_of_the_samples(probing):
    case = ZOO["any_size"]
    probe, x = probing(case.build()), case.inputs(2)
    info = next(i for i in probe.layers if None in (i.output_shape or ())[1:])
    shape = probe.activations(x, info.path)[info.path].shape
    last = tuple(length - 1 for length in shape[1:])
    assert kv.attribute(probe, x, "saliency", target=kv.unit(info.path, last)).scores.shape == (2,)
    with pytest.raises(kv.TargetError, match="out of range"):
        kv.attribute(probe, x, "saliency", target=kv.unit(info.path, (shape[1], *last[1:])))


@pytest.mark.skipif(BACKEND != "torch", reason="captum explains torch modules")
def test_captums_neuron_methods_give_the_same():
    from captum import attr

    from tests.contract.test_methods_captum import assert_parity, first, last
    from tests.contract.torch_twins import image_models

    model, twin, x = image_models()
    probe = kv.Probe(model)
    for layer, module in (("first", twin.relu1), ("second", twin.relu2), ("hidden", twin.relu3)):
        total = probe.activations(x, layer)[layer].sum(axis=0)
        ours = tuple(int(i) for i in np.unravel_index(total.argmax(), total.shape))  # one that is on
        theirs = (ours[-1], *ours[:-1])  # channels first
        target = kv.unit(layer, ours)
        gradient = attr.NeuronGradient(twin, module).attribute(first(x).requires_grad_(), theirs)
        assert_parity(kv.attribute(probe, x, "saliency", target=target).values, last(gradient))
        path = attr.NeuronIntegratedGradients(twin, module).attribute(first(x), theirs, first(x * 0 + 0.3), n_steps=20)
        found = kv.attribute(probe, x, "integrated-gradients", target=target, baseline=0.3, num_steps=20)
        assert_parity(found.values, last(path))
        guided = attr.NeuronGuidedBackprop(twin, module).attribute(first(x).requires_grad_(), theirs)
        assert_parity(kv.attribute(probe, x, "guided-backprop", target=target).values, last(guided))
        parts = attr.NeuronFeatureAblation(twin, module).attribute(first(x), theirs)
        groups = np.arange(x[0].size).reshape(x.shape[1:])
        found = kv.attribute(probe, x, "feature-ablation", target=target, groups=groups)
        assert_parity(found.values, last(parts))
    probe.close()
