"""Settings as expressions: numbers, strings, containers, and what Keras keeps as {"class_name", "config"}."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from kerasviz.code.layout import Expression, Group, Named, quoted
from kerasviz.code.names import Imports, snake
from kerasviz.errors import UnsupportedModelError

__all__ = ["Writer", "kept_settings", "number", "undrawn"]

_LARGEST = 1000  # numbers of a constant that code still holds
_DEFAULT_POLICY = "float32"
_ALWAYS = ("name", "dtype", "trainable")  # judged by themselves: their defaults depend on the session
_COMPUTED = ("vocabulary_size",)  # told, never asked for

ModelWriter = Callable[[Any], Expression]


@contextmanager
def undrawn() -> Iterator[None]:
    """Objects made for comparison draw seeds from Python's random numbers; the user's stay where they were."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


class Writer:
    """Writes values; `model` is what writes a model that hangs inside a layer."""

    def __init__(self, imports: Imports, model: ModelWriter, *, names: bool) -> None:
        self.imports, self._model, self._names = imports, model, names
        self.frozen = False  # while a model is written that is frozen as a whole

    def layer(self, layer: Any) -> Group:
        """A layer, made as the user would make it."""
        if isinstance(layer, keras.layers.Lambda):
            return self._lambda(layer)
        what = f"Layer {layer.name!r}"
        try:
            config = layer.get_config()
        except NotImplementedError as error:
            raise UnsupportedModelError(
                f"{what} is a {type(layer).__name__} that cannot say how it was made. Its class has no get_config. "
                f"Give {type(layer).__name__} one that returns the arguments of its __init__."
            ) from error
        config |= _learned_words(layer) | _before_build(layer, config)
        if isinstance(layer, keras.layers.Bidirectional):
            return self._bidirectional(layer, config)
        opening = self.imports.of(type(layer), what)
        kept = self._shorter(type(layer), config, kept_settings(type(layer), config))
        kept |= self._session_settings(layer, config)
        items = []
        for name, value in kept.items():
            inside = getattr(layer, name, None) if isinstance(value, dict | list) else None
            items.append((name, self._inner(value, inside, what)))
        return Group(f"{opening}(", _arguments(type(layer), items), ")")

    def input(self, layer: Any) -> Group:
        """An input layer."""
        return self.input_of(layer.get_config())

    def input_of(self, config: dict[str, Any]) -> Group:
        """`keras.Input(shape)` from the configuration of an input layer."""
        batch, *shape = config["batch_shape"]
        items: list[Expression] = [self.value(tuple(shape), "An input")]
        if batch is not None:
            items.append(Named("batch_size=", repr(batch)))
        if config.get("dtype", _DEFAULT_POLICY) != _DEFAULT_POLICY:
            items.append(Named("dtype=", quoted(config["dtype"])))
        items += [Named(f"{key}=", "True") for key in ("sparse", "ragged", "optional") if config.get(key)]
        if self._names or not _is_automatic(config["name"], keras.layers.InputLayer):
            items.append(Named("name=", quoted(config["name"])))
        return Group("keras.Input(", tuple(items), ")")

    def value(self, value: Any, what: str) -> Expression:  # noqa: PLR0911 - one line for each kind
        """Any setting."""
        if isinstance(value, str):
            return quoted(value)
        if value is None or isinstance(value, bool | int | np.bool_ | np.integer):
            return repr(value.item() if isinstance(value, np.generic) else value)
        if isinstance(value, float | np.floating):
            return number(float(value))
        if isinstance(value, list | tuple):
            items = tuple(self.value(item, what) for item in value)
            return Group("[", items, "]") if isinstance(value, list) else Group("(", items, ")", is_tuple=True)
        if isinstance(value, Mapping):
            return self._mapping(value, what)
        if isinstance(value, slice | type(...)):
            return self._slice(value, what)
        if callable(value) and hasattr(value, "__name__"):
            return self.imports.of(value, what)
        return self._array(value, what)

    def _inner(self, value: Any, live: Any, what: str) -> Expression:
        """A setting that is itself a layer or model, or a list of them, is written from the living one."""
        if isinstance(live, keras.Layer) and isinstance(value, dict) and "class_name" in value:
            return self._model(live)
        if isinstance(live, list | tuple) and live and all(isinstance(item, keras.Layer) for item in live):
            return Group("[", tuple(self._model(item) for item in live), "]")
        return self.value(value, what)

    def _mapping(self, value: Mapping[Any, Any], what: str) -> Expression:
        if not {"class_name", "config"} <= set(value):
            items = tuple(Named(f"{_key(key)}: ", self.value(item, what)) for key, item in value.items())
            return Group("{", items, "}")
        if value["class_name"] == "DTypePolicy":
            return quoted(value["config"]["name"])
        if value["class_name"] == "__tuple__":
            return self.value(tuple(value["items"]), what)
        if value["class_name"] == "function":
            return self.imports.of(keras.saving.deserialize_keras_object(dict(value)), what)
        return self.thing(value, what)

    def thing(self, serialized: Mapping[str, Any], what: str) -> Expression:
        """An initializer, regularizer, loss, optimizer …: its short name where that gives the very same."""
        live = keras.saving.deserialize_keras_object(copy.deepcopy(dict(serialized)))
        if isinstance(live, keras.Layer):
            return self._model(live)
        if not hasattr(live, "get_config"):
            return self.imports.of(live, what)
        config, short = live.get_config(), snake(type(live).__name__)
        if _short_name_is_enough(live, short, config):
            return quoted(short)
        kept = kept_settings(type(live), config, name=config.get("name"))
        if config.get("name") not in (None, short) and not _is_automatic(config["name"], type(live)):
            kept |= _default_named(type(live), config, kept)
        rounded = isinstance(live, keras.optimizers.Optimizer | keras.optimizers.schedules.LearningRateSchedule)
        items = [(key, self.value(_as_typed(item) if rounded else item, what)) for key, item in kept.items()]
        arguments = (items[0][1],) if _is_obvious(live, [*kept]) else _arguments(type(live), items)
        return Group(f"{self.imports.of(type(live), what)}(", arguments, ")")

    def _bidirectional(self, layer: Any, config: dict[str, Any]) -> Group:
        """Around the layer that the user gave: the wrapper renamed it and made the backward one from it."""
        forward = layer.forward_layer
        inner = dict(config["layer"]["config"]) | {"zero_output_for_mask": False}
        inner["name"] = inner["name"].removeprefix("forward_")
        given = config | {"layer": config["layer"] | {"config": inner}}
        derived = _config_of(type(layer), {key: given[key] for key in ("layer", "merge_mode", *_ALWAYS)}) == config
        if not derived:
            inner, given = config["layer"]["config"], config
        items = [("layer", self._model(type(forward).from_config(copy.deepcopy(inner))))]
        if not derived:
            items.append(("backward_layer", self._model(layer.backward_layer)))
        if config["merge_mode"] != "concat":
            items.append(("merge_mode", self.value(config["merge_mode"], layer.name)))
        items += [(key, self.value(item, layer.name)) for key, item in self._session_settings(layer, config).items()]
        opening = self.imports.of(type(layer), f"Layer {layer.name!r}")
        return Group(f"{opening}(", _arguments(type(layer), items), ")")

    def _session_settings(self, layer: Any, config: dict[str, Any]) -> dict[str, Any]:
        """Name, precision and whether it learns: written when they are not what any session would give."""
        kept: dict[str, Any] = {}
        policy = getattr(getattr(layer, "dtype_policy", None), "name", None)
        if "dtype" in config and policy != _DEFAULT_POLICY:
            kept["dtype"] = policy or config["dtype"]
        if config.get("trainable") is False and not self.frozen:
            kept["trainable"] = False
        if self._names or not _is_automatic(layer.name, type(layer)):
            kept["name"] = layer.name
        return kept

    def _shorter(self, cls: Any, config: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
        """(3, 3) as 3 where the layer makes the same of it."""
        for name, value in kept.items():
            if isinstance(value, list | tuple) and value and len(set(map(repr, value))) == 1 and type(value[0]) is int:
                trial = kept | {name: value[0]}
                if _config_of(cls, trial | _given(config)) == config:
                    kept = trial
        return kept

    def _lambda(self, layer: Any) -> Group:
        name = getattr(layer.function, "__name__", "<lambda>")
        if not name.isidentifier():
            raise UnsupportedModelError(
                f"Layer {layer.name!r} is a Lambda around a nameless function, of which a model keeps no source. "
                "to_code writes named functions of a module. Use an operation of keras.ops, or a layer class of your own."
            )
        items: list[Expression] = [self.imports.of(layer.function, f"Layer {layer.name!r}")]
        config = layer.get_config()
        items += [
            Named(f"{key}=", self.value(config[key], layer.name))
            for key in ("output_shape", "arguments")
            if config.get(key)
        ]
        items += [
            Named(f"{key}=", self.value(value, layer.name))
            for key, value in self._session_settings(layer, config).items()
        ]
        return Group(f"{self.imports.layers('Lambda')}(", tuple(items), ")")

    def _slice(self, value: Any, what: str) -> Expression:
        if value is ...:
            return "..."
        return Group("slice(", tuple(self.value(part, what) for part in (value.start, value.stop, value.step)), ")")

    def _array(self, value: Any, what: str) -> Expression:
        try:
            array = keras.ops.convert_to_numpy(value)
        except (TypeError, ValueError, AttributeError) as error:
            raise UnsupportedModelError(
                f"{what} has a setting of the type {type(value).__name__}. to_code writes numbers, texts, arrays and "
                "what Keras can serialize. Give the layer a setting of one of these kinds."
            ) from error
        if array.size > _LARGEST:
            raise UnsupportedModelError(
                f"{what} holds a constant of {array.size:,} numbers. Code holds up to {_LARGEST:,}. "
                "Keep it as a weight of a layer (add_weight), which set_weights brings back."
            )
        numbers = self.value(array.tolist(), what)
        return Group(f"{self.imports.numpy('array')}(", (numbers, Named("dtype=", quoted(str(array.dtype)))), ")")


def kept_settings(cls: Any, config: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """The part of a configuration that has to be said: another object made with it has the same configuration."""
    known = _accepted(cls, config)
    required = {key: config[key] for key in known if known[key] is inspect.Parameter.empty}
    given = _given(config) | ({"name": name} if name and "name" in config else {})
    default = _config_of(cls, required | given)
    optional = [key for key in known if key not in required and key not in (*_ALWAYS, *_COMPUTED)]
    kept = required | {key: config[key] for key in optional if default is None or default.get(key) != config[key]}
    if _config_of(cls, kept | given) != config:  # a default that depends on another setting
        kept = required | {key: config[key] for key in optional}
    return kept


def number(value: float) -> str:
    """A float as Python reads it back."""
    return repr(value) if np.isfinite(value) else f'float("{value}")'


def _given(config: dict[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in _ALWAYS if key in config}


def _config_of(cls: Any, settings: dict[str, Any]) -> dict[str, Any] | None:
    """What an object made with these settings says of itself; None where it cannot be made with them."""
    for make in (cls.from_config, lambda config: cls(**config)):  # some read keys that they need not be given
        try:
            return dict(make(copy.deepcopy(settings)).get_config())
        except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError):
            continue
    return None


def _accepted(cls: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Names of the settings that the constructor takes, each with its default, in the constructor's order."""
    parameters = inspect.signature(cls.__init__).parameters
    known = {key: parameter.default for key, parameter in parameters.items() if key in config}
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        known |= {key: None for key in config if key not in known}
    return known


def _arguments(cls: Any, items: list[tuple[str, Expression]]) -> tuple[Expression, ...]:
    """The required ones by position, in the constructor's order; the others by name."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    leading: list[str] = []
    for parameter in parameters:
        if parameter.default is not inspect.Parameter.empty or parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            break
        leading.append(parameter.name)
    values = dict(items)
    if not all(key in values for key in leading):
        leading = []
    named = tuple(Named(f"{key}=", value) for key, value in items if key not in leading)
    return (*(values[key] for key in leading), *named)


def _is_obvious(live: Any, kept: list[str]) -> bool:
    """Whether a lone setting needs no name: `Constant(0.25)`, `L2(0.01)`."""
    kinds = keras.initializers.Initializer | keras.regularizers.Regularizer | keras.constraints.Constraint
    first = list(inspect.signature(type(live).__init__).parameters)[1:2]
    return isinstance(live, kinds) and kept == first != ["seed"]


def _short_name_is_enough(live: Any, short: str, config: dict[str, Any]) -> bool:
    """Whether "he_normal" says it all."""
    for place in (keras.initializers, keras.regularizers, keras.constraints, keras.optimizers, keras.losses):
        try:
            found = place.get(short)
        except (ValueError, TypeError, KeyError):
            continue
        if type(found) is type(live):
            mine, other = dict(config), dict(found.get_config())
            if place is keras.optimizers:
                mine.pop("name"), other.pop("name")
            return mine == other
    return False


def _default_named(cls: Any, config: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """The name, where the class would not give the same by itself."""
    default = _config_of(cls, kept)
    return {} if default is None or default.get("name") == config["name"] else {"name": config["name"]}


def _is_automatic(name: str, cls: Any) -> bool:
    """Whether Keras itself gave the name, as in "dense_1"."""
    head, _, tail = name.rpartition("_")
    return name == snake(cls.__name__) or (head == snake(cls.__name__) and tail.isdigit())


def _as_typed(value: Any) -> Any:
    """0.0010000000474974513, which an optimizer kept in float32, as the 0.001 that was typed."""
    if isinstance(value, float) and float(np.float32(value)) == value:
        return float(str(np.float32(value)))
    return value


def _learned_words(layer: Any) -> dict[str, Any]:
    """A vocabulary that was learned: a configuration leaves it out, and weights do not hold it."""
    lookups = keras.layers.TextVectorization | keras.layers.StringLookup | keras.layers.IntegerLookup
    if not isinstance(layer, lookups) or layer.get_config().get("vocabulary") is not None:
        return {}
    words = layer.get_vocabulary(include_special_tokens=False)
    return {"vocabulary": [word.item() if isinstance(word, np.generic) else word for word in words]} if words else {}


def _before_build(layer: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Settings that building wrote over the ones given."""
    if isinstance(layer, keras.layers.LayerNormalization) and config["axis"] == [-1]:
        return {"axis": -1}
    if "attention_axes" in config and layer.built:
        shape = (layer.get_build_config() or {}).get("shapes_dict", {}).get("query_shape", ())
        usual = tuple(range(1, len(shape) - 1))
        given = config["attention_axes"]
        return {"attention_axes": None} if usual == ((given,) if isinstance(given, int) else tuple(given or ())) else {}
    return {}


def _key(key: Any) -> str:
    return quoted(key) if isinstance(key, str) else repr(key)
