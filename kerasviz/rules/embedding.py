"""Embedding: the token chooses a row. As a sum: the table × a 1 at the token's place, all else × 0 and left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    if job.settings.get("lora_rank") or job.settings.get("quantization_config"):
        raise NoRule("Its table is quantised or has LoRA weights.")
    source = job.input(_named(job))
    if job.constants.get("reverse"):
        return _reverse(job, source)
    *place, unit = job.unit
    table = job.weight("embeddings")
    token = int(source.values[tuple(place)])
    if not 0 <= token < len(table):
        raise NoRule(f"Token {token} is none of the {len(table)} rows.")
    block = source.block(
        np.array([place], int).reshape(1, -1), table[token, unit], weight_path="embeddings",
        weight_index=np.array([[token, unit]]), function=f"= {token}", inputs=np.ones(1),
    )  # fmt: skip
    return Sum([block], note=f"Token {token} chooses row {token} of the table: 1 there, 0 for every other row.")


def _named(job: Job) -> str | None:
    return next((operand.name for operand in job.operands if "mask" not in operand.name), None)


def _reverse(job: Job, source: Operand) -> Sum:
    """From units back to tokens: each token is the sum over its own row."""
    *place, token = job.unit
    name, columns = _kernel(job)
    table = job.weight(name, job.settings.get("reverse_dtype"))
    weights = table[token] if name == "embeddings" else table[:, token]
    index = np.concatenate(
        [np.broadcast_to(np.array(place, int), (len(columns), len(place))), columns[:, None]], axis=1
    )
    own = np.full(len(columns), token)
    at = np.stack([own, columns] if name == "embeddings" else [columns, own], axis=1)
    block = source.block(index, weights, weight_path=name, weight_index=at)
    return Sum([block], **_capped(job), rounding=job.product_dtype)


def _kernel(job: Job) -> tuple[str, np.ndarray]:
    name = "embeddings" if job.settings.get("tie_weights", True) else "reverse_embeddings"
    shape = job.raw(name).shape
    return name, np.arange(shape[1] if name == "embeddings" else shape[0])


def _capped(job: Job) -> dict[str, Any]:
    cap = job.settings.get("logit_soft_cap")
    return {} if cap is None else job.follows("soft_cap", lambda x: np.tanh(x / cap) * cap)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    values = job.input(_named(job)).values
    if job.constants.get("reverse"):
        return [np.broadcast_to(marked.any(axis=-1, keepdims=True), values.shape)]
    return [np.asarray(marked.any(axis=-1))]


RULE = Rule("embedding", frozenset({"Embedding", "ReversibleEmbedding"}), _explain, _reach)
