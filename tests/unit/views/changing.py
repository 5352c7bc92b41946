"""Sources for the views of what a layer did to its input."""

import numpy as np

from kerasviz.views.layer import PANEL, LayerParams
from tests.fakes import FakeLayer, FakeSource

IMAGE = ("height", "width", "channel")
X = np.random.default_rng(5).normal(1, 2, size=(1, 6, 5, 4)).astype(np.float32)


def source_of(kind, before, after, *, axes=IMAGE, own=None, weights=None, **settings):
    """A layer `it` fed by the layers in `before`."""
    before = before if isinstance(before, list) else [before]
    names = [f"in_{i}" for i in range(len(before))]
    layers = [FakeLayer(n, "Any", (None, *a.shape[1:]), ("batch", *axes)) for n, a in zip(names, before, strict=True)]
    layers.append(FakeLayer("it", kind, (None, *after.shape[1:]), ("batch", *(own or axes)), inputs=tuple(names)))
    values = dict(zip(names, before, strict=True)) | {"it": after}
    return FakeSource(
        tuple(layers), values=values, layer_weights={"it": weights or {}}, layer_settings={"it": settings}
    )


def panel_of(*arguments, options, **settings):
    return PANEL.build(source_of(*arguments, **settings), LayerParams(0, "it", options=options))


def facts(panel):
    return {fact.name: fact.value for fact in panel.payload.facts}


def checks(panel):
    return {fact.name: fact.good for fact in panel.payload.facts if fact.good is not None}


def figure(panel, name):
    return next(each for each in panel.payload.figures if each.name == name)
