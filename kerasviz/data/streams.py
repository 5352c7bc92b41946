"""Samples that can only be read in order: `tf.data`, a DataLoader, a generator.

They are read as far as somebody looks, at most `LIMIT` samples or `MAX_BYTES`, and kept, so that
sample 7 stays sample 7 although the stream shuffles. Rejected: reading all of it first (a stream
may be endless) and reading it again for every look (a shuffled one would change).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from kerasviz.data.arrays import leaves, map_leaves, to_numpy
from kerasviz.data.sources import split_pair
from kerasviz.errors import InputError

__all__ = ["LIMIT", "StreamSource", "length_hint"]

LIMIT = 1000  # samples
MAX_BYTES = 512 * 2**20


class StreamSource:
    """The first samples of a stream, read on demand.

    Args:
        stream: Gives x, (x, y) or (x, y, weights), batch by batch or sample by sample.
        batched: Told one element's x; whether that is a batch.
        elements: How many elements (batches or samples) it gives, when that is known.
    """

    def __init__(self, stream: Iterable[Any], batched: Callable[[Any], bool], elements: int | None = None) -> None:
        self._stream = stream
        self._iterator: Iterator[Any] | None = None
        self._batched = batched
        self._is_batched: bool | None = None
        self._hint = 0
        self._kept: list[tuple[Any, Any]] = []
        self._bytes = 0
        self._ended = False
        self._cut = False
        self.grow(1)
        if elements:  # all batches are as large as the first, but for the last
            self._hint = min(LIMIT, (elements - 1) * len(self._kept) + 1)
        if not self._kept:
            raise InputError(
                "The stream of inputs is empty. At least one sample is needed. Pass a stream that has some."
            )

    @property
    def exact(self) -> bool:
        return self._ended

    @property
    def note(self) -> str:
        return f"the first {len(self)} samples of a longer stream" if self._cut or self._hint >= LIMIT else ""

    def __len__(self) -> int:
        return len(self._kept) if self._ended else max(len(self._kept), self._hint)

    def item(self, index: int) -> tuple[Any, Any]:
        self.grow(index + 2)  # one ahead: the last known sample shows whether there are more
        if index >= len(self._kept):
            raise InputError(
                f"Sample {index} was asked for. The stream ended after {len(self._kept)}. Choose a smaller number."
            )
        return self._kept[index]

    def grow(self, count: int) -> None:
        """Read on until there are `count` samples, the stream ends, or enough is kept."""
        if self._iterator is None:
            self._iterator = iter(self._stream)
        while not self._ended and len(self._kept) < count:
            if len(self._kept) >= LIMIT or self._bytes > MAX_BYTES:
                self._ended = self._cut = True
                break
            try:
                element = next(self._iterator)
            except StopIteration:
                self._ended = True
                break
            self._keep(*split_pair(element))

    def _keep(self, x: Any, y: Any) -> None:
        arrays = map_leaves(to_numpy, x)
        if self._is_batched is None:
            self._is_batched = self._batched(arrays)
        self._bytes += sum(array.nbytes for array in leaves(arrays))
        if not self._is_batched:
            self._kept.append((arrays, y))
            return
        labels = None if y is None or isinstance(y, Mapping | list | tuple) else to_numpy(y)
        room = LIMIT - len(self._kept)
        for place in range(min(len(next(leaves(arrays))), room)):
            sample = map_leaves(itemgetter(place), arrays)
            self._kept.append((sample, None if labels is None else labels[place]))


def length_hint(stream: Any) -> int | None:
    """How many elements a stream gives, as far as it says so without being read."""
    if hasattr(stream, "element_spec") and hasattr(stream, "cardinality"):  # tf.data
        elements = int(stream.cardinality())
        return LIMIT + 1 if elements == -1 else max(0, elements)  # -1: endless, -2: unknown
    try:
        return len(stream)
    except TypeError:
        return None
