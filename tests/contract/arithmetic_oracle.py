"""The check with teeth: every part of an arithmetic is looked up or computed again without kerasviz's rules."""

import weakref

import keras
import numpy as np

import kerasviz as kv
from kerasviz.rules.explain import explain
from kerasviz.rules.scene import Scene

TAKE_AS_GIVEN = ("LayerNormalization", "GroupNormalization")  # Keras: autocast = False
EPS = {"float16": 2**-10, "bfloat16": 2**-7, "float32": 2**-23, "float64": 2**-52}


def check(probe, x, layer, unit=None, *, activation=None, linear=True, rounded=None):
    """The arithmetic of a unit, after its terms were looked up, summed and compared with what the model gives.

    `activation`: what has to follow the sum, as a NumPy function; None: nothing. `linear`: the contract's bound holds as it is,
    `rounded`: in this dtype.
    """
    given, scene = pass_of(probe, x)
    found = explain(scene.job(probe.output_of(layer), unit))
    path = found.layer
    assert found.value == float(given[path][0][found.unit])  # never taken from the rule
    check_terms(probe, given, path, found.terms)
    total = sum(term.product for term in found.terms) + found.bias
    np.testing.assert_allclose(found.total, total, rtol=1e-12, atol=1e-300)
    computed = total if activation is None else float(activation(total))
    np.testing.assert_allclose(found.computed, computed, rtol=1e-9, atol=1e-12)
    size = sum(abs(term.product) for term in found.terms) + abs(found.bias)
    dtype = probe_dtype(probe, path)
    if linear:
        assert abs(found.computed - found.value) <= 4 * EPS[rounded or dtype] * size + 1e-45, (
            found.computed,
            found.value,
            size,
        )
    assert found.agrees, str(found)
    strengths = [abs(term.product) for term in found.terms]
    assert strengths == sorted(strengths, reverse=True)
    return found


_passes = weakref.WeakKeyDictionary()


def pass_of(probe, x):
    """One pass of a sample, and what `kv.arithmetic` looks at of it; kept, so that many numbers of it can be asked for."""
    if probe not in _passes or _passes[probe][0] is not x:
        given = probe.activations(x)
        _passes[probe] = (x, given, Scene(probe, given, given.inputs, given.taken, probe.backend.name))
    return _passes[probe][1:]


def check_terms(probe, given, layer, terms):
    """Inputs are tapped activations, weights the layer's variables as it casts them, products their products."""
    dtype = probe_dtype(probe, layer)
    as_given = next(info.kind for info in probe.layers if info.path == layer) in TAKE_AS_GIVEN
    weights = probe.weights(layer)
    for term in terms:
        assert term.product == term.input * term.weight
        if term.path and not term.function:
            value = array_at(given, term.path)[term.index]
            np.testing.assert_equal(term.input, float(value) if as_given else cast(value, dtype))
        if term.weight_path in weights:
            np.testing.assert_equal(term.weight, cast(weights[term.weight_path][term.weight_index], dtype))
        elif term.weight_path:
            np.testing.assert_equal(term.weight, cast(array_at(given, term.weight_path)[term.weight_index], dtype))


def array_at(given, path):
    """One sample's numbers; what is the same for all samples has no batch axis."""
    found = next(arrays[path] for arrays in (given, given.inputs, given.taken) if path in arrays)
    return found if path in given.taken and found.shape[:1] != (1,) else found[0]


def cast(value, dtype):
    """As the layer takes it."""
    value = np.asarray(value)
    if value.dtype.kind in "biu":
        return float(value)
    if dtype == "bfloat16":
        import ml_dtypes

        return float(value.astype(ml_dtypes.bfloat16))
    return float(value.astype(dtype))


def probe_dtype(probe, path):
    info = next(info for info in probe.layers if info.path == path)
    return info.compute_dtype or info.dtype


def some_units(shape, count, seed=0):
    """Places spread over an output (without its batch axis): the corners and some at random."""
    rng = np.random.default_rng(seed)
    corners = [tuple(0 for _ in shape), tuple(n - 1 for n in shape)]
    return corners + [tuple(int(rng.integers(n)) for n in shape) for _ in range(count)]


def randomised(model, seed=0, scale=0.5):
    """The model with weights that no initializer would give: biases that are not 0, statistics that are not 1."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if "seed" in variable.path:
            continue
        values = rng.normal(0, scale, variable.shape)
        variable.assign(np.abs(values) + 0.1 if "variance" in variable.path else values)
    return model


def single(layer, *shapes, dtype="float32", seed=0):
    """A probe of a model of one layer, and a sample for it."""
    inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
    output = layer(inputs[0] if len(inputs) == 1 else inputs)
    model = randomised(keras.Model(inputs, output), seed)
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(1, *shape)).astype(dtype) for shape in shapes]
    return kv.Probe(model), x[0] if len(x) == 1 else x
