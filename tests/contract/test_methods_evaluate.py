"""`kv.evaluate`: each figure against plain loops over the model, and the model as it was, whatever happens."""

import dataclasses
import pickle

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from kerasviz.attribution import METHODS
from kerasviz.attribution.evaluate import CHECKS
from kerasviz.attribution.similarity import spearman, ssim
from tests.contract.helpers import assert_close, assert_unchanged, fingerprint
from tests.contract.methods_oracle import linear
from tests.contract.test_golden import same_net
from tests.contract.test_methods_registered import NEEDS_LAYER, options_for
from tests.models import ZOO


@pytest.fixture
def net(probing):
    model, x = same_net("conv")
    return model, probing(model), x[:2]


def probability(model, x, target):
    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)))[:, target]


def test_curves_are_what_the_model_says_while_positions_go_in_the_order_of_their_values(net):
    model, probe, x = net
    found = kv.attribute(probe, x, "integrated-gradients", target=1, num_steps=5, baseline=0.3)
    curves = kv.evaluate(found, checks=["curves"], num_steps=7).curves
    assert curves.num_units == 49
    assert_close(curves.shares, np.rint(np.linspace(0, 49, 8)) / 49)
    for n, (one, values) in enumerate(zip(x, found.values, strict=True)):
        order = np.argsort(-values.sum(axis=-1).ravel())
        for step, count in enumerate(np.rint(np.linspace(0, 49, 8)).astype(int)):
            first = np.isin(np.arange(49), order[:count]).reshape(7, 7, 1)
            assert_close(curves.deletion[n, step], probability(model, np.where(first, 0.3, one)[None], 1)[0], 1e-4)
            assert_close(curves.insertion[n, step], probability(model, np.where(first, one, 0.3)[None], 1)[0], 1e-4)
    height = (curves.deletion[:, 1:] + curves.deletion[:, :-1]) / 2
    assert_close(curves.deletion_area, (height * np.diff(curves.shares)).sum(axis=1))
    assert_close(curves.random[:, [0, -1]], curves.deletion[:, [0, -1]])


def test_curves_of_a_linear_model_are_its_sums_and_beat_the_random_order():
    model, kernel, bias = linear((6,))
    x = np.random.default_rng(0).standard_normal((2, 6)).astype("float32")
    found = kv.attribute(model, x, "gradient-x-input", target=2)
    evaluation = kv.evaluate(found, model, x, num_steps=6)
    parts = x * kernel[:, 2]
    for row, deletion, insertion in zip(parts, evaluation.curves.deletion, evaluation.curves.insertion, strict=True):
        sums = np.append(0, np.cumsum(np.sort(row)[::-1]))
        assert_close(deletion, row.sum() + bias[2] - sums, 1e-4)
        assert_close(insertion, bias[2] + sums, 1e-4)
    assert np.all(evaluation.curves.deletion_area < evaluation.curves.random_area)
    assert np.all(evaluation.curves.insertion_area > evaluation.curves.random_area)
    assert_close(evaluation.infidelity.infidelity, np.zeros(2), 1e-4)
    assert_close(evaluation.infidelity.correlation, np.ones(2), 1e-4)
    assert not [note for note in evaluation.notes if "random order" in note]


def test_an_attribution_that_is_upside_down_is_told():
    model, *_ = linear((6,))
    x = np.random.default_rng(0).standard_normal((2, 6)).astype("float32")
    good = kv.attribute(model, x, "gradient-x-input", target=2)
    bad = kv.evaluate(dataclasses.replace(good, values=-good.values), model, x)
    assert any("lowers the score no faster than a random order" in note for note in bad.notes)
    assert any("raises the score no faster than a random order" in note for note in bad.notes)
    assert_close(bad.infidelity.correlation, -np.ones(2), 1e-4)


def test_tokens_go_one_by_one_and_a_class_activation_map_is_stretched_over_the_input(net):
    case = ZOO["masked_embedding"]
    model, x = case.build(), case.inputs(2)
    curves = kv.evaluate(kv.attribute(model, x, "feature-ablation", target=1), checks=["curves"], num_steps=6).curves
    assert curves.num_units == 6
    ablated = kv.attribute(model, x, "feature-ablation", target=1, score="output")
    strongest = kv.attribute(model, x, "feature-ablation", target=1).values.argmax(axis=1)
    assert_close(curves.deletion[:, 0] - curves.deletion[:, 1], ablated.values[[0, 1], strongest], 1e-4)
    _, probe, image = net
    found = kv.evaluate(kv.attribute(probe, image, "grad-cam", layer="relu"), checks=["curves"])
    assert found.curves.num_units == 49


