"""`diagnose`: every rule of the doctor on one model and its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from kerasviz.doctor import DOCTOR
from kerasviz.doctor.case import Case
from kerasviz.doctor.report import Report
from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.scanning.gathering import fingerprint_of
from kerasviz.scanning.scan import Scan

__all__ = ["diagnose"]

_WITHOUT = {
    "run": "the model could not be run",
    "data": "it needs inputs of your own",
    "labels": "it needs labels",
}


def diagnose(
    model_or_probe: Any,
    inputs: Any = None,
    labels: Any = None,
    *,
    scan: Scan | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """What is wrong with a model, in numbers, and what to do about it.

    The model is neither changed nor compiled anew. Of the data the first samples are looked at; each finding says
    how many.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it.
        inputs: samples as the model takes them: arrays, lists or dicts of them, `tf.data`, a DataLoader … Without
            any, some are made, and rules that need real ones are skipped.
        labels: class indices, one-hot or multi-hot rows, or measured values; for several outputs a dict or a list.
        scan: a scan of the same data (`kerasviz.scan`): what it knows of channels stands on all of its samples.
        progress: called with how many rules were asked, how many there are and which is asked now; what it raises ends it.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> model.compile(loss="sparse_categorical_crossentropy")
        >>> report = diagnose(model, np.random.default_rng(0).normal(size=(32, 4)))
        >>> [finding.rule for finding in report.findings if finding.severity == "error"]
        ['logits-into-probability-loss']
    """
    probe = model_or_probe if isinstance(model_or_probe, Probe) else Probe(model_or_probe)
    try:
        _check(probe, inputs, scan)
        case, rules, skipped = Case(probe, inputs, labels, scan), DOCTOR.all(), {}
        for done, (name, rule) in enumerate(rules.items()):
            if progress is not None:
                case.step = partial(progress, done, len(rules), name)
            case.step()
            if rule.needs is not None and not case.has(rule.needs):
                skipped[name] = _WITHOUT[rule.needs]
            else:
                case.found[name] = [replace(finding, rule=name) for finding in rule.check(case)]
        findings = [finding for each in case.found.values() for finding in each]
        return Report.of(case, findings, tuple(DOCTOR.names()), skipped)
    finally:
        if probe is not model_or_probe:
            probe.close()


def _check(probe: Probe, inputs: Any, scan: Scan | None) -> None:
    """Whether the scan is of this model and goes with data."""
    if scan is None:
        return
    if inputs is None:
        raise InputError(
            "A scan was passed without inputs. Gradients and trials need samples too. Pass the inputs that were scanned."
        )
    if scan.fingerprint != fingerprint_of(probe.all_weights()):
        raise InputError(
            f"The scan is of {scan.model_name!r} with other weights than the model has now. It must be of the same. Scan again."
        )
    if not scan.has_moments:
        raise InputError(
            "The scan was made with statistics='basic': it has no smallest numbers and no zeros. Scan with 'moments' or 'all'."
        )
