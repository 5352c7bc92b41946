"""Layers that hang in the model and are never called: their weights are saved, counted, and do nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, plural
from kerasviz.models.info import number_of_parameters
from kerasviz.models.paths import layer_path

_ROWS = 8


def _check(case: Case) -> Iterator[Finding]:
    ran = {layer_path(info.path) for info in case.layers}
    unused = [path for path in case.operations if path not in ran and path.rpartition("/")[0] not in _idle(case, ran)]
    if not unused or not ran:
        return
    unused = [path for path in unused if not _matters(case, path)]
    training = case.question.in_training()[1] if case.question and unused else ()
    in_training = {layer_path(path) for path in training}
    weighty = [path for path in unused if path not in in_training and number_of_parameters(case.operations[path])]
    light = [path for path in unused if path not in in_training and path not in weighty and _in_own_code(case, path)]
    if weighty:
        yield _found(case, weighty)
    if light:
        yield Finding(
            "info",
            light[0],
            f"{plural(len(light), 'layer')} without weights {'is' if len(light) == 1 else 'are'} never called, neither at "
            f"inference nor in training: {listed(light)}.",
            "What the layer was meant to do (drop out, pool, activate) does not happen.",
            "Call it in the model's call, or remove it.",
            {"layers": len(light)},
            {"layer": light[0], "panel": "overview"},
            tuple(light),
        )


def _in_own_code(case: Case, path: str) -> bool:
    """Whether the layer hangs in a class of the user's: Keras's own layers keep some that they call only now and then."""
    parent = path.rpartition("/")[0]
    return not type(case.operations[parent] if parent else case.model).__module__.startswith("keras.")


def _idle(case: Case, ran: set[str]) -> set[str]:
    """Layers that are not called, as the parents of others that cannot be either."""
    return {path for path in case.operations if path not in ran}


def _found(case: Case, unused: list[str]) -> Finding:
    parameters = sum(number_of_parameters(case.operations[path]) for path in unused)
    whole = max(number_of_parameters(case.model), 1)
    return Finding(
        "warning",
        unused[0],
        f"{plural(len(unused), 'layer')} with weights {'is' if len(unused) == 1 else 'are'} never called: {listed(unused)}. "
        f"{parameters} of {whole} parameters have no effect; other numbers in their place change no output.",
        "They never learn, and the model is not the one that was meant.",
        "Call the layer where it belongs in the model's call, or remove it.",
        {"layers": len(unused), "parameters": parameters, "all_parameters": whole, "change_of_the_outputs": 0.0},
        {"layer": unused[0], "panel": "overview"},
        tuple(unused),
    )


def _matters(case: Case, path: str) -> bool:
    """Whether the outputs change when the layer's weights do: it may run where no tap can be (inside a loop)."""
    own = {id(variable) for variable in getattr(case.operations[path], "weights", ())}
    if not own or case.question is None:
        return False
    for output in case.outputs:
        question = case.ask(output, _ROWS)
        other, weights = question.with_other_weights()
        for position, variable in enumerate(case.model.variables):
            array = weights.arrays[position]
            if id(variable) in own and array.dtype.kind == "f":
                weights.put(position, np.asarray(array + 1, array.dtype))
        if not np.array_equal(question.scores, other.scores):
            return True
    return False


RULE = DoctorRule("unused-layers", _check, needs="run")
