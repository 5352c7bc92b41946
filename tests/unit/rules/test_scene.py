"""What the axes of an input mean where no layer says it."""

from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.rules.scene import Scene


@pytest.mark.parametrize(
    ("shape", "axes", "channel"),
    [
        ((28, 28, 1), ("height", "width", "channel"), 2),
        ((32, 24, 3), ("height", "width", "channel"), 2),
        ((28, 28), ("axis_1", "axis_2"), None),
        ((5, 7, 8), ("axis_1", "axis_2", "axis_3"), None),
    ],
)
def test_an_image_that_is_flattened_first_is_an_image(shape, axes, channel):
    flatten = SimpleNamespace(
        path="flatten", axes=("batch", "unit"), hands_on="", arguments=(SimpleNamespace(path="input"),)
    )
    scene = Scene(SimpleNamespace(layers=(flatten,)), {}, {"input": np.zeros((1, *shape))}, {}, "tensorflow")

    assert scene.axes("input") == axes
    assert scene.channel_axis("input") == channel
