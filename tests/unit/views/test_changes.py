"""Views of what a layer did to its input: normalising, activating, dropping."""

import numpy as np
import pytest

from kerasviz.views.activation import curve
from kerasviz.views.distributions import histograms
from kerasviz.views.dropout import draw
from kerasviz.views.normalising import normalised
from tests.unit.views.changing import X, checks, facts, figure, panel_of

RANDOM = np.random.default_rng(5)


# Normalisation


def norm(**settings):
    weights = {"gamma": RANDOM.uniform(1, 2, 4), "beta": RANDOM.normal(size=4),
               "moving_mean": RANDOM.normal(size=4), "moving_variance": RANDOM.uniform(1, 3, 4)}  # fmt: skip
    weights = {name: array.astype(np.float32) for name, array in weights.items()}
    w = weights
    after = w["gamma"] * (X - w["moving_mean"]) / np.sqrt(w["moving_variance"] + 1e-3) + w["beta"]
    return X, after, weights


def test_normalisation_shows_the_maps_and_numbers_of_the_chosen_unit():
    before, after, weights = norm()

    panel = panel_of(
        "BatchNormalization", before, after, weights=weights, axis=-1, epsilon=1e-3, options={"aspect": "change", "unit": 2, "parameter": "beta"}
    )  # fmt: skip

    np.testing.assert_array_equal(panel.tensors["before"], before[0, :, :, 2])
    np.testing.assert_array_equal(panel.tensors["after"], after[0, :, :, 2])
    np.testing.assert_array_equal(panel.tensors["parameter"], weights["beta"])
    assert checks(panel) == {"recomputed": True}
    assert facts(panel)["beta"] == f"{weights['beta'][2]:.5g}".replace("-", "−")
    assert facts(panel)["before_mean"].startswith(f"{before.mean(dtype=np.float64):.4g}")
    assert figure(panel, "parameter").axes[0].chosen == 2


def test_normalisation_that_does_not_hold_says_so():
    before, after, weights = norm()

    wrong = panel_of(
        "BatchNormalization", before, after + 0.01, weights=weights, axis=-1, epsilon=1e-3, options={"aspect": "change"}
    )
    unknown = panel_of("BatchNormalization", before, after, weights=weights, options={"aspect": "change"})

    assert checks(wrong) == {"recomputed": False}
    assert wrong.payload.notes == ("does_not_hold",)
    assert checks(unknown) == {}
    assert unknown.payload.notes == ("not_recomputed",)


def test_distributions_share_an_axis_where_the_ranges_are_alike():
    before, after, weights = norm()
    options = {"aspect": "change"}

    alike = panel_of("BatchNormalization", before, after, weights=weights, options=options)
    apart = panel_of("Rescaling", before * 100, before / 255, scale=1 / 25500, offset=0, options=options)

    assert alike.tensors["distribution"].shape[0] == 2
    np.testing.assert_allclose(alike.tensors["distribution"].sum(axis=1), 1, rtol=1e-5)
    assert {"distribution_before", "distribution_after"} <= set(apart.tensors)
    assert checks(apart) == {"recomputed": True}


def test_maps_can_have_one_range_for_both():
    before, after, weights = norm()

    own, both = (
        panel_of("BatchNormalization", before, after, weights=weights, options={"aspect": "change", "range": r})
        for r in ("each_its_own", "one_for_both")
    )

    assert figure(both, "before").domain == figure(both, "after").domain
    assert figure(own, "before").domain.high == abs(before[0, :, :, 0]).max()


def test_histograms_count_every_finite_value_once():
    shares, along = histograms([np.array([0.0, 1.0, 1.0, np.nan]), np.array([2.0, np.inf])], "value", 4)

    np.testing.assert_allclose(shares, [[1 / 3, 0, 2 / 3, 0], [0, 0, 0, 1]])
    assert (along.start, along.step) == (0.25, 0.5)


