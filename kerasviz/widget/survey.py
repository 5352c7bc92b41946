"""What the model says of many samples: predicted batch by batch, kept until its weights change.

A batch is as large as the model does in a blink, so that a slider that is moved meanwhile hardly
waits. Sizes are few and the last batch is filled up, because some backends compile for each size.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves, map_leaves
from kerasviz.data.model_facts import final_activation, output_names
from kerasviz.data.samples import Samples
from kerasviz.views.verdict import NO_VERDICT, Verdict, verdict_of

__all__ = ["Judging", "Survey"]

_SIZES = (2, 16, 64, 256)
_FIRST = 1  # place in _SIZES
_BLINK = 0.05  # seconds
_QUICK = 0.05  # seconds: a batch of such samples is no burden
_PRACTICE = 2  # runs of one size that may compile


class Survey:
    """The verdicts known so far.

    Args:
        predict: Gives the outputs of a batch.
        samples: The samples.
        activation: The name of the function that makes the output.
        sizes: Batch sizes to choose from, ascending.
    """

    def __init__(
        self,
        predict: Callable[[Any], Any],
        samples: Samples,
        activation: Callable[[], str],
        sizes: tuple[int, ...] = _SIZES,
    ) -> None:
        self._predict = predict
        self._samples = samples
        self._activation = activation
        self._sizes = sizes
        self._place = min(_FIRST, len(sizes) - 1)
        self._most = len(sizes) - 1
        self._runs = 0
        self._known: dict[int, Verdict] = {}

    def forget(self) -> None:
        """The weights are different now."""
        self._known.clear()

    def verdict(self, sample: int) -> Verdict | None:
        """The verdict on a sample, if it is known."""
        return self._known.get(sample)

    def add(self, sample: int, outputs: Any) -> None:
        """Note what the model gave for one sample."""
        label = self._samples.label(sample)
        self._known[sample] = verdict_of(outputs, self._activation(), self._samples.class_names, label)

    def judge(self, samples: Sequence[int], at: int) -> int:
        """Predict the next unknown ones of `samples`, from place `at`, in one batch: the place to go on at."""
        batch: list[tuple[int, Any]] = []
        signature: Any = None
        while at < len(samples) and len(batch) < self._sizes[self._place]:
            sample = samples[at]
            if sample not in self._known and sample not in dict(batch):
                inputs = self._samples.model_input(sample)
                found = self._samples.signature(inputs)
                if batch and found != signature:
                    break
                signature = found
                batch.append((sample, inputs))
            at += 1
        if batch:
            self._run(batch)
        return at

    def _run(self, batch: list[tuple[int, Any]]) -> None:
        size = self._sizes[self._place]
        filled = [inputs for _, inputs in batch] + [batch[-1][1]] * (size - len(batch))
        began = time.perf_counter()
        outputs = self._predict(_joined(filled))
        self._adapt(time.perf_counter() - began)
        whole = all(array.ndim and array.shape[0] == size for array in map(np.asarray, leaves(outputs)))
        for place, (sample, _) in enumerate(batch):
            if whole:
                self.add(sample, map_leaves(itemgetter(slice(place, place + 1)), outputs))
            else:
                self._known[sample] = NO_VERDICT

    def _adapt(self, seconds: float) -> None:
        """A larger batch where this one was done long before anybody blinked, a smaller one where not."""
        self._runs += 1
        if self._runs <= _PRACTICE:
            return
        step = 0
        if seconds > 2 * _BLINK and self._place > 0:
            step, self._most = -1, self._place - 1
        elif seconds < _BLINK / 4 and self._place < self._most:
            step = 1
        self._place += step
        self._runs = 0 if step else self._runs


class Judging:
    """The part of a session that knows what the model says of many samples."""

    probe: Any
    samples: Samples
    _compute: threading.RLock
    _outputs: MutableMapping[int, Any]
    _survey: Survey
    _fastest: float  # seconds that a forward took, at best
    _generation = 0

    @property
    def final_activation(self) -> str:
        """The name of the function that made the output: "softmax", "sigmoid", … or ""."""
        return final_activation(self.probe.model)

    @property
    def output_names(self) -> tuple[str, ...]:
        """What several outputs are called; () where they are only numbered, or there is one."""
        return output_names(self.probe.model)

    def _check_fresh(self) -> None:
        raise NotImplementedError

    def _make_survey(self) -> Survey:
        declared = getattr(self.probe.model, "inputs", None) or ()
        fixed = next((tensor.shape[0] for tensor in declared if tensor.shape and tensor.shape[0]), None)
        sizes = {} if fixed is None else {"sizes": (int(fixed),)}
        return Survey(self.probe.predict, self.samples, lambda: self.final_activation, **sizes)

    @property
    def generation(self) -> int:
        """Another number when the model's weights are different."""
        with self._compute:
            self._check_fresh()
            return self._generation

    @property
    def quick(self) -> bool:
        """Whether a forward is so fast that nobody notices a few more."""
        return self._fastest < _QUICK

    def verdict(self, sample: int) -> Verdict | None:
        """The verdict on a sample, as far as it is known."""
        with self._compute:
            self._check_fresh()
            if self._survey.verdict(sample) is None and sample in self._outputs:
                self._survey.add(sample, self._outputs[sample])
            return self._survey.verdict(sample)

    def judge(self, samples: Sequence[int], at: int) -> int:
        """Predict the next few of `samples`, from place `at`, in one batch: the place to go on at."""
        with self._compute:
            self._check_fresh()
            return self._survey.judge(samples, at)


def _joined(batch: list[Any]) -> Any:
    """Batches of one as one batch, in their own structure."""
    columns = zip(*(leaves(inputs) for inputs in batch), strict=True)
    return map_leaves(lambda _: np.concatenate(next(columns)), batch[0])
