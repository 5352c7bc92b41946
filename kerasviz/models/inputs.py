"""What a model takes, and a person's `x` made into exactly that, or a clear error.

One sample or a batch; arrays, tensors of any framework, lists, dicts; an image without its channel
axis. Checked here, at the border, so that no backend's stack trace has to be read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np

from kerasviz.errors import InputError
from kerasviz.models.paths import input_key
from kerasviz.models.specs import InputSpec, read_specs

__all__ = ["ModelInputs", "Prepared"]

_name = lru_cache(maxsize=64)(str)  # NumPy makes a type's name anew each time
_KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """Inputs that fit: flat, in the model's order, with the structure to call the model with."""

    arrays: tuple[np.ndarray | None, ...]
    structure: Any
    batch_size: int

    @property
    def structure_key(self) -> str:
        """The structure as something that can be a key."""
        return repr(self.structure)


class ModelInputs:
    """Reads once what the model takes; `prepare` fits data to it."""

    def __init__(self, model: Any) -> None:
        self.float_dtype = model.variable_dtype if model.variable_dtype.startswith("float") else keras.config.floatx()
        self.structure: Any = None
        self.specs: tuple[InputSpec, ...] | None = None
        found = read_specs(model)
        if found is not None:
            self.structure, self.specs = found

    @property
    def known(self) -> bool:
        """Whether the model says what it takes."""
        return self.specs is not None

    def prepare(self, x: Any, *, finite: bool = True) -> Prepared:
        """What was passed as the model takes it; `finite`: refused where a number is not."""
        if self.specs is None:
            return self._prepare_freely(x, finite=finite)
        flat = self._arrange(x)
        arrays = [self._fit(value, spec, finite=finite) for value, spec in zip(flat, self.specs, strict=True)]
        return Prepared(tuple(arrays), self.structure, _batch_size(arrays, self.specs))

    def learn(self, prepared: Prepared) -> None:
        """Remember what an undeclared model was first called with: rank and last axis."""
        if self.specs is None:
            only = len(prepared.arrays) == 1
            self.structure = prepared.structure
            self.specs = tuple(
                InputSpec(input_key(name, only=only), name, (None, *array.shape[1:]), _kind_dtype(array), exact=False)
                for name, array in zip(_leaf_names(prepared.structure), prepared.arrays, strict=True)
                if array is not None
            )

    def _prepare_freely(self, x: Any, *, finite: bool) -> Prepared:
        if isinstance(x, list) and not any(hasattr(item, "shape") for item in x):
            x = np.asarray(x)
        flat = [_to_numpy(leaf) for leaf in keras.tree.flatten(x)]
        names = _leaf_names(x)
        specs = [InputSpec(name, name, None, None) for name in names]
        arrays = [self._fit(value, spec, finite=finite) for value, spec in zip(flat, specs, strict=True)]
        return Prepared(tuple(arrays), keras.tree.map_structure(lambda _: 0, x), _batch_size(arrays, specs))

    def _arrange(self, x: Any) -> list[Any]:
        """The values in the order of the specs."""
        specs = self.specs or ()
        if self._has_the_structure(x):
            return list(keras.tree.flatten(x))
        if isinstance(x, Mapping):
            return self._by_name(x)
        if len(specs) == 1:
            rank = len(specs[0].shape or ())
            wrapped = isinstance(x, list | tuple) and len(x) == 1 and np.ndim(x[0]) in (rank, rank - 1)
            return [x[0] if wrapped and hasattr(x[0], "shape") else x]
        if not isinstance(x, list | tuple):
            raise InputError(
                f"One {type(x).__name__} was passed; the model has {len(specs)} inputs ({_names(specs)}). "
                "Pass a list with one array each, in this order, or a dict by name."
            )
        if len(x) != len(specs):
            raise InputError(
                f"{len(x)} inputs were passed; the model has {len(specs)} ({_names(specs)}). "
                "Pass one array for each, in this order."
            )
        return list(x)

    def _has_the_structure(self, x: Any) -> bool:
        """Whether nested inputs come exactly as the model has them."""
        nested = isinstance(self.structure, dict | list | tuple)
        if not nested or not any(keras.tree.is_nested(part) for part in _parts(self.structure)):
            return False
        try:
            keras.tree.assert_same_structure(self.structure, x)
        except (TypeError, ValueError):
            return False
        return True

    def _by_name(self, x: Mapping[str, Any]) -> list[Any]:
        specs = self.specs or ()
        x = _by_their_names(x, specs)
        missing = [spec.name for spec in specs if spec.name not in x and not spec.optional]
        if missing:
            extra = [key for key in x if key not in {spec.name for spec in specs}]
            raise InputError(
                f"The inputs {list(x)} were passed; the model has {_names(specs)}. "
                f"Missing: {missing}"
                + (f", not known: {extra}." if extra else ".")
                + (" Pass the array alone." if len(specs) == 1 else " Name the arrays by the model's inputs.")
            )
        return [x.get(spec.name) for spec in specs]

    def _fit(self, value: Any, spec: InputSpec, *, finite: bool) -> np.ndarray | None:
        if value is None:
            if spec.optional:
                return None
            raise InputError(f"None was passed for {spec.name!r}; it is not optional. Pass an array.")
        array = _fit_shape(self._cast(_to_numpy(value), spec), spec)
        _check_values(array, spec)
        if finite and array.dtype.kind == "f" and array.size:
            _check_finite(array, spec)
        return array

    def _cast(self, array: np.ndarray, spec: InputSpec) -> np.ndarray:
        wanted = spec.dtype or (self.float_dtype if array.dtype.kind == "f" else None)
        if wanted is None or wanted == _name(array.dtype):
            wanted = None
        elif wanted == "string" and array.dtype.kind in "USO":
            _check_text(spec)
            return array.astype(object)
        elif array.dtype.kind not in _KINDS and _name(array.dtype) != "bfloat16":
            pass
        elif wanted.startswith(("int", "uint")) and array.dtype.kind == "f":
            if array.size and np.array_equal(array, np.round(array)):
                return array.astype(wanted)
            _refuse_fractions(array, spec, wanted)
        else:
            return array.astype(wanted)
        if wanted is None and array.dtype.kind in "fiubUSO":
            if array.dtype.kind in "USO":
                _check_text(spec)
            if array.dtype.kind == "O" and not all(isinstance(item, str | bytes) for item in array.flat):
                raise InputError(
                    f"The data for {spec.name!r} are Python objects of different lengths or types; an array of numbers "
                    "was expected. Pad the samples to one length."
                )
            return array
        raise InputError(
            f"Data of dtype {array.dtype} were passed for {spec.name!r}; the model takes {wanted or 'numbers'}. "
            "Convert them first (x.astype(...))."
        )


