"""`Samples`: whatever the user passed as inputs, one sample at a time.

The screen shows a sample as the user keeps it (`raw`); the model gets a batch of one
(`model_input`), after `preprocess` where there is one. Nothing is copied as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasviz.data.arrays import add_axes, agrees, leaves, map_leaves, to_numpy
from kerasviz.data.labels import Label, label_text, read_label
from kerasviz.data.model_facts import InputFact
from kerasviz.data.sources import Source
from kerasviz.errors import InputError, unknown_name

__all__ = ["INPUT_KINDS", "Samples"]

INPUT_KINDS = ("image", "series", "tabular", "text")


class Samples:
    """Samples by index, with their labels.

    Args:
        source: Where they come from.
        facts: What the model takes, when it says so.
        labels: Something indexed by sample; None takes the source's own.
        class_names: Names of the classes.
        input_kind: What the samples are; None: seen from their shape.
        preprocess: From a raw batch to what the model takes.
        note: How the samples came to be, when that must be said.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing a user may say of the data
        self,
        source: Source,
        facts: tuple[InputFact, ...] | None,
        *,
        labels: Any = None,
        class_names: tuple[str, ...] = (),
        input_kind: str | None = None,
        preprocess: Callable[[Any], Any] | None = None,
        note: str = "",
    ) -> None:
        if input_kind is not None and input_kind not in INPUT_KINDS:
            raise unknown_name("Input kind", input_kind, INPUT_KINDS)
        self._source = source
        self._facts = facts
        self._labels = labels
        self.class_names = class_names
        self._input_kind = input_kind
        self._preprocess = preprocess
        self._note = note
        self._lock = threading.RLock()  # sources read streams and keep batches
        if labels is not None and source.exact and len(labels) != len(source):
            raise InputError(
                f"{len(labels)} labels were passed for {len(source)} samples. There must be one for each. "
                "Pass both with the same length."
            )

    def __len__(self) -> int:
        return len(self._source)

    @property
    def declared(self) -> bool:
        """Whether the model says what it takes."""
        return self._facts is not None

    @property
    def note(self) -> str:
        """How the samples came to be, "" when there is nothing to say."""
        return self._note or self._source.note

    def has(self, index: int) -> bool:
        """Whether there is such a sample; a stream is read on to find out."""
        with self._lock:
            if index >= len(self._source):
                self._source.grow(index + 1)
            return 0 <= index < len(self._source)

    def raw(self, index: int) -> Any:
        """The sample as the user keeps it, without a batch axis."""
        return self._item(index)[0]

    def model_input(self, index: int) -> Any:
        """A batch of one, as the model takes it."""
        batch = map_leaves(lambda array: array[None], self.raw(index))
        if self._preprocess is not None:
            own = map_leaves(np.array, batch)  # a copy: preprocess may work in place
            batch = map_leaves(to_numpy, self._preprocess(own))
        return self._fitted(batch)

    @staticmethod
    def signature(inputs: Any) -> tuple[Any, ...]:
        """What compiled code depends on: shapes and dtypes."""
        return tuple((array.shape, str(array.dtype)) for array in leaves(inputs))

    def label(self, index: int) -> Label:
        """The label: a class index, number, text or tuple; None without one."""
        if self._labels is not None:
            raw = self._labels[index] if index < len(self._labels) else None
        else:
            raw = self._item(index)[1]
        return read_label(raw, self.class_names)

    def label_text(self, index: int) -> str | None:
        """The label as it is written on the screen."""
        return label_text(self.label(index), self.class_names)

    def picture(self, index: int) -> np.ndarray | None:
        """The sample as an image (height, width, 1 or 3), when it is one."""
        if self._input_kind not in (None, "image"):
            return None
        first = next(leaves(self.raw(index)))
        if first.dtype.kind not in "buif" or first.size == 0:
            return None
        return _as_image(self._with_channel(first), certain=self._input_kind == "image")

    def _item(self, index: int) -> tuple[Any, Any]:
        with self._lock:
            if not self.has(index):
                raise InputError(
                    f"Sample {index} was asked for. There are {len(self._source)}: 0 … {len(self._source) - 1}. "
                    "Choose one of those."
                )
            return self._source.item(index)

    def _with_channel(self, sample: np.ndarray) -> np.ndarray:
        """The sample with the channel axis the model wants and the user left out."""
        if self._facts and self._preprocess is None:
            added = add_axes(sample.shape, self._facts[0].shape)
            return np.expand_dims(sample, added) if added else sample
        return sample[..., None] if sample.ndim == 2 and self._preprocess is not None else sample

    def _fitted(self, batch: Any) -> Any:
        """The batch with missing channel axes added; a shape that cannot fit is an error."""
        if self._facts is None:
            return batch
        if isinstance(batch, Mapping):
            by_name = {fact.name: fact for fact in self._facts}
            return {name: _fit(array, by_name[name]) if name in by_name else array for name, array in batch.items()}
        if isinstance(batch, list):
            if len(batch) != len(self._facts):
                raise InputError(
                    f"{len(batch)} inputs were passed. The model has {len(self._facts)} "
                    f"({', '.join(repr(fact.name) for fact in self._facts)}). Pass one array for each."
                )
            return [_fit(array, fact) for array, fact in zip(batch, self._facts, strict=True)]
        return _fit(batch, self._facts[0]) if len(self._facts) == 1 else batch


def _fit(batch: np.ndarray, fact: InputFact) -> np.ndarray:
    shape = batch.shape[1:]
    if agrees(shape, fact.shape) or fact.tensor is None:
        return batch
    added = add_axes(shape, fact.shape)
    if added is None:
        wanted = "(" + ", ".join("any" if length is None else str(length) for length in fact.shape) + ")"
        raise InputError(
            f"A sample of shape {shape} was passed for input {fact.name!r}. The model takes {wanted}. "
            "Reshape the inputs, or pass preprocess=f that makes them fit."
        )
    return np.expand_dims(batch, tuple(axis + 1 for axis in added))


def _as_image(array: np.ndarray, *, certain: bool) -> np.ndarray | None:
    """Channels last, 1 or 3 of them; None for what is no image."""
    if array.ndim == 2 and certain:
        array = array[..., None]
    if array.ndim != 3:
        return None
    channels = (1, 3, 4)
    if array.shape[-1] not in channels and array.shape[0] in channels:
        array = np.moveaxis(array, 0, -1)
    height, width, depth = array.shape
    if depth not in channels or min(height, width) < 2:
        return None
    return array[..., :3] if depth == 4 else array
