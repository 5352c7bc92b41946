"""Looking changes nothing in the user's model: values, flags, attributes, statistics, counters, random state."""

import copy
import gc
import pickle

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz import Probe
from tests.contract.helpers import LISTENED_TO, assert_close, assert_unchanged, fingerprint, numpy, wide_if, zoo
from tests.models import ZOO, seeded

LOOKED_INTO = [
    *("sequential_cnn", "operations", "nested", "subclassed", "shared", "lists", "dicts", "recurrent", "norms"),
    *("time_distributed", "attention", "masked_embedding", "random_layers", "stateful_layer", "preprocessing"),
]


class Trap(layers.Layer):
    """A layer whose call fails while it is armed."""

    armed = False

    def call(self, x):
        if self.armed:
            raise RuntimeError("the trap is shut")
        return x * 2.0


@keras.saving.register_keras_serializable("kerasviz-tests")
def registered(x):
    return x * 3.0


class Saver(layers.Layer):
    """A layer that notes the whole model's configuration while it runs, as a checkpoint of another thread would."""

    note = staticmethod(lambda: None)

    def call(self, x):
        self.note()
        return x

    def get_config(self):
        return {"name": self.name}


def trained(name):
    """A compiled model that has seen one batch, so that there is an optimizer to disturb."""
    case = ZOO[name]
    model, x = case.build(), case.inputs(8)
    model.compile("adam", keras.tree.map_structure(lambda _: "mse", model(x)), run_eagerly=False)
    model.fit(x, numpy(model(x)), batch_size=4, epochs=1, verbose=0)
    return model, case.inputs(), case.target


def look(probe, x, target=None):
    probe.predict(x)
    probe.activations(x)
    probe.gradients(x, target)
    probe.gradients(x, target, score="output")
    probe.activations(keras.tree.map_structure(lambda array: array[0], x))


@pytest.mark.parametrize("name", LOOKED_INTO)
def test_looking_leaves_the_model_as_it_was(name, probing):
    case = ZOO[name]
    model, x = case.build(), case.inputs()
    model(x, training=False)
    before = fingerprint(model)
    config = model.get_config() if case.functional else None
    look(probing(model), x, case.target)
    assert_unchanged(before, fingerprint(model))
    assert config == (model.get_config() if case.functional else None)


@pytest.mark.parametrize("name", ["sequential_cnn", "norms", "random_layers"])
def test_looking_leaves_optimizer_and_compiled_state_as_they_were(name, probing):
    model, x, target = trained(name)
    before = fingerprint(model)
    probe = probing(model)
    look(probe, x, target)
    probe.close()
    assert_unchanged(before, fingerprint(model))


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize("activation", ["relu", registered, abs, lambda x: x * 2.0, keras.layers.LeakyReLU(0.3)])
def test_a_model_saved_while_another_thread_looks_names_its_own_activations(activation, probing):
    inputs = keras.Input((4, 3))
    hidden = layers.Dense(3, activation=activation, name="hidden")(inputs)
    saver = Saver(name="saver")
    model = keras.Model(inputs, layers.LSTM(2, activation="sigmoid")(saver(hidden)))
    before = model.get_config()
    seen = []
    saver.note = lambda: seen.append(model.get_config())
    probing(model).activations(np.ones((1, 4, 3), "float32"))
    assert seen[0] == before
    assert "get_config" not in vars(model.get_layer("hidden"))


class Block(layers.Layer):
    """Keras makes its configuration from its arguments."""

    def __init__(self, units, activation="relu", **options):
        super().__init__(**options)
        self.dense = layers.Dense(units)
        self.activation = keras.activations.get(activation)

    def call(self, x):
        return self.activation(self.dense(x))


def test_a_layer_whose_configuration_keras_makes_keeps_it_while_another_thread_looks(probing):
    saver = Saver(name="saver")
    model = keras.Sequential([keras.Input((4,)), Block(3, "tanh"), saver])
    before = model.get_config()
    seen = []
    saver.note = lambda: seen.append(model.get_config())
    probing(model).activations(np.ones((1, 4), "float32"))
    assert seen[0] == before
    assert before["layers"][1]["config"]["units"] == 3


@zoo(lambda case: not case.functional)
def test_building_a_model_by_looking_patches_nothing(case, probing):
    with wide_if(case):
        model, x = case.build(), case.inputs()
        look(probing(model), x, case.target)
        for layer in model._flatten_layers():
            assert "call" not in vars(layer)
            assert "__call__" not in vars(layer)


def test_an_unbuilt_model_is_built_as_keras_would_build_it(probing):
    keras.utils.set_random_seed(3)
    expected = ZOO["unbuilt_sequential"].make()
    expected(ZOO["unbuilt_sequential"].inputs())
    keras.utils.set_random_seed(3)
    model = ZOO["unbuilt_sequential"].make()
    answer = probing(model).predict(ZOO["unbuilt_sequential"].inputs())
    assert_close(answer, expected(ZOO["unbuilt_sequential"].inputs()))
    assert model.built
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_state_a_layer_writes_in_its_call_is_not_written_by_looking(probing):
    case = ZOO["stateful_layer"]
    model, x = case.build(), case.inputs()
    counter = model.get_layer("counter")
    counter.count.assign(0.0)
    look(probing(model), x)
    assert float(numpy(counter.count.value)) == 0
    model(x)
    assert float(numpy(counter.count.value)) == 1