def test_values_of_a_layer_are_replaced_there(net):
    _, probe, x = net
    found = kv.attribute(probe, x, "gradient-x-activation", target=0, layer="relu")
    curves = kv.evaluate(found, checks=["curves"], num_steps=4).curves
    assert curves.num_units == 16
    nothing = probe.predict(np.zeros_like(x))[:, 0]
    assert_close(curves.deletion[:, -1], nothing, 1e-4)  # the layer's output for the baseline


def shuffled_from_the_top(model, names, seed):
    """The model's weights after each stage of one layer, by hand."""
    rng = np.random.default_rng(seed)
    for name in names:
        layer = model.get_layer(name)
        layer.set_weights([w.ravel()[rng.permutation(w.size)].reshape(w.shape) for w in layer.get_weights()])
        yield name


def test_the_attribution_with_shuffled_weights_is_that_of_a_model_with_these_weights(net):
    model, probe, x = net
    names = [layer.name for layer in model.layers if layer.weights][::-1]
    found = kv.attribute(probe, x, "gradient-x-input", target=1)
    checked = kv.evaluate(found, checks=["weights"], seed=3).weights
    assert checked.layers == tuple((name,) for name in names)
    twin, _ = same_net("conv")
    twin.set_weights(model.get_weights())
    for stage, _ in enumerate(shuffled_from_the_top(twin, names, 3)):
        other = kv.attribute(twin, x, "gradient-x-input", target=1)
        assert_close(checked.scores[:, stage], other.scores, 1e-4)
        assert_close(checked.rank_correlation[:, stage], spearman(found.values, other.values), 1e-3)
        pictures = [np.abs(a.values).sum(axis=-1) for a in (found, other)]
        assert_close(checked.structure[:, stage], ssim(*pictures), 1e-3)
    assert np.abs(checked.scores[:, -1] - found.scores).max() > 1e-3


SHUFFLED = {  # from the last to the first; the weights of what is inside a layer go with what is inside
    "nested": (("dense", "middle/inner/dense"), ("middle/dense",)),
    "shared": (("answer", "enc/dense"), ("shared",)),
}


@pytest.mark.parametrize("name", SHUFFLED)
def test_layers_inside_layers_are_shuffled_from_the_last_to_the_first_in_few_stages(name):
    case = ZOO[name]
    model, x = case.build(), case.inputs(1)
    found = kv.attribute(model, x, "saliency", target=case.target)
    checked = kv.evaluate(found, checks=["weights"], max_stages=2).weights
    assert checked.layers == SHUFFLED[name]
    assert checked.structure is None
    assert np.abs(checked.scores[0] - found.scores).min() > 1e-6


def test_a_method_that_knows_nothing_of_the_last_layer_is_found_out(net):
    _, probe, x = net
    found = kv.attribute(probe, x, "eigen-cam", layer="relu")
    only_top = kv.evaluate(found, checks=["weights"]).weights
    assert_close(only_top.rank_correlation[:, 0], np.ones(2))


def test_ranks_and_pictures_are_compared_as_scipy_and_scikit_image_do():
    stats = pytest.importorskip("scipy.stats")
    metrics = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(0)
    one, other = rng.integers(-4, 5, (3, 40)).astype(float), rng.standard_normal((3, 40))
    other[:, ::3] = 0
    expected, whole = [], []
    for a, b in zip(one, other, strict=True):
        kept = [i for i in range(40) if a[i] != 0 or b[i] != 0]
        assert len(kept) < 40
        expected.append(stats.spearmanr(abs(a[kept]), abs(b[kept])).statistic)
        whole.append(stats.spearmanr(abs(a), abs(b)).statistic)
    assert_close(spearman(one, other), np.array(expected))
    assert np.abs(np.array(expected) - whole).min() > 1e-3
    assert np.isnan(spearman(np.ones((1, 4)), other[:1, :4])).all()
    assert np.isnan(spearman(np.zeros((1, 4)), np.zeros((1, 4)))).all()
    first = rng.random((2, 160, 160))
    second = np.clip(first + rng.normal(0, 0.2, first.shape), 0, 1)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    for a, b, own in zip(first, second, ssim(first, second), strict=True):
        theirs = metrics.structural_similarity(a / a.max(), b / b.max(), **options)
        assert abs(own - theirs) < 5e-3
    assert_close(ssim(first, first), np.ones(2))


