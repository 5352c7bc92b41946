"""Batches for a pass over a data set: arrays in slices, data sets and streams as they come, each with its labels.

Nothing is kept: what is longer than memory goes by. (`samples` keeps what a person looked at, for sample 7 to stay
sample 7; here the order is that of the one pass.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

import numpy as np

from kerasviz.data.arrays import is_array, leaves, map_leaves, to_numpy
from kerasviz.data.labels import label_table
from kerasviz.data.model_facts import InputFact, input_facts
from kerasviz.data.opening import is_batch, source_of
from kerasviz.data.sources import ArraySource, Source, split_pair
from kerasviz.data.streams import length_hint
from kerasviz.errors import InputError

__all__ = ["Batch", "Batches", "BrokenBatch", "open_batches"]

_MOST_BROKEN = 10  # one after the other: then the stream is taken for ended

Reader = Callable[[], tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples, one after the other in the data set; `y` are their labels as they came, or None."""

    number: int
    start: int
    size: int
    x: Any
    y: Any


@dataclass(frozen=True, slots=True)
class BrokenBatch:
    """A batch that could not be read; `size` is None where it is not known how many samples were in it."""

    number: int
    start: int
    size: int | None
    error: Exception


class Batches:
    """The data set, batch by batch, once.

    Args:
        read: one function a batch, which reads it: (x, y); StopIteration where there is no more.
        labels: labels that came apart from the samples, indexed by sample; None: the data set's own.
        count: how many samples there are, where that is known.
        most: larger batches are taken in parts.
        length: how many batches there are, where that is known.
        by_number: whether batches are asked for by number, all as long as the first but for the last.
    """

    def __init__(  # noqa: PLR0913  # what is known of it
        self,
        read: Iterable[Reader],
        labels: Any,
        *,
        count: int | None,
        most: int | None,
        length: int | None,
        by_number: bool = False,
    ) -> None:
        self._read, self._labels, self._by_number = read, labels, by_number
        self.count, self.most, self.length = count, most, length

    @property
    def labels_given(self) -> int | None:
        """How many labels came apart from the samples."""
        return None if self._labels is None else len(self._labels)

    def __iter__(self) -> Iterator[Batch | BrokenBatch]:
        start = broken = 0
        usual: int | None = None
        for number, read in enumerate(self._read):
            try:
                x, y = read()
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001  # whatever a data set raises: the caller names it
                size = self._size_at(start, usual)
                yield BrokenBatch(number, start, size, error)
                start, broken = start + (size or 0), broken + 1
                if size is None and self._is_over(broken):
                    return
                continue
            broken, size = 0, _length(x)
            usual = usual or size
            yield from self._parts(number, start, x, y)
            start += size

    def _size_at(self, start: int, usual: int | None) -> int | None:
        """How many samples a batch has that could not be read; None where that is not known."""
        if self.count is not None:
            return min(self.most or 1, self.count - start)
        return usual if self._by_number else None

    def _is_over(self, broken: int) -> bool:
        """Whether to stop after so many in a row; labels that came apart have lost their samples."""
        if self._labels is not None:
            raise InputError(
                "A batch could not be read, and how many samples were in it is not known; so it is not known which labels belong "
                "to the samples after it. Pass a data set that carries its labels."
            )
        return broken >= _MOST_BROKEN

    def _parts(self, number: int, start: int, x: Any, y: Any) -> Iterator[Batch]:
        size = _length(x)
        most = max(self.most or size, 1)
        for first in range(0, size, most):
            last = min(size, first + most)
            part = slice(first, last)
            given = _part(y, part) if self._labels is None else _labels_at(self._labels, start + first, last - first)
            yield Batch(number, start + first, last - first, _part(x, part), given)


