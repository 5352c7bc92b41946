"""What can go wrong with an attribution: a message that says what, what was expected and what to do; the model untouched."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.helpers import assert_unchanged, fingerprint
from tests.contract.test_errors import assert_three_parts
from tests.models import ZOO


@pytest.fixture
def net(probing):
    case = ZOO["sequential_cnn"]
    model = case.build()
    return model, probing(model), case.inputs(3)


def rounded():
    """The score depends on the input, and no gradient gets through."""
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Dense(2, kernel_initializer="ones")(ops.round(x))), np.array(
        [[3.0, 1, 2, 5]], "float32"
    )


def test_no_gradient_path_gives_zeros_and_says_what_needs_none():
    model, x = rounded()
    before = fingerprint(model)
    for method in ("saliency", "integrated-gradients", "smoothgrad", "gradient-x-input"):
        found = kv.attribute(model, x, method, target=0)
        assert not np.any(found.values)
        assert "no gradient gets there" in found.note
        assert "'occlusion' needs no gradient" in found.note
    assert np.any(kv.attribute(model, x, "occlusion", target=0).values)
    assert_unchanged(before, fingerprint(model))


def test_a_model_of_whole_numbers_has_nothing_to_attribute():
    x = keras.Input((3,), dtype="int32", name="x")
    model = keras.Model(x, ops.sum(x * 2, axis=-1, keepdims=True))
    before = fingerprint(model)
    for method in ("saliency", "integrated-gradients", "occlusion", "shapley-sampling", "grad-cam"):
        with pytest.raises(kv.MethodError) as caught:
            kv.attribute(model, np.ones((1, 3), "int32"), method)
        assert_three_parts(caught.value, "Use " if method == "grad-cam" else "layer=")
    assert_unchanged(before, fingerprint(model))


def test_all_zero_values_are_told_also_without_gradients():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, kernel_initializer="zeros")(x))
    for method in ("saliency", "occlusion", "kernel-shap", "lrp", "deep-lift"):
        found = kv.attribute(model, np.ones((1, 3)), method)
        assert not np.any(found.values)
        assert "All values are zero" in found.note


def root():
    """√ of the input: no slope at 0, no value below."""
    x = keras.Input((3,), name="x")
    inner = layers.Dense(3, name="inner", kernel_initializer="identity")(x)
    return keras.Model(x, layers.Dense(2, name="answer")(layers.Lambda(ops.sqrt, name="root")(inner)))


def test_a_gradient_that_is_not_finite_says_where_it_breaks_and_at_which_point():
    model, good, bad = root(), np.ones((2, 3), "float32"), np.array([[1, 1, 1], [1, 0, 1]], "float32")
    before = fingerprint(model)
    with pytest.raises(kv.MethodError, match=r"the first in sample 1\. Going back from the score, .* at 'inner'"):
        kv.attribute(model, bad, "saliency")
    with pytest.raises(
        kv.MethodError, match=r"Going back from the score for the baseline, .* first not finite at 'inner'"
    ):
        kv.attribute(model, good, "integrated-gradients", rule="riemann-left")
    with pytest.raises(kv.MethodError, match="At the samples themselves the gradient is finite"):
        kv.attribute(model, np.array([[1, 9, 1]], "float32"), "smoothgrad", noise=0.9)
    assert_unchanged(before, fingerprint(model))


def test_a_layer_without_positions_a_wrong_target_and_a_wrong_baseline_are_refused(net):
    model, probe, x = net
    before = fingerprint(model)
    cases = [
        ({"method": "grad-cam", "layer": "dense"}, ("'dense'", "no positions", "Choose")),
        ({"method": "score-cam", "layer": "nowhere"}, ("'nowhere'",)),
        ({"target": 99}, ("99", "out of range", "Choose")),
        ({"target": "cat"}, ("'cat'", "index", "Choose")),
        ({"target": [0, 1]}, ("3 samples", "Choose")),
        ({"baseline": np.zeros((5, 5))}, ("(5, 5)", "(3, 8, 8, 1)", "Pass")),
        ({"baseline": "black"}, ("'black'", "'zero'")),
        ({"layer": "conv", "baseline": np.zeros((2, 2))}, ("(2, 2)", "Pass")),
        ({"method": "deep-lift", "score": "output"}, ("logit", "Use")),
    ]
    for options, words in cases:
        with pytest.raises(kv.KerasvizError) as caught:
            kv.attribute(probe, x, **options)
        assert_three_parts(caught.value, *words)
    assert_unchanged(before, fingerprint(model))


def test_a_target_function_that_gives_no_number_per_sample_is_refused(net):
    _, probe, x = net
    for function in (lambda y: y[:, :2], lambda _: 3.0):
        with pytest.raises(kv.TargetError) as caught:
            kv.attribute(probe, x, "saliency", target=function)
        assert_three_parts(caught.value, "The target function returned", "number per sample")


def test_cancelled_half_way_it_can_be_asked_again(net):
    model, probe, x = net
    expected = kv.attribute(probe, x, "smoothgrad", num_samples=6, batch_size=4)
    before, seen = fingerprint(model), []

    class CancelledError(Exception):
        pass

    def cancel(done, total):
        seen.append((done, total))
        if len(seen) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        kv.attribute(probe, x, "smoothgrad", num_samples=6, batch_size=4, progress=cancel)
    assert len(seen) == 3
    assert_unchanged(before, fingerprint(model))
    again = kv.attribute(probe, x, "smoothgrad", num_samples=6, batch_size=4)
    np.testing.assert_array_equal(again.values, expected.values)


def test_a_model_that_changes_during_the_run_is_told(net):
    model, probe, x = net

    def train(done, total):
        if done < total:
            model.set_weights([w * 1.01 for w in model.get_weights()])

    found = kv.attribute(probe, x, "integrated-gradients", num_steps=6, batch_size=4, progress=train)
    assert "The model's weights changed while this ran" in found.note
    still = kv.attribute(probe, x, "integrated-gradients", num_steps=6, batch_size=4)
    assert "changed" not in still.note


def test_training_between_two_batches_is_told_too(net):
    model, probe, x = net
    model.compile("sgd", "sparse_categorical_crossentropy")
    y = np.zeros(3, "int32")
    found = kv.attribute(probe, x, "occlusion", batch_size=40, progress=lambda *_: model.train_on_batch(x, y) and None)
    assert "The model's weights changed while this ran" in found.note
