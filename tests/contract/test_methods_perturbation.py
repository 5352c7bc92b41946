"""Methods that replace parts of a sample, against plain loops over the model's own predictions, and against axioms."""

import itertools
import math
import sys

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.contract.helpers import assert_close
from tests.contract.methods_oracle import linear
from tests.contract.test_golden import same_net
from tests.models import ZOO

SHARED = ("shapley-sampling", "kernel-shap")


@pytest.fixture
def net(probing):
    model, x = same_net("conv")
    return probing(model), x


def logits(probe, x, target):
    """Scores one by one: no batches, no masks."""
    return np.array([float(probe.gradients(one[None], target, ()).scores[0]) for one in x])


def test_occlusion_is_the_mean_fall_over_the_windows_that_cover_a_number(net):
    probe, x = net
    found = kv.attribute(probe, x, "occlusion", target=1, window=(3, 2), stride=(2, 2), baseline=0.5, batch_size=5)
    full, total, count = logits(probe, x, 1), np.zeros(x.shape), np.zeros(x.shape)
    for i in range(0, 7, 2):
        for j in range(0, 7, 2):
            if i > 4 or j > 6:
                continue
            covered = x.copy()
            covered[:, i : i + 3, j : j + 2] = 0.5
            total[:, i : i + 3, j : j + 2] += (full - logits(probe, covered, 1)).reshape(-1, 1, 1, 1)
            count[:, i : i + 3, j : j + 2] += 1
    assert_close(found.values, total / count, 1e-4)


def test_feature_ablation_is_the_fall_without_a_group(net):
    probe, x = net
    groups = np.arange(49).reshape(7, 7) // 10
    found = kv.attribute(probe, x, "feature-ablation", target=0, groups=groups, baseline="mean", batch_size=4)
    full, expected = logits(probe, x, 0), np.zeros(x.shape)
    mean = np.broadcast_to(x.mean(axis=(1, 2), keepdims=True), x.shape)
    assert_close(found.baseline, mean)
    for group in range(5):
        without = np.where(groups[..., None] == group, mean, x)
        expected[:, groups == group] = (full - logits(probe, without, 0)).reshape(-1, 1, 1)
    assert_close(found.values, expected, 1e-4)


@pytest.mark.parametrize("method", ["feature-ablation", "occlusion", "shapley-sampling", "kernel-shap"])
def test_on_a_linear_model_each_number_gets_its_share(method):
    model, kernel, _ = linear((5,))
    x = np.random.default_rng(0).standard_normal((3, 5)).astype("float32")
    found = kv.attribute(model, x, method, target=2, baseline=np.arange(5.0))
    assert_close(found.values, (x - np.arange(5)) * kernel[:, 2], 1e-4)


def test_rise_is_the_mean_score_of_the_masks_weighted_by_them():
    """Of a table, whose masks are plain coins."""
    model, kernel, bias = linear((4,))
    x = np.random.default_rng(0).standard_normal((2, 4)).astype("float32")
    found = kv.attribute(model, x, "rise", target=0, num_samples=70, share=0.4, seed=3, batch_size=32)
    masks = np.array([np.random.default_rng((3, 0, s)).random(4) < 0.4 for s in range(70)])
    scores = np.array([(x * mask) @ kernel[:, 0] + bias[0] for mask in masks])
    assert_close(found.values, np.einsum("sb,sf->bf", scores, masks) / (70 * 0.4), 1e-4)


def test_rise_finds_the_one_place_that_matters_whatever_its_batches():
    x = keras.Input((12, 12, 1), name="x")
    model = keras.Model(x, keras.ops.sum(x[:, 2:4, 7:9, :], axis=(1, 2)))
    image = np.ones((1, 12, 12, 1), "float32")
    found = kv.attribute(model, image, "rise", num_samples=400, seed=1)
    assert np.unravel_index(found.values[0, ..., 0].argmax(), (12, 12)) in itertools.product((2, 3), (7, 8))
    other = kv.attribute(model, image, "rise", num_samples=400, seed=1, batch_size=77)
    assert_close(found.values, other.values, 1e-5)


class Game:
    """score = product of the first two + the third; the fourth is a dummy; the fifth and sixth are alike."""

    @staticmethod
    def model():
        x = keras.Input((6,), name="x")
        alike = keras.ops.maximum(x[:, 4:5], x[:, 5:6])
        return keras.Model(x, x[:, 0:1] * x[:, 1:2] + x[:, 2:3] + alike)

    @staticmethod
    def value(there, x):
        x = np.where(there, x, 0)
        return x[0] * x[1] + x[2] + max(x[4], x[5])

    @classmethod
    def shapley(cls, x):
        """By the definition: over all orders."""
        total = np.zeros(6)
        for order in itertools.permutations(range(6)):
            there = np.zeros(6, bool)
            for player in order:
                before = cls.value(there, x)
                there[player] = True
                total[player] += cls.value(there, x) - before
        return total / math.factorial(6)


def test_kernel_shap_over_all_coalitions_is_exact_and_keeps_the_axioms():
    x = np.array([[2.0, 3.0, 1.0, 5.0, 4.0, 4.0]], "float32")
    found = kv.attribute(Game.model(), x, "kernel-shap", num_samples=62)
    assert_close(found.values, Game.shapley(x[0])[None], 1e-4)
    assert abs(found.values[0, 3]) < 1e-4  # a dummy
    assert_close(found.values[0, 4], found.values[0, 5], 1e-4)  # symmetry
    assert np.abs(found.delta).max() < 1e-4  # efficiency


