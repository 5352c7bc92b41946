"""MultiHeadAttention, GroupQueryAttention, Attention and AdditiveAttention: scores, softmax, mix, projection."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kerasviz.rules.attention_masks import allowed_of, listed_masks, structure
from kerasviz.rules.attention_reach import attention_axes, direct_reach, operation_reach, projected_reach
from kerasviz.rules.attention_row import Later, Row, Scoring
from kerasviz.rules.recurrent_reading import plain_path
from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, eps_of, stage_of
from kerasviz.rules.wrappers import child_path

__all__ = ["DIRECT", "DOT_PRODUCT", "PROJECTED"]


def _inner(job: Job, name: str) -> Operand | None:
    """What one of the layers inside gave, or took: "attention_output:inputs"."""
    layer, _, argument = name.partition(":")
    path = child_path(job, layer) + (f":{argument}" if argument else "")
    whole = job.facts.output(path)
    return None if whole is None else job.cast_operand(Operand(name, path, whole[job.prefix], job.prefix))


def _projections(job: Job) -> tuple[Operand, Operand, Operand]:
    found = [_inner(job, name) for name in ("query", "key", "value")]
    if job.constants.get("training") is True and job.settings.get("dropout"):
        raise NoRule("Its dropout was drawn at random.")
    query, key, value = found
    if query is None or key is None or value is None:
        raise NoRule("The projections inside it cannot be seen.")
    return query, key, value


def _axes(job: Job, rank: int) -> tuple[int, ...]:
    """The axes that are attended along, of the `rank` before head and width."""
    axes = attention_axes(job, rank)
    if list(axes) != sorted(set(axes)) or axes[0] < 0:
        raise NoRule("It attends along axes that are not in order.")
    return axes


def _row(job: Job, place: tuple[int, ...], head: int) -> Row:
    """A query of a head of a layer that projects."""
    query, key, value = _projections(job)
    axes = _axes(job, len(place))
    places = _key_places(key.values.shape[:-2], place, axes)
    shapes = tuple(tuple(each.values.shape[axis] for axis in axes) for each in (query, key))
    own = tuple(place[axis] for axis in axes)
    may = allowed_of(job, head, own, (shapes[0], shapes[1]))
    # With scores to return, dropout or more axes a Softmax layer gives 0 for no key; the operation weighs all the same.
    softmax = job.settings.get("dropout") or job.constants.get("return_attention_scores") or query.values.ndim != 3
    uniform = not may.any() and not softmax
    if uniform and job.facts.backend == "torch" and job.compute_dtype == "float16":
        raise NoRule("The mask allows this query no key: PyTorch then weighs them by what is left of their scores.")
    lead = tuple(place[axis] for axis in range(len(place)) if axis not in axes)
    scores, weights = _shown(job, (*lead, head, *own))
    groups = query.values.shape[-2] // key.values.shape[-2]
    scoring = Scoring(_scale(job, query))
    return Row(
        job, scoring, query, key, value, place, places, axes, (head, head // groups), ~may, uniform, scores, weights
    )


def _scale(job: Job, query: Operand) -> float:
    """1 / √width, or what was given; TensorFlow makes float32 of it before it makes float64."""
    given = job.constants.get("scale")
    scale = 1 / math.sqrt(query.values.shape[-1]) if given is None else float(given)
    return float(np.float32(scale)) if job.facts.backend == "tensorflow" else scale


def _key_places(shape: tuple[int, ...], place: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    """All keys along these axes, at the query's place along the others."""
    ranges = [np.arange(shape[axis]) if axis in axes else np.array([place[axis]]) for axis in range(len(shape))]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(shape))


