"""What may be chosen: the checks behind the public traits, the same from Python and from the screen."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from traitlets import HasTraits, TraitType, Unicode, validate

from kerasviz.attribution import METHODS
from kerasviz.errors import unknown_name
from kerasviz.probes.unit_targets import Unit
from kerasviz.widget.filtering import RefusedError, read_filter
from kerasviz.widget.session import Session
from kerasviz.wire.messages import TargetName

__all__ = ["LANGUAGES", "SETTABLE", "THEMES", "Checked", "RefusedError", "Rules", "SharedState"]

SETTABLE = (
    "sample",
    "layer",
    "unit",
    "place",
    "target",
    "method",
    "options",
    "filter",
)  # from the screen, in the order they are applied
THEMES = ("auto", "light", "dark")
LANGUAGES = ("en", "zh")


class Checked(TraitType[Any, Any]):
    """A trait whose values are checked by its owner's rules; None only where it is allowed."""


class Rules:
    """Checks a value for a trait and gives it in its plain form, or says what is wrong with it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sample(self, value: Any) -> int:
        index = _whole("sample", value)
        if not self._session.samples.has(index):
            count, own = len(self._session.samples), str(self._session.samples.own)
            also = f", and of your own {own}" if own else ""
            raise RefusedError(
                f"sample={index} was set. There are {count} samples: 0 … {count - 1}{also}. Choose one of those."
            )
        return index

    def layer(self, value: Any) -> str:
        path = value if isinstance(value, str) or value is None else self._path(value)
        paths = [layer.path for layer in self._session.layers]
        if path not in paths:
            raise unknown_name("Layer", path, paths, advice="Set the path of a layer as in probe.layers.")
        return path

    def unit(self, value: Any, layer: str) -> int:
        index = _whole("unit", value)
        count = self.num_units(layer)
        if index < 0 or (count is not None and index >= count):
            last = "…" if count is None else str(count - 1)
            raise RefusedError(f"unit={index} was set. Layer {layer!r} has the units 0 … {last}. Choose one of those.")
        return index

    def place(self, value: Any, layer: str) -> list[int] | None:
        """A full index of the layer's output, without the batch axis; lengths that any input may have are not checked."""
        if value is None:
            return None
        index = [_whole("unit", each) for each in value] if isinstance(value, list | tuple) else []
        shape = self._shape(layer)
        fits = shape is None or (
            len(index) == len(shape)
            and all(at >= 0 and (n is None or at < n) for at, n in zip(index, shape, strict=True))
        )
        if not index or not fits:
            raise RefusedError(
                f"unit={value!r} was set. Layer {layer!r} has the output shape {shape}. Set a unit's number, or one index "
                "for each axis, counted from 0."
            )
        return index

    def unit_of(self, place: list[int], layer: str) -> int:
        """The unit that a place belongs to."""
        return place[self._unit_axis(layer)]

    def moved(self, place: list[int] | None, unit: int, layer: str) -> list[int] | None:
        """The same place of another unit; None where the layer has no such place."""
        shape = self._shape(layer)
        if place is None or shape is None or len(place) != len(shape):
            return None
        moved = list(place)
        moved[self._unit_axis(layer)] = unit
        return moved

    def target(self, value: Any, sample: int) -> TargetName:
        """A class's number, or the name of a unit, which may be given as `kerasviz.unit`."""
        if value is None:
            return None
        if isinstance(value, Unit | str):
            name: str = self._session.name_of_target(value, sample)
            return name
        index = _whole("target", value)
        count = self._session.num_targets(sample)
        if count is None:
            raise RefusedError(
                f"target={index} was set. The model has several outputs, or one with more than two axes, so one index does "
                "not name a target. Set a unit of an output, e.g. kerasviz.unit('dense', 3)."
            )
        if not 0 <= index < count:
            raise RefusedError(
                f"target={index} was set. The model tells {count} apart: 0 … {count - 1}. Choose one of those."
            )
        return index

    def method(self, value: Any) -> str:
        """The name of an attribution method; None or "" for none."""
        if value in (None, ""):
            return ""
        if not isinstance(value, str):
            raise RefusedError(f"method={value!r} was set. It must be a name out of kerasviz.methods(), or None.")
        METHODS.get(value)
        return value

    def options(self, value: Any, method: str) -> dict[str, Any]:
        """Options of a method, and "layer": a path, or "chosen" for the one on the screen."""
        if not value:
            return {}
        if not method or not isinstance(value, Mapping):
            why = "Options belong to a method, and none is chosen. Set the method first"
            raise RefusedError(
                f"options={value!r} was set. {why if not method else 'They must be a dict'}, e.g. num_steps=100."
            )
        options = dict(value)
        layer = options.pop("layer", None)
        if layer is not None:
            layer = layer if layer == "chosen" else self.layer(layer)
        METHODS.get(method).with_options(self._session.handed.real(options))
        return options if layer is None else options | {"layer": layer}

    def filter(self, value: Any) -> dict[str, Any] | None:
        """The samples that are walked through, in their order, and how they were chosen; see `kerasviz.widget.filtering`."""
        return None if value is None else read_filter(value, self._session)

    def num_units(self, path: str) -> int | None:
        """How many units the layer has; None when it does not say."""
        shape = self._shape(path)
        if shape is None:
            return None
        return shape[self._unit_axis(path)] if shape else 1

    def _checked_place(self, value: Any, layer: str) -> dict[str, Any]:
        """A place, and the unit that it belongs to."""
        place = self.place(value, layer)
        return {"place": place} if place is None else {"place": place, "unit": self.unit_of(place, layer)}

    def _shape(self, path: str) -> tuple[int | None, ...] | None:
        """A layer's output without the batch axis, if it is known."""
        layer = self._layer(path)
        return layer.output_shape[1:] if layer is not None and layer.output_shape else None

    def _unit_axis(self, path: str) -> int:
        layer = self._layer(path)
        axes = layer.axes[1:] if layer and layer.output_shape and len(layer.axes) == len(layer.output_shape) else ()
        return next((axes.index(name) for name in ("channel", "unit") if name in axes), -1)

    def _layer(self, path: str) -> Any:
        return next((layer for layer in self._session.layers if layer.path == path), None)

    def check(self, values: Mapping[str, Any], state: Any) -> dict[str, Any]:
        """All values of a `set`, checked together before any is applied."""
        for name in values:
            if name not in SETTABLE:
                raise unknown_name("Setting", name, SETTABLE)
        checked: dict[str, Any] = {}
        if "sample" in values:
            checked["sample"] = self.sample(values["sample"])
        if "layer" in values:
            checked["layer"] = self.layer(values["layer"])
        if "unit" in values:
            checked["unit"] = self.unit(values["unit"], checked.get("layer", state.layer))
        if "place" in values:
            checked |= self._checked_place(values["place"], checked.get("layer", state.layer))
        if "target" in values:
            checked["target"] = self.target(values["target"], checked.get("sample", state.sample))
        if "filter" in values:
            checked["filter"] = self.filter(values["filter"])
        return checked | self._explaining(values, state)

    def _explaining(self, values: Mapping[str, Any], state: Any) -> dict[str, Any]:
        checked: dict[str, Any] = {}
        if "method" in values:
            checked["method"] = self.method(values["method"])
        if "options" in values:
            checked["options"] = self.options(values["options"], checked.get("method", state.method))
        return checked

    def _path(self, layer: Any) -> str:
        path: str = self._session.probe.path_of(layer)
        return path


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, bool | np.bool) and hasattr(value, "__index__"):
        return operator.index(value)
    raise RefusedError(f"{name}={value!r} was set. It must be a whole number. Set an int, e.g. {name}=0.")


