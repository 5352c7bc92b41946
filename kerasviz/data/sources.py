"""Where samples come from when they can be indexed: arrays, lists, and data sets with a length.

A source gives sample `i` without its batch axis, and its label when the data carry one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kerasviz.data.arrays import leaves, map_leaves, shape_of, to_numpy
from kerasviz.errors import InputError

__all__ = ["ArraySource", "BatchSource", "IndexedSource", "ListSource", "Source", "split_pair"]


class Source(Protocol):
    """Samples by index."""

    @property
    def note(self) -> str:
        """How the samples came to be, "" when there is nothing to say."""
        ...

    @property
    def exact(self) -> bool:
        """Whether `len` is final (a stream may turn out longer or shorter)."""
        ...

    def __len__(self) -> int: ...
    def grow(self, count: int) -> None:
        """Read on, if that can make it `count` samples long."""

    def item(self, index: int) -> tuple[Any, Any]: ...


class _Fixed:
    """A source that knows its length."""

    note = ""
    exact = True

    def grow(self, count: int) -> None:
        """There is nothing to read on."""


class ArraySource(_Fixed):
    """Arrays of any library, also several inputs; only the sample that is looked at is read."""

    def __init__(self, arrays: Any) -> None:
        self._arrays = arrays
        counts = {shape_of(array)[0] for array in leaves(arrays)}
        if len(counts) != 1:
            shapes = ", ".join(str(shape_of(array)) for array in leaves(arrays))
            raise InputError(
                f"The inputs have different numbers of samples (shapes {shapes}). They must be the same. "
                "Pass arrays of one length."
            )
        self._count = counts.pop()

    def __len__(self) -> int:
        return self._count

    def item(self, index: int) -> tuple[Any, Any]:
        return map_leaves(lambda array: to_numpy(array[index]), self._arrays), None

    def between(self, start: int, stop: int) -> Any:
        """Some samples, with their batch axis."""
        return map_leaves(lambda array: to_numpy(array[start:stop]), self._arrays)


class ListSource(_Fixed):
    """Samples of different sizes, in a list."""

    def __init__(self, samples: Sequence[Any]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def item(self, index: int) -> tuple[Any, Any]:
        return to_numpy(self._samples[index]), None


class IndexedSource(_Fixed):
    """A data set that gives one (x, y) pair or one x per index, e.g. a torch Dataset."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def item(self, index: int) -> tuple[Any, Any]:
        x, y = split_pair(self._dataset[index])
        return map_leaves(to_numpy, x), y


class BatchSource(_Fixed):
    """A data set that gives whole batches by index, e.g. `keras.utils.PyDataset`; the last few are kept."""

    _KEEP = 4

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._batches: OrderedDict[int, tuple[Any, Any]] = OrderedDict()
        self._batch_size = self._size(0)
        last = len(dataset) - 1
        self._count = last * self._batch_size + self._size(last)

    def __len__(self) -> int:
        return self._count

    def item(self, index: int) -> tuple[Any, Any]:
        number, place = divmod(index, self._batch_size)
        x, y = self._batch(number)
        label = None if y is None or isinstance(y, Mapping) else y[place]
        return map_leaves(lambda array: array[place], x), label

    def _batch(self, number: int) -> tuple[Any, Any]:
        if number not in self._batches:
            x, y = split_pair(self._dataset[number])
            self._batches[number] = (map_leaves(to_numpy, x), None if y is None else map_leaves(to_numpy, y))
            while len(self._batches) > self._KEEP:
                self._batches.popitem(last=False)
        self._batches.move_to_end(number)
        return self._batches[number]

    def _size(self, number: int) -> int:
        return len(next(leaves(self._batch(number)[0])))


def split_pair(element: Any) -> tuple[Any, Any]:
    """What Keras reads in an element of a data set: x, (x,), (x, y) or (x, y, weights)."""
    if isinstance(element, list | tuple) and 1 <= len(element) <= 3:
        return element[0], element[1] if len(element) > 1 else None
    return element, None