def test_seeds_go_on_where_they_were(probing):
    case = ZOO["random_layers"]
    draws = []
    for looked in (False, True):
        model, x = case.build(), case.inputs()
        first = numpy(model(x, training=True))
        if looked:
            look(probing(model), x)
        draws.append((first, numpy(model(x, training=True))))
    np.testing.assert_array_equal(draws[0][1], draws[1][1])
    assert np.abs(draws[0][0] - draws[0][1]).max() > 1e-6


def test_the_losses_of_activity_regularizers_are_those_of_the_last_call_of_the_user(probing):
    case = ZOO["random_layers"]
    model, x = case.build(), case.inputs()
    model(x)
    before = [float(loss) for loss in numpy(model.losses)]
    look(probing(model), x * 100)
    after = [float(loss) for loss in numpy(model.losses)]
    assert before == after
    assert len(before) > 0


def test_trainable_flags_of_a_frozen_model_stay(probing):
    case = ZOO["norms"]
    model = case.build()
    model.trainable = False
    model.get_layer("answer").trainable = True
    before = [layer.trainable for layer in model._flatten_layers()]
    gradients = probing(model).gradients(case.inputs(), 0)
    assert [layer.trainable for layer in model._flatten_layers()] == before
    assert np.abs(gradients["input"]).max() > 0


def trap_model():
    x = keras.Input((4,), name="x")
    y = layers.Dense(4, activation="relu", activity_regularizer="l2", name="first")(x)
    y = layers.BatchNormalization(name="norm")(layers.Dropout(0.5, name="dropout")(y))
    y = layers.Dense(3, activation="softmax", name="last")(Trap(name="trap")(y))
    return seeded(keras.Model(x, y))


@pytest.mark.parametrize("ask", ["predict", "activations", "gradients"])
def test_an_exception_in_the_middle_leaves_the_model_as_it_was(ask, probing):
    model, x = trap_model(), np.ones((2, 4), "float32")
    expected = numpy(model(x, training=False))
    before = fingerprint(model)
    probe, trap = probing(model), model.get_layer("trap")
    trap.armed = True
    for data in (x, x[0]):
        with pytest.raises(Exception, match="trap"):
            getattr(probe, ask)(data)
    del trap.armed
    assert_unchanged(before, fingerprint(model))
    assert_close(model(x, training=False), expected)
    assert_close(probe.predict(x), expected)
    assert probe.activations(x).keys() == {"first", "dropout", "norm", "trap", "last"}
    assert probe.gradients(x, 1).connected["first"]


def test_two_probes_on_one_model_do_not_see_each_other(probing):
    case = ZOO["shared"]
    model, x = case.build(), case.inputs()
    before = fingerprint(model)
    one, two = probing(model), probing(model)
    first = one.activations(x)
    gradients = two.gradients(x, 1)
    again = one.activations(x)
    two.close()
    assert list(first) == list(again)
    for path, value in first.items():
        assert_close(value, again[path])  # the first pass may run un-compiled
    assert_close(one.gradients(x, 1)["input"], gradients["input"])
    assert_unchanged(before, fingerprint(model))


def test_closing_leaves_nothing_behind():
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs()
    model(x)
    before = sorted(vars(model))
    one, two = Probe(model), Probe(model)
    look(one, x)
    look(two, x)
    one.close()
    look(two, x)
    two.close()
    assert sorted(vars(model)) == before


def test_a_probe_that_is_forgotten_leaves_nothing_behind():
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs()
    model(x)
    before = sorted(vars(model))
    look(Probe(model), x)
    gc.collect()
    model.compile("sgd", "mse")
    model.fit(x, np.ones((3, 5), "float32"), verbose=0)
    assert set(vars(model)) & LISTENED_TO <= set(before)


def test_a_model_under_a_probe_can_be_copied_and_cloned(probing):
    case = ZOO["branches"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    look(probe, x)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for other in copies:
        assert_close(other(x), model(x))
        other.set_weights([weight * 0 for weight in other.get_weights()])
    assert_close(probe.predict(x), model(x))
    clone = keras.models.clone_model(model)
    clone.compile("sgd", "mse")
    clone.fit(x, np.ones((3, 3), "float32"), verbose=0)
    assert_close(probing(clone).predict(x), clone(x))


def test_what_the_caller_does_with_an_answer_does_not_reach_the_model(probing):
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    kept = x.copy()
    first = {path: value.copy() for path, value in probe.activations(x).items()}
    for value in probe.activations(x).values():
        if value.flags.writeable:
            value[...] = 0
    np.testing.assert_array_equal(x, kept)
    for path, value in probe.activations(x).items():
        np.testing.assert_array_equal(value, first[path])


def test_an_answer_stays_what_it_was_when_training_goes_on(probing):
    model, x, _ = trained("sequential_cnn")
    answer = probing(model).activations(x)
    kept = {path: value.copy() for path, value in answer.items()}
    for _ in range(2):
        model.fit(x, numpy(model(x)) * 0, epochs=1, verbose=0)
        probing(model).activations(x * 2)
    for path, value in answer.items():
        np.testing.assert_array_equal(value, kept[path])


def test_the_model_can_be_called_saved_and_trained_after_looking(probing, tmp_path):
    case = ZOO["branches"]
    model, x = case.build(), case.inputs()
    look(probing(model), x)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert_close(loaded(x), model(x))
    model.compile("sgd", "mse")
    model.fit(x, np.ones((3, 3), "float32"), verbose=0)
    assert_close(probing(model).predict(x), model(x))
