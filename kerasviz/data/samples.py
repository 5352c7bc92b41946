"""`Samples`: whatever the user passed as inputs, one sample at a time.

Samples of the data count from 0; a person's own inputs (drawn, typed, uploaded) have numbers below 0.
The screen shows a sample as the user keeps it (`raw`); the model gets a batch of one
(`model_input`), after `preprocess` where there is one. Nothing is copied as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasviz.data.arrays import add_axes, agrees, leaves, map_leaves, to_numpy
from kerasviz.data.labels import Label, label_text, read_label
from kerasviz.data.model_facts import InputFact, InputHint
from kerasviz.data.own_samples import OwnSamples
from kerasviz.data.pictures import PictureLayout, layout_of
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
        hints: What the model says of what its inputs hold, in their order.
        feature_names: Names of the columns, when they came as a table.
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
        hints: tuple[InputHint, ...] = (),
        feature_names: tuple[str, ...] = (),
    ) -> None:
        if input_kind is not None and input_kind not in INPUT_KINDS:
            raise unknown_name("Input kind", input_kind, INPUT_KINDS)
        self._source = source
        self._facts = facts
        self._labels = labels
        self.class_names = class_names
        self.input_kind = input_kind
        self._preprocess = preprocess
        self._note = note
        self.hints = hints
        self.feature_names = feature_names
        self.own = OwnSamples()
        self._classes: dict[int, tuple[str, ...]] = {}  # of the labels that were read
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
    def input_names(self) -> tuple[str, ...]:
        """The names of the model's inputs, in its order; none when the samples are not yet what it takes."""
        return () if self._facts is None or self._preprocess is not None else tuple(fact.name for fact in self._facts)

    @property
    def made(self) -> bool:
        """Whether the user gave none, so that they were made."""
        return bool(self._note)

    def note(self, index: int = 0) -> str:
        """How the sample came to be, "" when there is nothing to say."""
        return self.own.note(index) if index < 0 else self._note or self._source.note

    def has(self, index: int) -> bool:
        """Whether there is such a sample; a stream is read on to find out."""
        if index < 0:
            return index in self.own
        with self._lock:
            if index >= len(self._source):
                self._source.grow(index + 1)
            return 0 <= index < len(self._source)

    def raw(self, index: int) -> Any:
        """The sample as the user keeps it, without a batch axis."""
        return self._item(index)[0]

    def model_input(self, index: int) -> Any:
        """A batch of one, as the model takes it."""
        return self.batch([index])

    def batch(self, indices: Sequence[int]) -> Any:
        """These samples as the model takes them; they are of one shape."""
        raws = [self.raw(index) for index in indices]
        columns = zip(*(leaves(raw) for raw in raws), strict=True)
        batch = map_leaves(lambda _: np.stack(next(columns)), raws[0])
        if self._preprocess is not None:
            batch = map_leaves(to_numpy, self._preprocessed(batch, indices))
        return self._fitted(batch)

    def _preprocessed(self, batch: Any, indices: Sequence[int]) -> Any:
        assert self._preprocess is not None  # noqa: S101 - for the type checker
        own = map_leaves(np.array, batch)  # a copy: preprocess may work in place
        try:
            made = self._preprocess(own)
        except Exception as error:  # the user's own code: whatever it raises is said to be of it
            raise InputError(
                f"preprocess failed at sample {', '.join(map(str, indices[:5]))}: {type(error).__name__}: {error}. It must "
                "take any batch of the samples. Try it on this one."
            ) from error
        if made is None:
            raise InputError("preprocess gave None. It must give the batch that the model takes. Let it return one.")
        return made

    @staticmethod
    def signature(inputs: Any) -> tuple[Any, ...]:
        """What compiled code depends on: shapes and dtypes."""
        return tuple((array.shape, str(array.dtype)) for array in leaves(inputs))

    def label(self, index: int) -> Label:
        """The label: a class index, number, text or tuple; None without one."""
        return read_label(self._own_label(index), self.class_names)

    def labels(self, indices: Sequence[int]) -> np.ndarray | None:
        """The labels of these as one array, classes by their numbers; None where they are no such thing, or one has none."""
        raws = [self._own_label(index) for index in indices]
        if any(raw is None or isinstance(raw, Mapping) for raw in raws):
            return None
        arrays = [to_numpy(raw) for raw in raws]
        if len({array.shape for array in arrays}) != 1:
            return None
        found = np.stack(arrays)
        if found.dtype.kind not in "USO":
            return found
        read = [read_label(raw, self.class_names) for raw in raws]
        return np.array(read) if all(isinstance(label, int) for label in read) else None

    def _own_label(self, index: int) -> Any:
        """A label as it came."""
        if index < 0:
            return None
        if self._labels is not None:
            return self._labels[index] if index < len(self._labels) else None
        return self._item(index)[1]

    def label_text(self, index: int) -> str | None:
        """The label as it is written on the screen."""
        return label_text(self.label(index), self.class_names)

    @property
    def labels_at_hand(self) -> int:
        """How many labels can be read without reading samples."""
        return 0 if self._labels is None else len(self._labels)

    def classes(self, index: int) -> tuple[str, ...]:
        """The classes that the label names, as they are written; () where it names none (a measured value)."""
        if index not in self._classes:
            label = self.label(index)
            parts = label if isinstance(label, tuple) else (label,)
            named = [part for part in parts if isinstance(part, str | int) or (part is not None and part.is_integer())]
            self._classes[index] = tuple(label_text(part, self.class_names) or "" for part in named)
        return self._classes[index]

    def read_classes(self, indices: range) -> bool:
        """Read what these labels name, to be kept; whether any of them had not been read."""
        unread = [index for index in indices if index not in self._classes]
        for index in unread:
            self.classes(index)
        return bool(unread)

    def picture(self, index: int, place: int = 0) -> np.ndarray | None:
        """The sample's input at `place` as an image (height, width, 1 or 3), when it is one."""
        leaf = list(leaves(self.raw(index)))[place]
        layout = self.layout(leaf, place)
        if layout is None:
            return None
        return layout.to_picture(leaf)[..., :3]  # without an alpha channel

    @property
    def words(self) -> tuple[str, ...]:
        """What tokens are called by their numbers, where `preprocess` is a vocabulary."""
        vocabulary = getattr(self._preprocess, "get_vocabulary", None)
        return tuple(map(str, vocabulary())) if callable(vocabulary) else ()

    def layout(self, sample: np.ndarray, place: int = 0) -> PictureLayout | None:
        """How the sample of the input at `place` is a picture; None when it is none."""
        if self.input_kind not in (None, "image") or sample.dtype.kind not in "buif" or sample.size == 0:
            return None
        return layout_of(self._with_channel(sample, place).shape)

    def _item(self, index: int) -> tuple[Any, Any]:
        if index < 0:
            return self.own.raw(index), None
        with self._lock:
            if not self.has(index):
                raise InputError(
                    f"Sample {index} was asked for. There are {len(self._source)}: 0 … {len(self._source) - 1}. "
                    "Choose one of those."
                )
            return self._source.item(index)

    def _with_channel(self, sample: np.ndarray, place: int) -> np.ndarray:
        """The sample with the channel axis the model wants and the user left out."""
        if self._facts and self._preprocess is None:
            added = add_axes(sample.shape, self._facts[place].shape) if place < len(self._facts) else None
            if added:
                return np.expand_dims(sample, added)
        certain = self._preprocess is not None or self.input_kind == "image"
        return sample[..., None] if sample.ndim == 2 and certain else sample

    def _fitted(self, batch: Any) -> Any:
        """The batch with missing channel axes added; a shape that cannot fit is an error."""
        if self._facts is None:
            return batch
        if isinstance(batch, Mapping):
            by_name = {fact.name: fact for fact in self._facts}
            known = {name: _fit(array, by_name[name], _for(name)) for name, array in batch.items() if name in by_name}
            return dict(batch) | known
        if isinstance(batch, list):
            if len(batch) != len(self._facts):
                raise InputError(
                    f"{len(batch)} inputs were passed. The model has {len(self._facts)} "
                    f"({', '.join(repr(fact.name) for fact in self._facts)}). Pass one array for each."
                )
            return [_fit(array, fact, _for(fact.name)) for array, fact in zip(batch, self._facts, strict=True)]
        return _fit(batch, self._facts[0]) if len(self._facts) == 1 else batch


def _for(name: str) -> str:
    return f" for input {name!r}"


def _fit(batch: np.ndarray, fact: InputFact, called: str = "") -> np.ndarray:
    shape = batch.shape[1:]
    if agrees(shape, fact.shape) or fact.tensor is None:
        return batch
    added = add_axes(shape, fact.shape)
    if added is None:
        lengths = ["any" if length is None else str(length) for length in fact.shape]
        wanted = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
        if batch.dtype.kind in "USO":
            raise InputError(
                f"Text was passed ({str(batch.reshape(-1)[0])[:40]!r}). The model takes numbers of the shape {wanted}. "
                "Pass an array (of a file: np.load(…)), or preprocess=f that makes one of texts."
            )
        raise InputError(
            f"A sample of shape {shape} was passed. The model takes {wanted}{called}. "
            "Reshape the inputs, or pass preprocess=f that makes them fit."
        )
    return np.expand_dims(batch, tuple(axis + 1 for axis in added))