def _parts(structure: Any) -> list[Any]:
    return list(structure.values()) if isinstance(structure, dict) else list(structure)


def _by_their_names(x: Mapping[str, Any], specs: Sequence[InputSpec]) -> Mapping[str, Any]:
    """The same inputs under the names we use, where another name that Keras takes was given."""
    ours = {other: spec.name for spec in specs for other in spec.also if other not in {s.name for s in specs}}
    return {ours.get(name, name): value for name, value in x.items()}


def _refuse_fractions(array: np.ndarray, spec: InputSpec, wanted: str) -> None:
    fractions = array[array != np.round(array)]
    if fractions.size:
        raise InputError(
            f"The data for {spec.name!r} hold fractions, e.g. {fractions.flat[0]:.4g}; the model takes whole numbers ({wanted}), "
            "as those of tokens. Pass these, not scaled."
        )


def _check_text(spec: InputSpec) -> None:
    if keras.config.backend() != "tensorflow":
        raise InputError(
            f"Text was passed for {spec.name!r}; on {keras.config.backend()} a model takes numbers only. "
            "Turn the text into tokens first, or run Keras on TensorFlow (KERAS_BACKEND=tensorflow)."
        )


def _check_values(array: np.ndarray, spec: InputSpec) -> None:
    if array.shape[:1] == (0,):
        raise InputError(
            f"An empty batch (shape {array.shape}) was passed for {spec.name!r}. Pass at least one sample."
        )
    if spec.batch is not None and len(array) != spec.batch:
        raise InputError(
            f"{len(array)} samples were passed for {spec.name!r}; the model was made for batches of exactly "
            f"{spec.batch}. Pass that many."
        )
    if spec.vocabulary is not None and array.size and not 0 <= array.min() <= array.max() < spec.vocabulary:
        raise InputError(
            f"The data for {spec.name!r} hold numbers from {array.min()} to {array.max()}; the embedding they go into "
            f"knows 0 … {spec.vocabulary - 1}. Check the vocabulary, or make the embedding's input_dim larger."
        )


