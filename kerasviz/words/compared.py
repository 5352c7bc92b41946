"""What is unusual about this sample, compared with a `kerasviz.scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kerasviz.errors import InputError
from kerasviz.scanning.gathering import fingerprint_of
from kerasviz.words.answer import Answer
from kerasviz.words.facts import Fact, Sentence, Word
from kerasviz.words.layer_units import is_head
from kerasviz.words.subject import Subject

if TYPE_CHECKING:
    from kerasviz.scanning.scan import Scan

__all__ = ["check_scan", "compared_with"]

_DRAWN = 256  # as many samples as a scan draws
_UNUSUAL = 3.0  # standard deviations
_AS_SURE = 1e-5  # of the number: answers that are closer may be one, rounded in another batch
_ROUNDING = 1e-4  # of a channel's range: a batch of one is not rounded as a batch of many


def check_scan(subject: Subject, scan: Scan) -> None:
    """Whether it is a scan of this very model, of any samples."""
    if scan.fingerprint != fingerprint_of(subject.probe.all_weights()):
        raise InputError(
            f"A scan of {scan.model_name!r} was passed whose weights are not the model's; a scan of the model as it is was "
            "expected. Scan it again: kv.scan(model, inputs)."
        )
    if not scan.num_samples:
        raise InputError(
            "A scan of no samples was passed; one of several was expected. Scan a data set: kv.scan(model, inputs)."
        )


def compared_with(answer: Answer, scan: Scan, *, thorough: bool) -> list[Sentence]:
    """How sure others got their answers, and which channel is farthest from what it usually gives."""
    sentences = [*_surer(answer, scan), *_inputs(answer.subject, scan), *_farthest(answer.subject, scan)]
    return [*sentences, *_right(answer, scan), *_beyond(answer.subject, scan)] if thorough else sentences


def _surer(answer: Answer, scan: Scan) -> list[Sentence]:
    """The share of the samples that got a less sure answer, or a smaller value."""
    outcomes = scan.outcomes
    if not answer.is_predicted or answer.kind in ("place", "score") or not np.isfinite(outcomes.confidence).all():
        return []
    if answer.has_classes == bool((outcomes.predicted < 0).any()):
        return []
    value = answer.number_code(answer.subject.predict_code, 0, answer.about if answer.has_classes else None)
    gaps = {
        "share": Fact(
            "share_less_sure" if answer.has_classes else "share_smaller",
            float((outcomes.confidence < answer.value - _AS_SURE * abs(answer.value)).mean()), "%",
            f"(scan.outcomes.confidence < {value} - {_AS_SURE} * abs({value})).mean()",
        ),
        "samples": _samples(scan),
    }  # fmt: skip
    return [Sentence("surer" if answer.has_classes else "larger", gaps)]


def _samples(scan: Scan) -> Fact:
    return Fact("samples_scanned", scan.num_samples, "count", "scan.num_samples")


def _right(answer: Answer, scan: Scan) -> list[Sentence]:
    """How often that answer was right in the scan."""
    table = scan.confusion
    best = answer.best if answer.has_classes else 0
    if not answer.has_classes or table is None or best >= len(table) or not table[:, best].any():
        return []
    column = f"scan.confusion[:, {best}]"
    gaps: dict[str, Any] = {
        "name": answer.best_fact("predicted_class", answer.rows, answer.subject.predict_code),
        "called": Fact("samples_called_so", int(table[:, best].sum()), "count", f"{column}.sum()"),
        "share": Fact(
            "share_of_these_right", float(table[best, best] / table[:, best].sum()), "%",
            f"scan.confusion[{best}, {best}] / {column}.sum()",
        ),
    }  # fmt: skip
    return [Sentence("right", gaps)]


def _inputs(subject: Subject, scan: Scan) -> list[Sentence]:
    """Numbers that go beyond what went into the model in the scan."""
    found = []
    for key, given in subject.question.inputs.items():
        known = scan.inputs.get(key)
        if known is None or given.dtype.kind not in "biuf" or known.min <= given.min() <= given.max() <= known.max:
            continue
        array = f"kv.Probe(model).activations(x, []).inputs[{key!r}]"
        gaps: dict[str, Any] = {
            "low": Fact("smallest_input", float(given.min()), "", f"{array}.min()"),
            "high": Fact("largest_input", float(given.max()), "", f"{array}.max()"),
            "from": Fact("smallest_input_scanned", known.min, "", f"scan.inputs[{key!r}].min"),
            "to": Fact("largest_input_scanned", known.max, "", f"scan.inputs[{key!r}].max"),
        }
        found.append(Sentence("input_beyond", gaps))
    return found


def _largest(subject: Subject, scan: Scan) -> dict[str, np.ndarray]:
    """The largest number of each channel in this sample."""
    activations = subject.probe.activations(subject.x, list(scan.layers))
    return {
        path: np.moveaxis(np.asarray(array, np.float64), scan.layers[path].axis, -1)
        .reshape(-1, scan.layers[path].channels)
        .max(axis=0)
        for path, array in activations.items()
    }


def _farthest(subject: Subject, scan: Scan) -> list[Sentence]:
    """The channel whose largest number is most standard deviations from what it is in other samples; not of the answer."""
    best: tuple[float, str, int, float] | None = None
    inner = {path: each for path, each in _largest(subject, scan).items() if not is_head(subject.question.layers, path)}
    for path, values in inner.items():
        for channel, value in enumerate(values):
            others = scan.typical(path, channel, _DRAWN).values
            spread = float(others.std()) if len(others) > 1 else 0.0
            if spread > 0 and np.isfinite(value):
                away = (value - float(others.mean())) / spread
                if best is None or abs(away) > abs(best[0]):
                    best = away, path, channel, float(value)
    return [] if best is None else [_far(scan, *best)]


def _far(scan: Scan, away: float, path: str, channel: int, value: float) -> Sentence:
    axis = scan.layers[path].axis
    own = f"kv.Probe(model).activations(x, [{path!r}])[{path!r}].take({channel}, axis={axis}).max()"
    others = f"scan.typical({path!r}, {channel}, {_DRAWN}).values"
    drawn = scan.typical(path, channel, _DRAWN).values
    farther = f"abs({own} - {others}.mean()) / {others}.std()"
    gaps: dict[str, Any] = {
        "layer": Fact("farthest_layer", path, "layer", f"kv.Probe(model).output_of({path!r})"),
        "unit": Fact("farthest_unit", channel, "unit", f"scan.typical({path!r}, {channel}).channel"),
        "value": Fact("farthest_value", value, "", own),
        "mean": Fact("usual_value", float(drawn.mean()), "", f"{others}.mean()"),
        "away": Fact("standard_deviations_away", abs(away), "", farther),
        "drawn": Fact("samples_drawn", len(drawn), "count", f"len({others})"),
        "side": Word("above" if away > 0 else "below"),
    }
    return Sentence("unusual" if abs(away) >= _UNUSUAL else "usual", gaps)


def _beyond(subject: Subject, scan: Scan) -> list[Sentence]:
    """How many channels reach values that they never had in the scan."""
    count = total = 0
    for path, values in _largest(subject, scan).items():
        known = scan.statistics(path)
        count += int((values > known["max"] + _ROUNDING * (known["max"] - known["min"])).sum())
        total += len(values)
    largest = "np.moveaxis(a, scan.layers[p].axis, -1).reshape(-1, scan.layers[p].channels).max(axis=0)"
    limit = f"(s := scan.statistics(p))['max'] + {_ROUNDING} * (s['max'] - s['min'])"
    call = f"sum(({largest} > {limit}).sum() for p, a in kv.Probe(model).activations(x, list(scan.layers)).items())"
    gaps = {
        "count": Fact("channels_beyond", count, "count", call),
        "total": Fact("channels_scanned", total, "count", "sum(layer.channels for layer in scan.layers.values())"),
    }
    return [Sentence("beyond", gaps)]