def open_batches(  # noqa: PLR0913  # what one may say about it
    model: Any, inputs: Any, labels: Any = None, *, batch_size: Any = 64, only: int | None = None, raw: bool = False
) -> Batches:
    """The batches of whatever Keras takes as data; nothing is read of a stream yet.

    Args:
        model: says what a sample is.
        inputs: arrays, data sets, loaders, anything that gives batches or samples.
        labels: one for each sample, where the data set does not carry them.
        batch_size: rows of a batch, where the data set does not have batches of its own.
        only: the one batch size that the model takes, when it was made for one.
        raw: whether the samples are not yet what the model takes.
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise InputError(
            f"batch_size={batch_size!r} was passed; a whole number of at least 1 was expected. 64 is usual."
        )
    size = only or int(batch_size)
    if _gives_batches(inputs):
        reads = (_nth(inputs, i) for i in range(len(inputs)))
        return Batches(reads, _table(labels, None), count=None, most=only, length=len(inputs), by_number=True)
    if _is_stream(inputs):
        reader = _StreamReader(inputs, input_facts(model), size)
        return Batches(repeat(reader), _table(labels, None), count=None, most=only, length=_elements(inputs))
    source, single = source_of(inputs, input_facts(model), raw=raw)
    count = len(source)
    if not count:
        raise InputError("A data set with no samples was passed. At least one is needed. Pass a longer one.")
    table = _table(labels, count, single=single)
    reads = (_slice(source, start, min(count, start + size)) for start in range(0, count, size))
    return Batches(reads, table, count=count, most=size, length=-(-count // size))


def _elements(stream: Any) -> int | None:
    """How many batches or samples it gives, where that is known."""
    if hasattr(stream, "cardinality") and int(stream.cardinality()) == -1:  # tf.data says so; of others nobody knows
        raise InputError(
            "The data set never ends (it repeats itself); a scan reads all of it. Pass it without .repeat(), or .take(n) of it."
        )
    return length_hint(stream)


class _StreamReader:
    """Reads the next batch, or puts so many samples together where the stream gives them one by one."""

    def __init__(self, stream: Any, facts: tuple[InputFact, ...] | None, size: int) -> None:
        self._stream, self._facts, self._size = stream, facts, size
        self._iterator = iter(stream)
        self._batched: bool | None = None

    def __call__(self) -> tuple[Any, Any]:
        x, y = _arrays(next(self._iterator))
        if self._batched is None:
            self._batched = is_batch(self._stream, x, self._facts)
        if self._batched:
            return x, y
        more = [(x, y), *map(_arrays, islice(self._iterator, self._size - 1))]
        return _stacked(more)


def _gives_batches(inputs: Any) -> bool:
    """Whether it is asked for a batch by its number, as `keras.utils.PyDataset` is."""
    by_number = hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__")
    kinds = {cls.__name__ for cls in type(inputs).__mro__}
    return by_number and ("PyDataset" in kinds or (hasattr(inputs, "num_batches") and not is_array(inputs)))


def _is_stream(inputs: Any) -> bool:
    if isinstance(inputs, list):  # of pairs (x, y): samples of a list are no tuples
        return bool(inputs) and all(isinstance(item, tuple) for item in inputs)
    if is_array(inputs) or isinstance(inputs, str | bytes | Mapping | tuple) or hasattr(inputs, "iloc"):
        return False
    kinds = {cls.__name__ for cls in type(inputs).__mro__}
    return hasattr(inputs, "__iter__") and ("DataLoader" in kinds or not hasattr(inputs, "__getitem__"))


def _table(labels: Any, count: int | None, *, single: bool = False) -> Any:
    if labels is None:
        return None
    table = label_table(labels, single=single, count=count or -1)
    if count is not None and len(table) != count:
        raise InputError(
            f"{len(table)} labels were passed for {count} samples. There must be one for each. Pass both with the same length."
        )
    return table


def _nth(dataset: Any, number: int) -> Reader:
    return lambda: _arrays(dataset[number])


def _slice(source: Source, start: int, stop: int) -> Reader:
    if isinstance(source, ArraySource):
        return lambda: (source.between(start, stop), None)
    return lambda: _stacked([source.item(index) for index in range(start, stop)])


def _arrays(element: Any) -> tuple[Any, Any]:
    x, y = split_pair(element)
    return map_leaves(to_numpy, x), None if y is None else map_leaves(to_numpy, y)


def _stacked(samples: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Samples one by one as a batch."""
    xs, ys = zip(*samples, strict=True)
    return _stack(xs), None if ys[0] is None else _stack(ys)


def _stack(items: Sequence[Any]) -> Any:
    first = items[0]
    if isinstance(first, Mapping):
        return {key: _stack([item[key] for item in items]) for key in first}
    if isinstance(first, list | tuple):
        return [_stack(part) for part in zip(*items, strict=True)]
    try:
        return np.stack([to_numpy(item) for item in items])
    except ValueError as error:
        shapes = sorted({np.shape(item) for item in items})
        raise InputError(
            f"Samples of different shapes ({', '.join(map(str, shapes[:4]))}) cannot be one batch. Pad them to one length, "
            "or pass batch_size=1."
        ) from error


def _length(x: Any) -> int:
    return len(next(leaves(x)))


def _part(nested: Any, part: slice) -> Any:
    return None if nested is None else map_leaves(lambda array: array[part], nested)


def _labels_at(table: Any, start: int, size: int) -> Any:
    if start + size > len(table):
        raise InputError(
            f"{len(table)} labels were passed; the data set has more samples. There must be one for each. "
            "Pass labels of the same length, or none."
        )
    if hasattr(table, "columns"):
        return {name: _labels_at(column, start, size) for name, column in table.columns.items()}
    return to_numpy(table[start : start + size])
