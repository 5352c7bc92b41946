"""Who attends to whom: the scores of every head, recomputed from queries and keys and compared with the output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kerasviz.views.attention_reading import KINDS, Reading, is_mask, read
from kerasviz.views.base import Control, LayerView, Panel, Record
from kerasviz.views.checks import compare
from kerasviz.views.controls import place
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, bars, heat, sheet, tiles
from kerasviz.wire.messages import Domain

__all__ = ["VIEW"]

MAX_CELLS = 2**26  # of all heads' scores that are shown together


def _supports(record: Record) -> int:
    if record.layer.kind not in KINDS or record.values.ndim < 2:
        return 0
    if not _is_scores(record):
        return 20
    return 20 if record.values.ndim <= 3 else 0


def _is_scores(record: Record) -> bool:
    """Whether this is the second output: the scores that a layer returns itself."""
    return bool(re.search(r"(?<!\\)\.\d+$", record.layer.path))


def _build(record: Record, _start: int, _count: int) -> Panel:
    if _is_scores(record):
        own = record.around.activation
        figures, controls = _figures(record, own.reshape(-1, *own.shape[-2:]), None)
        return sheet(record, figures, controls, facts=[Fact("scores", "own_scores")])
    lead = record.options.get("sequence", 0)
    reading = read(record, lead if isinstance(lead, int) and lead >= 0 else 0)
    if reading is None:
        return sheet(record, (), notes=("attention_parts",))
    sequences = reading.heads.shape[0]
    chosen, control = place(record, "sequence", sequences)
    scores = _own_scores(record, reading, chosen)
    shown = reading.attended.scores if scores is None else scores
    figures, controls = _figures(record, shown, reading.heads.value[chosen])
    return sheet(
        record, figures, [*([control] if sequences > 1 else []), *controls],
        facts=_facts(reading, scores), notes=_notes(reading, scores), code=_code(record, reading),
    )  # fmt: skip


def _own_scores(record: Record, reading: Reading, lead: int) -> np.ndarray | None:
    """What the layer itself returned as its scores, where the model asked for them."""
    own = record.around.parts.get(".1")
    if own is None or own.size != np.prod(reading.heads.shape):
        return None
    found: np.ndarray = own.reshape(reading.heads.shape)[lead]
    return found


def _figures(record: Record, scores: np.ndarray, values: np.ndarray | None) -> tuple[list[Drawn], list[Control]]:
    count, queries, _ = scores.shape
    asking, asked = (
        Along(name, labels=labels) for name, labels in zip(("query", "key"), _words(record, scores), strict=True)
    )
    head, heads = place(record, "head", count)
    query, rows = place(record, "query", queries, _most_decided(scores[head]))
    domain = Domain(0.0, float(np.nanmax(scores, initial=0.0)), signed=False, nans=int(np.isnan(scores).sum()))
    figures = []
    if count > 1 and scores.size <= MAX_CELLS:
        axes = (Along("head", pick="head", chosen=head), asking, asked)
        figures.append(tiles("heads", scores, axes, domain=domain))
    asking = replace(asking, pick="query", chosen=query)
    figures.append(heat("scores", scores[head], asking, asked, title="this_head", domain=domain))
    told = "this_query" if "query" in record.options else "decided_query"
    figures.append(bars("attended", scores[head, query], asked, title=told, domain=domain))
    if values is not None:
        added = scores[head, query].astype(np.float64)[:, None] * values[head]
        figures.append(heat("added", added, asked, Along("value_unit")))
        figures.append(bars("mix", added.sum(axis=0), Along("value_unit")))
    return figures, [*([heads] if count > 1 else []), rows]


def _words(record: Record, scores: np.ndarray) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What queries and keys are called: the tokens behind the layer's first input, and behind the next that is no mask."""
    first, *others = record.around.inputs or (None,)
    if first is None:
        return (), ()
    _, queries, keys = scores.shape
    next_one = next((each for each in others if not is_mask(each, queries, keys)), first)
    return record.around.words(first.layer.path, queries), record.around.words(next_one.layer.path, keys)


def _most_decided(scores: np.ndarray) -> int:
    """The query whose shares are farthest from even over the keys it may look at: log(keys) less their entropy."""
    logs = np.log(scores, out=np.zeros(scores.shape), where=scores > 0)
    with np.errstate(invalid="ignore"):
        told = np.log(np.maximum(1, (scores > 0).sum(axis=-1))) + (scores * logs).sum(axis=-1)
    return int(np.argmax(np.nan_to_num(told, nan=-1.0))) if told.size else 0


def _facts(reading: Reading, own: np.ndarray | None) -> list[Fact]:
    facts = [Fact("mask", part) for part in reading.mask.parts]
    if own is not None:
        facts.append(Fact("scores", "own_scores"))
        rows = reading.attended.settled
        recomputed = reading.attended.scores.astype(np.float64)
        facts.append(compare(recomputed[:, rows], own[:, rows], reading.attended.steepness).fact("recomputed_scores"))
    facts.append(reading.difference.fact("recomputed_output"))
    return facts


def _notes(reading: Reading, own: np.ndarray | None) -> Sequence[str]:
    off = not reading.difference.good
    told = (
        ("attention_off", off and own is None),
        ("attention_ambiguous", reading.ambiguous and own is None),
        ("attention_nowhere", not off and not reading.attended.settled.all()),
    )
    return tuple(name for name, holds in told if holds)


def _code(record: Record, reading: Reading) -> str:
    path = record.layer.path
    if ".1" in record.around.parts:
        return f"w.activations[{path + '.1'!r}]"
    lead, _, _, _ = reading.heads.shape
    if reading.mask.parts != ("none",) or lead > 1 or record.layer.kind != "MultiHeadAttention" or "#" in path:
        return ""
    inner = ", ".join(f"w.activations[{f'{path}/{name}'!r}]" for name in ("query", "key"))
    width = reading.heads.query.shape[-1]
    return f'keras.ops.softmax(np.einsum("...qhd,...khd->...hqk", {inner}) / np.sqrt({width}))'


VIEW = LayerView(Sheet, _supports, _build, aspect="attention")
