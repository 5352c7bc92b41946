"""Views of what layers did to their input, on real layers: the numbers are the model's, and the maps hold."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz.data.opening import open_samples
from kerasviz.views.base import LayerView
from kerasviz.views.joins import JOINS
from kerasviz.views.kinds import ACTIVATIONS, NOISES, NORMALISATIONS
from kerasviz.views.layer import LayerParams, record_for, views_for
from kerasviz.views.moves import MOVES
from kerasviz.views.windows import is_windowed
from kerasviz.widget.session import Session
from tests.contract.helpers import BACKEND, oracle
from tests.tools.layer_cases import CASES, model_of

RANDOM = np.random.default_rng(2)
MINE = {"change", "in_out", "training"}


@pytest.fixture
def opened(probing):
    """opened(model, inputs): a session, closed after the test."""
    sessions = []

    def make(model, inputs):
        sessions.append(Session(probing(model), open_samples(model, inputs)))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


def panel_of(session, layer="layer", **options):
    return session.panel("layer", {"sample": 0, "layer": layer, "options": options})


def checks(panel):
    return {fact.name: fact.good for fact in panel.payload.facts if fact.good is not None}


def chain(layer, shape, *, seed=1):
    """A model of that one layer with weights that are not what they began with, and two samples."""
    layer.name = "layer"
    model = keras.Sequential([keras.Input(shape), layer])
    random = np.random.default_rng(seed)
    layer.set_weights([random.uniform(0.5, 1.5, w.shape).astype("float32") for w in layer.get_weights()])
    return model, random.normal(0.5, 2, size=(2, *shape)).astype("float32")


def slice_at(panel, name, array, unit):
    np.testing.assert_allclose(panel.tensors[name], array[..., unit], rtol=1e-6)


def has_own_view(name):
    """Those that the views under test know; JAX compiles each anew, so the others are left to the other backends."""
    return (
        BACKEND != "jax"
        or name in NORMALISATIONS | ACTIVATIONS | NOISES | MOVES.keys() | JOINS.keys()
        or is_windowed(name)
    )


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if BACKEND in case.backends and has_own_view(n)])
def test_every_layer_opens_in_every_aspect_and_no_check_fails(name, opened):
    case = CASES[name]
    inputs = case.samples()
    session = opened(model_of(case), inputs if len(inputs) > 1 else inputs[0])

    for layer in session.layers:
        views: dict[str, LayerView] = views_for(record_for(session, LayerParams(0, layer.path)))
        for aspect in MINE & set(views):
            panel = panel_of(session, layer.path, aspect=aspect)
            assert panel.payload.head.aspect == aspect
            assert panel.tensors, (layer.path, aspect)
            failed = [fact for fact in panel.payload.facts if fact.good is False]
            assert not failed, (layer.path, aspect, failed)
            assert "map_unknown" not in panel.payload.notes


NORMALISING = {
    "batch": layers.BatchNormalization,
    "batch_plain": lambda: layers.BatchNormalization(scale=False, center=False, epsilon=0.1),
    "batch_rows": lambda: layers.BatchNormalization(axis=1),
    "layer": layers.LayerNormalization,
    "layer_axes": lambda: layers.LayerNormalization(axis=(2, 3)),
    "group": lambda: layers.GroupNormalization(2),
    "group_all": lambda: layers.GroupNormalization(-1, axis=1),
    "rms": layers.RMSNormalization,
    "unit": lambda: layers.UnitNormalization(axis=(1, 2)),
    "learned": layers.Normalization,
    "given": lambda: layers.Normalization(axis=None, mean=0.5, variance=4.0),
    "inverted": lambda: layers.Normalization(mean=(1.0, 2.0, 3.0, 4.0), variance=(1.0, 2.0, 3.0, 4.0), invert=True),
    "rescaling": lambda: layers.Rescaling(1 / 127.5, -1),
    "rescaling_each": lambda: layers.Rescaling((0.5, 1.0, 2.0, 4.0), 0.5),
}


@pytest.mark.parametrize("name", NORMALISING)
def test_normalisation_is_recomputed_as_the_layer_computes_it(name, opened):
    model, x = chain(NORMALISING[name](), (4, 6, 4))
    if name == "learned":
        model.layers[0].adapt(x)

    panel = panel_of(opened(model, x), aspect="change", unit=3)

    assert checks(panel) == {"recomputed": True}
    np.testing.assert_allclose(panel.tensors["before"], x[0, 0])  # nothing names the axes: the first slice is shown
    np.testing.assert_allclose(panel.tensors["after"], oracle(model, x)[0, 0], rtol=1e-4, atol=1e-5)


def test_batch_normalisation_shows_this_units_numbers(opened):
    layer = layers.BatchNormalization()
    model, x = chain(layer, (4, 6, 4))
    named = keras.Model(model.inputs, [model.outputs[0], layers.AveragePooling2D(1)(model.inputs[0])])

    panel = panel_of(opened(named, x), aspect="change", unit=2, parameter="moving_variance")

    slice_at(panel, "before", x[0], 2)
    np.testing.assert_allclose(panel.tensors["after"], oracle(model, x)[0][..., 2], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(panel.tensors["parameter"], keras.ops.convert_to_numpy(layer.moving_variance))


LAST = ["channels_last"] if BACKEND == "tensorflow" else ["channels_last", "channels_first"]  # no such kernels on a CPU


@pytest.mark.parametrize("data_format", LAST)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("windows", [((2, 2), None), ((3, 2), (2, 1)), ((2, 3), (3, 3))])
@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
def test_pooling_windows_are_the_layers_own(kind, windows, padding, data_format, opened):
    size, strides = windows
    settings = {"strides": strides, "padding": padding, "data_format": data_format}
    model, x = chain(
        getattr(layers, kind)(size, **settings), (7, 8, 3) if data_format == "channels_last" else (3, 7, 8)
    )

    panel = panel_of(opened(model, x), aspect="in_out", unit=1, height=1, width=1)

    assert checks(panel) == {"recomputed": True}
    window = panel.payload.figures[0].marks[0]
    rows = slice(window.row, window.row + window.rows)
    columns = slice(window.column, window.column + window.columns)
    cells = panel.tensors["input_0"][rows, columns]
    chosen = panel.tensors["output"][1, 1]
    if "edges_repeated" in panel.payload.notes:  # as on PyTorch; the chosen window does not hang over an edge
        assert BACKEND == "torch"
        assert padding == "same"
    np.testing.assert_allclose(cells.max() if kind == "MaxPooling2D" else cells.mean(), chosen, rtol=1e-5, atol=1e-6)


MOVING = {
    "pad": (lambda: layers.ZeroPadding2D(((1, 2), (0, 3))), (4, 6, 3)),
    "pad_series": (lambda: layers.ZeroPadding1D((2, 0)), (4, 6)),
    "crop": (lambda: layers.Cropping2D(((1, 0), (2, 1))), (4, 6, 3)),
    "crop_volume": (lambda: layers.Cropping3D((1, 1, 0)), (4, 6, 3, 2)),
    "up": (lambda: layers.UpSampling2D((2, 3)), (4, 6, 3)),
    "up_smooth": (lambda: layers.UpSampling2D(3, interpolation="bilinear"), (4, 6, 3)),
    "up_series": (lambda: layers.UpSampling1D(2), (4, 6)),
    "resize": (lambda: layers.Resizing(5, 9), (4, 6, 3)),
    "centre": (lambda: layers.CenterCrop(3, 3), (4, 6, 3)),
    "flatten": (layers.Flatten, (4, 6, 3)),
    "flatten_first": (lambda: layers.Flatten(data_format="channels_first"), (4, 6, 3)),
    "reshape": (lambda: layers.Reshape((-1, 4)), (4, 6, 3)),
    "permute": (lambda: layers.Permute((3, 1, 2)), (4, 6, 3)),
    "repeat": (lambda: layers.RepeatVector(3), (5,)),
    "adaptive": (lambda: layers.AdaptiveMaxPooling2D((2, 4)), (5, 6, 3)),
    "global": (lambda: layers.GlobalAveragePooling3D(keepdims=True), (3, 4, 5, 2)),
}


@pytest.mark.parametrize("name", MOVING)
def test_the_map_between_input_and_output_holds(name, opened):
    make, shape = MOVING[name]
    model, x = chain(make(), shape)

    panel = panel_of(opened(model, x), aspect="in_out")

    assert checks(panel) == {"recomputed": True}
    assert {"input_0", "output"} <= set(panel.tensors)


def test_joins_of_several_inputs_hold(opened):
    a, b = (keras.Input((4, 5, 3), name=name) for name in "ab")
    c = keras.Input((1, 1, 3), name="c")
    series = layers.Reshape((20, 3), name="series")
    outputs = [
        layers.AveragePooling2D(1)(a),  # it tells what the axes mean
        layers.Add(name="add")([a, b, c]),
        layers.Multiply(name="scaled")([a, c]),
        layers.Average(name="mean")([a, b]),
        layers.Maximum(name="most")([a, b]),
        layers.Concatenate(axis=1, name="below")([a, b]),
        layers.Concatenate(name="beside")([a, b]),
        layers.Dot((2, 2), name="dot")([series(a), series(b)]),
        layers.Dot((1, 2), normalize=True, name="cosine")([layers.Permute((2, 1))(series(a)), series(b)]),
    ]
    x = {name: RANDOM.normal(size=(2, *shape)).astype("float32") for name, shape in
         (("a", (4, 5, 3)), ("b", (4, 5, 3)), ("c", (1, 1, 3)))}  # fmt: skip
    session = opened(keras.Model([a, b, c], outputs), x)

    for name in ("add", "scaled", "mean", "most", "below", "beside", "dot", "cosine"):
        assert checks(panel_of(session, name, aspect="in_out")) == {"recomputed": True}, name
    add = panel_of(session, "add", aspect="in_out", unit=1, height=3, width=2)
    terms = np.abs([x["a"][0, 3, 2, 1], x["b"][0, 3, 2, 1], x["c"][0, 0, 0, 1]])
    np.testing.assert_allclose(add.tensors["shares"], terms / terms.sum(), rtol=1e-5)
    below = panel_of(session, "below", aspect="in_out", height=6)
    assert below.tensors["bands"].tolist() == [[0] * 4 + [1] * 4]


@pytest.mark.parametrize("policy", ["float16", "bfloat16"])
def test_maps_hold_in_half_precision(policy, opened):
    inputs = keras.Input((6, 6, 2))
    pooled = layers.AveragePooling2D(3, name="pooled", dtype=policy)(inputs)
    outputs = layers.BatchNormalization(name="norm", dtype=policy)(pooled)
    session = opened(keras.Model(inputs, outputs), RANDOM.normal(size=(1, 6, 6, 2)).astype("float32"))

    assert checks(panel_of(session, "norm", aspect="change")) == {"recomputed": True}


def test_activations_are_measured_where_the_layer_is(opened):
    inputs = keras.Input((5, 6, 3))
    x = layers.AveragePooling2D(1)(inputs)
    x = layers.PReLU(name="slopes", alpha_initializer="ones", shared_axes=(1, 2))(x)
    x = layers.ReLU(max_value=1.0, threshold=0.5, name="clipped")(x)
    outputs = layers.Softmax(axis=1, name="rows")(keras.ops.tanh(x))
    model = keras.Model(inputs, outputs)
    given = RANDOM.normal(size=(2, 5, 6, 3)).astype("float32")
    session = opened(model, given)

    clipped = panel_of(session, "clipped", aspect="change", unit=2)
    expected = np.where(given[0] < 0.5, 0, np.minimum(given[0], 1))
    slice_at(clipped, "output", expected, 2)
    facts = {fact.name: fact.value for fact in clipped.payload.facts}
    assert facts["set_to_0"] == f"{(given[0] < 0.5).mean():.1%}"
    rows = panel_of(session, "rows", aspect="change", width=4, unit=1)
    np.testing.assert_allclose(rows.tensors["logits"], np.tanh(expected)[:, 4, 1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(rows.tensors["probabilities"], oracle(model, given)[0][:, 4, 1], rtol=1e-5)
    assert checks(rows) == {"recomputed": True}
    tanh = next(layer.path for layer in session.layers if layer.kind == "Tanh")
    assert panel_of(session, tanh, aspect="change").payload.head.aspect == "change"
