"""Every registered method keeps the promises of its base, on models of every kind that it supports."""

import dataclasses
import re

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.attribution import METHODS
from tests.contract.helpers import BACKEND, assert_close, assert_unchanged, fingerprint
from tests.models import ZOO, Case

FEW = {"num_steps": 6, "num_samples": 6}
NEEDS_LAYER = ("gradient-x-activation", "conductance")
LAYERS = {"sequential_cnn": "conv", "series": "lstm", "masked_embedding": "lstm", "dicts": None, "branches": "sum"}


def series():
    steps, last = keras.layers.LSTM(4, return_sequences=True, name="lstm"), keras.layers.Lambda(lambda h: h[:, -1])
    return keras.Sequential([keras.Input((5, 3)), steps, last, keras.layers.Dense(3, "softmax")])


CASES = {
    "sequential_cnn": ZOO["sequential_cnn"],
    "masked_embedding": ZOO["masked_embedding"],
    "branches": ZOO["branches"],
    "series": Case(series, (5, 3)),
    "dicts": ZOO["dicts"],
}


def options_for(method, x):
    names = {field.name for field in dataclasses.fields(METHODS.get(method))}
    options = {name: value for name, value in FEW.items() if name in names}
    if method == "expected-gradients":
        options["background"] = keras.tree.map_structure(lambda a: a[::-1].copy(), x)
    return options


def others_changed(name, x):
    """The first sample alone; on JAX, which compiles for each size, among others for all models but one."""
    if BACKEND != "jax" or name == "sequential_cnn":
        return keras.tree.map_structure(lambda a: a[:1], x)
    return keras.tree.map_structure(lambda a: np.concatenate([a[:1], a[:0:-1]]), x)


def attributed(probe, name, method, x):
    """The attribution, or what the method says why it cannot."""
    layer = None
    if method in NEEDS_LAYER:
        layer = LAYERS[name] or next(info.path for info in probe.layers if info.kind == "Dense")
    try:
        return kv.attribute(probe, x, method, target=CASES[name].target, layer=layer, **options_for(method, x))
    except kv.MethodError as reason:
        return str(reason)


@pytest.fixture(scope="module")
def probes():
    found = {name: kv.Probe(case.build()) for name, case in CASES.items()}
    yield found
    for probe in found.values():
        probe.close()


# which methods say no to which models; all others have to give something
CAMS = {"grad-cam", "grad-cam-plus-plus", "hires-cam", "layer-cam", "eigen-cam", "score-cam", "guided-grad-cam"}
ATTENTION = {"attention-rollout", "attention-x-gradient"}
ON_THE_MODEL = {"integrated-gradients", "guided-backprop", "score-cam", "lrp", "deep-lift", "attention-x-gradient"}
RELUS = {"guided-backprop", "deconvnet", "guided-grad-cam"}
REFUSED = {
    "masked_embedding": CAMS | RELUS | {"lrp", "deep-lift"},
    "branches": CAMS | {"lrp", "deep-lift", "blur-integrated-gradients"},
    "series": RELUS | {"lrp", "deep-lift"},
    "dicts": CAMS | RELUS | {"blur-integrated-gradients"},
    "sequential_cnn": set(),
}


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("name", CASES)
def test_a_method_explains_each_sample_for_itself_and_the_same_each_time(name, method, probes):
    x, probe = CASES[name].inputs(3), probes[name]
    found = attributed(probe, name, method, x)
    if isinstance(found, str):
        assert method in REFUSED[name] | ATTENTION
        assert re.search(r"(Use|Choose) ", found)
        return
    again, alone = attributed(probe, name, method, x), attributed(probe, name, method, others_changed(name, x))
    produces = METHODS.get(method).produces
    for values, same, one in zip(*(keras.tree.flatten(a.values) for a in (found, again, alone)), strict=True):
        assert values.dtype == np.float32
        assert np.all(np.isfinite(values))
        np.testing.assert_array_equal(values, same)
        if method != "expected-gradients":  # its background is the batch
            assert_close(one[:1], values[:1], 1e-3 if method == "vargrad" else 1e-4)
        if not found.signed and method != "rise":  # a mean score
            assert values.min() >= -1e-6 * np.abs(values).max()
    if produces == "input-map":
        keras.tree.map_structure(
            lambda values, given: np.testing.assert_equal(values.shape, given.shape),
            list(found.values.values()) if isinstance(found.values, dict) else [found.values],
            keras.tree.flatten(x),
        )
    assert found.method == method
    assert found.scores.shape == (3,)
    assert found.target.shape[0] == 3


