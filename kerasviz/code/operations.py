"""Operations of a functional graph that are not layers: `a + b`, `x[:, 0]`, `ops.relu(x)`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras

from kerasviz.code.layout import Expression, Group, Named, flat
from kerasviz.code.names import snake
from kerasviz.code.values import Writer
from kerasviz.errors import UnsupportedModelError

__all__ = ["written_operation"]

_BINARY = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "TrueDivide": "/", "FloorDivide": "//", "Mod": "%", "Power": "**",
    "Matmul": "@", "Greater": ">", "GreaterEqual": ">=", "Less": "<", "LessEqual": "<=",
}  # fmt: skip
_UNARY = {"Negative": "-"}
_OTHER_NAMES = {"BatchNorm": "batch_normalization", "LayerNorm": "layer_normalization", "RMSNorm": "rms_normalization"}
_PLACES = ("ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy")

Expressed = Callable[[Any], Expression]


def written_operation(operation: Any, arguments: Any, writer: Writer, expressed: Expressed) -> Expression:
    """The call as a person would type it."""
    kind, args, kwargs = type(operation).__name__, arguments.args, arguments.kwargs
    if kind in _BINARY and len(args) == 2 and not kwargs and _overloaded(args):
        left, right = (flat(expressed(arg)) for arg in args)
        return f"{left} {_BINARY[kind]} {right}"
    if kind in _UNARY and len(args) == 1:
        return f"{_UNARY[kind]}{flat(expressed(args[0]))}"
    if kind == "GetItem" and len(args) == 2:
        return f"{flat(expressed(args[0]))}[{_index(args[1], expressed)}]"
    return _function(operation, arguments, writer, expressed)


def _overloaded(args: Any) -> bool:
    """A tensor and a tensor or plain number: with a NumPy array first, NumPy's own operator would run."""
    return all(isinstance(arg, keras.KerasTensor | int | float) for arg in args)


def _index(key: Any, expressed: Expressed) -> str:
    keys = key if isinstance(key, tuple) else (key,)
    text = ", ".join(_one_index(item, expressed) for item in keys)
    return text + ("," if isinstance(key, tuple) and len(key) == 1 else "")


def _one_index(item: Any, expressed: Expressed) -> str:
    if not isinstance(item, slice):
        return "..." if item is ... else flat(expressed(item))
    start, stop, step = ("" if part is None else flat(expressed(part)) for part in (item.start, item.stop, item.step))
    return f"{start}:{stop}" + (f":{step}" if step else "")


def _function(operation: Any, arguments: Any, writer: Writer, expressed: Expressed) -> Expression:
    what = f"The operation {operation.name!r}"
    settings = _settings(operation)
    for name, function in _candidates(type(operation)):
        call = None if settings is None else _fitted(function, arguments, settings)
        if call is None or not _gives(function, operation, call):
            continue
        leading, args, named = call
        items = [writer.value(value, what) for value in leading]
        items += [expressed(arg) for arg in args]
        items += [Named(f"{key}=", expressed(value)) for key, value in named.items()]
        return Group(f"{writer.imports.ops(name)}(", tuple(items), ")")
    raise UnsupportedModelError(
        f"{what} ({type(operation).__name__}) stands in the graph. to_code writes the operations of keras.ops. "
        "Put it into a layer class of your own and register that."
    )


Call = tuple[list[Any], list[Any], dict[str, Any]]


def _fitted(function: Any, arguments: Any, settings: dict[str, Any]) -> Call | None:
    """The settings that come before the tensors (`einsum`'s letters), the tensors, and what is said by name."""
    parameters = inspect.signature(function).parameters
    several = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters.values())
    leading = [key for key in settings if several and parameters[key].default is inspect.Parameter.empty]
    given = set() if several else {key for key, _ in zip(parameters, arguments.args, strict=False)}
    given |= {*arguments.kwargs, *leading}
    if not set(settings) - given <= set(parameters):
        return None
    kept = {k: value for k, value in settings.items() if k not in given and parameters[k].default != value}
    args = [*arguments.args]
    for key, parameter in [] if several else list(parameters.items())[len(args) :]:
        if parameter.default is not inspect.Parameter.empty or key not in kept:
            break
        args.append(kept.pop(key))
    return [settings[key] for key in leading], args, arguments.kwargs | kept


def _settings(operation: Any) -> dict[str, Any] | None:
    """What the operation was made with; None where it does not say."""
    try:
        return {key: value for key, value in operation.get_config().items() if key != "name"}
    except NotImplementedError:  # settings that are no plain numbers: read where the class keeps them
        names = [
            name for name in inspect.signature(type(operation).__init__).parameters if name not in ("self", "name")
        ]
        found = {name: getattr(operation, name) for name in names if hasattr(operation, name)}
        return found if len(found) == len(names) else None


def _candidates(cls: Any) -> Iterator[tuple[str, Any]]:
    """Public functions that may be this operation, with their names under `ops`."""
    wanted = dict.fromkeys((_OTHER_NAMES.get(cls.__name__, snake(cls.__name__)), cls.__name__.lower()))
    for place in _PLACES:
        module: Any = keras
        for part in place.split("."):
            module = getattr(module, part, None)
        for name in wanted:
            if (function := getattr(module, name, None)) is not None:
                yield (place.partition(".")[2] + "." if "." in place else "") + name, function


def _gives(function: Any, operation: Any, call: Call) -> bool:
    """Whether calling it makes the same operation: tried on stand-ins, which leave the model's tensors alone."""
    leading, args, named = keras.tree.map_structure(_stand_in, call)
    try:
        made = keras.tree.flatten(function(*leading, *args, **named))[0]
    except (TypeError, ValueError, AttributeError):
        return False
    history = getattr(made, "_keras_history", None)
    if history is None or type(history.operation) is not type(operation):
        return False
    return _settings(history.operation) == _settings(operation)


def _stand_in(value: Any) -> Any:
    if not isinstance(value, keras.KerasTensor):
        return value
    return keras.Input(batch_shape=value.shape, dtype=value.dtype, name="stand_in")
