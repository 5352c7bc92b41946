"""Where a class or function is imported from, and how variables are called."""

from __future__ import annotations

import keyword
import re
import sys
from typing import Any

import keras

from kerasviz.code.layout import quoted
from kerasviz.errors import UnsupportedModelError

__all__ = ["Imports", "Variables", "snake"]

_PUBLIC = "layers initializers regularizers constraints optimizers optimizers.schedules losses metrics activations dtype_policies".split()


class Imports:
    """The lines at the top of the code, as they become needed."""

    def __init__(self) -> None:
        self._from_keras: set[str] = set()
        self._others: dict[str, str] = {}
        self._numpy = False

    def lines(self) -> list[str]:
        """Standard blocks: packages, then the model's own modules."""
        lines = ["import keras", *(["import numpy as np"] if self._numpy else [])]
        if self._from_keras:
            lines.append(f"from keras import {', '.join(sorted(self._from_keras))}")
        modules: dict[str, list[str]] = {}
        for name, line in self._others.items():
            if line.startswith("from "):
                modules.setdefault(line.rpartition(" import ")[0], []).append(name)
        imports = [f"{module} import {', '.join(sorted(found))}" for module, found in sorted(modules.items())]
        looked_up = [line for line in self._others.values() if not line.startswith("from ")]
        return [*lines, *([""] if imports else []), *imports, *([""] if looked_up else []), *looked_up]

    def of(self, thing: Any, what: str) -> str:
        """How the code names a class or function: `layers.Dense`, `keras.losses.Huber`, an imported `MyLayer`."""
        name = str(getattr(thing, "__name__", ""))
        for place in _PUBLIC:
            module = keras
            for part in place.split("."):
                module = getattr(module, part)
            if _stands_for(getattr(module, name, None), thing):
                return self.layers(name) if place == "layers" else f"keras.{place}.{name}"
        if getattr(keras, name, None) is thing:
            return f"keras.{name}"
        return self._own(thing, name, what)

    def layers(self, name: str) -> str:
        self._from_keras.add("layers")
        return f"layers.{name}"

    def ops(self, name: str) -> str:
        self._from_keras.add("ops")
        return f"ops.{name}"

    def numpy(self, name: str) -> str:
        self._numpy = True
        return f"np.{name}"

    def taken(self) -> set[str]:
        """Names that no variable may have."""
        return {"keras", "layers", "ops", "np", "model", *self._others}

    def _own(self, thing: Any, name: str, what: str) -> str:
        module = getattr(thing, "__module__", "") or ""
        found = getattr(sys.modules.get(module), name, None) if module != "__main__" else None
        registered = keras.saving.get_registered_name(thing)
        if found is thing:
            line = f"from {module} import {name}"
        elif name.isidentifier() and keras.saving.get_registered_object(registered) is thing:
            line = f"{name} = keras.saving.get_registered_object({quoted(registered)})"
        else:
            raise UnsupportedModelError(
                f"{what} stands on {name!r}, which is defined in this session only. to_code can name what a module "
                f"or Keras's registry holds. Put {name!r} into a module of yours and import it, or decorate it with "
                "@keras.saving.register_keras_serializable()."
            )
        if self._others.setdefault(name, line) != line:
            raise UnsupportedModelError(
                f"{what} stands on {name!r}, and so does another layer on a different {name!r}. "
                "Code needs one name for each. Rename one of the classes."
            )
        return name


def _stands_for(public: Any, thing: Any) -> bool:
    """Whether this public name makes such a thing: on PyTorch `keras.optimizers.Adam` makes an Adam of the backend's own."""
    if public is thing:
        return True
    both = isinstance(public, type) and isinstance(thing, type)
    return both and thing.__module__.startswith("keras.src.backend.") and issubclass(thing, public)


class Variables:
    """Names for variables: readable, valid, each one once."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken) | {"x"}

    def new(self, wish: str) -> str:
        """A free name like `wish`."""
        plain = re.sub(r"\W+", "_", wish).strip("_") or "value"
        plain = plain if plain.isidentifier() else f"v_{plain}"
        name, number = plain, 1
        while name in self._taken or keyword.iskeyword(name):
            number += 1
            name = f"{plain}_{number}"
        self._taken.add(name)
        return name


def snake(name: str) -> str:
    """The name that Keras makes from a class: `TrueDivide` is true_divide."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