@pytest.mark.parametrize("method", METHODS.names())
def test_a_method_leaves_no_trace_also_after_an_exception_in_the_middle(method, looked_into):
    """For all on a probe that stays; for some also on the model, with a probe that is gone afterwards."""
    case = ZOO["attention" if method in ATTENTION else "nested" if method == "deep-lift" else "sequential_cnn"]
    (model, probe), x = looked_into(case), case.inputs(3)
    options = {"layer": "conv" if method in NEEDS_LAYER else None, "target": case.target} | options_for(method, x)
    asked = case.build() if method in ON_THE_MODEL else probe
    model = asked if method in ON_THE_MODEL else model
    kv.attribute(asked, x, method, **options)  # what Keras itself keeps of a first call
    given, before = x.copy(), fingerprint(model)

    class StoppedError(Exception):
        pass

    def stop(done, total):
        assert 0 < done <= total
        raise StoppedError

    kv.attribute(asked, x, method, **options)
    with pytest.raises(StoppedError):
        kv.attribute(asked, x, method, progress=stop, **options)
    assert_unchanged(before, fingerprint(model))
    np.testing.assert_array_equal(x, given)


@pytest.mark.parametrize("method", METHODS.names())
def test_options_say_what_they_are_and_are_checked(method):
    cls = METHODS.get(method)
    assert cls.name == method
    assert cls.__doc__
    for field in dataclasses.fields(cls):
        assert field.metadata.get("label") or field.name in ("background", "unit"), field.name
    for option in cls.options():
        if option.low is not None:
            with pytest.raises(kv.OptionError, match=option.name):
                cls(**{option.name: option.low - 1})
    with pytest.raises(TypeError, match="does not exist"):
        cls.with_options({"num_setps": 3})


def test_an_unknown_method_and_option_name_the_nearest():
    model, x = ZOO["branches"].build(), ZOO["branches"].inputs(1)
    with pytest.raises(kv.UnknownNameError, match="Nearest: 'saliency'"):
        kv.attribute(model, x, "sailency")
    with pytest.raises(kv.UnknownOptionError, match="Nearest: 'num_steps'"):
        kv.attribute(model, x, num_stpes=4)
    with pytest.raises(kv.OptionError, match=r"one of 'gauss-legendre', .* was expected"):
        kv.attribute(model, x, rule="simpson")


def test_a_baseline_of_the_wrong_shape_says_the_right_one():
    model, x = ZOO["branches"].build(), ZOO["branches"].inputs(2)
    with pytest.raises(kv.OptionError, match=r"baseline of shape \(5,\).*\(2, 6\)"):
        kv.attribute(model, x, baseline=np.zeros(5))
    with pytest.raises(kv.OptionError, match="no positions to blur over"):
        kv.attribute(model, x, baseline="blur")
    with pytest.raises(kv.OptionError, match="'zero', 'blur', 'mean', 'random-sample' or an array"):
        kv.attribute(model, x, baseline="black")
    with pytest.raises(kv.OptionError, match="No background was given"):
        kv.attribute(model, x, "expected-gradients")


def test_a_layer_without_positions_is_refused_with_one_that_has_them(probes):
    with pytest.raises(kv.MethodError, match=r"'dense' cannot be explained with 'grad-cam'.*e\.g\. 'conv'"):
        kv.attribute(probes["sequential_cnn"], ZOO["sequential_cnn"].inputs(1), "grad-cam", layer="dense")


def test_gradients_that_are_not_finite_are_refused_with_where_they_break():
    x = keras.Input((3,), name="x")
    inner = keras.layers.Dense(3, name="inner", kernel_initializer="identity")(x)
    root = keras.layers.Lambda(keras.ops.sqrt, name="root")(inner)
    model = keras.Model(x, keras.layers.Dense(2, name="answer")(root))
    given = np.array([[1.0, 1, 1], [1, 0, 1]])
    with pytest.raises(kv.MethodError, match=r"not finite for 'input', the first in sample 1\..* first .* at 'inner'"):
        kv.attribute(model, given, "saliency")


def test_numbers_that_become_no_floats_have_nothing_to_attribute():
    x = keras.Input((3,), dtype="int32", name="x")
    model = keras.Model(x, keras.ops.sum(x, axis=-1, keepdims=True))
    with pytest.raises(kv.MethodError, match="goes into no layer that turns it into floats"):
        kv.attribute(model, np.ones((1, 3), "int32"), "occlusion")


def test_what_the_score_does_not_depend_on_gets_zeros_and_a_note():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, keras.layers.Dense(2, kernel_initializer="zeros")(x))
    found = kv.attribute(model, np.ones((1, 3)), "saliency")
    assert not np.any(found.values)
    assert "All values are zero" in found.note
