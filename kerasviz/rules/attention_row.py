"""One query of one attention head against all keys: scores, their softmax, and what they mix, each number a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from kerasviz.rules.functions import softmax
from kerasviz.rules.recurrent_drift import spread
from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, Operand, Sum, eps_of, stage_of

__all__ = ["Later", "Row", "Scoring"]


class Later(Mapping[str, Stage]):
    """Stages by name, each made when it is asked for: a head of 64 numbers and 512 keys has more than a thousand."""

    def __init__(self, makers: Mapping[str, Callable[[], Stage]]) -> None:
        self._makers, self._made = dict(makers), dict[str, Stage]()

    def __getitem__(self, name: str) -> Stage:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True)
class Scoring:
    """How a query and a key make a score: scale · Σ q k, or Σ weights · tanh(inner · (q + k)).

    The names are those of the weights that these numbers are, "" where they follow from the settings.
    """

    scale: float = 1.0
    tanh: np.ndarray | None = None  # (width,)
    tanh_name: str = ""
    inner: float = 1.0
    inner_name: str = ""

    def of(self, query: np.ndarray, keys: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
        """The scores, and how far off each may be."""
        if self.tanh is None:
            products = query * keys
            scores = products.sum(axis=1) * self.scale
            return scores, 4 * eps * (np.abs(products).sum(axis=1) * abs(self.scale) + np.abs(scores))
        sums = (query + keys) * self.inner
        off = spread(np.tanh, sums, 4 * eps * (np.abs(query) + np.abs(keys)) * abs(self.inner))
        terms = np.tanh(sums) * self.tanh
        return terms.sum(axis=1), (np.abs(self.tanh) * off + 4 * eps * np.abs(terms)).sum(axis=1)


@dataclass(frozen=True)
class Row:
    """A query of a head. `at` and `keys` are the places of the query and of each key, without head and width.

    `head` is None where there is only one and it has no axis. `shown`: a tensor with the softmax's weights, and one
    with the scores, where the model shows them, and where in them this row is.
    """

    job: Job
    scoring: Scoring
    query: Operand
    key: Operand
    value: Operand
    at: tuple[int, ...]
    places: np.ndarray  # (keys, axes): of all keys, those that a mask hides too
    along: tuple[int, ...]  # the axes of `places` that tell one key from another
    head: tuple[int, int] | None  # of the query, of key and value
    hidden: np.ndarray  # (keys,)
    uniform: bool = False  # nothing is allowed, and all keys weigh the same
    shown_scores: np.ndarray | None = None  # (keys,)
    shown_weights: np.ndarray | None = None

    @cached_property
    def keys(self) -> np.ndarray:
        """The numbers of the keys that count."""
        return np.arange(len(self.places)) if self.uniform else np.flatnonzero(~self.hidden)

    def _numbers(self, operand: Operand) -> np.ndarray:
        places = self.places[self.keys]
        head = () if self.head is None else (self.head[1],)
        found: np.ndarray = operand.values[(*places.T, *head)].astype(np.float64)
        return found

    @cached_property
    def _query(self) -> np.ndarray:
        head = () if self.head is None else (self.head[0],)
        found: np.ndarray = self.query.values[(*self.at, *head)].astype(np.float64)
        return found

    @property
    def _eps(self) -> float:
        return eps_of(self.job.product_dtype)

    @cached_property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the keys that count, and how far off they may be."""
        if self.uniform:
            return np.zeros(len(self.keys)), np.zeros(len(self.keys))
        return self.scoring.of(self._query, self._numbers(self.key), self._eps)

    @cached_property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """The softmax of the scores, and how far off: its own score one way, all others the other way."""
        scores, off = self.scores
        shares = softmax(scores) if len(scores) else scores
        shift = off + off.max(initial=0.0)
        ends = [np.abs(shares * np.exp(x) / (1 - shares + shares * np.exp(x)) - shares) for x in (shift, -shift)]
        return shares, np.fmax(*ends) + self._last * np.maximum(shares, 2**-24)

    @property
    def _last(self) -> float:
        """4 · eps of the softmax and of the weights: two roundings."""
        return 4 * eps_of(self.job.activate("tanh")["follows_in"])

    def mixes(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each number of the values: the weighted mean, and how far off it may be."""
        (weights, off), values = self.weights, np.abs(self._numbers(self.value))
        return weights @ self._numbers(self.value), off @ values + 4 * self._eps * (weights @ values)

    def name(self, what: str, key: int) -> str:
        """Such as "score of key 3, head 1"."""
        place = [int(self.places[key][axis]) for axis in self.along]
        label = str(place[0]) if len(place) == 1 else f"({', '.join(map(str, place))})"
        return f"{what} of key {label}" + self.suffix

    @property
    def suffix(self) -> str:
        """Which head, if there are several."""
        return "" if self.head is None else f", head {self.head[0]}"

    def _template(self, what: str) -> str:
        """The name for a whole block: the index of its terms is the place of the key."""
        labels = [f"{{{number}}}" for number in range(len(self.along))]
        label = labels[0] if len(labels) == 1 else f"({', '.join(labels)})"
        return f"{what} of key {label}" + self.suffix

    def mix(self, unit: int) -> Sum:
        """One number of the values, mixed by the weights."""
        weights, off = self.weights
        places = self.places[self.keys]
        numbers = self._numbers(self.value)[:, unit]
        block = Block(
            "", places[:, list(self.along)], weights, numbers, self.value.path, self._places(self.value, places, unit),
            self._template("weight"),
        )  # fmt: skip
        slack = float(off @ np.abs(numbers)) / (4 * self._eps)
        return Sum([block], slack=slack, rounding=self.job.product_dtype)

    def _places(self, operand: Operand, places: np.ndarray, last: int | np.ndarray) -> np.ndarray:
        """Full indices into keys or values."""
        head = [] if self.head is None else [np.full((len(places), 1), self.head[1])]
        before = np.broadcast_to(np.array(operand.prefix, np.int64), (len(places), len(operand.prefix)))
        unit = np.broadcast_to(np.asarray(last).reshape(-1, 1), (len(places), 1))
        return np.concatenate([before, places, *head, unit], axis=1)

    def weight(self, key: int) -> Sum:
        """The softmax at one key."""
        place = int(np.flatnonzero(self.keys == key)[0])
        scores, off = self.scores
        if self.uniform:
            return Sum([], 1 / len(self.keys), note="The mask allows no key: all weigh the same.")
        block = Block("", np.zeros((1, 0), np.int64), scores[[place]], np.ones(1), "", None, self.name("score", key))
        slack = float(off[place] + off.max()) / (4 * eps_of(self.job.compute_dtype))
        return Sum([block], **self.job.activate("softmax", lambda: scores, place), slack=slack)

    def score(self, key: int) -> Sum:
        """Query against one key."""
        scoring, width = self.scoring, np.arange(len(self._query))
        place = self.places[[key]].repeat(len(width), axis=0)
        numbers = self._numbers(self.key)[np.flatnonzero(self.keys == key)[0]]
        query = np.broadcast_to(np.array(self.at, int), (len(width), len(self.at)))
        head = [] if self.head is None else [np.full((len(width), 1), self.head[0])]
        index = np.concatenate([query, *head, width[:, None]], axis=1)
        if scoring.tanh is None:
            at = self._places(self.key, place, width)
            block = self.query.block(index, numbers, weight_path=self.key.path, weight_index=at)
            return Sum([block], **self._scaled(), rounding=self.job.product_dtype)
        sums = (self._query + numbers) * scoring.inner
        off = spread(np.tanh, sums, 4 * self._eps * (np.abs(self._query) + np.abs(numbers)) * abs(scoring.inner))
        weights, name = np.broadcast_to(scoring.tanh, width.shape), scoring.tanh_name
        at_weight = np.zeros((len(width), 0), int) if name == "concat_score_weight" else width[:, None]
        block = Block(
            "", np.concatenate([place[:, list(self.along)], width[:, None]], axis=1), np.tanh(sums), weights,
            name, at_weight if name else None, f"{self._template('query + key')}, unit {{{len(self.along)}}}", "tanh",
        )  # fmt: skip
        slack = float(np.abs(weights) @ off) / (4 * self._eps)
        return Sum([block], slack=slack, rounding=self.job.product_dtype)

    def _scaled(self) -> dict[str, Any]:
        scale = self.scoring.scale
        return {} if scale == 1 else {"activation": f"× {scale:.6g}", "function": lambda total: total * scale}

    def sum(self, key: int, unit: int) -> Sum:
        """What the tanh of an additive score is taken of."""
        name = self.scoring.inner_name
        place = np.zeros((1, 0), int) if name else None
        blocks = [
            operand.block(np.array([[*at, unit]]), self.scoring.inner, weight_path=name, weight_index=place)
            for operand, at in ((self.query, self.at), (self.key, tuple(self.places[key])))
        ]
        return Sum(blocks, rounding=self.job.product_dtype)

    def stages(self, *, mixes: Mapping[int, float | None] | None = None) -> dict[str, Callable[[], Stage]]:
        """All that happens on the way, by name; `mixes`: these numbers too, with what the model shows of them."""
        found: dict[str, Callable[[], Stage]] = {}
        keys = [int(key) for key in self.keys]
        if self.scoring.tanh is not None and not self.uniform:
            units = range(len(self._query))
            found |= {
                f"{self.name('query + key', key)}, unit {unit}": partial(self._stage, self.sum, (key, unit), None)
                for key in keys
                for unit in units
            }
        if not self.uniform:
            found |= {
                self.name("score", key): partial(self._stage, self.score, (key,), _at(self.shown_scores, key))
                for key in keys
            }
        found |= {
            self.name("weight", key): partial(self._stage, self.weight, (key,), _at(self.shown_weights, key))
            for key in keys
        }
        return found | {
            f"mix {unit}{self.suffix}": partial(self._stage, self.mix, (unit,), value)
            for unit, value in (mixes or {}).items()
        }

    def _stage(self, rule: Callable[..., Sum], of: tuple[int, ...], value: float | None) -> Stage:
        return stage_of(rule(*of), self.job.compute_dtype, value)


def _at(array: np.ndarray | None, key: int) -> float | None:
    return None if array is None else float(array[key])
