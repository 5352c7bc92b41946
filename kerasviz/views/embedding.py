"""Which rows of its table an embedding looked up, and which other rows point the same way as a chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.checks import compare
from kerasviz.views.controls import place
from kerasviz.views.masks import own_order
from kerasviz.views.reduce import as_float
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, bars, heat, sheet
from kerasviz.wire.messages import Domain

__all__ = ["VIEW", "neighbours"]

NEAREST = 16
WIDE = 64  # units of a map that takes the whole width
MAX_TOKENS = 2048  # of one sample
_CLOSE = 1e-4  # more than float32 can be off by in a cosine


def _supports(record: Record) -> int:
    return 8 if record.layer.kind == "Embedding" else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    table = record.around.weights.get("embeddings")
    if table is None or not record.around.inputs or not len(table):
        return sheet(record, (), notes=("embedding_parts",))
    given = own_order(record.around.inputs[0])
    tokens = _tokens(given)
    found = _Tokens(tokens, table, _words(record, len(table)))
    chosen, control = place(record, "position", min(len(tokens), MAX_TOKENS))
    figures = [_rows(record, found, chosen)] if len(tokens) else []
    token = int(tokens[chosen]) if len(tokens) else -1
    near, notes = _near(found, token) if found.holds(token) else ([], ["embedding_outside"])
    code = f"w.probe.weights({record.layer.path!r})['embeddings']"
    return sheet(
        record, [*figures, *near], [control] if len(tokens) > 1 else [],
        facts=_facts(record, found, token), notes=notes if len(tokens) else (), code=code,
    )  # fmt: skip


@dataclass(frozen=True)
class _Tokens:
    """The sample's tokens, the table they are looked up in, and what tokens are called, if that is known."""

    ids: np.ndarray
    table: np.ndarray
    words: Sequence[str]

    def holds(self, token: int) -> bool:
        """Whether the table has a row for it."""
        return 0 <= token < len(self.table)

    def name(self, token: int) -> str:
        """The token's number, with its word."""
        return f"{token} {self.words[token]}" if 0 <= token < len(self.words) and self.words[token] else str(token)


def _tokens(given: np.ndarray) -> np.ndarray:
    """The numbers of the rows, as the layer reads them: fractions are cut off."""
    flat = as_float(given).reshape(-1)
    return np.where(np.isfinite(flat), flat, -1).astype(np.int64)


def _words(record: Record, size: int) -> Sequence[str]:
    """What tokens are called, where the layer before is a vocabulary."""
    before = record.around.inputs[0]
    words = before.around.settings.get("words", ()) if before.layer.kind.endswith(("Lookup", "Vectorization")) else ()
    return tuple(str(word) for word in words[:size])


def _rows(record: Record, found: _Tokens, chosen: int) -> Drawn:
    values = record.around.activation
    rows = values.reshape(-1, values.shape[-1])[:MAX_TOKENS]
    labels = tuple(found.name(int(token)) for token in found.ids[:MAX_TOKENS])
    asking = Along("token", labels=labels, pick="position", chosen=chosen)
    return heat("rows", rows, asking, Along("unit"), title="token_rows", wide=rows.shape[1] > WIDE)


def _near(found: _Tokens, token: int) -> tuple[list[Drawn], list[str]]:
    ids, cosines = neighbours(found.table, token, NEAREST)
    if not len(ids):
        return [], ["embedding_zero"]
    labels = tuple(found.name(int(each)) for each in ids)
    domain = Domain(-1.0, 1.0, signed=True) if cosines.min() < 0 else Domain(0.0, 1.0, signed=False)
    return [bars("near", cosines, Along("token", labels=labels), title="nearest", domain=domain)], []


def _facts(record: Record, found: _Tokens, token: int) -> list[Fact]:
    facts = [Fact("vocabulary", f"{len(found.table):,}"), Fact("token", found.name(token))]
    inside = np.array([found.holds(int(each)) for each in found.ids], bool)
    if found.holds(token):
        facts.append(Fact("length", f"{np.linalg.norm(as_float(found.table[token]).astype(np.float64)):.4g}"))
    values = record.around.activation
    if inside.any() and len(inside) == values[..., 0].size:
        rows = found.table[found.ids[inside]].astype(values.dtype)
        given = values.reshape(-1, values.shape[-1])[inside]
        facts.append(compare(as_float(rows).astype(np.float64), given, 0.0).fact("looked_up"))
    if not inside.all():
        facts.append(Fact("outside_tokens", f"{int((~inside).sum())} / {len(inside)}"))
    return facts


def neighbours(table: np.ndarray, token: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` other rows nearest in direction, and their cosines, the nearest first; equal ones by their number.

    A quick pass in float32 leaves a few candidates, which are then compared in float64. Rows of zeros have no
    direction: they are nobody's neighbours and have none.
    """
    rows = as_float(table)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        rough = (rows @ rows[token]) / np.sqrt(np.einsum("ij,ij->i", rows, rows))
        rough = rough / np.sqrt(np.dot(rows[token], rows[token]))
    rough[token] = np.nan
    known = np.flatnonzero(np.isfinite(rough))
    if not len(known):
        return known, rough[known]
    least = np.partition(rough[known], max(0, len(known) - count))[max(0, len(known) - count)]
    candidates = known[rough[known] >= least - _CLOSE]
    exact = rows[candidates].astype(np.float64)
    own = rows[token].astype(np.float64)
    cosines = (exact * own).sum(axis=-1) / (np.sqrt((exact * exact).sum(axis=-1)) * np.sqrt((own * own).sum()))
    order = np.argsort(-np.round(cosines, 12), kind="stable")[:count]
    return candidates[order], np.clip(cosines[order], -1.0, 1.0)


VIEW = LayerView(Sheet, _supports, _build, aspect="embedding")
