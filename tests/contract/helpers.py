"""What the contract tests share: running a model without us, comparing arrays, and looking for traces we left."""

from __future__ import annotations

import contextlib

import keras
import numpy as np
import pytest

from tests.models import ZOO

BACKEND = keras.backend.backend()


def zoo(keep=lambda _: True):
    """The cases of the zoo that this backend can run, as pytest parameters."""
    names = [name for name, case in ZOO.items() if BACKEND in case.backends and keep(case)]
    return pytest.mark.parametrize("case", [pytest.param(ZOO[name], id=name) for name in names])


@contextlib.contextmanager
def wide_numbers():
    """float64 on JAX is off unless it is asked for."""
    if BACKEND != "jax":
        yield
        return
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def wide_if(case):
    """float64 switched on where a case of the zoo needs it."""
    return wide_numbers() if case.float64 else contextlib.nullcontext()


def numpy(tensors):
    """The same structure with NumPy arrays of float64 (numbers) or as they are."""

    def one(tensor):
        if not isinstance(tensor, np.ndarray):
            tensor = keras.ops.convert_to_numpy(tensor)
        return tensor.astype("float64") if np.asarray(tensor).dtype.kind not in "OSUTb" else tensor

    return keras.tree.map_structure(one, tensors)


def tensors(x):
    """What the model takes when it is called without us: strings as tensors."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return keras.ops.convert_to_tensor(x.astype(str))
    return x


def oracle(model, x):
    """What Keras alone computes, as NumPy; compiled on JAX, where a model run operation by operation takes seconds."""
    return numpy(model.predict_on_batch(x) if BACKEND == "jax" else model(tensors(x), training=False))


def assert_close(actual, expected, tolerance=2e-5, name=""):
    actual, expected = numpy(actual), numpy(expected)
    assert actual.shape == expected.shape, name
    scale = max(1e-3, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale, err_msg=name)


def assert_same_tree(actual, expected, tolerance=2e-5):
    keras.tree.assert_same_structure(actual, expected)
    for one, other in zip(keras.tree.flatten(actual), keras.tree.flatten(expected), strict=True):
        assert_close(one, other, tolerance)


def by_name(probe):
    return {info.path: info for info in probe.layers}


def readable(probe):
    """The paths that can be looked into: those without a note that says why not."""
    return [info.path for info in probe.layers if not info.note]


def owned(model):
    """The model and every layer in it, each once, in one order."""
    return list(model._flatten_layers(include_self=True, recursive=True))


# The engine listens at these methods of the model (of the outermost one only) for as long as a probe is open; closing
# takes the listeners away. On TensorFlow and torch a step of training and a look take turns; on JAX training takes the
# weights away until the end of an epoch, and a snapshot is taken.
LISTENED_TO = {"make_train_function", *(["jax_state_sync"] if BACKEND == "jax" else [])}


def amount(loss):
    """A loss as a number; what a compiled `fit` of Keras on TensorFlow left behind has none, only a name."""
    return getattr(loss, "name", "") if "SymbolicTensor" in type(loss).__name__ else float(numpy(loss))


def fingerprint(model):
    """All that must not change: values, flags, attributes and counters of a model and of its layers."""
    found = owned(model)
    state = {
        "layers": [id(layer) for layer in found],
        "variables": [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables],
        "trainable": [(layer.trainable, [v.trainable for v in layer.variables]) for layer in found],
        "policy": [layer.dtype_policy.name for layer in found],
        "attributes": [sorted(set(vars(layer)) - (LISTENED_TO if layer is model else set())) for layer in found],
        "activation": [id(vars(layer).get("activation")) for layer in found],
        "patched": [sorted({"call", "__call__"} & set(vars(layer))) for layer in found],
        "nodes": [len(layer._inbound_nodes) for layer in found],
        "losses": [amount(loss) for loss in model.losses],
        "built": [layer.built for layer in found],
        "compiled": (model.compiled, id(getattr(model, "train_function", None))),
        "optimizer": [numpy(v.value) for v in model.optimizer.variables] if model.compiled else [],
        "global": (keras.config.dtype_policy().name, keras.config.floatx()),
        "random": np.random.get_state()[1].tolist(),  # noqa: NPY002 -- the global one, which users seed
    }
    if BACKEND == "torch":
        import torch

        state["torch"] = [(p.requires_grad, p.grad is None) for p in model.parameters()]
        state["modes"] = [(layer.training, len(layer._forward_hooks)) for layer in found]
        state["grad"] = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_rng_state().tolist()[:64])
    return state


def assert_unchanged(before, after):
    assert before.keys() == after.keys()
    for key, value in before.items():
        if key in ("variables", "optimizer"):
            assert len(value) == len(after[key]), key
            for one, other in zip(value, after[key], strict=True):
                np.testing.assert_array_equal(one, other, err_msg=key)
        else:
            assert value == after[key], key


def dense_softmax(units=3, activation="softmax", size=4, seed=5):
    """One Dense layer, its kernel and its bias: closed forms for every score."""
    rng = np.random.default_rng(seed)
    kernel, bias = rng.standard_normal((size, units)), rng.standard_normal(units)
    layer = keras.layers.Dense(units, activation=activation, name="dense")
    model = keras.Sequential([keras.Input((size,), name="x"), layer])
    layer.set_weights([kernel.astype("float32"), bias.astype("float32")])
    return model, kernel, bias