def by_loops(values, over, epsilon, gamma=1.0, beta=0.0):
    mean, variance = values.mean(axis=over, keepdims=True), values.var(axis=over, keepdims=True)
    return (values - mean) / np.sqrt(variance + epsilon) * gamma + beta


def test_normalising_rules_equal_their_definitions():
    x, gamma, beta = X[0].astype(np.float64), RANDOM.uniform(1, 2, 4), RANDOM.normal(size=4)
    both = {"gamma": gamma, "beta": beta}

    def found(kind, settings, weights=()):
        return normalised(kind, x, settings, dict(weights))[0]

    np.testing.assert_allclose(
        found("LayerNormalization", {"axis": -1, "epsilon": 0.1}, both), by_loops(x, (2,), 0.1, gamma, beta)
    )
    groups = np.concatenate([by_loops(x[..., g : g + 2], (0, 1, 2), 0.1) for g in (0, 2)], axis=-1)
    np.testing.assert_allclose(
        found("GroupNormalization", {"axis": -1, "groups": 2, "epsilon": 0.1}, both), groups * gamma + beta
    )
    rms = np.sqrt((x**2).mean(axis=-1, keepdims=True) + 0.1)
    np.testing.assert_allclose(
        found("RMSNormalization", {"axis": (3,), "epsilon": 0.1}, {"scale": gamma}), x / rms * gamma
    )
    length = np.linalg.norm(x, axis=(0, 2), keepdims=True)
    np.testing.assert_allclose(found("UnitNormalization", {"axis": (1, 3)}), x / length)
    statistics = {"mean": beta, "variance": gamma}
    np.testing.assert_allclose(found("Normalization", {"axis": (-1,)}, statistics), (x - beta) / np.sqrt(gamma))
    np.testing.assert_allclose(
        found("Normalization", {"axis": (-1,), "invert": True}, statistics), x * np.sqrt(gamma) + beta
    )


def test_normalising_along_the_batch_or_with_unknown_settings_is_not_recomputed():
    x = X[0].astype(np.float64)

    assert normalised("LayerNormalization", x, {"axis": 0, "epsilon": 0.1}, {}) is None
    assert normalised("LayerNormalization", x, {"axis": -1}, {}) is None
    assert normalised("GroupNormalization", x, {"axis": -1, "groups": 3, "epsilon": 0.1}, {}) is None
    assert normalised("Rescaling", x, {"scale": (1, 2), "offset": 0}, {}) is None


# Activation


def test_activation_curve_is_made_of_measured_pairs():
    x = RANDOM.normal(size=(1, 500)).astype(np.float32)
    y = np.tanh(x)

    panel = panel_of("Activation", x, y, axes=("unit",), activation="tanh", options={"aspect": "change"})

    drawn = panel.tensors["curve"][0]
    assert np.isfinite(drawn).sum() > 20
    assert set(drawn[np.isfinite(drawn)].tolist()) <= set(y.reshape(-1).tolist())
    along = figure(panel, "curve").axes[0]
    for i in np.flatnonzero(np.isfinite(drawn)):
        assert abs(float(along.labels[i]) - np.arctanh(drawn[i])) < 1e-3 * max(1, abs(float(along.labels[i])))
    assert facts(panel)["saturated"] == f"{(abs(y) >= 0.98).mean():.1%}"


def test_relu_tells_what_it_set_to_zero():
    panel = panel_of("ReLU", X, np.maximum(X, 0), options={"aspect": "change", "unit": 1})

    assert facts(panel)["set_to_0"] == f"{(X < 0).mean():.1%}"
    assert facts(panel)["unchanged"] == f"{(X >= 0).mean():.1%}"
    np.testing.assert_array_equal(panel.tensors["input"], X[0, :, :, 1])
    assert figure(panel, "input").domain == figure(panel, "output").domain


def test_prelu_draws_the_chosen_units_curve():
    slopes = np.array([0.5, 0.1, 0.2, 0.3], np.float32)
    y = np.where(X < 0, X * slopes, X).astype(np.float32)

    panel = panel_of("PReLU", X, y, options={"aspect": "change", "unit": 3})

    drawn = panel.tensors["curve"][0]
    assert set(drawn[np.isfinite(drawn)].tolist()) <= set(y[..., 3].reshape(-1).tolist())


