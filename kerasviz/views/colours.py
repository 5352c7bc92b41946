"""Colours for what samples have in common: told apart by people who see colours otherwise too, on white and on black."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["OTHERS", "RAMP", "ColourGroup", "grouped", "shades"]

LEVELS = 254

# Ten colours of M. A. Petroff, "Accessible color sequences for data visualization" (2021); grey is for the rest.
_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
OTHERS = "#94a4a2"


@dataclass(frozen=True, slots=True)
class ColourGroup:
    """Samples of one colour: what they have in common ("": the rest of them), and how many there are."""

    name: str
    colour: str
    count: int


def grouped(names: Sequence[str], order: Sequence[str]) -> tuple[tuple[ColourGroup, ...], np.ndarray]:
    """The groups, and of each name the number of its group (uint8); what is not among the most frequent is the rest."""
    counts = Counter(names)
    counts.pop("", None)
    room = len(_COLOURS) + 1 if len(counts) == len(_COLOURS) + 1 and "" not in names else len(_COLOURS)
    frequent = {name for name, _ in counts.most_common(room)}
    places = {name: i for i, name in enumerate(order)}
    kept = sorted(frequent, key=lambda name: (places.get(name, len(places)), _natural(name)))
    number = {name: i for i, name in enumerate(kept)}
    colours = (*_COLOURS, OTHERS)
    groups = [ColourGroup(name, colours[i], counts[name]) for i, name in enumerate(kept)]
    rest = sum(1 for name in names if name not in number)
    if rest:
        groups.append(ColourGroup("", OTHERS, rest))
    return tuple(groups), np.asarray([number.get(name, len(kept)) for name in names], np.uint8)


def _natural(name: str) -> tuple[float, str]:
    """Numbers by their size, before words."""
    try:
        return float(name), name
    except ValueError:
        return float("inf"), name


def _ramp(stops: Sequence[Sequence[int]], count: int) -> tuple[str, ...]:
    """Colours in even steps through the stops."""
    places = np.linspace(0, len(stops) - 1, count)
    mixed = np.stack(
        [np.interp(places, np.arange(len(stops)), channel) for channel in zip(*stops, strict=True)], axis=1
    )
    return tuple("#" + "".join(f"{round(float(each)):02x}" for each in colour) for colour in mixed)


RAMP = _ramp(((58, 124, 196), (176, 96, 160), (245, 155, 35)), 32)
"""From little to much: blue to orange, neither as light as a white page nor as dark as a black one."""


def shades(levels: np.ndarray) -> list[str]:
    """A colour for each level 0 … 254; grey for 255."""
    steps = np.rint(levels / LEVELS * (len(RAMP) - 1)).astype(int)
    return [OTHERS if level > LEVELS else RAMP[step] for level, step in zip(levels, steps, strict=True)]