def test_a_background_that_is_zero_whatever_was_learned_makes_no_two_attributions_alike():
    rng = np.random.default_rng(1)
    drawn = np.zeros((1, 20, 20))
    drawn[:, 6:14, 6:14] = 1
    one, other = (drawn * rng.standard_normal(drawn.shape) for _ in range(2))
    assert abs(spearman(one, other)[0]) < 0.3  # with the background it is 0.9 and more


def test_noise_is_small_and_the_change_is_the_share_of_the_length(net):
    _, probe, x = net
    found = kv.attribute(probe, x, "gradient-x-input", target=1)
    checked = kv.evaluate(found, checks=["noise"], num_samples=3, noise=0.05, seed=4).noise
    rng, expected = np.random.default_rng(4), []
    width = x.max(axis=(1, 2, 3), keepdims=True) - x.min(axis=(1, 2, 3), keepdims=True)
    for _ in range(3):
        moved = x + (0.05 * width * rng.uniform(-1, 1, x.shape[1:])).astype("float32")
        change = kv.attribute(probe, moved, "gradient-x-input", target=1).values - found.values
        expected.append(np.sqrt((change**2).sum(axis=(1, 2, 3)) / (found.values**2).sum(axis=(1, 2, 3))))
    assert_close(checked.changes, np.stack(expected, axis=1), 1e-3)
    assert_close(checked.largest, np.max(expected, axis=0), 1e-3)
    assert_close(checked.mean, np.mean(expected, axis=0), 1e-3)


@pytest.mark.parametrize("method", ["gradient-x-input", "saliency"])
def test_infidelity_is_what_the_values_miss_of_the_fall(method, net):
    _, probe, x = net
    found = kv.attribute(probe, x, method, target=1)
    checked = kv.evaluate(found, checks=["infidelity"], num_samples=2, seed=5, baseline=0.2).infidelity
    rng = np.random.default_rng(5)
    for sample in range(16):
        gone = (rng.permutation(49) < 24.5).reshape(7, 7, 1)
        changed = np.where(gone, np.float32(0.2), x)
        fall = found.scores - probe.gradients(changed, 1, ()).scores
        worth = found.values if method == "gradient-x-input" else found.values * (x - 0.2)
        assert_close(checked.falls[:, sample], fall, 1e-3)
        assert_close(checked.foretold[:, sample], (worth * gone).sum(axis=(1, 2, 3)), 1e-3)
    assert_close(checked.infidelity, ((checked.foretold - checked.falls) ** 2).mean(axis=1))
    expected = [np.corrcoef(*two)[0, 1] for two in zip(checked.foretold, checked.falls, strict=True)]
    assert_close(checked.correlation, np.array(expected))


FEW = {"num_steps": 3, "num_samples": 2, "max_stages": 2}


SEVERAL = (  # inputs, layers, maps, masks, rules, attention
    "saliency", "integrated-gradients", "conductance", "grad-cam", "occlusion", "lrp", "deep-lift", "attention-rollout",
)  # fmt: skip


@pytest.mark.parametrize("method", SEVERAL)
def test_any_kind_of_method_can_be_checked_and_the_model_stays_as_it_was(method):
    case = ZOO["attention" if "attention" in method else "nested" if method == "deep-lift" else "sequential_cnn"]
    model, x = case.build(), case.inputs(2)
    options = {"layer": "conv" if method in NEEDS_LAYER else None, "target": case.target} | options_for(method, x)
    found = kv.attribute(model, x, method, **options)
    before = fingerprint(model)
    evaluation = kv.evaluate(found, **FEW)
    assert_unchanged(before, fingerprint(model))
    assert evaluation.curves.deletion.shape == (2, 4)
    assert evaluation.weights.rank_correlation.shape == (2, 2)
    assert np.isfinite(evaluation.weights.scores).all()
    assert evaluation.noise.changes.shape == (2, 2)
    assert (evaluation.infidelity is None) == (METHODS.get(method).measures == "order")
    assert (evaluation.delta is None) == (found.delta is None)
    assert f"{evaluation.summary['deletion area']:.4g}" in str(evaluation)


