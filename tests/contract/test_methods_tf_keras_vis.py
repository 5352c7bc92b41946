"""tf-keras-vis's numbers for the class activation maps that captum lacks, as they are before any resizing or scaling.

max |difference| ≤ 1e-4 · max |theirs|. Eigen-CAM is in neither library: `test_methods_maps` has its formula.
"""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv

if keras.backend.backend() != "tensorflow":
    pytest.skip("tf-keras-vis explains models on TensorFlow", allow_module_level=True)

from tf_keras_vis import gradcam_plus_plus
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.scorecam import Scorecam

TARGET = [2, 0, 1]
RAW = {"expand_cam": False, "normalize_cam": False}
LAYERS = ("first", "second")


@pytest.fixture(scope="module")
def net():
    """Two convolutions, the first as large as the input; the answer is linear, as tf-keras-vis needs it."""
    rng = np.random.default_rng(0)
    model = keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            layers.Conv2D(4, 3, padding="same", activation="tanh", name="first"),
            layers.MaxPooling2D(),
            layers.Conv2D(5, 2, activation="relu", name="second"),
            layers.Flatten(),
            layers.Dense(3, name="answer"),
        ]
    )
    model.set_weights([rng.standard_normal(w.shape).astype("float32") / 3 for w in model.get_weights()])
    probe = kv.Probe(model)
    yield probe, model, rng.standard_normal((3, 9, 9, 2)).astype("float32")
    probe.close()


def each_target(outputs):
    return [outputs[i, target] for i, target in enumerate(TARGET)]


def assert_parity(ours, theirs):
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max() > 0
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


def test_maps_from_gradients(net):
    """HiResCAM is their LayerCAM without its two ReLUs."""
    probe, model, x = net
    no_relus = {"gradient_modifier": None, "activation_modifier": None}
    for name, theirs, options in [
        ("grad-cam", Gradcam, {}),
        ("layer-cam", Layercam, {}),
        ("hires-cam", Layercam, no_relus),
    ]:
        for layer in LAYERS:
            expected = theirs(model)(each_target, x, penultimate_layer=layer, **options, **RAW)
            assert_parity(kv.attribute(probe, x, name, target=TARGET, layer=layer).values, expected)


def test_grad_cam_plus_plus(net, monkeypatch):
    """They also divide each channel's α by its sum, which the paper does not: left out here.

    And they multiply by exp(score), one number for all of a sample: divided out.
    """
    probe, model, x = net
    sums = []

    class Undivided:
        relu = staticmethod(gradcam_plus_plus.K.relu)

        @staticmethod
        def sum(a, **along):
            sums.append(a)
            total = np.sum(a, **along)
            return np.ones_like(total) if len(sums) % 4 == 2 else total  # of their four sums, the second

    monkeypatch.setattr(gradcam_plus_plus, "K", Undivided)
    for layer in LAYERS:
        theirs = GradcamPlusPlus(model)(each_target, x, penultimate_layer=layer, **RAW)
        ours = kv.attribute(probe, x, "grad-cam-plus-plus", target=TARGET, layer=layer)
        assert_parity(ours.values, theirs / np.exp(ours.scores)[:, None, None])
    assert len(sums) == 8


def test_score_cam(net):
    """Their weights are whatever the score makes of a softmax over classes: p₂ / p₀ is the exponential of y₂ - y₀.

    That is the paper's softmax over channels but for a factor, so each map is compared as a share of its largest value.
    """
    probe, model, x = net
    theirs = Scorecam(model)(lambda p: p[:, 2] / p[:, 0], x, penultimate_layer="first", **RAW)
    ours = kv.attribute(probe, x, "score-cam", target=lambda y: y[:, 2] - y[:, 0], layer="first").values
    for mine, other in zip(ours, theirs, strict=True):
        assert_parity(mine / mine.max(), other / np.max(other))
