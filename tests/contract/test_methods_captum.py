"""captum's numbers, for every method that captum has too: the same weights in a torch module.

max |difference| ≤ 1e-4 · max |captum|, not a correlation.
"""

import keras
import numpy as np
import pytest

import kerasviz as kv

if keras.backend.backend() != "torch":
    pytest.skip("captum explains torch modules", allow_module_level=True)

import torch
from captum import attr
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule

from kerasviz.attribution.kernel_shap import _coalitions as drawn_coalitions
from tests.contract.torch_twins import image_models, token_models

TARGET = [2, 0, 1]


@pytest.fixture(scope="module")
def images():
    model, twin, x = image_models()
    probe = kv.Probe(model)
    yield probe, twin, x
    probe.close()


def first(x):
    """Channels first, as torch has it."""
    return torch.from_numpy(np.moveaxis(x, -1, 1).copy())


def last(tensor):
    """Channels last, as Keras has it; of several outputs of a layer the first."""
    tensor = tensor[0] if isinstance(tensor, tuple) else tensor
    array = tensor.detach().numpy()
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array


def assert_parity(ours, captum):
    assert ours.shape == captum.shape
    assert np.abs(captum).max() > 0
    assert np.abs(ours - captum).max() <= 1e-4 * np.abs(captum).max()


def test_the_twins_compute_the_same(images):
    probe, twin, x = images
    scores = probe.gradients(x, TARGET, ()).scores
    assert_parity(scores, twin(first(x))[range(3), TARGET].detach().numpy())


def test_saliency(images):
    probe, twin, x = images
    theirs = attr.Saliency(twin).attribute(first(x).requires_grad_(), target=TARGET, abs=False)
    assert_parity(kv.attribute(probe, x, "saliency", target=TARGET).values, last(theirs))
    assert_parity(kv.attribute(probe, x, "saliency", target=TARGET, absolute=True).values, np.abs(last(theirs)))


def test_gradient_x_input(images):
    probe, twin, x = images
    theirs = attr.InputXGradient(twin).attribute(first(x).requires_grad_(), target=TARGET)
    assert_parity(kv.attribute(probe, x, "gradient-x-input", target=TARGET).values, last(theirs))


RULES = {  # captum's trapezoid has weights that sum to (n - 1) / n, so it is left out
    "gauss-legendre": "gausslegendre",
    "riemann-left": "riemann_left",
    "riemann-right": "riemann_right",
    "riemann-middle": "riemann_middle",
}


@pytest.mark.parametrize("rule", RULES)
def test_integrated_gradients(rule, images):
    probe, twin, x = images
    baseline = np.random.default_rng(2).standard_normal(x.shape).astype("float32")
    theirs, delta = attr.IntegratedGradients(twin).attribute(
        first(x), first(baseline), target=TARGET, n_steps=20, method=RULES[rule], return_convergence_delta=True
    )
    ours = kv.attribute(
        probe, x, "integrated-gradients", target=TARGET, baseline=baseline, rule=rule, num_steps=20, batch_size=13
    )
    assert_parity(ours.values, last(theirs))
    np.testing.assert_allclose(ours.delta, delta.detach().numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("method", "theirs"), [("guided-backprop", attr.GuidedBackprop), ("deconvnet", attr.Deconvolution)]
)
def test_guided_backprop_and_deconvnet(method, theirs, images):
    probe, twin, x = images
    expected = theirs(twin).attribute(first(x).requires_grad_(), target=TARGET)
    assert_parity(kv.attribute(probe, x, method, target=TARGET).values, last(expected))


@pytest.mark.parametrize(("layer", "module"), [("first", "relu1"), ("pool", "pool"), ("second", "relu2")])
def test_grad_cam_at_any_layer(layer, module, images):
    probe, twin, x = images
    explain = attr.LayerGradCam(twin, getattr(twin, module))
    theirs = explain.attribute(first(x), target=TARGET, relu_attributions=True)
    assert_parity(kv.attribute(probe, x, "grad-cam", target=TARGET, layer=layer).values, last(theirs)[..., 0])
    signed = explain.attribute(first(x), target=TARGET)
    ours = kv.attribute(probe, x, "grad-cam", target=TARGET, layer=layer, relu=False)
    assert_parity(ours.values, last(signed)[..., 0])