def test_the_model_stays_as_it_was_when_it_ends_in_the_middle(net):
    model, probe, x = net
    found = kv.attribute(probe, x, "gradient-x-input")
    before = fingerprint(model)
    seen = []
    kv.evaluate(found, **FEW, progress=lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]

    class StoppedError(Exception):
        pass

    for stop in range(0, len(seen), 3):
        calls = []

        def report(*_, stop=stop, calls=calls):
            calls.append(0)
            if len(calls) > stop:
                raise StoppedError

        with pytest.raises(StoppedError):
            kv.evaluate(found, **FEW, progress=report)
        assert_unchanged(before, fingerprint(model))


def test_a_model_that_was_trained_since_or_other_samples_are_told(net):
    model, probe, x = net
    found = kv.attribute(probe, x, "saliency", target=1)
    with pytest.raises(kv.MethodError, match=r"explains the scores.*other samples"):
        kv.evaluate(found, probe, x + 1)
    with pytest.raises(kv.MethodError, match=r"explains the scores.*another target"):
        kv.evaluate(found, target=0)
    model.set_weights([w * 1.1 for w in model.get_weights()])
    with pytest.raises(kv.MethodError, match=r"was trained since.*Attribute again"):
        kv.evaluate(found)


def test_a_model_that_changes_while_the_checks_run_is_told(net):
    model, probe, x = net
    found = kv.attribute(probe, x, "saliency", target=1)
    evaluation = kv.evaluate(
        found, checks=["noise"], progress=lambda *_: model.set_weights([w * 1.01 for w in model.get_weights()])
    )
    assert any("The model changed while the checks ran" in note for note in evaluation.notes)


def test_an_attribution_from_a_file_needs_its_model_and_samples(net):
    _, probe, x = net
    found = pickle.loads(pickle.dumps(kv.attribute(probe, x, "saliency", target=[1, 0])))
    with pytest.raises(kv.MethodError, match=r"does not know its model.*Pass both"):
        kv.evaluate(found)
    with pytest.raises(kv.MethodError, match="does not know its samples"):
        kv.evaluate(found, probe)
    assert kv.evaluate(found, probe, x, checks=["curves"]).curves is not None


def test_what_cannot_be_checked_is_refused_with_what_can():
    case = ZOO["masked_embedding"]
    model, x = case.build(), case.inputs(2)
    found = kv.attribute(model, x, "saliency", target=1)
    with pytest.raises(kv.UnknownNameError, match="Nearest: 'curves'"):
        kv.evaluate(found, checks=["curve"])
    with pytest.raises(kv.OptionError, match="'value' or 'magnitude'"):
        kv.evaluate(found, order="random")
    evaluation = kv.evaluate(found, checks=["noise", "infidelity"])
    assert (evaluation.noise, evaluation.infidelity) == (None, None)
    assert any("no small change of whole numbers" in note for note in evaluation.notes)
    assert any("summed over the units of an embedding" in note for note in evaluation.notes)
    assert CHECKS == ("curves", "weights", "noise", "infidelity")


def test_a_function_of_the_outputs_and_several_inputs_are_checked(net):
    _, probe, x = net
    found = kv.attribute(probe, x, "gradient-x-input", target=lambda y: y[:, 0] - y[:, 2])
    assert kv.evaluate(found, **FEW).curves.deletion[0, 0] == pytest.approx(found.scores[0], rel=1e-4)
    case = ZOO["dicts"]
    model, given = case.build(), case.inputs(2)
    several = kv.attribute(model, given, "gradient-x-input", target=case.target)
    curves = kv.evaluate(several, **FEW).curves
    assert curves.num_units == sum(array[0].size for array in several.values.values())
    layer = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="zeros")])
    still = kv.evaluate(kv.attribute(layer, np.ones((1, 3)), "saliency"))
    assert any("All values are zero" in note for note in still.notes)
    assert np.isnan(still.noise.largest).all()
