"""New weights are used at once, and cost no new trace; nor does another target or another sample."""

import keras
import numpy as np
import pytest

from tests.contract.helpers import BACKEND, assert_close, oracle
from tests.models import ZOO, Case, seeded


def looped():
    """Weights that are read inside a loop of the backend."""
    return keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(3), keras.layers.Dense(3, "softmax")])


CASES = {name: ZOO[name] for name in ("sequential_cnn", "subclassed", "norms")} | {"looped": Case(looped, (5, 3))}


def settle(probe, x):
    """Ask often enough that everything that will be compiled is."""
    for target in (0, 1, None):
        probe.predict(x)
        probe.activations(x)
        probe.gradients(x, target)
    return probe.num_traces


@pytest.mark.parametrize("name", CASES)
def test_set_weights_and_fit_are_followed_without_a_trace(name, probing):
    case = CASES[name]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    traces, old = settle(probe, x), probe.gradients(x, 1)["input"]

    seeded(model, seed=9)
    given = oracle(model, x)
    assert_close(probe.predict(x), given)
    assert np.abs(probe.gradients(x, 1)["input"] - old).max() > 1e-4

    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(x, np.zeros_like(given, "float32"), epochs=2, verbose=0)
    trained = oracle(model, x)
    assert np.abs(trained - given).max() > 1e-4
    answer = probe.activations(x)
    assert_close(answer[list(answer)[-1]], trained)
    assert_close(probe.gradients(x, 1)["input"], probing(model).gradients(x, 1)["input"])
    assert probe.num_traces == traces


def test_one_assigned_variable_is_followed_without_a_trace(probing):
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    traces = settle(probe, x)
    bias = model.get_layer("dense").bias
    bias.assign(np.arange(5, dtype="float32") * 10)
    assert_close(probe.predict(x), oracle(model, x))
    assert (probe.predict(x).argmax(axis=1) == 4).all()
    assert probe.num_traces == traces


def test_weights_that_come_later_are_followed(probing):
    """LoRA adds weights to a layer that was looked into already."""
    case = ZOO["unbuilt_sequential"]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    settle(probe, x)
    model.get_layer("hidden").enable_lora(2)
    seeded(model, seed=4)
    assert_close(probe.predict(x), oracle(model, x))
    assert_close(probe.activations(x)["answer"], oracle(model, x))
    assert_close(probe.gradients(x, 1)["input"], probing(model).gradients(x, 1)["input"])


def test_another_target_or_sample_costs_no_trace(probing):
    case = ZOO["sequential_cnn"]
    probe, rng = probing(case.build()), np.random.default_rng(0)
    x = case.inputs(1)
    traces = settle(probe, x)
    for target in (0, 1, 2, 3, 4, None, [3]):
        sample = rng.standard_normal(x.shape).astype("float32")
        probe.gradients(sample, target)
        probe.activations(sample)
        probe.predict(sample[0])
    assert probe.num_traces == traces


def test_asking_again_costs_no_trace(probing):
    case = ZOO["nested"]
    probe, x = probing(case.build()), case.inputs()
    for _ in range(3):
        probe.gradients(x, 1, layers="middle")
        probe.activations(x, ["middle/dense", "dense"])
    traces = probe.num_traces
    for target in (0, 1):
        probe.gradients(x, target, layers="middle")
        probe.activations(x, ["middle/dense", "dense"])
    assert probe.num_traces == traces


@pytest.mark.skipif(BACKEND == "jax", reason="JAX compiles for one batch size at a time")
def test_batches_of_many_sizes_do_not_trace_for_each(probing):
    case = ZOO["branches"]
    model = case.build()
    probe = probing(model)
    for size in (1, 2, 3, 4):
        probe.predict(case.inputs(size))
        probe.gradients(case.inputs(size), 1)
    traces = probe.num_traces
    for size in range(5, 20):
        assert_close(probe.predict(case.inputs(size)), oracle(model, case.inputs(size)))
    assert probe.num_traces - traces <= 4


def test_warming_makes_the_next_answers_free_of_traces(probing):
    case = ZOO["sequential_cnn"]
    probe, x = probing(case.build()), case.inputs(1)
    probe.activations(x)
    probe.warm(x, gradients=True)
    traces = probe.num_traces
    probe.activations(x)
    probe.gradients(x)
    assert probe.num_traces == traces


def test_close_frees_and_a_second_close_is_harmless(probing):
    case = ZOO["sequential_cnn"]
    probe, x = probing(case.build()), case.inputs()
    settle(probe, x)
    probe.close()
    probe.close()


def test_a_closed_probe_does_not_keep_the_model_alive():
    import gc
    import weakref

    from kerasviz import Probe

    case = ZOO["sequential_cnn"]
    model = case.build()
    seen = weakref.ref(model.get_layer("conv").kernel)
    probe = Probe(model)
    settle(probe, case.inputs())
    probe.close()
    del probe, model
    keras.utils.clear_session()
    gc.collect()
    assert seen() is None
