"""Why, from Python and through the queue: traits, what is on the screen, running while others are answered."""

import threading

import keras
import numpy as np
import pytest
from traitlets import TraitError

import kerasviz as kv
from kerasviz.attribution import METHODS
from kerasviz.attribution.explained import Asked
from kerasviz.attribution.pace import Glimpses
from kerasviz.data.opening import open_samples
from kerasviz.widget.session import Session
from tests.unit.widget.conftest import Inbox, X, Y, request


@pytest.fixture
def real(model):
    session = Session(kv.Probe(model), open_samples(model, X, Y))
    yield session
    session.close()


def test_the_attribution_on_the_screen_is_what_attribute_gives_and_follows_sample_and_target(w, model):
    w.method = "integrated-gradients"
    first = w.attribution
    w.sample, w.target = 3, 2

    again = w.attribution

    for found, x, target in ((first, X[:1], None), (again, X[3:4], 2)):
        expected = kv.attribute(model, x, "integrated-gradients", target)
        np.testing.assert_allclose(found.values, expected.values, atol=1e-6)
        assert found.names == ("input",)
    assert again is w.attribution


def test_options_are_the_methods_own_and_go_with_it(w):
    w.method = "smoothgrad"
    w.options = {"num_samples": 3, "noise": 0.3}

    assert w.attribution.options["num_samples"] == 3
    assert w.children[0].options == {"num_samples": 3, "noise": 0.3}

    w.method = "saliency"
    assert w.options == {}
    assert w.children[0].options == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_smaples": 3}, "num_samples"),
        ({"num_samples": 0}, "a whole number from 1"),
        ({"layer": "cnov"}, "Nearest: 'conv'"),
        (3, "must be a dict"),
    ],
)
def test_options_that_the_method_does_not_take_are_refused(w, options, message):
    w.method = "smoothgrad"

    with pytest.raises((kv.KerasvizError, TraitError), match=message):
        w.options = options

    assert w.options == {}


def test_arrays_as_options_stay_in_python_and_come_back_as_they_were(w):
    background = X[:3, :, :, None]
    w.method = "expected-gradients"
    w.options = {"background": background}

    name = w.children[0].options["background"]

    assert name.startswith("ndarray (3, 8, 8, 1)")
    assert w.options["background"] is background
    expected = kv.attribute(w.probe, X[:1], "expected-gradients", background=background)
    np.testing.assert_array_equal(w.attribution.values, expected.values)
    w.children[0].options = {"background": name, "num_samples": 9}  # as the screen sends it back
    assert w.options["background"] is background
    assert w.attribution.options["num_samples"] == 9


def test_a_layer_is_named_or_the_one_on_the_screen(w):
    w.method, w.layer = "gradient-x-activation", "flat"
    assert w.attribution.layer == "flat"

    w.method = "grad-cam"
    assert w.attribution.layer == "conv"

    w.method = "saliency"
    assert w.attribution.layer is None
    w.options = {"layer": "chosen"}
    assert w.attribution.layer == "flat"
    w.options = {"layer": "conv"}
    assert w.attribution.values.shape == (1, 6, 6, 4)


def test_without_a_method_there_is_no_attribution(w):
    with pytest.raises(kv.InputError, match="Set one"):
        _ = w.attribution


def test_samples_to_compare_with_are_taken_from_the_data_and_counted(real):
    found = real.panel("attribution", {"sample": 0, "method": "expected-gradients"}).payload

    expected = kv.attribute(real.probe, X[:1], "expected-gradients", background=X[..., None])
    assert found.background == len(X)
    assert found.delta == pytest.approx(float(expected.delta[0]), abs=1e-6)


def looks(monkeypatch, *, due):
    """Whether it is time to show what is found so far: always, or never."""
    monkeypatch.setattr(Glimpses, "due", lambda *_: due)


def shown(session, inbox, name, options):
    """What the screen got of a method: the parts, and the answer."""
    session.submit(request("why", "attribution", sample=0, method=name, layer="conv", options=options), inbox)
    inbox.wait(1)
    return inbox.parts(), inbox.of("why")["payload"], inbox.tensors("why")["values0"]


@pytest.mark.parametrize("name", ["smoothgrad", "smoothgrad-squared", "vargrad", "rise", "shapley-sampling", "lime"])
def test_what_is_shown_on_the_way_is_what_so_many_points_give_and_the_end_is_the_whole(real, inbox, name, monkeypatch):
    looks(monkeypatch, due=True)
    options = {"num_samples": 40, "batch_size": 130 if name == "shapley-sampling" else 11}

    parts, payload, values = shown(real, inbox, name, options)

    assert len(parts) >= 3
    assert {each["total"] for each, _ in parts} == {payload["done"]} == {40}
    for part, tensors in parts:
        fewer = kv.attribute(real.probe, X[:1], name, num_samples=part["done"]).values
        np.testing.assert_allclose(tensors["values0"], fewer[0, :, :, 0], rtol=1e-4, atol=1e-5 * np.abs(fewer).max())
    np.testing.assert_array_equal(values, kv.attribute(real.probe, X[:1], name, **options).values[0, :, :, 0])