def _check_finite(array: np.ndarray, spec: InputSpec) -> None:
    if math.isfinite(array.min()) and math.isfinite(array.max()):
        return
    nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    parts = [f"{nans} NaN"] * (nans > 0) + [f"{infinities} infinite"] * (infinities > 0)
    sample, *place = map(int, np.argwhere(~np.isfinite(array))[0])
    where = f"in sample {sample}" if len(array) > 1 else f"at {tuple(place)} of the sample"
    raise InputError(
        f"The data for {spec.name!r} hold numbers that are not finite ({' and '.join(parts)}), the first {where}; every "
        f"number must be finite as {array.dtype}. Find where they come from, or replace them "
        "(np.where(np.isfinite(x), x, 0))."
    )


def _fit_shape(array: np.ndarray, spec: InputSpec) -> np.ndarray:
    if spec.shape is None:
        if array.ndim == 0:
            raise InputError(
                f"One number was passed for {spec.name!r}; a batch of samples was expected. Pass an array."
            )
        return array
    if array.ndim == len(spec.shape) and _agrees(array.shape, spec.shape, exact=spec.exact):
        return array
    if _agrees(array.shape, spec.shape[1:], exact=spec.exact):
        return array[None]
    if len(spec.shape) > 2 and spec.shape[-1] == 1:
        if _agrees(array.shape, spec.shape[:-1], exact=spec.exact):
            return array[..., None]
        if _agrees(array.shape, spec.shape[1:-1], exact=spec.exact):
            return array[None, ..., None]
    expected = "(" + ", ".join("any" if d is None else str(d) for d in spec.shape) + ")"
    raise InputError(
        f"Data of shape {array.shape} were passed for {spec.name!r}; the model takes {expected}, or one sample of it "
        "without the first axis. Reshape the data."
    )


def _agrees(shape: tuple[int, ...], expected: tuple[int | None, ...], *, exact: bool) -> bool:
    if len(shape) != len(expected):
        return False
    pairs = list(zip(shape, expected, strict=True))
    if not exact:
        pairs = pairs[-1:]
    return all(e is None or s == e for s, e in pairs)


def _batch_size(arrays: Sequence[np.ndarray | None], specs: Sequence[InputSpec]) -> int:
    sizes = {spec.name: len(array) for array, spec in zip(arrays, specs, strict=True) if array is not None}
    if len(set(sizes.values())) > 1:
        raise InputError(f"The inputs have different numbers of samples: {sizes}. Pass the same number for each.")
    return next(iter(sizes.values()))


def _to_numpy(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__next__") or hasattr(value, "element_spec"):
        raise InputError(
            f"A stream ({type(value).__name__}) was passed; one batch was expected. Take one: next(iter(data))."
        )
    if type(value).__module__.partition(".")[0] in ("tensorflow", "torch", "jax", "jaxlib"):
        return np.asarray(_foreign(value))
    try:
        return np.asarray(value)
    except ValueError as error:
        raise InputError(
            f"A {type(value).__name__} was passed that is no array ({error}). Give every sample the same shape."
        ) from None


def _foreign(value: Any) -> Any:
    """A tensor of TensorFlow, torch or JAX, also one that is on a device or needs a gradient."""
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    return value.numpy() if hasattr(value, "numpy") else value


def _leaf_names(structure: Any) -> list[str]:
    paths = [path for path, _ in keras.tree.flatten_with_path(structure)]
    return [".".join(map(str, path)) or "input" for path in paths]


def _kind_dtype(array: np.ndarray) -> str | None:
    return "string" if array.dtype.kind in "USO" else None


def _names(specs: Sequence[InputSpec]) -> str:
    return ", ".join(repr(spec.name) for spec in specs)
