"""`model.compile(…)` as it was called."""

from __future__ import annotations

from typing import Any

from kerasviz.code.layout import Group, Named, laid_out
from kerasviz.code.values import Writer
from kerasviz.errors import UnsupportedModelError

__all__ = ["compile_call"]

_ORDER = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
_DEFAULTS = {"run_eagerly": False, "steps_per_execution": 1}


def compile_call(model: Any, writer: Writer) -> list[str]:
    """The lines of the call; none for a model that was not compiled.

    What cannot be written (a loss of one's own that nobody can import) does not spoil the model's code: a comment says so.
    """
    if not getattr(model, "compiled", False):
        return []
    config = model.get_compile_config() or {}
    kept = {key: config[key] for key in _ORDER if config.get(key) is not None}
    kept |= {key: config[key] for key, usual in _DEFAULTS.items() if config.get(key, usual) != usual}
    try:
        items = tuple(Named(f"{key}=", writer.value(value, f"compile: {key!r}")) for key, value in kept.items())
    except (UnsupportedModelError, TypeError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:90]
        return ["# model.compile(...) is left out, since a part of it cannot be written as code:", f"# {reason}"]
    return laid_out(Group("model.compile(", items, ")"))