@pytest.mark.parametrize("values", [np.full(5, np.nan), np.full(5, 2.0), np.zeros(0), np.array([np.inf, 1.0])])
def test_curve_survives_odd_values(values):
    points, _ = curve(values, values)

    assert points.shape[0] == 1


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return (e / e.sum(axis=axis, keepdims=True)).astype(np.float32)


def test_softmax_shows_logits_and_probabilities_of_one_place():
    y = softmax(X, 1)  # over the rows

    panel = panel_of("Softmax", X, y, axis=1, options={"aspect": "change", "width": 3, "unit": 2})

    np.testing.assert_array_equal(panel.tensors["logits"], X[0, :, 3, 2])
    np.testing.assert_array_equal(panel.tensors["probabilities"], y[0, :, 3, 2])
    assert [control.name for control in panel.payload.head.controls] == ["width", "unit"]
    assert checks(panel) == {"recomputed": True}
    assert facts(panel)["sum"] == "1"


def test_softmax_with_a_mask_does_not_hold():
    y = softmax(X, -1)
    y[..., 0] = 0

    assert checks(panel_of("Softmax", X, y, axis=-1, options={"aspect": "change"})) == {"recomputed": False}


# Dropout


def test_dropout_draws_one_example_that_its_seed_tells():
    x = X[0]

    one, again, other = (draw("Dropout", x, {"rate": 0.25, "noise_shape": None}, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one.mask, again.mask)
    assert (one.mask != other.mask).any()
    assert set(np.unique(one.mask)) == {0, 1}
    np.testing.assert_allclose(one.result, x * one.mask / 0.75, rtol=1e-6)


def test_spatial_dropout_drops_whole_maps_and_noise_shape_whole_rows():
    x = np.ones((6, 5, 4))

    spatial = draw("SpatialDropout2D", x, {"rate": 0.5, "data_format": "channels_last"}, 0)
    rows = draw("Dropout", x, {"rate": 0.5, "noise_shape": (None, None, 1, 1)}, 0)

    assert (spatial.mask == spatial.mask[:1, :1]).all()
    assert (rows.mask == rows.mask[:, :1, :1]).all()
    assert draw("Dropout", x, {"rate": 0.5, "noise_shape": (None, 2, 1, 1)}, 0) is None


def test_noise_keeps_mean_and_deviation():
    x = RANDOM.normal(size=(300, 300))

    for kind, settings in (
        ("AlphaDropout", {"rate": 0.3}),
        ("GaussianDropout", {"rate": 0.001}),
        ("GaussianNoise", {"stddev": 0.01}),
    ):
        result = draw(kind, x, settings, 4).result
        assert abs(result.mean()) < 0.02
        assert abs(result.std() - 1) < 0.02


def test_dropout_panel_says_that_nothing_happens_now():
    panel = panel_of("Dropout", X, X, rate=0.5, noise_shape=None, options={"aspect": "training", "draw": 7, "unit": 1})

    assert panel.payload.notes == ("only_in_training",)
    assert checks(panel) == {"now_unchanged": True}
    assert facts(panel)["expected_dropped"] == "50.0%"
    mask = draw("Dropout", X[0], {"rate": 0.5, "noise_shape": None}, 7).mask
    np.testing.assert_array_equal(panel.tensors["mask"], mask[..., 1])
    np.testing.assert_allclose(panel.tensors["training"], (X[0] * mask * 2)[..., 1], rtol=1e-6)
    assert facts(panel)["dropped_here"] == f"{(mask == 0).mean():.1%}"


def test_aspects_are_about_the_activation_also_where_gradients_are_shown():
    panel = panel_of("ReLU", X, np.maximum(X, 0), options={"aspect": "change", "show": "gradients"})

    np.testing.assert_array_equal(panel.tensors["output"], np.maximum(X, 0)[0, :, :, 0])
