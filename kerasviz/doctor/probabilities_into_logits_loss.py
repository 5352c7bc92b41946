"""A loss with from_logits=True gets probabilities: it squashes them a second time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number
from kerasviz.rules.functions import FUNCTIONS, softmax


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        squash, loss, path = output.info.squash, output.loss, output.info.path
        if squash is None or loss is None or not loss.from_logits:
            continue
        rows = output.rows
        if squash == "softmax":
            again, best = softmax(rows), np.e / (np.e + output.width - 1)
        else:
            again, best = FUNCTIONS["sigmoid"](rows), float(FUNCTIONS["sigmoid"](np.array(1.0)))
        top, after = number(float(rows.max())), number(float(again.max()))
        twice = f"{output.name} has passed a {squash} in {path!r}, and the loss {loss.name!r} (from_logits=True) expects logits"
        taken_back = _taken_back()
        if taken_back:
            message = f"{twice}. Keras on TensorFlow notices, and takes the logits back."
            why = (
                f"Training is right here; on JAX or PyTorch the loss would apply another {squash} and see at most {after} "
                f"where the model says {top}."
            )
        else:
            message = f"{twice}: it sees at most {after} where the model says {top}."
            why = (
                f"After the second {squash} no probability can exceed {number(float(best))}, so the loss never gets near 0 "
                "and the gradients stay small."
            )
        yield Finding(
            "warning" if taken_back else "error",
            path,
            message,
            why,
            f"Take the {squash} out of {path!r}, or compile with from_logits=False. Not both.",
            {
                "largest_output": float(rows.max()),
                "largest_after_the_loss": float(again.max()),
                "largest_possible": float(best),
                "samples": case.count,
            },
            {"layer": path, "sample": case.number(int(rows.max(axis=1).argmax() // max(len(rows) // case.count, 1))),
             "panel": "prediction"},
        )  # fmt: skip


def _taken_back() -> bool:
    """Keras's TensorFlow backend remembers what a softmax or sigmoid was given (`_keras_logits`); no other one does."""
    import keras

    return bool(keras.backend.backend() == "tensorflow")


RULE = DoctorRule("probabilities-into-logits-loss", _check, needs="run")
