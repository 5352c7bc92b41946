"""Gradient methods against closed forms and against NumPy: the same numbers, and the same random ones, on any backend."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from kerasviz.attribution.quadrature import RULES
from tests.contract.helpers import assert_close
from tests.contract.methods_oracle import gradient_of, linear, score_of
from tests.contract.test_golden import same_net
from tests.models import ZOO

TOLERANCE = 5e-5


@pytest.fixture
def dense(probing):
    model, x = same_net("dense")
    return probing(model), x


def test_saliency_and_gradient_x_input_of_a_linear_model_are_its_weights():
    model, kernel, _ = linear()
    x = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
    saliency = kv.attribute(model, x, "saliency", target=[0, 2, 1])
    product = kv.attribute(model, x, "gradient-x-input", target=[0, 2, 1])
    assert_close(saliency.values, kernel.T[[0, 2, 1]])
    assert_close(kv.attribute(model, x, "saliency", target=1, absolute=True).values, np.abs(kernel.T[[1, 1, 1]]))
    assert_close(product.values, x * kernel.T[[0, 2, 1]])
    assert saliency.target.tolist() == [[0], [2], [1]]
    assert saliency.score == "the output"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("num_steps", [1, 7])
def test_integrated_gradients_of_a_linear_model_are_exact_at_any_number_of_steps(rule, num_steps):
    model, kernel, bias = linear()
    x = np.random.default_rng(0).standard_normal((2, 4)).astype("float32")
    found = kv.attribute(
        model, x, "integrated-gradients", target=1, baseline=0.5, rule=rule, num_steps=num_steps, batch_size=3
    )
    assert_close(found.values, (x - 0.5) * kernel[:, 1])
    assert_close(found.baseline_scores, np.full(2, 0.5 * kernel[:, 1].sum() + bias[1]))
    assert np.abs(found.delta).max() < 1e-5


def test_integrated_gradients_are_the_integral_and_complete(dense):
    probe, x = dense
    found = kv.attribute(probe, x, "integrated-gradients", target=0)
    alphas = (np.arange(400) + 0.5) / 400
    expected = x * np.mean([gradient_of("dense", alpha * x) for alpha in alphas], axis=0)
    difference = score_of("dense", x) - score_of("dense", np.zeros_like(x))
    assert_close(found.values, expected, TOLERANCE)
    recomputed = found.values.sum(axis=1) - difference
    assert np.all(np.abs(recomputed) <= 1e-3 * np.abs(difference))
    np.testing.assert_allclose(found.delta, recomputed, atol=1e-5)


@pytest.mark.parametrize("name", ["conv", "attention", "lstm"])
def test_integrated_gradients_are_complete_on_other_nets_with_other_baselines(name, probing):
    model, x = same_net(name)
    target = 1 if name == "lstm" else 0
    for baseline in ("zero", "mean", "blur", np.random.default_rng(3).standard_normal(x.shape[1:])):
        found = kv.attribute(probing(model), x, "integrated-gradients", target=target, baseline=baseline, num_steps=100)
        difference = score_of(name, x) - score_of(name, found.baseline)
        recomputed = found.values.reshape(len(x), -1).sum(axis=1) - difference
        np.testing.assert_allclose(found.delta, recomputed, atol=2e-5)
        allowed = 1e-3 if name == "lstm" else 2e-2  # a ReLU and a maximum have corners
        assert np.all(np.abs(recomputed) <= allowed * np.abs(difference).max())


def test_integrated_gradients_at_a_layer_split_what_the_layer_makes_of_the_score(dense):
    probe, x = dense
    found = kv.attribute(probe, x, "integrated-gradients", target=0, layer="hidden")
    difference = score_of("dense", x) - score_of("dense", np.zeros_like(x))
    assert found.values.shape == (2, 4)
    assert found.layer == "hidden"
    assert_close(found.baseline, probe.activations(np.zeros_like(x))["hidden"])
    assert np.all(np.abs(found.values.sum(axis=1) - difference) <= 1e-3 * np.abs(difference))


def test_smoothgrad_and_its_relatives_are_the_moments_of_noisy_gradients(dense):
    probe, x = dense
    width = 0.2 * (x.max(axis=1, keepdims=True) - x.min(axis=1, keepdims=True))
    noise = np.random.default_rng((4, 0, 0)).standard_normal((6, 5), np.float32)
    gradients = np.array([gradient_of("dense", x + width * one) for one in noise])
    options = {"target": 0, "num_samples": 6, "noise": 0.2, "seed": 4}
    assert_close(kv.attribute(probe, x, "smoothgrad", **options).values, gradients.mean(axis=0), TOLERANCE)
    assert_close(kv.attribute(probe, x, "smoothgrad-squared", **options).values, (gradients**2).mean(axis=0), TOLERANCE)
    assert_close(kv.attribute(probe, x, "vargrad", **options).values, gradients.var(axis=0), 1e-4)


def test_expected_gradients_are_the_mean_over_the_drawn_baselines(dense):
    probe, x = dense
    background = np.random.default_rng(1).standard_normal((4, 5)).astype("float32")
    found = kv.attribute(probe, x, "expected-gradients", target=0, background=background, num_samples=9, seed=2)
    rng = np.random.default_rng(2)
    chosen, alphas = background[rng.integers(4, size=9)], rng.random(9)
    pairs = list(zip(chosen, alphas, strict=True))
    expected = np.mean([(x - b) * gradient_of("dense", b + a * (x - b)) for b, a in pairs], axis=0)
    base = np.mean([score_of("dense", b[None])[0] for b in chosen])
    assert_close(found.values, expected, TOLERANCE)
    np.testing.assert_allclose(found.delta, expected.sum(axis=1) - (score_of("dense", x) - base), atol=1e-4)


def test_other_samples_are_taken_through_a_layer_and_an_embedding_one_by_one(dense, probing):
    case = ZOO["masked_embedding"]
    tokens = case.inputs()
    rng = np.random.default_rng(1)
    for probe, x, background, layer in (
        (*dense, rng.standard_normal((4, 5)).astype("float32"), dense[0].layers[0].path),
        (probing(case.build()), tokens, rng.integers(1, 5, (4, *tokens.shape[1:])).astype(tokens.dtype), None),
    ):
        options = {"background": background, "num_samples": 9, "seed": 2, "layer": layer}
        found = kv.attribute(probe, x, "expected-gradients", target=0, **options)
        drawn = background[np.random.default_rng(2).integers(4, size=9)]
        inside = probe.activations(drawn, found.layer)[found.layer]
        assert_close(found.baseline[0], inside.mean(axis=0), TOLERANCE)
        assert inside.std(axis=0).max() > 0


def relu_net():
    """Two hidden layers of ReLUs, in each of the ways Keras has them, and their weights."""
    x = keras.Input((4,), name="x")
    h = layers.ReLU()(layers.Dense(5)(x))
    h = keras.ops.relu(layers.Dense(5)(h))
    h = layers.Activation("relu")(layers.Dense(4)(h))
    model = keras.Model(x, layers.Dense(2)(layers.Dense(4, activation="relu")(h)))
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()])
    return model


@pytest.mark.parametrize("method", ["guided-backprop", "deconvnet"])
def test_guided_backprop_and_deconvnet_cut_the_gradient_at_every_relu(method):
    model = relu_net()
    x = np.random.default_rng(1).standard_normal((6, 4)).astype("float32")
    kernels, biases = model.get_weights()[::2], model.get_weights()[1::2]
    h, before = x, []
    for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):
        before.append(h @ kernel + bias)
        h = np.maximum(before[-1], 0)
    gradient = np.repeat(kernels[-1][:, 1][None], 6, axis=0)
    for kernel, z in zip(kernels[-2::-1], before[::-1], strict=True):
        gradient = np.maximum(gradient, 0) * ((z > 0) if method == "guided-backprop" else 1) @ kernel.T
    found = kv.attribute(model, x, method, target=1)
    assert_close(found.values, gradient)
    assert np.any(gradient)
    assert_close(found.scores, (h @ kernels[-1] + biases[-1])[:, 1])  # the score itself is the model's own


def test_guided_backprop_without_a_relu_says_what_to_use():
    model, *_ = linear()
    with pytest.raises(kv.MethodError, match=r"has none as a layer.*'saliency'"):
        kv.attribute(model, np.ones((1, 4)), "guided-backprop")


def test_tokens_are_attributed_at_the_embedding_and_say_so(probing):
    case = ZOO["masked_embedding"]
    probe, x = probing(case.build()), case.inputs()
    embedded = probe.activations(x, "embedding")["embedding"]
    gradient = probe.gradients(x, 1, "embedding")["embedding"]
    found = kv.attribute(probe, x, "gradient-x-input", target=1)
    assert_close(found.values, (embedded * gradient).sum(axis=-1))
    assert found.values.shape == x.shape
    assert found.layer == "embedding"
    assert "whole numbers" in found.note
    path = kv.attribute(probe, x, "integrated-gradients", target=1)
    assert np.abs(path.delta).max() <= 1e-3 * np.abs(path.scores - path.baseline_scores).max()
    assert not np.any(path.values[:, -2:])  # the padding is masked, also on the way
    other = kv.attribute(probe, x, "integrated-gradients", target=1, baseline=np.full_like(x, 3))
    assert_close(other.baseline, probe.activations(np.full_like(x, 3), "embedding")["embedding"])


def test_several_inputs_get_one_attribution_each(probing):
    case = ZOO["dicts"]
    probe, x = probing(case.build()), case.inputs()
    found = kv.attribute(probe, x, "integrated-gradients", target=case.target, num_steps=200)
    assert {key: values.shape for key, values in found.values.items()} == {
        "input:image": (3, 4, 4, 1),
        "input:meta": (3, 3),
    }
    assert np.abs(found.delta).max() <= 1e-2 * np.abs(found.scores - found.baseline_scores).max()


def test_a_function_of_the_outputs_is_a_target():
    model, kernel, _ = linear()
    found = kv.attribute(
        model, np.ones((2, 4)), "integrated-gradients", target=lambda outputs: outputs[:, 0] - 2 * outputs[:, 2]
    )
    assert_close(found.values, np.repeat((kernel[:, 0] - 2 * kernel[:, 2])[None], 2, axis=0))


@pytest.mark.parametrize("size", [1, 3])
def test_all_points_follow_the_class_that_is_predicted_for_their_sample(size):
    """Not the one predicted for the point itself: near the baseline that is another."""
    model, kernel, _ = linear()
    model.layers[-1].bias.assign([0.0, 50.0, 0.0])  # the baseline is class 1
    x = 30 * np.sign(kernel[:, [0, 2, 0]] - kernel[:, 1:2]).T.astype("float32")[:size]
    classes = keras.ops.convert_to_numpy(model(x)).argmax(axis=1)
    assert 1 not in classes
    for method, options in (
        ("integrated-gradients", {"num_steps": 32}),
        ("smoothgrad", {"num_samples": 32, "noise": 3.0}),
    ):
        found = kv.attribute(model, x, method, **options)
        assert found.target[:, 0].tolist() == classes.tolist()
        assert_close(found.values, kernel.T[classes] * (x if method == "integrated-gradients" else 1), 1e-4)


def test_one_sigmoid_unit_is_explained_on_its_predicted_side():
    dense = layers.Dense(1, "sigmoid")
    model = keras.Sequential([keras.Input((2,)), dense])
    dense.set_weights([np.array([[1.0], [2.0]]), np.array([5.0])])
    found = kv.attribute(model, np.array([[-4.0, -3.0]]), "integrated-gradients")
    assert found.target.tolist() == [[0]]
    assert_close(found.values, np.array([[4.0, 6.0]]))
    assert np.abs(found.delta).max() < 1e-5


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="nothing is traced")
def test_other_steps_and_samples_trace_nothing_anew(probing, backend):
    model, x = same_net("dense")
    probe = probing(model)
    kv.attribute(probe, x[:1], "integrated-gradients", num_steps=16)
    kv.attribute(probe, x[:1], "integrated-gradients", num_steps=16)
    traces = probe.num_traces
    kv.attribute(probe, x[1:], "integrated-gradients", num_steps=16, target=2, rule="riemann-left")
    kv.attribute(probe, x[:1], "smoothgrad", num_samples=16, target=1)
    if backend == "tensorflow":  # one trace for any batch size
        kv.attribute(probe, x[:1], "integrated-gradients", num_steps=33, batch_size=9)
    assert probe.num_traces == traces
