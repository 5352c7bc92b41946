"""The border of a nested model: what it gives is what a layer inside it gave."""

from __future__ import annotations

from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    path = job.layer.hands_on
    inside = job.facts.output(path) if path else None
    if inside is None:
        raise NoRule("Its own code makes what it gives; the layers inside have an arithmetic each.")
    if job.prefix:
        inside = inside[job.prefix]
    return Sum([Operand("", path, inside, job.prefix).one(job.unit)])


RULE = Rule("border", frozenset(), _explain)
