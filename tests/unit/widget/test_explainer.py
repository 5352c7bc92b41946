"""What a notebook does with the widget, on a real small model; no browser."""

import gc
import threading
import weakref

import ipywidgets
import keras
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from traitlets import TraitError, link

import kerasviz as kv
from tests.unit.widget.conftest import X, Y


def wait_for(w, value, name="status"):
    """Until a trait has a value: set by the worker thread."""
    reached = threading.Event()
    w.observe(lambda change: reached.set() if change["new"] == value else None, name)
    assert getattr(w, name) == value or reached.wait(20)


def test_widget_starts_at_the_first_sample_and_layer(w):
    assert isinstance(w, ipywidgets.VBox)
    assert (w.sample, w.layer, w.unit, w.target) == (0, "conv", 0, None)
    assert repr(w) == "<ExplainerWidget of 'tiny': 3 layers, 6 samples>"


def test_activations_and_prediction_are_the_models_own(w, model):
    w.sample = 4

    expected = model.predict(X[4:5, ..., None], verbose=0)
    assert list(w.activations) == ["conv", "flat", "scores"]
    np.testing.assert_allclose(w.activations["scores"], expected, atol=1e-6)
    np.testing.assert_allclose(np.asarray(w.prediction), expected, atol=1e-6)
    assert w.prediction.scores[0].name == "abc"[expected.argmax()]
    assert w.prediction.quantity == "probability"
    assert w.prediction.label == "b"
    assert w.prediction.correct == (expected.argmax() == 1)


def test_traits_and_screen_move_together(w):
    w.sample, w.layer, w.unit, w.target = 3, "scores", 2, 1
    stage = w.children[0]
    assert (stage.sample, stage.layer, stage.unit, stage.target) == (3, "scores", 2, 1)

    stage.layer = "conv"
    stage.sample = 5

    assert (w.sample, w.layer, w.unit) == (5, "conv", 2)


def test_traits_can_be_observed_and_linked(w):
    seen, slider = [], ipywidgets.IntSlider(max=5)
    w.observe(lambda change: seen.append(change["new"]), "sample")
    link((w, "sample"), (slider, "value"))

    slider.value = 2
    w.children[0].sample = 4

    assert seen == [2, 4]
    assert slider.value == 4


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sample", 6, "There are 6 samples: 0 … 5. Choose one of those."),
        ("sample", 1.5, "It must be a whole number"),
        ("sample", None, "It must be a whole number"),
        ("layer", "cnv", "Nearest: 'conv'"),
        ("layer", None, "Layer None does not exist"),
        ("unit", 4, "Layer 'conv' has the units 0 … 3"),
        ("target", 3, "The model tells 3 apart: 0 … 2"),
        ("theme", "drak", "Nearest: 'dark'"),
        ("language", "fr", "Language 'fr' does not exist"),
        ("method", "sailency", "Nearest: 'saliency'"),
        ("method", 3, "It must be a name out of kerasviz.methods()"),
        ("options", {"steps": 3}, "Options belong to a method"),
    ],
)
def test_bad_value_is_refused_and_the_old_one_stays(w, name, value, message):
    before = getattr(w, name)

    with pytest.raises((kv.KerasvizError, TraitError)) as caught:
        setattr(w, name, value)

    assert message in str(caught.value)
    assert getattr(w, name) == before
    assert name not in w.children[0].trait_names() or getattr(w.children[0], name) == before


def test_numpy_integers_and_layer_objects_are_taken(w, model):
    w.sample = np.int64(2)
    w.layer = model.layers[-1]
    w.method, w.options = None, None

    assert (w.sample, type(w.sample)) == (2, int)
    assert w.layer == "scores"
    assert (w.method, w.options) == ("", {})


def test_chart_is_up_to_date_when_it_is_read_and_follows_by_itself(w, model):
    w.sample = 2
    bars = w.charts["probabilities"].marks[0]
    np.testing.assert_allclose(bars.y, model.predict(X[2:3, ..., None], verbose=0)[0], atol=1e-6)
    assert list(bars.x) == ["a", "b", "c"]
    assert w.charts["probabilities"] in w.children

    figure = w.charts["probabilities"]
    changed = threading.Event()
    figure.observe(lambda _: changed.set(), "title")
    w.sample = 5

    assert changed.wait(20)
    assert figure.title == "Class probabilities of sample 5"


def test_status_becomes_idle_when_the_work_is_done(w):
    w.sample = 1

    wait_for(w, "idle")

    assert w.children[0].status == "idle"


def test_training_in_another_cell_is_noticed(model, bundle):
    trained = keras.models.clone_model(model)
    trained.compile("sgd", "sparse_categorical_crossentropy")
    w = kv.ExplainerWidget(trained, X, Y)
    before = np.asarray(w.prediction)

    trained.fit(X[..., None], Y, epochs=1, verbose=0)

    expected = trained.predict(X[:1, ..., None], verbose=0)
    assert not np.allclose(expected, before)
    np.testing.assert_allclose(np.asarray(w.prediction), expected, atol=1e-6)
    w.close()


