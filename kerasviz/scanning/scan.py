"""`Scan`: what one pass over a data set gathered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasviz.errors import InputError, unknown_name
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.outcomes import Outcomes, confusion
from kerasviz.scanning.ranks import Ranking, unpack_place
from kerasviz.scanning.sketch import BUCKETS, bucket_edges
from kerasviz.scanning.tally import Tally

if TYPE_CHECKING:
    import pandas as pd

    from kerasviz.scanning.crops import Crop

__all__ = ["InputRange", "Nonfinite", "Ranked", "Scan", "ScannedLayer", "Skipped"]


@dataclass(frozen=True, slots=True)
class ScannedLayer:
    """One watched layer. `axes` are the names of the axes of positions; `axis` is the one of channels, with the batch as 0."""

    path: str
    kind: str
    channels: int
    axis: int
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Samples of one channel, by the largest number of the channel in the sample; the first is the most so.

    `positions` are where that number is: an index for each axis of positions, () in layers without positions and
    where it was not looked up (it is for the strongest alone, and not with places=False). `pictures` are the samples in
    small, uint8, where the scan has them (see `Scan.take_pictures`), else None.
    """

    layer: str
    channel: int
    samples: np.ndarray  # int64
    values: np.ndarray  # float64
    positions: tuple[tuple[int, ...], ...]
    pictures: tuple[np.ndarray | None, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """A layer (or "input") in which a number was NaN or infinite: in which sample first, and how many in all."""

    layer: str
    sample: int
    count: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A batch that was left out: which, from which sample on, how many samples (None: not known), and why."""

    batch: int
    start: int
    size: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class InputRange:
    """What went into one input of the model, all of its numbers together (those that are finite)."""

    count: int
    nonfinite: int
    mean: float
    std: float
    min: float
    max: float

    @classmethod
    def of(cls, moments: Moments) -> InputRange:
        """From the moments of all numbers as one channel."""
        return cls(
            int(moments.count[0]), int(moments.nonfinite[0]), float(moments.mean[0]), float(moments.std[0]),
            float(moments.smallest[0]), float(moments.largest[0]),
        )  # fmt: skip


@dataclass(eq=False)
class Scan:
    """Statistics of every channel of the watched layers over a data set, their strongest samples, and the answers.

    Attributes:
        model_name: whose scan it is.
        fingerprint: of the model's weights when it was made.
        layers: what was watched, by path, in the order they run.
        num_samples: how many samples were scanned.
        complete: whether that was the whole data set; `stopped` says why not.
        outcomes: predictions, confidences, labels and losses, one row a sample.
        inputs: the range of each input, by "input" (or "input:NAME").
        nonfinite: the layers with numbers that are not finite, the earliest sample first.
        skipped: batches that were left out.
        loss: the name of the loss; "" where there is none.
        loss_compiled: whether the model was compiled with it.
        labels_are: "classes", "one-hot", "multi-label" or "numbers"; "" without labels.
        notes: what has to be known to read the figures.
        pictures: samples in small, by their numbers, where `take_pictures` was called: (height, width, 1 or 3) uint8.
    """

    tally: Tally
    layers: dict[str, ScannedLayer]
    model_name: str = ""
    fingerprint: str = ""
    num_samples: int = 0
    complete: bool = True
    stopped: str = ""
    outcomes: Outcomes = field(default_factory=Outcomes.empty)
    inputs: dict[str, InputRange] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    nonfinite_inputs: dict[str, int] = field(default_factory=dict)
    loss: str = ""
    loss_compiled: bool = False
    labels_are: str = ""
    num_classes: int = 0
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: dict[int, np.ndarray] = field(default_factory=dict)

    def __repr__(self) -> str:
        channels = sum(layer.channels for layer in self.layers.values())
        part = "" if self.complete else f", not complete: {self.stopped}"
        return f"<Scan of {self.model_name!r}: {self.num_samples} samples, {len(self.layers)} layers, {channels} channels{part}>"

    # What is known of channels

    @property
    def has_moments(self) -> bool:
        """Whether smallest numbers and zeros were gathered: not with statistics='basic'."""
        zeros = self.tally.moments.zeros
        return not zeros.size or bool(zeros.min() >= 0)

    def frame(self) -> pd.DataFrame:
        """One row for each layer and channel, as a pandas DataFrame; quantiles and selectivity where they were gathered."""
        import pandas as pd

        parts = [pd.DataFrame(self.statistics(path)) for path in self.layers]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def statistics(self, layer: str) -> dict[str, Any]:
        """The columns of `frame` for one layer, as arrays by name."""
        path, columns = self._columns(layer)
        moments = self.tally.moments.of(columns)
        channels = np.arange(columns.stop - columns.start)
        found: dict[str, Any] = {
            "layer": np.full(len(channels), path, object),
            "channel": channels,
            "count": moments.count,
            "mean": moments.mean,
            "std": moments.std,
            "min": moments.smallest,
            "max": moments.largest,
            "zeros": moments.zero_share,
            "nonfinite": moments.nonfinite,
        }
        if self.tally.sketch is not None:
            quantiles = self.quantiles(path, (0.05, 0.5, 0.95))
            found |= {"p5": quantiles[:, 0], "median": quantiles[:, 1], "p95": quantiles[:, 2]}
        if len(self.tally.by_class.labels) > 1:
            selectivity, favourite = self.tally.by_class.selectivity()
            found |= {"selectivity": selectivity[columns], "favourite_class": favourite[columns]}
        return found

    def quantiles(self, layer: str, shares: Sequence[float]) -> np.ndarray:
        """(channels, shares): below which number these shares lie, within `RELATIVE_ERROR` of it.

        They stand on a few positions of each sample: `counted` says what share of all numbers that is.
        """
        _, columns = self._columns(layer)
        sketch = self._sketch()
        rows = [
            np.clip(sketch.quantile(i, np.asarray(shares)), *self._ends(i)) for i in range(columns.start, columns.stop)
        ]
        return np.asarray(rows)

    def histogram(self, layer: str, channel: int, bins: int | np.ndarray = 40) -> tuple[np.ndarray, np.ndarray]:
        """Counts and the edges of equal bins between the smallest and the largest number; out of logarithmic buckets.

        `bins` are how many, or the edges.

        What lies in a bucket is taken to be spread evenly in it: one is at most an eighth of its numbers wide.
        """
        index = self._column(layer, channel)
        low, high = self._ends(index)
        counts = self._sketch().counts[index].astype(np.float64)
        if not counts.sum():
            edges = np.linspace(0, 1, bins + 1) if isinstance(bins, int) else bins
            return np.zeros(len(edges) - 1), edges
        if isinstance(bins, int) and low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1) if isinstance(bins, int) else bins
        buckets = bucket_edges()
        start, stop = np.clip(buckets[:-1], low, high), np.clip(buckets[1:], low, high)
        zero = BUCKETS // 2
        start[zero], stop[zero] = np.clip(0.0, low, high), np.clip(0.0, low, high)
        start[0], stop[-1] = (low if counts[0] else start[0]), (high if counts[-1] else stop[-1])
        return _spread(counts, start, stop, edges), edges

    def counted(self, layer: str) -> float:
        """What share of a layer's numbers its histograms and quantiles stand on."""
        _, columns = self._columns(layer)
        seen = float(self.tally.moments.count[columns].sum())
        return min(1.0, float(self._sketch().counts[columns].sum()) / seen) if seen else 0.0

    def class_means(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """The classes, and each channel's mean over the samples of each: (classes, channels)."""
        _, columns = self._columns(layer)
        return self.tally.by_class.labels, self.tally.by_class.means[:, columns]

    # Samples of a channel

    def top(self, layer: str, channel: int) -> Ranked:
        """The samples in which a channel is largest, and where in them."""
        return self._ranked(self.tally.top, layer, channel)

    def bottom(self, layer: str, channel: int) -> Ranked:
        """The samples whose largest number of a channel is smallest."""
        return self._ranked(self.tally.bottom, layer, channel)

    def typical(self, layer: str, channel: int, k: int = 9) -> Ranked:
        """Samples around the median (of the largest number in a sample), out of up to 256 drawn evenly."""
        index = self._column(layer, channel)
        values, samples = self.tally.some.typical(index, k)
        places = ((),) * len(samples)
        return Ranked(layer, channel, samples, values.astype(np.float64), places, self._pictures(samples))

    def crops(  # noqa: PLR0913  # what a scan was made of
        self, model_or_probe: Any, inputs: Any, layer: str, channel: int, *, preprocess: Any = None, start: int = 0
    ) -> list[Crop]:
        """Of each of the strongest samples the part that the channel's largest number depends on, exactly.

        Args:
            model_or_probe: the model that was scanned.
            inputs: the data set that was scanned (of a stream, one that gives the same samples again).
            layer: which layer.
            channel: which channel.
            preprocess: as in the scan.
            start: the number of the first sample of `inputs`, where they are a part: as in the scan.
        """
        from kerasviz.scanning.crops import crops

        return crops(self, model_or_probe, inputs, (layer, channel), preprocess=preprocess, start=start)

    def take_pictures(
        self, model_or_probe: Any, inputs: Any, *, preprocess: Callable[[Any], Any] | None = None, start: int = 0
    ) -> None:
        """Keep small pictures of the strongest samples (the first 1,000 of all channels), for the file and for later.

        Args:
            model_or_probe: the model that was scanned.
            inputs: the data set that was scanned; samples that are no pictures are passed over.
            preprocess: as in the scan.
            start: the number of the first sample of `inputs`, where they are a part: as in the scan.
        """
        from kerasviz.scanning.pictures import pictures_of

        self.pictures |= pictures_of(self.tally.top, model_or_probe, inputs, preprocess=preprocess, start=start)

    # Answers

    @property
    def predictions(self) -> np.ndarray:
        """The predicted class of each sample; -1 where the answer is no class."""
        return self.outcomes.predicted

    @property
    def losses(self) -> np.ndarray:
        """The loss of each sample; NaN without a label."""
        return self.outcomes.loss

    @property
    def confusion(self) -> np.ndarray | None:
        """(label, predicted): how many samples; None where labels are no single classes."""
        known = self.outcomes
        if self.labels_are not in ("classes", "one-hot") or not len(known) or (known.predicted < 0).all():
            return None
        return confusion(known.labels, known.predicted, max(self.num_classes, 1))

    @property
    def accuracy(self) -> float | None:
        """The share of samples whose predicted class is that of the label."""
        table = self.confusion
        return None if table is None or not table.sum() else float(np.trace(table) / table.sum())

    @property
    def nonfinite(self) -> tuple[Nonfinite, ...]:
        """Inputs and layers in which a number was NaN or infinite, by the first sample, then in the order they run."""
        found = [Nonfinite(path, sample, self.inputs[path].nonfinite) for path, sample in self.nonfinite_inputs.items()]
        for path in self.layers:
            if path in self.tally.first_bad:
                columns = self.tally.columns.slices[path]
                count = int(self.tally.moments.nonfinite[columns].sum())
                found.append(Nonfinite(path, self.tally.first_bad[path], count))
        return tuple(sorted(found, key=lambda each: each.sample))

    def merge(self, other: Scan) -> Scan:
        """Both together, as one pass over all of their samples would give it; neither is changed."""
        from kerasviz.scanning.merging import merge

        return merge(self, other)

    def save(self, path: Any) -> None:
        """Write it to one file, to be read by `kerasviz.load_scan` (or by anything that reads Parquet)."""
        from kerasviz.scanning.files import save

        save(self, path)

    # Where things are

    def _columns(self, layer: str) -> tuple[str, slice]:
        if layer not in self.layers:
            raise unknown_name("In this scan the layer", layer, self.layers, advice="Pass layers='all' to watch all.")
        return layer, self.tally.columns.slices[layer]

    def _column(self, layer: str, channel: int) -> int:
        _, columns = self._columns(layer)
        width = columns.stop - columns.start
        if not 0 <= channel < width:
            raise InputError(
                f"Channel {channel} of {layer!r} was asked for. There are {width}: 0 … {width - 1}. Choose one of those."
            )
        return int(columns.start) + int(channel)

    def _ends(self, index: int) -> tuple[float, float]:
        moments = self.tally.moments
        low, high = float(moments.smallest[index]), float(moments.largest[index])
        return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)

    def _sketch(self) -> Any:
        if self.tally.sketch is None:
            raise InputError(
                "Histograms were not gathered in this scan. They are with statistics='all'. Scan again without 'basic'."
            )
        return self.tally.sketch

    def _ranked(self, ranking: Ranking, layer: str, channel: int) -> Ranked:
        index = self._column(layer, channel)
        values, samples, places = ranking.of(index)
        axes = len(self.layers[layer].axes)
        positions = tuple(unpack_place(int(place), axes) for place in places)
        return Ranked(layer, int(channel), samples, values, positions, self._pictures(samples))

    def _pictures(self, samples: np.ndarray) -> tuple[np.ndarray | None, ...]:
        return tuple(self.pictures.get(int(sample)) for sample in samples)


def _spread(counts: np.ndarray, start: np.ndarray, stop: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Counts of intervals as counts of bins, each interval spread evenly; what has no width falls into one bin."""
    found = np.zeros(len(edges) - 1)
    wide = stop > start
    for i in np.flatnonzero(counts):
        if wide[i]:
            covered = np.clip(np.minimum(stop[i], edges[1:]) - np.maximum(start[i], edges[:-1]), 0, None)
            found += counts[i] * covered / (stop[i] - start[i])
        else:
            found[min(np.searchsorted(edges, start[i], side="right"), len(found)) - 1] += counts[i]
    return found
