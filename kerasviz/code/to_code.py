"""`to_code`: the model as Keras code.

Layers are written from their configurations; a setting is left out where a layer made without it has the same
configuration, which is tried rather than looked up in signatures. The graph is read from the model's tensors.
"""

from __future__ import annotations

from typing import Any

import keras

from kerasviz.code.compiled import compile_call
from kerasviz.code.graph import Graph
from kerasviz.code.layout import Expression, Group, Named, laid_out, quoted
from kerasviz.code.names import Imports, Variables
from kerasviz.code.values import Writer, undrawn
from kerasviz.errors import UnsupportedModelError
from kerasviz.probes.checks import check_model

__all__ = ["to_code"]


def to_code(model: Any, *, names: bool = True) -> str:
    """The model as readable, runnable Keras code; its weights are not in it.

    After `exec(code)` there is a variable `model` with the same layers, settings and order of weights:
    `rebuilt.set_weights(model.get_weights())` makes it the same. Settings that equal their defaults are left out.

    Args:
        model: A Sequential or functional model; models inside it become functions. Layer classes of your own are
            imported, and have to be importable or registered with Keras.
        names: False leaves out the names that Keras gave by itself ("dense_1"); they are then given anew.

    Example:
        >>> import keras, kerasviz
        >>> print(kerasviz.to_code(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), names=False))
        import keras
        from keras import layers
        <BLANKLINE>
        model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
        <BLANKLINE>
    """
    check_model(model)
    with undrawn():
        return _Author(names=names).text(model)


class _Author:
    """Writes one model; remembers what it needs at the top of the file."""

    def __init__(self, *, names: bool) -> None:
        self._imports = Imports()
        self._writer = Writer(self._imports, self._inside, names=names)
        self._names = names
        self._functions: list[list[str]] = []
        self._function_of: dict[int, str] = {}
        self._function_names = Variables({"keras", "layers", "ops", "np"})

    def text(self, model: Any) -> str:
        body = self._body(model, "model = ")
        call = compile_call(model, self._writer)
        compiled = ["", *call] if call else []
        functions = [line for function in self._functions for line in ["", "", *function]]
        gap = ["", ""] if functions else [""]
        return "\n".join([*self._imports.lines(), *functions, *gap, *body, *compiled]) + "\n"

    # ------------------------------------------------------------------------------------------- one model

    def _body(self, model: Any, before: str, indent: int = 0) -> list[str]:
        """The statements that build it, the last one behind `before` ("model = ", "return ")."""
        if isinstance(model, keras.Sequential):
            return laid_out(self._sequential(model), before, indent=indent)
        outer, self._writer.frozen = self._writer.frozen, _is_frozen(model)
        graph = self._graph(model)
        lines = [
            line
            for said in graph.statements()
            for line in laid_out(said.expression, f"{said.target} = ", indent=indent)
        ]
        self._writer.frozen = outer
        inputs, outputs = graph.structure(model.input), graph.structure(model.output)
        made = Group(f"{self._constructor(model)}(", (inputs, outputs, *self._model_settings(model)), ")")
        if not _is_frozen(model):
            return [*lines, *laid_out(made, before, indent=indent)]
        margin = " " * indent
        frozen = [*laid_out(made, "model = ", indent=indent), f"{margin}model.trainable = False"]
        return [*lines, *frozen, *([f"{margin}return model"] if before == "return " else [])]

    def _graph(self, model: Any) -> Graph:
        if not hasattr(model, "operations") or not getattr(model, "outputs", None):
            raise UnsupportedModelError(
                f"The model {model.name!r} ({type(model).__name__}) joins its layers in the Python of its own `call`. "
                "to_code writes Sequential and functional models, whose graph Keras knows. "
                f"The code of this one is its class: inspect.getsource({type(model).__name__})."
            )
        makers = {id(layer): self._inside(layer) for layer in model.layers if isinstance(layer, keras.Model)}
        return Graph(model, self._writer, Variables(self._imports.taken()), makers)

    def _constructor(self, model: Any) -> str:
        if type(model).__module__.startswith("keras."):
            return "keras.Model"
        return self._imports.of(type(model), f"The model {model.name!r}")

    def _model_settings(self, model: Any) -> tuple[Expression, ...]:
        if not self._names and _named_by_keras(model.name):
            return ()
        return (Named("name=", quoted(model.name)),)

    def _sequential(self, model: Any) -> Group:
        items: list[Expression] = []
        first = model.get_config()["layers"][0]
        if first["class_name"] == "InputLayer":
            items.append(self._writer.input_of(first["config"]))
        items += [self._inside(layer) for layer in model.layers]
        frozen = () if model.trainable else (Named("trainable=", "False"),)
        constructor = "keras.Sequential"
        if not type(model).__module__.startswith("keras."):
            constructor = self._imports.of(type(model), f"The model {model.name!r}")
        return Group(f"{constructor}(", (Group("[", tuple(items), "]"), *frozen, *self._model_settings(model)), ")")

    # ------------------------------------------------------------------------------------- layers inside

    def _inside(self, layer: Any) -> Expression:
        """A layer; a functional model becomes a call of the function that builds it."""
        if isinstance(layer, keras.Sequential):
            return self._sequential(layer)
        if isinstance(layer, keras.Model) and hasattr(layer, "operations") and getattr(layer, "outputs", None):
            return Group(f"{self._function(layer)}(", (), ")")
        return self._writer.layer(layer)

    def _function(self, model: Any) -> str:
        if id(model) not in self._function_of:
            name = self._function_names.new(f"make_{model.name}")
            self._functions.append([f"def {name}():", *self._body(model, "return ", indent=4)])
            self._function_of[id(model)] = name
        return self._function_of[id(model)]


def _is_frozen(model: Any) -> bool:
    """Whether nothing in it learns: said once, at the model."""
    return not model.trainable and not any(layer.trainable for layer in model.layers)


def _named_by_keras(name: str) -> bool:
    head, _, tail = name.rpartition("_")
    return name in ("functional", "sequential") or (head in ("functional", "sequential") and tail.isdigit())
