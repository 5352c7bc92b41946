"""keract: all activations in one call. It reads private names of Keras 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keract import get_activations, get_gradients_of_activations

from tests.benchmarks.peers.target import one_hot
from tests.benchmarks.works import ACTIVATIONS, GRADIENTS

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def activations(case: Case) -> Timed:
    return lambda x: get_activations(case.model, x, auto_compile=True)


def gradients(case: Case) -> Timed:
    case.model.compile(loss="categorical_crossentropy")
    y = one_hot(case)
    return lambda x: get_gradients_of_activations(case.model, x, y)


WORKS = {ACTIVATIONS: (activations, ""), GRADIENTS: (gradients, "")}