def test_refresh_shows_weights_that_were_set(model, bundle):
    changed = keras.models.clone_model(model)
    w = kv.ExplainerWidget(changed, X)
    _ = w.activations
    changed.get_layer("scores").set_weights([np.zeros((144, 3)), np.array([0.0, 0.0, 9.0])])

    w.refresh()

    assert w.prediction.scores[0].index == 2
    w.close()


def test_no_inputs_at_all_are_made_and_said_to_be(model, bundle):
    w = kv.ExplainerWidget(model)

    assert len(w.activations) == 3
    assert "made by kerasviz" in w._session.samples.note()
    w.close()


def test_close_frees_everything_and_twice_is_once(model, bundle):
    before = set(_instances)
    w = kv.ExplainerWidget(model, X, Y)
    w.sample = 3
    _ = w.charts

    w.close()
    w.close()

    assert set(_instances) == before
    assert w.children[0].closed
    assert "kerasviz" not in {thread.name for thread in threading.enumerate()}
    assert repr(w) == "<ExplainerWidget, closed>"
    with pytest.raises(kv.InputError, match="was closed"):
        _ = w.activations


@pytest.mark.parametrize(
    ("bad", "advice"),
    [
        (None, "Pass the model itself"),
        ("model.keras", "Load it first"),
        (object(), "Pass the model itself"),
        (np.zeros(3), "Pass the model first"),
    ],
)
def test_what_is_no_model_is_refused_before_anything_is_built(bad, advice, bundle):
    before = set(_instances)

    with pytest.raises(kv.UnsupportedModelError, match=advice):
        kv.ExplainerWidget(bad)

    assert set(_instances) == before


def test_torch_module_is_refused_with_advice(bundle):
    torch = pytest.importorskip("torch")

    with pytest.raises(kv.UnsupportedModelError, match="TorchModuleWrapper"):
        kv.ExplainerWidget(torch.nn.Linear(2, 2))


def test_unknown_argument_names_the_nearest(model, bundle):
    with pytest.raises(TypeError, match=r"Argument 'lables' does not exist. Nearest: 'labels'"):
        kv.ExplainerWidget(model, X, lables=Y)


def test_inputs_that_do_not_fit_are_told_before_anything_is_shown(model, bundle):
    with pytest.raises(kv.InputError, match=r"not known: \['image'\]. Pass the array alone."):
        kv.ExplainerWidget(model, {"image": X})


def test_slips_of_the_pen_name_what_was_meant(w):
    with pytest.raises(AttributeError, match=r"'smaple'\. Set 'sample'"):
        w.smaple = 1
    with pytest.raises(kv.errors.UnknownNameError, match="'probabilities'"):
        w.charts["probs"]
    w.note = "of one's own"

    assert w.note == "of one's own"


def test_failed_construction_leaves_nothing_behind(model, bundle):
    before = set(_instances)

    for arguments in ({"inputs": np.zeros((3, 9, 9, 1))}, {"theme": "drak"}, {"class_names": ["a"]}):
        with pytest.raises(kv.KerasvizError):
            kv.ExplainerWidget(model, **arguments)

    assert set(_instances) == before


def test_model_that_fails_in_the_middle_is_shown_with_its_error(bundle):
    class Fragile(keras.layers.Layer):
        broken = False

        def call(self, inputs):
            if Fragile.broken:
                raise ValueError("The fragile layer broke.")
            return inputs

    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="conv"), Fragile(name="fragile")])
    Fragile.broken = True

    w = kv.ExplainerWidget(model, X)
    stage = w.children[0]
    assert [layer["path"] for layer in stage.digest["layers"]] == ["conv", "fragile"]
    wait_for(w, next_error(w))
    Fragile.broken = False
    w.sample = 1

    assert list(w.activations) == ["conv", "fragile"]
    wait_for(w, "idle")
    assert stage.revision == 1
    w.close()


def next_error(w):
    """The status that a broken model ends in, without the colours of Keras's message."""
    reached = threading.Event()
    w.observe(lambda change: reached.set() if change["new"].startswith("error") else None, "status")
    assert w.status.startswith("error") or reached.wait(20)
    assert "The fragile layer broke." in w.status
    assert "\x1b" not in w.status
    return w.status


def test_closed_widget_holds_neither_model_nor_data(model, bundle):
    own = keras.models.clone_model(model)
    data = X.copy()
    held = [weakref.ref(own), weakref.ref(data)]
    w = kv.ExplainerWidget(own, data, Y)
    _ = w.activations

    w.close()
    del own, data, w
    gc.collect()

    assert [each() for each in held] == [None, None]


def test_labels_counted_from_one_are_warned_of_where_the_widget_is_made(model, bundle):
    with pytest.warns(kv.KerasvizWarning, match="labels - 1") as caught:
        widget = kv.ExplainerWidget(model, X, Y + 1)

    assert [warning.filename for warning in caught] == [__file__]
    widget.close()


def test_inputs_and_labels_in_one_argument_are_told_apart(model):
    with pytest.raises(kv.KerasvizError, match="labels=y"):
        kv.ExplainerWidget(model, (X, Y))
