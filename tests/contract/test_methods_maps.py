"""Class activation maps and methods about layers, against the formulas in NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from kerasviz.attribution.spatial import resize
from tests.contract.helpers import assert_close
from tests.contract.numpy_nets import evaluate, gradient
from tests.contract.test_golden import same_net
from tests.models import ZOO


@pytest.fixture
def net(probing):
    """The conv net of the NumPy oracle at its ReLU: probe, input, activations and gradients (batch, 4, 4, 3)."""
    model, x = same_net("conv")
    return probing(model), x, evaluate("conv")["relu"], gradient("conv", "relu")


def positive(a):
    return np.maximum(a, 0)


def plus_plus(a, g):
    alphas = np.zeros_like(g)
    divisor = 2 * g**2 + a.sum(axis=(1, 2), keepdims=True) * g**3
    np.divide(g**2, divisor, out=alphas, where=divisor != 0)
    return positive(((alphas * positive(g)).sum(axis=(1, 2), keepdims=True) * a).sum(axis=-1))


FORMULAS = {
    "grad-cam": lambda a, g: positive((g.mean(axis=(1, 2), keepdims=True) * a).sum(axis=-1)),
    "grad-cam-plus-plus": plus_plus,
    "hires-cam": lambda a, g: (a * g).sum(axis=-1),
    "layer-cam": lambda a, g: positive((a * positive(g)).sum(axis=-1)),
}


@pytest.mark.parametrize("method", FORMULAS)
def test_class_activation_maps_are_their_papers_formula(method, net):
    probe, x, activations, gradients = net
    found = kv.attribute(probe, x, method, target=0, layer="relu")
    assert_close(found.values, FORMULAS[method](activations, gradients), 2e-4)
    assert found.layer == "relu"
    assert found.values.any()


def test_the_relu_of_a_map_is_an_option(net):
    probe, x, activations, gradients = net
    found = kv.attribute(probe, x, "grad-cam", target=0, layer="relu", relu=False)
    assert_close(found.values, (gradients.mean(axis=(1, 2), keepdims=True) * activations).sum(axis=-1), 2e-4)


def test_eigen_cam_is_the_first_principal_direction_and_knows_no_target(net):
    probe, x, activations, _ = net
    found = kv.attribute(probe, x, "eigen-cam", target=0, layer="relu")
    for one, values in zip(activations, found.values, strict=True):
        flat = one.reshape(-1, 3)
        _, vectors = np.linalg.eigh(flat.T @ flat)
        expected = np.abs((flat @ vectors[:, -1]).reshape(4, 4))  # of activations that are not negative
        assert_close(values, expected, 1e-4)
    assert_close(kv.attribute(probe, x, "eigen-cam", target=2, layer="relu").values, found.values)


def test_hires_cam_of_a_head_that_is_one_linear_layer_sums_to_the_score_less_the_bias(probing):
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(4, "softmax", name="out"),
        ]
    )
    x = np.random.default_rng(0).standard_normal((2, 6, 6, 2)).astype("float32")
    found = kv.attribute(probing(model), x, "hires-cam", target=2, layer="conv")
    bias = model.get_layer("out").get_weights()[1][2]
    assert_close(found.values.sum(axis=(1, 2)), found.scores - bias, 1e-4)


def test_maps_are_taken_at_the_last_layer_with_positions_and_in_any_layout(probing):
    cases = {"conv1d": ("up", (3, 7)), "conv3d": ("conv", (3, 4, 4, 4)), "channels_first": ("norm", (3, 6, 6))}
    for name, (layer, shape) in cases.items():
        found = kv.attribute(probing(ZOO[name].build()), ZOO[name].inputs(), "grad-cam")
        assert (found.layer, found.values.shape) == (layer, shape), name


def test_score_cam_weighs_channels_by_what_the_model_says_of_them(net):
    probe, x, *_ = net
    found = kv.attribute(probe, x, "score-cam", target=1, layer="relu", baseline=0.25)
    channels = np.moveaxis(probe.activations(x, "relu")["relu"], -1, 1)
    for n, one in enumerate(channels):
        weights = []
        for channel in one:
            span = channel.max() - channel.min()
            mask = (channel - channel.min()) / span if span else np.zeros_like(channel)
            large = resize(mask, (7, 7), (0, 1))[..., None]
            masked = x[n] * large + 0.25 * (1 - large)
            weights.append(float(probe.gradients(masked[None], 1, ()).scores[0]))
        nothing = float(probe.gradients(np.full_like(x[:1], 0.25), 1, ()).scores[0])
        raised = np.exp(np.array(weights) - nothing)
        expected = positive(np.tensordot(raised / raised.sum(), one, 1))
        assert_close(found.values[n], expected, 1e-4)


def test_a_channel_that_is_the_same_everywhere_costs_score_cam_no_run(probing):
    model, x = same_net("conv")
    model.get_layer("conv").set_weights(
        [w * np.array([1, 0, 1], w.dtype) for w in model.get_layer("conv").get_weights()]
    )
    probe, runs = probing(model), []
    found = kv.attribute(probe, x[:1], "score-cam", target=1, layer="relu", progress=lambda *done: runs.append(done))
    (activations,) = probe.activations(x[:1], "relu")["relu"]
    live = np.ptp(activations, axis=(0, 1)) > 0
    assert 0 < live.sum() < 3
    assert runs[-1] == (live.sum() + 1, live.sum() + 1)

    masks = [(a - a.min()) / (np.ptp(a) or 1) for a in np.moveaxis(activations, -1, 0)]
    points = np.stack(
        [x[0] * resize(mask, (7, 7), (0, 1))[..., None] for mask in [*masks, np.zeros((4, 4), np.float32)]]
    )
    *scores, nothing = probe.gradients(points, 1, ()).scores
    raised = np.exp(np.array(scores) - nothing)
    assert_close(found.values[0], positive((activations * raised / raised.sum()).sum(axis=-1)), 1e-4)


def test_guided_grad_cam_is_the_product_of_the_two(net):
    probe, x, *_ = net
    found = kv.attribute(probe, x, "guided-grad-cam", target=0, layer="relu")
    cam = kv.attribute(probe, x, "grad-cam", target=0, layer="relu").values
    guided = kv.attribute(probe, x, "guided-backprop", target=0).values
    assert_close(found.values, guided * resize(cam, (7, 7), (1, 2))[..., None])
    assert found.values.shape == x.shape


def test_gradient_x_activation_is_the_product_and_needs_a_layer(net):
    probe, x, activations, gradients = net
    assert_close(
        kv.attribute(probe, x, "gradient-x-activation", target=0, layer="relu").values, activations * gradients, 2e-4
    )
    with pytest.raises(kv.MethodError, match=r"none was given\. Choose one: layer="):
        kv.attribute(probe, x, "gradient-x-activation")


def test_conductance_of_a_layer_that_everything_passes_is_complete_and_of_linear_models_exact(probing):
    model, x = same_net("dense")
    probe = probing(model)
    found = kv.attribute(probe, x, "conductance", target=0, layer="hidden", batch_size=7)
    assert np.abs(found.delta).max() <= 1e-3 * np.abs(found.scores - found.baseline_scores).max()
    whole = kv.attribute(probe, x, "conductance", target=0, layer="hidden", num_steps=400)
    assert_close(found.values, whole.values, 2e-3)
    # the path through two linear layers: activation times weight
    first, second = layers.Dense(4, use_bias=False, name="first"), layers.Dense(2, use_bias=False)
    linear = keras.Sequential([keras.Input((3,)), first, second])
    values = np.random.default_rng(0).standard_normal((2, 3)).astype("float32")
    expected = values @ first.get_weights()[0] * second.get_weights()[0][:, 1]
    assert_close(
        kv.attribute(linear, values, "conductance", target=1, layer="first", num_steps=3).values, expected, 1e-4
    )


def test_what_flows_through_the_units_of_such_a_layer_is_what_integrated_gradients_give(probing):
    model, x = same_net("dense")
    probe = probing(model)
    options = {"target": 0, "num_steps": 6, "baseline": 0.1, "batch_size": 7}
    size = probe.activations(x, "hidden")["hidden"].shape[-1]
    units = [
        kv.attribute(probe, x, "conductance", layer="hidden", unit=i, rule="left", **options).values
        for i in range(size)
    ]
    whole = kv.attribute(probe, x, "integrated-gradients", rule="riemann-left", **options)
    assert_close(np.sum(units, axis=0), whole.values, 1e-4)
    assert units[0].shape == x.shape
    with pytest.raises(kv.TargetError, match="out of range"):
        kv.attribute(probe, x, "conductance", layer="hidden", unit=size)


def test_blur_integrated_gradients_are_complete_and_of_linear_models_exact(probing):
    model, x = same_net("lstm")
    found = kv.attribute(probing(model), x, "blur-integrated-gradients", target=1, num_steps=80, batch_size=33)
    assert np.abs(found.delta).max() <= 2e-3 * np.abs(found.scores - found.baseline_scores).max()
    pooled = keras.Sequential([keras.Input((6, 2)), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    values = np.random.default_rng(0).standard_normal((2, 6, 2)).astype("float32")
    found = kv.attribute(pooled, values, "blur-integrated-gradients", num_steps=3)
    kernel = pooled.layers[-1].get_weights()[0][:, 0]
    assert_close(found.values, (values - found.baseline) * kernel / 6, 1e-4)