def _shown(job: Job, at: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Scores and weights of a row, where the model shows them: it returns its scores."""
    layer = job.facts.layer(f"{plain_path(job.layer.path)}.1")
    if layer is None:
        return None, None
    weights = job.facts.output(layer.path)
    scores = job.facts.output(f"{layer.hands_on}:inputs") if layer.hands_on else None
    found = [
        None if each is None else each[job.prefix][at].astype(np.float64).reshape(-1) for each in (scores, weights)
    ]
    return found[0], found[1]


def _projected(job: Job) -> Sum:
    query, _, value = _projections(job)
    rank, heads = query.values.ndim - 2, query.values.shape[-2]
    if job.layer.output_index:
        return _one_weight(job, rank)
    place, unit = job.unit[:rank], job.unit[rank:]
    whole: np.ndarray = job.weight("attention_output/kernel")
    kernel = whole.reshape(*whole.shape[:2], -1)[..., np.ravel_multi_index(unit, whole.shape[2:])]
    bias = float(job.weight("attention_output/bias")[unit]) if job.has_weight("attention_output/bias") else 0.0
    gate = _inner(job, "gate") if job.settings.get("use_gate") else None
    if job.settings.get("use_gate") and gate is None:
        raise NoRule("The gate inside it cannot be seen.")
    shown = _inner(job, "attention_output:inputs")
    rows = [_row(job, place, head) for head in range(heads)]
    width = value.values.shape[-1]
    index = np.stack(np.meshgrid(np.arange(heads), np.arange(width), indexing="ij"), axis=-1).reshape(-1, 2)
    at = np.concatenate([index, np.broadcast_to(np.array(unit, int), (len(index), len(unit)))], axis=1)
    name, more = "gated mix" if gate else "mix", len(job.prefix) + rank
    if shown is None:
        mixes, off = (np.stack(each) for each in zip(*(row.mixes() for row in rows), strict=True))
        if gate is not None:
            factor = gate.values[place].astype(np.float64)
            mixes, off = mixes * factor, off * np.abs(factor)
        block = Block(
            "", index, mixes.ravel(), kernel.ravel(), "attention_output/kernel", at, f"{name} {{1}}, head {{0}}"
        )
        slack = float(np.abs(kernel.ravel()) @ off.ravel()) / (4 * eps_of(job.product_dtype))
    else:
        full = np.concatenate([np.broadcast_to(np.array(place, int), (len(index), rank)), index], axis=1)
        block = shown.block(full, kernel.ravel(), weight_path="attention_output/kernel", weight_index=at)
        block, slack = replace(block, stage=f"{name} {{{more + 1}}}, head {{{more}}}"), 0.0
    stages = Later(_stages(job, rows, None if shown is None else shown.values[place], gate))
    return Sum([block], bias, stages=stages, slack=slack, rounding=job.product_dtype)


def _stages(
    job: Job, rows: list[Row], shown: np.ndarray | None, gate: Operand | None
) -> dict[str, Callable[[], Stage]]:
    """Of all heads."""
    found: dict[str, Callable[[], Stage]] = {}
    for head, row in enumerate(rows):
        width = range(row.value.values.shape[-1])
        seen = None if shown is None else shown[head]
        values = {unit: None if seen is None or gate else float(seen[unit]) for unit in width}
        found |= row.stages(mixes=values)
        if gate is not None:
            for unit in width:
                value = None if seen is None else float(seen[unit])
                found[f"gated mix {unit}, head {head}"] = _gated(job, row, gate, unit, value)
    return found


def _gated(job: Job, row: Row, gate: Operand, unit: int, value: float | None) -> Callable[[], Stage]:
    def make() -> Stage:
        assert row.head is not None  # noqa: S101  # a layer that projects has heads
        mixes, off = row.mixes()
        at = (*row.at, row.head[0], unit)
        weight = np.array([float(gate.values[at])])
        place = np.array([(*gate.prefix, *at)])
        name = f"mix {unit}{row.suffix}"
        block = Block("", np.zeros((1, 0), np.int64), mixes[[unit]], weight, gate.path, place, name)
        slack = float(off[unit] * abs(weight[0])) / (4 * eps_of(job.compute_dtype))
        return stage_of(Sum([block], slack=slack), job.compute_dtype, value)

    return make


def _one_weight(job: Job, rank: int) -> Sum:
    """A weight of the softmax, where the layer returns them: (…, head, query, key)."""
    axes = _axes(job, rank)
    rest = rank - len(axes)
    lead, head = list(job.unit[:rest]), job.unit[rest]
    own, key = list(job.unit[rest + 1 : rest + 1 + len(axes)]), job.unit[rest + 1 + len(axes) :]
    place = tuple(own.pop(0) if axis in axes else lead.pop(0) for axis in range(rank))
    row = _row(job, place, head)
    wanted = tuple(dict(zip(axes, key, strict=True)).get(axis, place[axis]) for axis in range(rank))
    number = int(np.flatnonzero((row.places == wanted).all(axis=1))[0])
    return _weight_of(row, number)


def _weight_of(row: Row, number: int) -> Sum:
    if row.hidden[number] and not row.uniform:
        return Sum([], note="The mask hides this key: its weight is 0.")
    makers = {name: maker for name, maker in row.stages().items() if not name.startswith("weight")}
    return replace(row.weight(number), stages=Later(makers))


def _direct(job: Job) -> Sum:
    """Attention and AdditiveAttention, which project nothing: the mix is what they give."""
    operands = [job.cast_operand(operand) for operand in job.operands if operand.name == "inputs"]
    if len(operands) not in (2, 3) or len(operands) != sum(a.name == "inputs" for a in job.layer.arguments):
        raise NoRule("What went in cannot be seen.")
    if job.constants.get("training") is True and job.settings.get("dropout"):
        raise NoRule("Its dropout was drawn at random.")
    query, value, key = operands[0], operands[1], operands[-1]
    of_query, of_value = listed_masks(job)
    place, unit = job.unit[:-1], job.unit[-1]
    queries, keys = query.values.shape[-2], key.values.shape[-2]
    if (of_query is not None or of_value is not None) and query.values.ndim != 2:
        raise NoRule("It has masks, and more than one axis of sequences.")
    if of_query is not None and not of_query[place[-1]] and not job.layer.output_index:
        return Sum([], note="This query is masked: the layer gives 0.")
    may = structure(job, queries, keys)[place[-1]]
    if of_value is not None:
        may &= of_value
    places = np.concatenate(
        [np.broadcast_to(np.array(place[:-1], int), (keys, len(place) - 1)), np.arange(keys)[:, None]], axis=1
    )
    row = Row(
        job, _scoring(job, query.values.shape[-1]), query, key, value, place, places, (len(place) - 1,), None, ~may
    )
    row = _all_hidden(row) if not may.any() else row
    if job.layer.output_index:
        return _weight_of(row, unit)
    return replace(row.mix(unit), stages=Later(row.stages()))


def _all_hidden(row: Row) -> Row:
    """Keras takes a large number off the scores of hidden keys. If all are, they weigh the same where it swallows the scores."""
    plain = replace(row, hidden=np.zeros_like(row.hidden))
    unit = {"float16": 32, "float32": 64, "bfloat16": 2**22}.get(
        row.job.compute_dtype, 0
    )  # between numbers of that size
    if np.max(np.abs(plain.scores[0]), initial=0.0) + np.max(plain.scores[1], initial=0.0) >= unit / 2:
        raise NoRule("The mask allows this query no key: what is left of their scores is rounding.")
    return replace(row, uniform=True)


def _scoring(job: Job, width: int) -> Scoring:
    scale = job.weight("scale") if job.has_weight("scale") else None
    if job.kind == "AdditiveAttention":
        return Scoring(tanh=np.ones(width) if scale is None else scale, tanh_name="" if scale is None else "scale")
    if job.settings.get("score_mode") == "concat":
        whole = np.full(width, float(job.weight("concat_score_weight")))
        inner = 1.0 if scale is None else float(scale)
        return Scoring(
            tanh=whole, tanh_name="concat_score_weight", inner=inner, inner_name="" if scale is None else "scale"
        )
    return Scoring(1.0 if scale is None else float(scale))


def _operation(job: Job) -> Sum:
    """keras.ops.dot_product_attention: (query, head, width) in, the mixes out."""
    if any(a.name == "bias" and (a.is_tensor or a.constant is not None) for a in job.layer.arguments):
        raise NoRule("It was given a bias for its scores.")
    if job.settings.get("attn_logits_soft_cap") is not None:
        raise NoRule("It caps its scores.")
    query, key, value = (job.input(name) for name in ("query", "key", "value"))
    place, head, unit = job.unit
    queries, keys = len(query.values), len(key.values)
    given = replace(
        job, operands=tuple(replace(o, name="attention_mask") if o.name == "mask" else o for o in job.operands)
    )
    may = allowed_of(given, head, (place,), ((queries,), (keys,)))
    if not may.any() and job.facts.backend == "torch" and job.compute_dtype == "float16":
        raise NoRule("The mask allows this query no key: PyTorch then weighs them by what is left of their scores.")
    scoring = Scoring(_scale(job, query))
    groups = query.values.shape[1] // key.values.shape[1]
    places = np.arange(keys)[:, None]
    row = Row(job, scoring, query, key, value, (place,), places, (0,), (head, head // groups), ~may, not may.any())
    return replace(row.mix(unit), stages=Later(row.stages()))


PROJECTED = Rule(
    "attention heads", frozenset({"MultiHeadAttention", "GroupedQueryAttention"}), _projected, projected_reach
)
DIRECT = Rule("attention", frozenset({"Attention", "AdditiveAttention"}), _direct, direct_reach)
DOT_PRODUCT = Rule("dot-product attention", frozenset({"DotProductAttention"}), _operation, operation_reach)