def test_shapley_sampling_is_the_mean_over_its_orders_and_complete():
    x = np.array([[2.0, 3.0, 1.0, 5.0, 4.0, 4.0]], "float32")
    found = kv.attribute(Game.model(), x, "shapley-sampling", num_samples=9, seed=5)
    rng, expected = np.random.default_rng(5), np.zeros(6)
    for _ in range(9):
        there = np.zeros(6, bool)
        for player in rng.permutation(6):
            before = Game.value(there, x[0])
            there[player] = True
            expected[player] += (Game.value(there, x[0]) - before) / 9
    assert_close(found.values[0], expected, 1e-4)
    assert np.abs(found.delta).max() < 1e-4
    many = kv.attribute(Game.model(), x, "shapley-sampling", num_samples=2000).values
    assert np.abs(many[0] - Game.shapley(x[0])).max() < 0.25


def test_kernel_shap_by_sampling_comes_close_and_its_groups_count_once():
    x = np.array([[2.0, 3.0, 1.0, 5.0, 4.0, 4.0]], "float32")
    found = kv.attribute(Game.model(), x, "kernel-shap", num_samples=50, seed=1)
    assert np.abs(found.values[0] - Game.shapley(x[0])).max() < 0.6
    grouped = kv.attribute(Game.model(), x, "kernel-shap", groups=np.array([0, 0, 1, 1, 2, 2]))
    assert_close(grouped.values, np.array([[6, 6, 1, 1, 4, 4]]), 1e-4)
    assert np.abs(grouped.delta).max() < 1e-4


def test_lime_is_the_ridge_regression_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    model, kernel, bias = linear((5,))
    x = np.random.default_rng(0).standard_normal((1, 5)).astype("float32")
    found = kv.attribute(model, x, "lime", target=1, num_samples=40, seed=6, alpha=0.5, width=0.3)
    there = np.random.default_rng(6).random((40, 5)) < 0.5
    there[0] = True
    distances = np.array([1 - row.sum() / (np.linalg.norm(row) * math.sqrt(5)) if row.any() else 1 for row in there])
    fit = linear_model.Ridge(alpha=0.5)
    fit.fit(there, (there * x) @ kernel[:, 1] + bias[1], sample_weight=np.exp(-(distances**2) / 0.09))
    assert_close(found.values, fit.coef_[None], 1e-4)


def test_without_scikit_learn_the_methods_that_need_it_say_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    model, *_ = linear()
    for method in ("lime", "kernel-shap"):
        with pytest.raises(kv.MethodError, match=r"scikit-learn, which is not installed.*kerasviz\[surrogates\]"):
            kv.attribute(model, np.ones((1, 4)), method)


def test_tokens_are_replaced_one_by_one_at_the_embedding(probing):
    case = ZOO["masked_embedding"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    found = kv.attribute(probe, x, "feature-ablation", target=1)
    assert found.values.shape == x.shape
    # the same model from the embedding's output on, with the mask of the tokens
    lstm, answer = model.get_layer("lstm"), model.get_layer("answer")
    embedded = probe.activations(x, "embedding")["embedding"]

    def score(vectors):
        h = lstm(keras.ops.convert_to_tensor(vectors), mask=keras.ops.convert_to_tensor(x != 0), training=False)
        kernel, bias = answer.get_weights()
        return keras.ops.convert_to_numpy(h) @ kernel[:, 0] + bias[0]

    for token in range(6):
        without = embedded.copy()
        without[:, token] = 0
        assert_close(found.values[:, token], score(embedded) - score(without), 1e-4)
    for method in ("occlusion", *SHARED):
        assert kv.attribute(probe, x, method, target=1).values.shape == x.shape
    assert_close(kv.attribute(probe, x, "occlusion", target=1).values, found.values, 1e-4)


def test_images_are_cut_into_patches_that_share_a_value(net):
    probe, x = net
    found = kv.attribute(probe, x, "shapley-sampling", target=0, num_samples=3, groups=2)
    assert len(np.unique(found.values[0])) == 4
    assert np.abs(found.delta).max() < 1e-4
    with pytest.raises(kv.OptionError, match=r"Groups of shape \(3,\).*\(7, 7, 2\)"):
        kv.attribute(probe, x, "feature-ablation", groups=np.arange(3))


def test_occlusion_over_a_series_and_windows_that_do_not_fit(probing):
    model = keras.Sequential([keras.Input((5, 2)), layers.Flatten(), layers.Dense(1)])
    x = np.random.default_rng(0).standard_normal((2, 5, 2)).astype("float32")
    kernel = model.layers[-1].get_weights()[0].reshape(5, 2)
    found = kv.attribute(probing(model), x, "occlusion", window=1, stride=1)
    assert_close(found.values, np.broadcast_to((x * kernel).sum(-1, keepdims=True), x.shape), 1e-4)
    assert kv.attribute(model, x, "occlusion", window=9).values.shape == x.shape
    with pytest.raises(kv.OptionError, match=r"window=\(2, 2\); a positive whole number, or 1 of them"):
        kv.attribute(model, x, "occlusion", window=(2, 2))
