"""A scan as one file: a zip archive of Parquet tables and a page of JSON, which other tools can read.

`channels.parquet` has a row for each layer and channel, `samples.parquet` one for each sample, `pictures.parquet` (since
version 2, and where some were taken) one for each small picture, `scan.json` the rest.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.probes.watched import Watch
from kerasviz.scanning.by_class import ByClass
from kerasviz.scanning.gathering import fingerprint_of
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.outcomes import Outcomes
from kerasviz.scanning.ranks import Ranking
from kerasviz.scanning.reservoir import Reservoir
from kerasviz.scanning.scan import InputRange, Scan, ScannedLayer, Skipped
from kerasviz.scanning.sketch import BUCKETS, Sketch
from kerasviz.scanning.tally import Columns, Tally

__all__ = ["load_scan", "save"]

VERSION = 2
_FORMAT = "kerasviz scan"
_MOMENTS = tuple(field.name for field in fields(Moments))
_RANKINGS = ("values", "samples", "places")
_PLAIN = (
    "model_name fingerprint num_samples complete stopped nonfinite_inputs loss loss_compiled labels_are num_classes "
    "class_names notes".split()
)


def save(scan: Scan, path: Any) -> None:
    """Write a scan; what was there before stays until all of the new file is written."""
    _arrow()
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("scan.json", json.dumps(_facts(scan), indent=1))
            archive.writestr("channels.parquet", _parquet(_channels(scan)))
            archive.writestr("samples.parquet", _parquet(_samples(scan.outcomes)))
            if scan.pictures:
                archive.writestr("pictures.parquet", _parquet(_pictures(scan.pictures)))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def load_scan(path: Any, model: Any = None, *, other_model: bool = False) -> Scan:
    """Read what `Scan.save` wrote.

    Args:
        path: the file.
        model: a Keras model or a `Probe` of it: a scan made with other weights is refused; None: any scan is read.
        other_model: read it all the same, with a note in it.
    """
    _arrow()
    facts, channels, samples, pictures = _read(path)
    if facts.get("format") != _FORMAT or facts.get("version", 0) > VERSION:
        raise InputError(
            f"{str(path)!r} is {facts.get('format', 'no scan')!r}, version {facts.get('version')}. A scan of version {VERSION} or "
            "older was expected. Update kerasviz, or scan again."
        )
    scan = _scan(facts, channels, samples)
    scan.pictures = _unpacked(pictures)
    if model is not None and _fingerprint(model) != scan.fingerprint:
        if not other_model:
            raise InputError(
                f"{str(path)!r} is a scan of {scan.model_name!r} with other weights than this model has. Its figures do not hold "
                "for them. Scan again, or pass other_model=True to read it all the same."
            )
        scan.notes = (*scan.notes, "This scan was made with other weights than the model has.")
    return scan


def _fingerprint(model: Any) -> str:
    if isinstance(model, Probe):
        return fingerprint_of(model.all_weights())
    with closing(Probe(model)) as probe:
        return fingerprint_of(probe.all_weights())


def _arrow() -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise InputError(
            "A scan is kept in a file by pyarrow, which is not installed. Install it: pip install 'kerasviz[scans]'."
        ) from error
    return pa


# What goes into the file


def _facts(scan: Scan) -> dict[str, Any]:
    tally = scan.tally
    return {
        "format": _FORMAT,
        "version": VERSION,
        "watches": [asdict(watch) for watch in tally.columns.watches],
        "layers": [asdict(layer) for layer in scan.layers.values()],
        "left_out": sorted(tally.left_out),
        "first_bad": tally.first_bad,
        "classes": tally.by_class.labels.tolist(),
        "drawn": tally.some.samples.tolist(),
        "histograms": tally.sketch is not None,
        "top_k": len(tally.top.values),
        "bottom_k": len(tally.bottom.values),
        "skipped": [asdict(each) for each in scan.skipped],
        "inputs": {key: asdict(each) for key, each in scan.inputs.items()},
        **{name: getattr(scan, name) for name in _PLAIN},
    }


def _channels(scan: Scan) -> dict[str, Any]:
    pa, tally = _arrow(), scan.tally
    watches = tally.columns.watches
    table: dict[str, Any] = {
        "layer": np.repeat([watch.path for watch in watches], [watch.channels for watch in watches]),
        "channel": np.concatenate([np.arange(watch.channels) for watch in watches]),
        "std": tally.moments.std,
    }
    table |= {name: getattr(tally.moments, name) for name in _MOMENTS}
    for side, ranking in (("top", tally.top), ("bottom", tally.bottom)):
        table |= {f"{side}_{name}": _lists(getattr(ranking, name).T) for name in _RANKINGS}
    table["some"] = _lists(tally.some.values.T)
    table["class_sums"], table["class_counts"] = _lists(tally.by_class.sums.T), _lists(tally.by_class.counts.T)
    if tally.sketch is not None:
        rows, buckets = np.nonzero(tally.sketch.counts)
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(tally.sketch.counts)))]).astype(
            np.int32
        )
        counts = tally.sketch.counts[rows, buckets].astype(np.int64)
        table["buckets"] = pa.ListArray.from_arrays(starts, buckets.astype(np.int32))
        table["bucket_counts"] = pa.ListArray.from_arrays(starts, counts)
    return table


def _samples(outcomes: Outcomes) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for field in fields(Outcomes):
        values = getattr(outcomes, field.name)
        if values is not None:
            table[field.name] = values if values.ndim == 1 else _lists(values)
    return table


def _pictures(pictures: dict[int, np.ndarray]) -> dict[str, Any]:
    """A row for each: the pixels row by row, one byte each."""
    sides = np.asarray([picture.shape for picture in pictures.values()], np.int32)
    pixels = _arrow().array([picture.tobytes() for picture in pictures.values()])
    named = dict(zip(("height", "width", "depth"), sides.T, strict=True))
    return {"sample": np.asarray(list(pictures), np.int64), **named, "pixels": pixels}


def _lists(rows: np.ndarray) -> Any:
    """A list in each row, all of one length."""
    starts = (np.arange(len(rows) + 1) * rows.shape[1]).astype(np.int64)
    return _arrow().LargeListArray.from_arrays(starts, np.ascontiguousarray(rows).reshape(-1))


def _parquet(columns: dict[str, Any]) -> bytes:
    import pyarrow.parquet as pq

    into = io.BytesIO()
    pq.write_table(_arrow().table(columns), into, compression="zstd")
    return into.getvalue()


# What comes out of it


def _read(path: Any) -> tuple[dict[str, Any], Any, Any, Any]:
    import pyarrow.parquet as pq

    try:
        with zipfile.ZipFile(path) as archive:
            names = [f"{name}.parquet" for name in ("channels", "samples", "pictures")]
            some = [name for name in names if name != names[2] or name in archive.namelist()]
            channels, samples, *pictures = (pq.read_table(io.BytesIO(archive.read(name))) for name in some)
            return json.loads(archive.read("scan.json")), channels, samples, next(iter(pictures), None)
    except (zipfile.BadZipFile, KeyError, _arrow().ArrowInvalid) as error:
        raise InputError(
            f"{str(path)!r} is no scan, or a damaged one ({error}). A file that Scan.save wrote was expected. Pass "
            "that one, or scan again and save it."
        ) from error


def _scan(facts: dict[str, Any], channels: Any, samples: Any) -> Scan:
    plain = {name: facts[name] for name in _PLAIN}
    plain |= {name: tuple(facts[name]) for name in ("class_names", "notes")}
    layers = [ScannedLayer(**{**each, "axes": tuple(each["axes"])}) for each in facts["layers"]]
    outcomes = {name: _array(samples, name) for name in samples.column_names}
    return Scan(
        _tally(facts, channels),
        {layer.path: layer for layer in layers},
        outcomes=Outcomes(**outcomes),
        inputs={key: InputRange(**each) for key, each in facts["inputs"].items()},
        skipped=tuple(Skipped(**each) for each in facts["skipped"]),
        **plain,
    )


def _unpacked(table: Any) -> dict[int, np.ndarray]:
    if table is None:
        return {}
    columns = [table.column(name).to_pylist() for name in ("sample", "height", "width", "depth", "pixels")]
    rows = zip(*columns, strict=True)
    return {sample: np.frombuffer(pixels, np.uint8).reshape(sides) for sample, *sides, pixels in rows}


def _tally(facts: dict[str, Any], table: Any) -> Tally:
    columns = Columns([Watch(**each) for each in facts["watches"]])
    classes, drawn = np.asarray(facts["classes"], np.int64), np.asarray(facts["drawn"], np.int64)
    sums, counts = (_rows(table, name, len(classes)) for name in ("class_sums", "class_counts"))
    return Tally(
        columns,
        moments=Moments(**{name: _array(table, name) for name in _MOMENTS}),
        top=_ranking(facts, table, "top", 1),
        bottom=_ranking(facts, table, "bottom", -1),
        some=Reservoir(drawn, _rows(table, "some", len(drawn))),
        sketch=_sketch(table) if facts["histograms"] else None,
        by_class=ByClass(classes, sums, counts),
        left_out=frozenset(facts["left_out"]),
        first_bad=facts["first_bad"],
    )


def _ranking(facts: dict[str, Any], table: Any, side: str, sign: int) -> Ranking:
    found = {name: _rows(table, f"{side}_{name}", facts[f"{side}_k"]) for name in _RANKINGS}
    return Ranking(**found, sign=sign)


def _sketch(table: Any) -> Sketch:
    counts = np.zeros((table.num_rows, BUCKETS), np.uint32)
    lengths = np.diff(_combined(table, "buckets").offsets.to_numpy())
    rows = np.repeat(np.arange(table.num_rows), lengths)
    counts[rows, _combined(table, "buckets").flatten().to_numpy()] = (
        _combined(table, "bucket_counts").flatten().to_numpy()
    )
    return Sketch(counts)


def _combined(table: Any, name: str) -> Any:
    column = table.column(name).combine_chunks()
    return column if not hasattr(column, "chunks") else column.chunk(0)


def _array(table: Any, name: str) -> np.ndarray:
    """A column; of lists of one length a row for each."""
    if not str(table.column(name).type).startswith("large_list"):
        return np.array(table.column(name).to_numpy())
    flat = np.array(_combined(table, name).flatten().to_numpy(zero_copy_only=False))
    return flat.reshape(table.num_rows, -1) if flat.size else np.zeros((table.num_rows, 0), flat.dtype)


def _rows(table: Any, name: str, length: int) -> np.ndarray:
    """(length, channels) out of a list in each row."""
    return np.ascontiguousarray(_array(table, name).reshape(table.num_rows, length).T)