def test_guided_grad_cam(images):
    probe, twin, x = images
    theirs = attr.GuidedGradCam(twin, twin.relu2).attribute(
        first(x).requires_grad_(), target=TARGET, interpolate_mode="bilinear"
    )
    assert_parity(kv.attribute(probe, x, "guided-grad-cam", target=TARGET, layer="second").values, last(theirs))


def test_occlusion(images):
    probe, twin, x = images
    theirs = attr.Occlusion(twin).attribute(
        first(x), sliding_window_shapes=(2, 3, 2), strides=(2, 2, 2), baselines=0.3, target=TARGET
    )
    ours = kv.attribute(probe, x, "occlusion", target=TARGET, window=(3, 2), stride=2, baseline=0.3)
    assert_parity(ours.values, last(theirs))


def test_feature_ablation(images):
    probe, twin, x = images
    groups = (np.arange(81).reshape(9, 9) // 7)[..., None].repeat(2, axis=-1)
    theirs = attr.FeatureAblation(twin).attribute(
        first(x), target=TARGET, feature_mask=first(groups[None]), baselines=-0.5
    )
    ours = kv.attribute(probe, x, "feature-ablation", target=TARGET, groups=groups, baseline=-0.5)
    assert_parity(ours.values, last(theirs))


@pytest.mark.parametrize("layer", ["first", "second", "hidden"])
def test_methods_about_layers(layer, images):
    probe, twin, x = images
    module = {"first": twin.relu1, "second": twin.relu2, "hidden": twin.relu3}[layer]
    options = {"target": TARGET, "layer": layer}
    product = attr.LayerGradientXActivation(twin, module).attribute(first(x), target=TARGET)
    assert_parity(kv.attribute(probe, x, "gradient-x-activation", **options).values, last(product))
    path = attr.LayerIntegratedGradients(twin, module).attribute(first(x), 0.2, target=TARGET, n_steps=15)
    ours = kv.attribute(probe, x, "integrated-gradients", baseline=0.2, num_steps=15, **options)
    assert_parity(ours.values, last(path))
    flow = attr.LayerConductance(twin, module).attribute(
        first(x), 0.2, target=TARGET, n_steps=15, method="riemann_trapezoid"
    )
    ours = kv.attribute(probe, x, "conductance", baseline=0.2, num_steps=15, rule="left", **options)
    assert_parity(ours.values, last(flow))


def test_smoothgrad_and_its_relatives_with_the_same_noise(images, monkeypatch):
    probe, twin, x = images
    width = 0.2 * (x.max(axis=(1, 2, 3), keepdims=True) - x.min(axis=(1, 2, 3), keepdims=True))
    noise = [width * one for one in np.random.default_rng((7, 0, 0)).standard_normal((8, *x.shape[1:]), np.float32)]
    copies = torch.cat([first(x + one) for one in noise]).reshape(8, 3, 2, 9, 9).transpose(0, 1).reshape(24, 2, 9, 9)
    monkeypatch.setattr(torch, "normal", lambda *_: copies - first(x).repeat_interleave(8, dim=0))
    options = {"target": TARGET, "num_samples": 8, "noise": 0.2, "seed": 7}
    names = {"smoothgrad": "smoothgrad", "smoothgrad-squared": "smoothgrad_sq", "vargrad": "vargrad"}
    for ours, theirs in names.items():
        tunnel = attr.NoiseTunnel(attr.Saliency(twin))
        expected = tunnel.attribute(first(x), theirs, nt_samples=8, stdevs=1.0, target=TARGET, abs=False)
        assert_parity(kv.attribute(probe, x, ours, **options).values, last(expected))


def test_expected_gradients_with_the_same_draws(images, monkeypatch):
    probe, twin, x = images
    background = np.random.default_rng(3).standard_normal((5, 9, 9, 2)).astype("float32")
    same_draws(monkeypatch)
    expected = attr.GradientShap(twin).attribute(first(x), first(background), n_samples=12, stdevs=0.0, target=TARGET)
    monkeypatch.undo()
    ours = kv.attribute(probe, x, "expected-gradients", target=TARGET, background=background, num_samples=12, seed=11)
    assert_parity(ours.values, last(expected))


def same_draws(monkeypatch):
    """captum takes the baselines and the places on the way to them that seed 11 gives: 12 of 5 samples."""
    rng = np.random.default_rng(11)
    chosen, alphas = rng.integers(5, size=12), rng.random(12)
    monkeypatch.setattr(np.random, "choice", lambda *given: np.tile(chosen, given[-1] // 12))
    monkeypatch.setattr(np.random, "uniform", lambda *given: np.tile(alphas, given[-1] // 12))


def test_shapley_values_over_all_orders(images):
    probe, twin, x = images
    groups = (np.arange(81).reshape(9, 9) // 18)[..., None].repeat(2, axis=-1)
    theirs = attr.ShapleyValues(twin).attribute(first(x), target=TARGET, feature_mask=first(groups[None]))
    ours = kv.attribute(probe, x, "kernel-shap", target=TARGET, groups=groups)
    assert_parity(ours.values, last(theirs))


def test_sampled_shapley_values_with_the_same_draws(images):
    """Orders for one, coalitions for the other; captum holds the sum by weights of 10⁶, we hold it exactly."""
    probe, twin, x = images
    groups = (np.arange(81).reshape(9, 9) // 9)[..., None].repeat(2, axis=-1)
    given = {"target": TARGET, "feature_mask": first(groups[None])}
    rng = np.random.default_rng(5)
    orders = [rng.permutation(9).tolist() for _ in range(7)]
    sampling = attr.ShapleyValueSampling(twin)
    sampling.permutation_generator = lambda *_: orders
    theirs = sampling.attribute(first(x), n_samples=7, **given)
    ours = kv.attribute(probe, x, "shapley-sampling", target=TARGET, groups=groups, num_samples=7, seed=5)
    assert_parity(ours.values, last(theirs))

    coalitions, _ = drawn_coalitions(9, 60, 5)
    everything = np.concatenate([np.ones((1, 9)), np.zeros((1, 9)), coalitions])
    kernel = attr.KernelShap(twin)
    kernel.perturb_func = one_by_one(everything)
    theirs = kernel.attribute(first(x), n_samples=len(everything), **given)
    ours = kv.attribute(probe, x, "kernel-shap", target=TARGET, groups=groups, num_samples=60, seed=5)
    assert_parity(ours.values, last(theirs))


def test_lime_with_the_same_draws_kernel_and_fit(images):
    probe, twin, x = images
    groups = (np.arange(81).reshape(9, 9) // 9)[..., None].repeat(2, axis=-1)
    there = np.random.default_rng(5).random((50, 9)) < 1 / 2
    there[0] = True

    def nearness(*given, **_):
        return torch.exp(-((1 - given[2].double().mean().sqrt()) ** 2) / 0.5**2)

    explain = attr.Lime(twin, SkLearnRidge(alpha=2.0), nearness, one_by_one(there))
    theirs = explain.attribute(first(x), target=TARGET, feature_mask=first(groups[None]), n_samples=50)
    options = {"target": TARGET, "groups": groups, "num_samples": 50, "width": 0.5, "alpha": 2.0, "seed": 5}
    assert_parity(kv.attribute(probe, x, "lime", **options).values, last(theirs))


def one_by_one(draws):
    """What captum asks for coalitions."""

    def generate(*_, **__):
        for draw in draws:
            yield torch.from_numpy(np.asarray(draw, "int64")[None])

    return generate


def test_a_unit_of_a_layer_as_the_target(images):
    probe, twin, x = images
    base, target = np.full_like(x, 0.2), kv.unit("second", (1, 0, 3))
    compared = {"baselines": first(base)}
    for name, theirs, their_options, options in [
        ("saliency", attr.NeuronGradient, {}, {}),
        ("guided-backprop", attr.NeuronGuidedBackprop, {}, {}),
        ("deconvnet", attr.NeuronDeconvolution, {}, {}),
        ("integrated-gradients", attr.NeuronIntegratedGradients, compared | {"n_steps": 20}, {"num_steps": 20}),
        ("feature-ablation", attr.NeuronFeatureAblation, compared, {"groups": np.arange(162).reshape(9, 9, 2)}),
        ("deep-lift", attr.NeuronDeepLift, compared, {}),
    ]:
        expected = theirs(twin, twin.relu2).attribute(first(x).requires_grad_(), (3, 1, 0), **their_options)
        more = {"baseline": base} if their_options else {}
        found = kv.attribute(probe, x, name, target=target, **options, **more).values
        assert_parity(found, last(expected))


@pytest.mark.parametrize(("layer", "unit"), [("second", (1, 0, 3)), ("hidden", 2), ("pool", (1, 2, 0))])
def test_what_flows_through_one_unit_by_input(layer, unit, images):
    probe, twin, x = images
    module = {"second": twin.relu2, "hidden": twin.relu3, "pool": twin.pool}[layer]
    theirs = attr.NeuronConductance(twin, module).attribute(
        first(x), as_theirs(unit), first(np.full_like(x, 0.2)), target=TARGET, n_steps=15, method="riemann_left"
    )
    options = {"target": TARGET, "layer": layer, "unit": unit, "baseline": 0.2, "num_steps": 15, "rule": "left"}
    assert_parity(kv.attribute(probe, x, "conductance", batch_size=13, **options).values, last(theirs))


def as_theirs(unit):
    """Channels first."""
    return unit if isinstance(unit, int) else (unit[-1], *unit[:-1])


@pytest.mark.parametrize(("layer", "unit"), [("second", (1, 0, 3)), ("hidden", 2)])
def test_many_baselines_for_one_unit_with_the_same_draws(layer, unit, images, monkeypatch):
    probe, twin, x = images
    module = {"second": twin.relu2, "hidden": twin.relu3}[layer]
    background = np.random.default_rng(3).standard_normal((5, 9, 9, 2)).astype("float32")
    same_draws(monkeypatch)
    theirs = attr.NeuronGradientShap(twin, module).attribute(
        first(x), as_theirs(unit), first(background), n_samples=12, stdevs=0.0
    )
    monkeypatch.undo()
    options = {"target": kv.unit(layer, unit), "background": background}
    ours = kv.attribute(probe, x, "expected-gradients", num_samples=12, seed=11, **options)
    assert_parity(ours.values, last(theirs))


@pytest.mark.parametrize("layer", ["second", "hidden", "pool"])
def test_layers_of_the_other_families(layer, images):
    """captum's rules are at linear layers: the ReLU after one hands relevance on as it is."""
    probe, twin, x = images
    linear, module = {
        "second": (twin.second, twin.relu2),
        "hidden": (twin.hidden, twin.relu3),
        "pool": (twin.pool, twin.pool),
    }[layer]
    for each in (twin.first, twin.second, twin.hidden, twin.answer):  # captum takes them away after each use
        each.rule = EpsilonRule(0.1)
    base = np.full_like(x, 0.2)
    at_base = probe.activations(base, layer)[layer]
    groups = np.arange(at_base[0].size).reshape(at_base[0].shape)
    options = {"target": TARGET, "layer": layer}

    theirs = attr.LayerLRP(twin, linear).attribute(first(x), target=TARGET)
    assert_parity(kv.attribute(probe, x, "lrp", epsilon=0.1, **options).values, last(theirs))
    theirs = attr.LayerDeepLift(twin, module).attribute(first(x), first(base), target=TARGET)
    assert_parity(kv.attribute(probe, x, "deep-lift", baseline=base, **options).values, last(theirs))
    instead = first(at_base) if at_base.ndim == 4 else torch.from_numpy(at_base)
    theirs = attr.LayerFeatureAblation(twin, module).attribute(first(x), instead, target=TARGET)
    ours = kv.attribute(probe, x, "feature-ablation", baseline=base, groups=groups, **options)
    assert_parity(ours.values, last(theirs))


def test_tokens():
    model, twin, tokens = token_models()
    baseline = np.full_like(tokens, 5)
    theirs = attr.LayerIntegratedGradients(twin, twin.embedding).attribute(
        torch.from_numpy(tokens), torch.from_numpy(baseline), target=TARGET, n_steps=30
    )
    ours = kv.attribute(model, tokens, "integrated-gradients", target=TARGET, baseline=baseline, num_steps=30)
    assert_parity(ours.values, theirs.detach().numpy().sum(axis=-1))


@pytest.mark.parametrize("epsilon", [1e-6, 0.3])
def test_lrp(epsilon, images):
    probe, twin, x = images
    for module in (twin.first, twin.second, twin.hidden, twin.answer):
        module.rule = EpsilonRule(epsilon)
    theirs = attr.LRP(twin).attribute(first(x), target=TARGET)
    assert_parity(kv.attribute(probe, x, "lrp", target=TARGET, epsilon=epsilon).values, last(theirs))


@pytest.mark.parametrize("rule", ["gamma", "z-plus"])
def test_lrp_by_other_weights(rule, images):
    """captum changes the weights of the module that it explains, so it gets a twin of its own."""
    probe, _, x = images
    _, twin, _ = image_models()
    x = np.abs(x)  # z⁺ divides by sums that have to be positive
    for module in (twin.first, twin.second, twin.hidden, twin.answer):
        module.rule = GammaRule(0.6) if rule == "gamma" else Alpha1_Beta0_Rule(set_bias_to_zero=True)
    theirs = attr.LRP(twin).attribute(first(x), target=TARGET)
    ours = kv.attribute(probe, x, "lrp", target=TARGET, rule=rule, gamma=0.6, epsilon=1e-9)
    assert_parity(ours.values, last(theirs))


def test_infidelity_and_sensitivity_with_the_same_draws(images):
    """captum's metrics on captum's side, `evaluate` on ours."""
    from captum.metrics import infidelity, sensitivity_max

    probe, twin, x = images
    ours = kv.evaluate(
        kv.attribute(probe, x, "saliency", target=TARGET), checks=["infidelity", "noise"], num_samples=2, seed=6
    )
    rng = np.random.default_rng(6)
    gone = np.stack([rng.permutation(81) < 40.5 for _ in range(16)]).reshape(16, 1, 9, 9)

    def replaced(inputs, *_):
        change = inputs * torch.from_numpy(np.tile(gone, (3, 1, 1, 1)).astype("float32"))  # sample after sample
        return change, inputs - change

    saliency = attr.Saliency(twin)
    slopes = saliency.attribute(first(x).requires_grad_(), target=TARGET, abs=False)
    theirs = infidelity(twin, replaced, first(x), slopes, target=TARGET, n_perturb_samples=16)
    assert_parity(ours.infidelity.infidelity, theirs.detach().numpy())

    rng = np.random.default_rng(6)
    width = x.max(axis=(1, 2, 3), keepdims=True) - x.min(axis=(1, 2, 3), keepdims=True)
    moved = np.stack([x + (0.02 * width * rng.uniform(-1, 1, x.shape[1:])).astype("float32") for _ in range(2)], axis=1)

    def noisy(inputs, *_):
        return first(moved.reshape(6, *x.shape[1:]))

    theirs = sensitivity_max(
        saliency.attribute, first(x), noisy, n_perturb_samples=2, target=torch.tensor(TARGET), abs=False
    )
    assert_parity(ours.noise.largest, theirs.detach().numpy())
