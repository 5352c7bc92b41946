"""What a number can depend on, from the gradients of a model whose weights are all alike and positive."""

import keras
import numpy as np

from kerasviz.rules import RULES
from tests.contract.arithmetic_oracle import pass_of
from tests.contract.helpers import BACKEND


def gradients(model, inputs, mark):
    """Which numbers of the inputs change the marked outputs, from the gradients of a model whose weights are positive."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            taken = [tf.constant(each) for each in inputs]
            tape.watch(taken)
            total = keras.ops.sum(mark(model(taken)))
        found = tape.gradient(total, taken, unconnected_gradients="zero")
    elif BACKEND == "torch":
        import torch

        taken = [torch.tensor(each, requires_grad=True) for each in inputs]
        found = torch.autograd.grad(mark(model(taken)).sum(), taken, allow_unused=True, materialize_grads=True)
    else:
        import jax

        found = jax.grad(lambda taken: mark(model(taken)).sum())([np.asarray(each) for each in inputs])
    return [keras.ops.convert_to_numpy(each)[0] != 0 for each in found]


def reaches(probe, x, path, unit):
    """What the rule says that one number can depend on."""
    job = pass_of(probe, x)[1].job(path, unit)
    marked = np.zeros(job.output.shape, bool)
    marked[unit] = True
    kind = job.kind
    return next(rule for rule in RULES.all().values() if kind in rule.kinds).reach(job, marked)


def positive(model):
    for variable in model.weights:
        if "seed" not in variable.path:
            variable.assign(np.full(variable.shape, 0.1))
