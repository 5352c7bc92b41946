"""Fixtures of the contract tests. One process tests one backend: `KERAS_BACKEND=jax pytest tests/contract`."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "jax"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Each test compiles the small models of the zoo anew; on JAX that is most of the time, and the same programs.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # as JAX's own tests: small programs, run once or twice
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import keras  # noqa: E402 -- after the environment is set
import pytest  # noqa: E402

from kerasviz import Probe  # noqa: E402
from tests.contract.helpers import BACKEND, wide_if, wide_numbers  # noqa: E402


@pytest.fixture(scope="session", autouse=BACKEND == "jax")
def _programs_are_cheap():
    """On JAX each new shape of weights compiles a generator of random numbers, and each program makes its own context."""
    from jax._src.interpreters import mlir
    from keras.src.initializers import random_initializers

    from tests.contract.initial_weights import NumpyRandom
    from tests.contract.ir_context import context_of_the_thread

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlir, "make_ir_context", context_of_the_thread)
        patch.setattr(random_initializers, "random", NumpyRandom(random_initializers.random))
        yield


@pytest.fixture
def backend():
    return keras.backend.backend()


@pytest.fixture
def probing():
    """Makes probes and closes them after the test."""
    probes = []

    def make(model):
        probes.append(Probe(model))
        return probes[-1]

    yield make
    for probe in probes:
        probe.close()


@pytest.fixture(scope="session")
def looked_into():
    """looked_into(case): a model of the zoo and its probe, one for all tests that only read."""
    made, probes = {}, []

    def get(case):
        if id(case) in made:
            return made[id(case)]
        with wide_if(case):
            model = case.build()
            probes.append(Probe(model))
        if model.built:  # else how it is built by looking is part of each test
            made[id(case)] = model, probes[-1]
        return model, probes[-1]

    yield get
    for probe in probes:
        probe.close()


@pytest.fixture
def float64(monkeypatch):
    """Keras computes in float64 for the length of one test: finite differences need it.

    On JAX and torch Keras promotes float64 to float32 inside most operations ("to be aligned with JAX's default
    behavior", keras/src/backend/common/dtypes.py); there is no public switch, so the table is lifted here.
    """
    from keras.src.backend.common import dtypes

    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    floatx = keras.config.floatx()
    with wide_numbers():
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        yield
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(floatx)


@pytest.fixture(autouse=True)
def _fresh_names():
    """Automatic names start at 'dense' again in every test."""
    yield
    keras.utils.clear_session(free_memory=False)


@pytest.fixture
def written(monkeypatch):
    """Counts what runs on torch as it was written down."""
    from kerasviz.backends import replay

    runs, call = [], replay._Written.__call__

    def counting(self, inputs):
        runs.append(1)
        return call(self, inputs)

    monkeypatch.setattr(replay._Written, "__call__", counting)
    return runs
