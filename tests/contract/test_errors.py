"""Bad input gives an error of ours that names the input or layer and says what to do; never a backend's own."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz import Probe
from kerasviz.errors import InputError, KerasvizError, TargetError, UnknownNameError, UnsupportedModelError
from tests.contract.helpers import readable
from tests.models import ZOO, seeded

MODULES_OF_BACKENDS = ("tensorflow", "jax", "torch")
NAN = np.full((2, 8, 8, 1), np.nan, "float32")
ONE_NAN = np.ones((2, 8, 8, 1), "float32")
ONE_NAN[1, 2, 3, 0] = np.nan


class Silent(layers.Layer):
    """A layer that gives no tensor; the model does not need what it gives."""

    def call(self, _):
        return None


class WithSilent(keras.Model):
    def __init__(self):
        super().__init__()
        self.silent = Silent(name="silent")
        self.dense = layers.Dense(2, name="dense")
        self.never = layers.Dense(2, name="never")

    def call(self, x):
        self.silent(x)
        return self.dense(x)


def assert_three_parts(error, *words):
    """What was passed, what was expected, what to do: more than one clause, plain words, no stack trace."""
    message = str(error)
    assert isinstance(error, KerasvizError)
    assert "Traceback" not in message
    assert len(message) < 1500, message
    assert len(message.split()) >= 8, message
    assert sum(message.count(mark) for mark in (". ", ": ", "; ")) >= 1, message
    assert message.rstrip().endswith((".", ")", "]")), message
    for word in words:
        assert word in message, f"{word!r} not in {message!r}"


def ask(probe, x, **options):
    """Every way to ask gives an error of the same kind."""
    found = []
    for question in (probe.predict, probe.activations, probe.gradients):
        with pytest.raises(KerasvizError) as caught:
            question(x, **options)
        found.append(caught.value)
    assert len({type(error) for error in found}) == 1, found
    return found[0]


WRONG = {  # what is passed to an (8, 8, 1) model: what the message must say
    "one axis": (np.ones(7, "float32"), ("(7,)", "8")),
    "wrong size": (np.ones((2, 9, 8, 1), "float32"), ("9", "8")),
    "wrong channels": (np.ones((2, 8, 8, 3), "float32"), ("3", "1")),
    "too many axes": (np.ones((2, 3, 8, 8, 1), "float32"), ("(2, 3, 8, 8, 1)",)),
    "scalar": (np.float32(3), ()),
    "strings": (np.full((2, 8, 8, 1), "a"), ("dtype",)),
    "objects": (np.full((2, 8, 8, 1), object()), ("object",)),
    "complex numbers": (np.ones((2, 8, 8, 1), "complex64"), ("complex",)),
    "empty batch": (np.ones((0, 8, 8, 1), "float32"), ("0",)),
    "nan": (NAN, ("NaN",)),
    "one nan": (ONE_NAN, ("NaN",)),
    "infinite": (np.full((2, 8, 8, 1), -np.inf, "float32"), ("infinite",)),
    "two inputs": ([np.ones((2, 8, 8, 1)), np.ones((2, 8, 8, 1))], ("1", "2")),
    "ragged": ([[1.0, 2.0], [3.0]], ()),
    "none": (None, ("None",)),
    "unknown name": ({"y": np.ones((2, 8, 8, 1), "float32")}, ("y",)),
    "text": ("a picture", ()),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_input_that_does_not_fit_is_refused(name, probing):
    x, words = WRONG[name]
    error = ask(probing(ZOO["sequential_cnn"].build()), x)
    assert isinstance(error, InputError)
    assert_three_parts(error, *words)
    assert not type(error.__cause__).__module__.startswith(MODULES_OF_BACKENDS)


@pytest.mark.parametrize("name", ["sequential_cnn", "subclassed", "unbuilt_sequential", "unbuilt_subclassed"])
def test_a_refused_input_leaves_a_probe_that_works(name, probing):
    case = ZOO[name]
    probe = probing(case.build())
    for bad in (np.ones((0, 6), "float32"), np.full((2, 6), np.nan, "float32"), "a", None):
        with pytest.raises(InputError):
            probe.activations(bad)
    assert probe.layers
    assert probe.activations(case.inputs())
    assert readable(probe)


def test_an_input_that_does_not_fit_a_subclassed_model_is_refused(probing):
    probe = probing(ZOO["subclassed"].build())
    error = ask(probe, np.ones((2, 5), "float32"))
    assert isinstance(error, InputError)
    assert_three_parts(error, "5", "6")


LISTS = {
    "one of two": (lambda x: x[0], ("2",)),
    "one of two in a list": (lambda x: x[:1], ("1", "2")),
    "three": (lambda x: [*x, x[0]], ("3", "2")),
    "a name is missing": (lambda x: {"a": x[0]}, ("b",)),
    "a name is wrong": (lambda x: {"a": x[0], "c": x[1]}, ("b", "c")),
    "in the wrong order": (lambda x: x[::-1], ("a",)),
    "batches differ": (lambda x: [x[0], x[1][:1]], ("3", "1")),
    "one is empty": (lambda x: [x[0], x[1][:0]], ("b",)),
    "nan in the second": (lambda x: [x[0], x[1] * np.nan], ("b", "NaN")),
    "second has the wrong size": (lambda x: [x[0], x[1][:, :2]], ("b", "4")),
}


@pytest.mark.parametrize("name", LISTS)
def test_several_inputs_that_do_not_fit_are_refused_by_name(name, probing):
    case = ZOO["lists"]
    change, words = LISTS[name]
    probe, x = probing(case.build()), case.inputs()
    for question in (probe.predict, probe.activations, lambda data: probe.gradients(data, (1, 0))):
        with pytest.raises(InputError) as caught:
            question(change(x))
        assert_three_parts(caught.value, *words)


@pytest.mark.parametrize("bad", [{"image": None}, {}, {"picture": 1}])
def test_named_inputs_that_do_not_fit_are_refused_by_name(bad, probing):
    case = ZOO["dicts"]
    x = case.inputs()
    given = {"meta": x["meta"]} | {name: value if value is None else x["image"] for name, value in bad.items()}
    with pytest.raises(InputError) as caught:
        probing(case.build()).activations(given)
    assert_three_parts(caught.value, "image")


@pytest.mark.parametrize("bad", [np.ones((2, 6), "float32") * 0.5, np.full((2, 6), "a"), np.ones((2, 5), "int32")])
def test_tokens_that_do_not_fit_are_refused(bad, probing):
    with pytest.raises(InputError) as caught:
        probing(ZOO["masked_embedding"].build()).activations(bad)
    assert_three_parts(caught.value)


@pytest.mark.parametrize("bad", [object(), None, "model.keras", 3, [1], dict, keras.Sequential, layers.Dense])
def test_what_is_not_a_model_is_refused(bad):
    with pytest.raises(UnsupportedModelError) as caught:
        Probe(bad)
    assert_three_parts(caught.value, "keras")
    assert isinstance(caught.value, TypeError)


def test_a_torch_module_is_refused_by_name():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(UnsupportedModelError) as caught:
        Probe(torch.nn.Linear(2, 2))
    assert_three_parts(caught.value, "torch")


def test_a_keras_2_model_is_refused_and_the_error_says_what_to_do():
    class Model:
        pass

    Model.__module__ = "tf_keras.src.engine.training"
    with pytest.raises(UnsupportedModelError) as caught:
        Probe(Model())
    assert_three_parts(caught.value, "tf_keras", "Keras 3")


def test_an_unknown_layer_is_refused_with_the_nearest(probing):
    case = ZOO["sequential_cnn"]
    probe, x = probing(case.build()), case.inputs()
    for question in (probe.activations, lambda data, layer: probe.gradients(data, 1, [layer])):
        with pytest.raises(UnknownNameError) as caught:
            question(x, "covn")
        assert_three_parts(caught.value, "'covn'", "'conv'")


@pytest.mark.parametrize("bad", [3, 1.5, b"conv", {"conv": 1}, [["conv"]], [None]])
def test_layers_of_a_wrong_type_are_refused(bad, probing):
    case = ZOO["sequential_cnn"]
    with pytest.raises(KerasvizError) as caught:
        probing(case.build()).activations(case.inputs(), bad)
    assert_three_parts(caught.value)


def test_a_layer_of_another_model_is_refused_by_name(probing):
    case = ZOO["sequential_cnn"]
    with pytest.raises(UnknownNameError) as caught:
        probing(case.build()).activations(case.inputs(), layers.Dense(2, name="stranger"))
    assert_three_parts(caught.value, "stranger")


@pytest.mark.parametrize("name", ["silent", "never"])
def test_a_layer_that_gives_no_tensor_is_refused_by_name(name, probing):
    model, x = WithSilent(), np.ones((2, 3), "float32")
    model(x)
    probe = probing(seeded(model))
    assert "dense" in probe.activations(x)
    assert name not in probe.activations(x)
    note = {info.path: info.note for info in probe.layers}
    assert note.get(name, "not listed")
    for question in (probe.activations, lambda data, layers: probe.gradients(data, 0, layers)):
        with pytest.raises(KerasvizError) as caught:
            question(x, [name])
        assert_three_parts(caught.value, name)


def test_target_errors_name_the_range(probing):
    case = ZOO["sequential_cnn"]
    probe, x = probing(case.build()), case.inputs()
    for bad in (5, -1, 10**6, [0, 1], [0, 1, 5], "cat", (1, 2), 0.5):
        with pytest.raises(TargetError) as caught:
            probe.gradients(x, bad)
        assert_three_parts(caught.value)
        assert "5" in str(caught.value) or "4" in str(caught.value)


def test_a_wrong_score_is_refused_with_the_valid_ones(probing):
    case = ZOO["sequential_cnn"]
    with pytest.raises(KerasvizError) as caught:
        probing(case.build()).gradients(case.inputs(), 1, score="ouput")
    assert_three_parts(caught.value, "ouput", "output", "auto")


def test_errors_derive_from_the_builtins_people_catch(probing):
    case = ZOO["sequential_cnn"]
    probe = probing(case.build())
    with pytest.raises(ValueError, match="NaN"):
        probe.predict(NAN)
    with pytest.raises(KeyError, match="covn"):
        probe.activations(case.inputs(), "covn")
    with pytest.raises(ValueError, match="5"):
        probe.gradients(case.inputs(), 5)
