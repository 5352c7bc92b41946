"""`scan`: one pass over a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from typing import Any

import numpy as np

from kerasviz.data.batches import Batch, Batches, BrokenBatch, open_batches
from kerasviz.errors import BrokenBatchError, InputError, KerasvizError, OptionError
from kerasviz.models.specs import only_batch
from kerasviz.probes.probe import Probe
from kerasviz.scanning.gathering import Gathering, Wanted
from kerasviz.scanning.progress import Progress, progress_of
from kerasviz.scanning.scan import Scan, Skipped

__all__ = ["scan"]

_STATISTICS = ("all", "moments", "basic")
_ON_ERROR = ("raise", "skip", "stop")


def scan(  # noqa: PLR0913  # what one may say about it
    model_or_probe: Any,
    inputs: Any,
    labels: Any = None,
    *,
    batch_size: int = 64,
    top_k: int = 9,
    places: bool = True,
    layers: Any = None,
    progress: bool | Callable[[int, int | None], None] = True,
    statistics: str = "all",
    positions: int = 8,
    on_error: str = "raise",
    start: int = 0,
    class_names: Sequence[str] | None = None,
    preprocess: Callable[[Any], Any] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scan:
    """One pass over a data set: statistics of every channel, its strongest samples, and what the model answered.

    Memory does not grow with the number of samples but for the answers: about 60 bytes a sample, and the answer itself
    where it is at most 100 numbers. Interrupted (or `cancelled`), what was gathered so far comes back; its `complete`
    is then False.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it: with that, compiled functions are used again.
        inputs: arrays, `tf.data`, a DataLoader or torch Dataset, a PyDataset, anything that gives batches or samples:
            x, (x, y) or (x, y, weights).
        labels: one for each sample, where the data set does not carry them: classes, one-hot or multi-hot rows, numbers,
            names of classes.
        batch_size: samples at once, where the data set has no batches of its own.
        top_k: how many of the strongest (and weakest) samples of each channel are kept.
        places: whether it is kept where in the strongest samples the largest number is. Without, a scan of every layer of
            a large network takes a fifth less time, and `Scan.crops` looks for it when asked.
        layers: what is watched: None for what a person would look at (outputs of activations, of recurrent and
            attention layers, of embeddings, and what the model gives), "all", or as in `Probe.activations`.
        progress: a bar (with tqdm) or none, or a function of how many samples are done, of how many (None: not known).
        statistics: "all"; "moments" without histograms and quantiles; "basic" also without variance, smallest,
            zeros, the weakest samples and the range of the inputs.
        positions: at how many positions of each sample a channel is counted for histograms and quantiles; other statistics
            take all positions.
        on_error: what a batch that cannot be read or run does: "raise" an error that names it (its `scan` is what was
            gathered before), "skip" it, or "stop" there and give what was gathered.
        start: the number of the first sample, where this is a part of a data set: for `Scan.merge`.
        class_names: for labels that are names, in the order of the model's outputs.
        preprocess: from a batch of `inputs` to what the model takes.
        cancelled: asked after every batch.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "relu", kernel_initializer="ones", name="sum")])
        >>> found = scan(model, np.array([[1.0, 2.0], [-3.0, 0.0], [5.0, 1.0]]), progress=False)
        >>> found.frame()[["layer", "channel", "count", "mean", "max", "zeros"]].round(2).values.tolist()
        [['sum', 0, 3, 3.0, 6.0, 0.33]]
        >>> found.top("sum", 0).samples
        array([2, 0, 1])
    """
    _check(statistics, on_error, top_k=top_k, positions=positions, start=start)
    names = tuple(class_names or ())
    wanted = Wanted(layers, statistics, int(positions), int(top_k), bool(places), int(start), names, preprocess)
    given = isinstance(model_or_probe, Probe)
    with nullcontext(model_or_probe) if given else closing(Probe(model_or_probe)) as probe:
        raw, only = preprocess is not None, only_batch(probe.model)
        batches = open_batches(probe.model, inputs, labels, batch_size=batch_size, only=only, raw=raw)
        gathering = Gathering(probe, wanted)
        bar = progress_of(progress, batches.count)
        try:
            _go(gathering, batches, bar, on_error, cancelled)
        finally:
            bar.close()
        return gathering.scan(batches.labels_given)


def _check(statistics: str, on_error: str, **numbers: Any) -> None:
    for name, value, known in (("statistics", statistics, _STATISTICS), ("on_error", on_error, _ON_ERROR)):
        if value not in known:
            raise OptionError(f"{name}={value!r} was given; one of {', '.join(map(repr, known))} was expected.")
    for name, value in numbers.items():
        least = 1 if name == "positions" else 0
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise OptionError(f"{name}={value!r} was given; a whole number of at least {least} was expected.")


def _go(
    gathering: Gathering, batches: Batches, bar: Progress, on_error: str, cancelled: Callable[[], bool] | None
) -> None:
    """Batch by batch; an interruption keeps what there is."""
    try:
        for batch in batches:
            error = batch.error if isinstance(batch, BrokenBatch) else _add(gathering, batch)
            if error is None:
                bar.at(gathering.num_samples)
            elif not _left_out(gathering, batch, error, on_error):
                return
            if cancelled is not None and cancelled():
                gathering.stopped = "cancelled"
                return
    except KeyboardInterrupt:
        gathering.stopped = "interrupted"
    if not gathering.num_samples and not gathering.stopped and not gathering.skipped:
        raise InputError("A data set with no samples was passed. At least one is needed. Pass one that has some.")


def _add(gathering: Gathering, batch: Batch) -> Exception | None:
    try:
        gathering.add(batch)
    except Exception as error:  # whatever a model or its data raise: the caller names the batch
        if isinstance(error, KerasvizError) and not isinstance(error, InputError):
            raise  # of what was asked for, not of this batch
        return error
    return None


def _left_out(gathering: Gathering, batch: Batch | BrokenBatch, error: Exception, on_error: str) -> bool:
    """Whether to go on after a batch that could not be read or run."""
    size = "" if batch.size is None else f" to {batch.start + batch.size - 1}"
    named = f"batch {batch.number} (samples {batch.start}{size})"
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    gathering.skipped.append(Skipped(batch.number, batch.start, batch.size, f"{type(error).__name__}: {first}"))
    if on_error == "skip":
        return True
    gathering.stopped = f"broke at {named}"
    if on_error == "stop":
        return False
    said = str(error) if isinstance(error, KerasvizError) else f"{type(error).__name__}: {first}"
    broken = BrokenBatchError(
        f"The scan broke at {named}: {said} Every batch must be read and run. Correct it, or pass on_error='skip' "
        "(or 'stop', to keep what was gathered before)."
    )
    broken.scan = gathering.scan(None) if gathering.num_samples else None
    raise broken from error
