"""Small models of one layer or operation, and what a number of theirs depends on, found by trying."""

from dataclasses import replace

import keras
import numpy as np

import kerasviz as kv
from kerasviz.rules.explain import rule_for
from tests.contract.arithmetic_oracle import pass_of, randomised
from tests.contract.helpers import oracle


def probed(build, *shapes, dtype="float32", seed=0, positive=False):
    """A probe of the model `build(*inputs)`, one sample, and the path of the last thing that ran."""
    inputs = [keras.Input(shape, dtype=dtype, name=f"x{i}") for i, shape in enumerate(shapes)]
    model = randomised(keras.Model(inputs if len(inputs) > 1 else inputs[0], build(*inputs)), seed)
    rng = np.random.default_rng(seed)
    x = [sample(rng, shape, dtype) for shape in shapes]
    x = [np.abs(array) + 0.5 for array in x] if positive else x
    return kv.Probe(model), x[0] if len(x) == 1 else x


def sample(rng, shape, dtype):
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, 5, (1, *shape)).astype(dtype)
    return rng.normal(size=(1, *shape)).astype(dtype)


def last(probe):
    """The path of what gave the model's output."""
    return probe.output_of(probe.layers[-1].path)


def reached(probe, x, path, unit):
    """What the layer's rule says the unit can depend on: a bool array for each of its inputs."""
    job = pass_of(probe, x)[1].job(path, unit)
    marked = np.zeros(job.output.shape, bool)
    marked[unit] = True
    found = rule_for(job).reach(replace(job, unit=()), marked)
    assert [array.shape for array in found] == [operand.values.shape for operand in job.inputs()]
    by_path = {}
    for operand, array in zip(job.inputs(), found, strict=True):
        by_path[operand.path] = array | by_path.get(operand.path, False)
    return by_path


def depends(model, x, unit, by=(3.0, -2.0)):
    """For each input of the model, which of its numbers change the unit when they are changed."""
    arrays = list(x) if isinstance(x, list) else [x]
    found = []
    for number, array in enumerate(arrays):
        size = array[0].size
        changed = np.zeros(size, bool)
        for step in by:
            moved = np.repeat(array, size + 1, axis=0).astype(array.dtype)
            moved.reshape(size + 1, size)[np.arange(size), np.arange(size)] += np.asarray(step, array.dtype)
            batch = [np.repeat(a, size + 1, axis=0) for a in arrays]
            batch[number] = moved
            values = oracle(model, batch[0] if len(batch) == 1 else batch)[(slice(None), *unit)].astype("float64")
            changed |= np.abs(values[:-1] - values[-1]) > 1e-6 * max(1.0, abs(values[-1]))
        found.append(changed.reshape(array.shape[1:]))
    return found
