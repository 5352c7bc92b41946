"""Every exception and warning that kerasviz raises.

Each message has three parts: what was passed, what was expected, what to do.
Each class also derives from the builtin that people would catch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BackendError",
    "BrokenBatchError",
    "InputError",
    "KerasvizError",
    "KerasvizWarning",
    "MethodError",
    "NoRuleError",
    "NotCompilableError",
    "OptionError",
    "ProtocolError",
    "TargetError",
    "UnknownNameError",
    "UnknownOptionError",
    "UnsupportedModelError",
]


class KerasvizError(Exception):
    """Base of everything kerasviz raises on purpose."""


class UnsupportedModelError(KerasvizError, TypeError):
    """The object is not a model that kerasviz can look into."""


class InputError(KerasvizError, ValueError):
    """The data do not fit the model."""


class BrokenBatchError(InputError):
    """A batch of a data set could not be read or run; `scan` is what was gathered before it, or None."""

    scan: object = None


class TargetError(KerasvizError, ValueError):
    """The target or the score cannot be read from the model's outputs."""


class MethodError(KerasvizError, ValueError):
    """A method cannot explain this model, layer or target."""


class NoRuleError(KerasvizError, ValueError):
    """A layer whose output cannot be taken apart; `reason` says why."""

    def __init__(self, layer: str, kind: str, reason: str) -> None:
        super().__init__(
            f"The arithmetic of layer {layer!r} ({kind}) was asked for. There is no rule for it: {reason} "
            "Its input and output are in Probe.activations; a rule of your own goes under the entry point kerasviz.rules."
        )
        self.layer, self.kind, self.reason = layer, kind, reason


class OptionError(KerasvizError, ValueError):
    """An option of a method has a value that it cannot have."""


class UnknownOptionError(OptionError, TypeError):
    """A method has no option of this name."""


class BackendError(KerasvizError, RuntimeError):
    """Keras's backend is missing, unknown, or refused the computation."""


class NotCompilableError(BackendError):
    """The backend cannot compile this model; running it un-compiled may still work."""


class ProtocolError(KerasvizError, ValueError):
    """A message between Python and the browser is not of the protocol."""


class UnknownNameError(KerasvizError, KeyError):
    """A name (layer, method, option …) that does not exist; says which are nearest."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show the repr


class KerasvizWarning(UserWarning):
    """Base of kerasviz's warnings."""


_FEW = 4  # names that are listed beside the nearest, too


def unknown_name(what: str, name: object, known: Iterable[str], *, advice: str = "") -> UnknownNameError:
    """The error for a name that does not exist, with the nearest ones that do."""
    names = list(known)
    near = _nearest(str(name), names)
    if near:
        hint = "Nearest: " + ", ".join(repr(n) for n in near) + "."
        if len(near) < len(names) <= _FEW:
            hint += f" All there are: {', '.join(map(repr, names))}."
    elif names:
        shown = ", ".join(repr(n) for n in names[:12])
        hint = f"There are: {shown}{', …' if len(names) > 12 else ''}."
    else:
        hint = "There are none."
    return UnknownNameError(" ".join(part for part in (f"{what} {name!r} does not exist.", hint, advice) if part))


def _nearest(name: str, names: list[str]) -> list[str]:
    """Those that differ in case and punctuation alone, that contain the name, then those that are spelt alike."""
    plain = {each: _letters(each) for each in names}
    wanted = _letters(name)
    same = [each for each, letters in plain.items() if letters == wanted]
    within = [each for each, letters in plain.items() if len(wanted) > 2 and wanted in letters]
    alike = difflib.get_close_matches(name, names, n=3, cutoff=0.6 if len(names) <= 12 else 0.4)
    return list(dict.fromkeys([*same, *within, *alike]))[:3]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