PATHS = {  # options, and how far off the first picture and the last one may be
    "integrated-gradients": ({"num_steps": 400, "baseline": "mean"}, 0.05, 0.01),
    "blur-integrated-gradients": ({"num_steps": 400}, 0.05, 0.01),
    "expected-gradients": ({"num_samples": 400}, 0.4, 0.05),  # points at random
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_are_looked_at_from_all_over_so_that_the_first_points_speak_for_all(real, inbox, name, monkeypatch):
    looks(monkeypatch, due=True)
    options, first, last = PATHS[name]
    options = options | {"batch_size": 41}

    parts, _, values = shown(real, inbox, name, options)

    off = [np.abs(tensors["values0"] - values).max() / np.abs(values).max() for _, tensors in parts]
    assert len(off) >= 9
    assert off[0] < first
    assert off[-1] < last
    whole = {"background": X[..., None]} if name == "expected-gradients" else {}
    expected = kv.attribute(real.probe, X[:1], name, **options, **whole)
    np.testing.assert_array_equal(values, expected.values[0, :, :, 0])


def test_what_is_there_at_once_is_shown_once(real, inbox, monkeypatch):
    looks(monkeypatch, due=False)

    parts, payload, _ = shown(real, inbox, "rise", {"num_samples": 100, "batch_size": 10})

    assert parts == []
    assert payload["done"] == payload["total"] == 100


@pytest.mark.parametrize(
    ("seconds", "seen"),
    [(0.9, []), (2.0, [0.5, 1.0, 1.5]), (60.0, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 26.0, 36.0, 46.0, 56.0])],
)
def test_a_first_look_comes_soon_and_there_are_no_more_than_ten_in_a_minute(seconds, seen):
    now = 0.0
    glimpses = Glimpses(lambda: now)

    found = []
    for done in range(1, 240):
        now = seconds * done / 240
        if glimpses.due(done, 240):
            found.append(now)

    assert found == pytest.approx(seen)


def test_cancelled_after_a_first_look_there_is_one_answer_and_no_further_look(real, monkeypatch):
    looks(monkeypatch, due=True)

    class Hasty(Inbox):
        def __call__(self, content, buffers=None):
            super().__call__(content, buffers)
            if content["kind"] == "partial":
                real.cancel("why")

    inbox = Hasty()
    options = {"num_samples": 400, "batch_size": 10}
    real.submit(request("why", "attribution", sample=0, method="rise", layer="conv", options=options), inbox)

    inbox.wait(1)
    assert inbox.of("why")["kind"] == "cancelled"
    assert [part["done"] for part, _ in inbox.parts()] == [10]
    assert not real._explained


def test_estimates_are_measured_on_the_model(real):
    before = real.panel("methods", {"sample": 0, "layer": "conv"}).payload.methods
    after = real.panel("methods", {"sample": 0, "layer": "conv", "measure": True}).payload.methods

    assert all(each.seconds is None for each in before)
    known = {each.name: each.seconds for each in after if not each.refused}
    assert all(seconds > 0 for seconds in known.values())
    assert known["integrated-gradients"] >= known["saliency"]


@pytest.mark.parametrize("name", kv.methods())
def test_an_estimate_counts_the_model_runs_there_are(real, name):
    cls, asked = METHODS.get(name), Asked(0, name, None, "conv")
    question = real.question(0, None)
    if cls().supports(question, "conv" if cls.needs_layer else cls().default_layer(question)):
        return
    totals = [1]

    explained = real.attribution(asked, lambda _, total: totals.append(total))

    assert explained.rows == pytest.approx(max(totals), rel=0.1, abs=2)


def gated(session, monkeypatch):
    """Attributions stop at their first report until the gate opens; `entered` says that one is there."""
    entered, gate = threading.Event(), threading.Event()
    whole = session.attribution

    def attribution(asked, progress=None, preview=None):
        def slow(done, total):
            entered.set()
            assert gate.wait(20)
            progress(done, total)

        return whole(asked, slow, preview)

    monkeypatch.setattr(session, "attribution", attribution)
    return entered, gate


def test_other_panels_are_answered_while_an_attribution_runs(real, monkeypatch):
    inbox = Inbox()
    entered, gate = gated(real, monkeypatch)
    real.submit(request("why", "attribution", sample=0, method="rise", layer="conv"), inbox)
    assert entered.wait(20)

    real.submit(request("slider", "prediction", sample=2, target=None), inbox)

    inbox.wait(1)
    assert [answer["id"] for answer in inbox.answers()] == ["slider"]
    gate.set()
    inbox.wait(2)
    assert inbox.of("why")["kind"] == "result"


def test_an_attribution_that_is_cancelled_half_way_leaves_model_and_widget_as_they_were(real, model, monkeypatch):
    inbox = Inbox()
    before = [np.array(weight) for weight in model.get_weights()]
    expected = real.probe.predict(X[:1, :, :, None])
    entered, gate = gated(real, monkeypatch)
    options = {"num_samples": 500, "batch_size": 10}
    real.submit(request("why", "attribution", sample=0, method="rise", layer="conv", options=options), inbox)
    assert entered.wait(20)

    real.cancel("why")
    gate.set()

    inbox.wait(1)
    assert inbox.of("why")["kind"] == "cancelled"
    assert not real._explained
    np.testing.assert_array_equal(real.probe.predict(X[:1, :, :, None]), expected)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    real.submit(request("again", "attribution", sample=0, method="saliency", layer="conv"), inbox)
    inbox.wait(2)
    assert inbox.of("again")["kind"] == "result"


