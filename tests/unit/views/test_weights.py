"""The weights of a layer, as they are."""

import numpy as np
import pytest

from kerasviz.views.layer import PANEL, LayerParams
from tests.fakes import FakeLayer, FakeSource

RANDOM = np.random.default_rng(0)


def weights_panel(kind, weights, shape=(None, 4), axes=("batch", "unit"), **options):
    source = FakeSource(
        layers=(FakeLayer("layer", kind, shape, axes, num_parameters=1),), layer_weights={"layer": weights}
    )
    return PANEL.build(source, LayerParams(0, "layer", options={"aspect": "weights"} | options))


def maps(channels):
    return {"shape": (None, 5, 5, channels), "axes": ("batch", "height", "width", "channel")}


@pytest.mark.parametrize("unit", [0, 2])
def test_kernel_of_the_chosen_unit_has_a_tile_for_each_input_channel(unit):
    kernel = RANDOM.normal(size=(3, 2, 4, 3)).astype(np.float32)

    panel = weights_panel("Conv2D", {"kernel": kernel}, **maps(3), unit=unit)

    np.testing.assert_array_equal(panel.tensors["kernel"], np.moveaxis(kernel[..., unit], -1, 0))
    assert [control.name for control in panel.payload.head.controls] == ["unit"]


@pytest.mark.parametrize(
    ("kind", "shape"), [("Conv2D", (1, 1, 4, 3)), ("Conv1D", (1, 4, 3)), ("Conv3D", (1, 1, 1, 4, 3))]
)
def test_a_kernel_that_sees_one_place_is_a_bar_for_each_input_channel(kind, shape):
    kernel = RANDOM.normal(size=shape).astype(np.float32)

    panel = weights_panel(kind, {"kernel": kernel}, **maps(3), unit=2)

    np.testing.assert_array_equal(panel.tensors["kernel"], kernel.reshape(4, 3)[:, 2])
    (figure,) = panel.payload.figures
    assert (figure.form, figure.axes[0].name) == ("bars", "input_channel")
    assert figure.title == f"kernel[{'0, ' * (len(shape) - 2)}:, 2]"
    assert [control.name for control in panel.payload.head.controls] == ["unit"]


def test_a_transposed_kernel_that_sees_one_place_is_too():
    kernel = RANDOM.normal(size=(1, 1, 5, 2)).astype(np.float32)  # (height, width, out, in)

    panel = weights_panel("Conv2DTranspose", {"kernel": kernel}, **maps(5), unit=4)

    np.testing.assert_array_equal(panel.tensors["kernel"], kernel[0, 0, 4, :])
    assert panel.payload.figures[0].title == "kernel[0, 0, 4, :]"
    assert panel.payload.notes == ("kernel_channels",)


def test_transposed_kernels_have_their_channels_the_other_way_round():
    kernel = RANDOM.normal(size=(3, 3, 5, 2)).astype(np.float32)  # (height, width, out, in)

    panel = weights_panel("Conv2DTranspose", {"kernel": kernel}, **maps(5), unit=4)

    np.testing.assert_array_equal(panel.tensors["kernel"], np.moveaxis(kernel[:, :, 4, :], -1, 0))


def test_depthwise_kernel_has_a_tile_for_each_channel():
    kernel = RANDOM.normal(size=(3, 3, 6, 1)).astype(np.float32)

    panel = weights_panel("DepthwiseConv2D", {"kernel": kernel}, **maps(6))

    np.testing.assert_array_equal(panel.tensors["kernel"], np.moveaxis(kernel[..., 0], -1, 0))


def test_volumes_have_a_slider_for_their_depth():
    kernel = RANDOM.normal(size=(2, 3, 3, 4, 5)).astype(np.float32)

    panel = weights_panel("Conv3D", {"kernel": kernel}, (None, 4, 5, 5, 5), ("batch", "depth", "height", "width", "channel"), unit=3, depth=1)  # fmt: skip

    np.testing.assert_array_equal(panel.tensors["kernel"], np.moveaxis(kernel[1, :, :, :, 3], -1, 0))


def test_matrix_has_a_row_for_each_unit():
    kernel = RANDOM.normal(size=(7, 4)).astype(np.float32)

    panel = weights_panel("Dense", {"kernel": kernel, "bias": np.ones(4, np.float32)}, unit=2)

    np.testing.assert_array_equal(panel.tensors["kernel"], kernel.T)
    assert panel.payload.figures[0].axes[0].chosen == 2
    assert panel.payload.head.code == "w.probe.weights('layer')['kernel']"
    assert {fact.name: fact.value for fact in panel.payload.facts}["mean"] == f"{kernel.mean(dtype=np.float64):.4g}"
    assert panel.payload.notes == ()


def test_each_weight_can_be_chosen():
    bias = np.array([0.5, -1, 0, 3], np.float32)

    panel = weights_panel("Dense", {"kernel": np.ones((7, 4), np.float32), "bias": bias}, weight="bias")

    np.testing.assert_array_equal(panel.tensors["bias"], bias)
