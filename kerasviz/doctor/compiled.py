"""What a model was compiled with: which loss each output has, and what that loss expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kerasviz.probes.targets import OutputInfo

__all__ = ["Loss", "losses_of"]

LossKind = Literal["categorical", "binary", "other"]

_KINDS: dict[str, LossKind] = {
    "sparsecategoricalcrossentropy": "categorical",
    "categoricalcrossentropy": "categorical",
    "categoricalfocalcrossentropy": "categorical",
    "binarycrossentropy": "binary",
    "binaryfocalcrossentropy": "binary",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of one output.

    `kind` is what it takes: "categorical", one distribution over classes; "binary", a probability for each unit;
    "other", anything else. `from_logits` is False where Keras's own default holds.
    """

    name: str
    kind: LossKind
    from_logits: bool = False


def losses_of(model: Any, outputs: Sequence[OutputInfo]) -> tuple[Loss | None, ...]:
    """One for each output; None where the model was not compiled, or with a function that says nothing."""
    given = getattr(model, "loss", None)
    if given is None or not getattr(model, "compiled", True):
        return (None,) * len(outputs)
    names = tuple(getattr(model, "output_names", ()) or ())
    return tuple(_loss(_of_output(given, place, info, names)) for place, info in enumerate(outputs))


def _of_output(given: Any, place: int, info: OutputInfo, names: tuple[str, ...]) -> Any:
    """What was given for one output: by name, by position, or one for all."""
    if isinstance(given, Mapping):
        keys = [info.key, *(names[place : place + 1]), place]
        return next((given[key] for key in keys if key in given), None)
    if isinstance(given, list | tuple):
        return given[place] if place < len(given) else None
    return given


def _loss(given: Any) -> Loss | None:
    if isinstance(given, str):
        import keras

        given = keras.losses.get(given)
    if given is None:
        return None
    name = getattr(given, "__name__", "") or type(given).__name__
    kind = _KINDS.get(name.replace("_", "").lower())
    if kind is None:
        return Loss(name, "other")
    return Loss(name, kind, bool(getattr(given, "from_logits", False)))