def one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    """A name out of a short list."""
    if value not in known:
        raise unknown_name(name.capitalize(), value, known)
    return str(value)


class SharedState(HasTraits):
    """The state that Python and the screen share, and its checks.

    `rules` is None until there is something to check against.
    """

    rules: Rules | None = None

    sample = Checked(0)
    layer = Checked("")
    unit = Checked(0)
    target = Checked(None, allow_none=True)
    method = Checked("")
    options = Checked({})
    status = Unicode("idle")
    theme = Unicode("auto")
    language = Unicode("en")

    @validate("sample")
    def _check_sample(self, proposal: Any) -> int:
        value = proposal["value"]
        return value if self.rules is None else self.rules.sample(value)

    @validate("layer")
    def _check_layer(self, proposal: Any) -> str:
        value = proposal["value"]
        return value if self.rules is None else self.rules.layer(value)

    @validate("unit")
    def _check_unit(self, proposal: Any) -> int:
        value = proposal["value"]
        return value if self.rules is None else self.rules.unit(value, self.layer)

    @validate("target")
    def _check_target(self, proposal: Any) -> Any:
        value = proposal["value"]
        return value if self.rules is None else self.rules.target(value, self.sample)

    @validate("method")
    def _check_method(self, proposal: Any) -> str:
        value = proposal["value"]
        return value or "" if self.rules is None else self.rules.method(value)

    @validate("options")
    def _check_options(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        return value or {} if self.rules is None else self.rules.options(value, self.method)

    @validate("theme")
    def _check_theme(self, proposal: Any) -> str:
        return one_of("theme", proposal["value"], THEMES)

    @validate("language")
    def _check_language(self, proposal: Any) -> str:
        return one_of("language", proposal["value"], LANGUAGES)