def test_weights_that_change_meanwhile_are_told_and_the_answer_is_not_kept(real, model, monkeypatch):
    monkeypatch.setattr(real, "_check_fresh", lambda: None)
    explain = real.attribution

    def changing(asked, progress=None, preview=None):
        return explain(asked, lambda *_: real.forget())

    monkeypatch.setattr(real, "attribution", changing)
    payload = real.panel("attribution", {"sample": 0, "method": "occlusion"}).payload

    assert payload.changed
    assert not real._explained


def test_a_method_that_does_not_fit_says_so_and_the_next_one_works(real):
    inbox = Inbox()
    real.submit(request("no", "attribution", sample=0, method="attention-rollout", layer="conv"), inbox)
    real.submit(request("yes", "attribution", sample=0, method="saliency", layer="conv", slot="b"), inbox)

    inbox.wait(2)

    assert "MultiHeadAttention" in inbox.of("no")["message"]
    assert inbox.of("yes")["kind"] == "result"


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        (kv.unit("conv", (1, 2, 3)), "conv[1, 2, 3]"),
        (kv.unit("conv", (..., 3)), "conv[:, :, 3]"),
        (kv.unit("scores", 1), "scores[1]"),
    ],
)
def test_a_unit_of_any_layer_is_a_target_on_the_screen(w, model, unit, name):
    stage = w.children[0]
    w.method = "gradient-x-input"

    w.target = unit
    assert (w.target, stage.target) == (unit, name)
    expected = kv.attribute(model, X[:1], "gradient-x-input", unit)
    np.testing.assert_allclose(w.attribution.values, expected.values, atol=1e-6)
    np.testing.assert_allclose(w.gradients["conv"], kv.Probe(model).gradients(X[:1], unit)["conv"], atol=1e-6)
    panel = w._session.panel("attribution", {"sample": 0, "method": w.method, "target": name}).payload
    assert (panel.target_name, panel.asked_target) == (name, name)
    assert panel.code == f"kv.attribute(w.probe, x, 'gradient-x-input', target={written(unit)})"

    stage.target = None
    assert w.target is None
    stage.target = name
    assert w.target == unit


def written(unit):
    return f"kv.unit({unit.layer!r}, {'np.s_[:, :, 3]' if unit.index == (..., 3) else repr(unit.index)})"


@pytest.mark.parametrize(
    ("target", "part"),
    [
        (kv.unit("conv", (9, 0, 0)), "out of range"),
        (kv.unit("conv", 3), "(0 … 5, 0 … 5, 0 … 3)"),
        ("conv[a]", "kerasviz.unit"),
        (kv.unit("nowhere", 0), "nowhere"),
    ],
)
def test_a_unit_that_is_not_there_changes_nothing(w, target, part):
    w.target = 1

    with pytest.raises(kv.errors.KerasvizError) as error:
        w.target = target

    assert part in str(error.value)
    assert (w.target, w.children[0].target) == (1, 1)


def test_the_first_check_makes_charts_that_stand_in_its_panel(w):
    stage, inbox = w.children[0], Inbox()
    stage.send = inbox
    assert stage.charts == {}

    w._session.submit(request("1", "evaluation", sample=1, method="saliency"), stage._answer)
    inbox.wait(1)

    assert list(stage.charts) == ["deletion and insertion", "randomised weights"]
    assert list(w.children) == [stage]
    figure = w.charts["deletion and insertion"]
    assert stage.charts["deletion and insertion"] == figure.model_id
    w.sample, w.method = 1, "saliency"
    found = kv.evaluate(w.attribution)
    np.testing.assert_allclose(figure.marks[0].y[0], found.curves.deletion[0], atol=1e-6)
    assert list(w.children) == [stage, w.charts["probabilities"]]


def test_the_only_output_needs_no_name():
    number = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    w = kv.ExplainerWidget(number, np.ones((2, 3), "float32"))
    panel = w._session.panel("attribution", {"sample": 1, "method": "saliency", "target": None}).payload
    w.close()
    assert (panel.target_name, panel.target, panel.asked_target) == ("", (0,), None)


def test_a_model_without_a_predicted_class_says_how_a_target_is_chosen():
    inputs = keras.Input((3,))
    outputs = [keras.layers.Dense(2, name=name)(inputs) for name in ("first", "second")]
    w = kv.ExplainerWidget(keras.Model(inputs, outputs), np.ones((2, 3), "float32"))
    try:
        w.method = "saliency"
        with pytest.raises(kv.TargetError, match=r"under Target, or in Python: w.target = kerasviz.unit\('\w+', 0\)"):
            _ = w.attribution
        w.target = kv.unit("second", 1)
        assert w.attribution.values.shape == (1, 3)
    finally:
        w.close()
