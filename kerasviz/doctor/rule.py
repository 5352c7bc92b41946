"""What a rule of the doctor is: a name, what it needs to know, and a function from a case to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kerasviz.doctor.finding import Finding

if TYPE_CHECKING:
    from kerasviz.doctor.case import Case

__all__ = ["DoctorRule", "Need"]

Need = Literal["run", "data", "labels"]
"""`run`: inputs, real or made; `data`: inputs of the user's own; `labels`: these and their labels."""


@dataclass(frozen=True, slots=True)
class DoctorRule:
    """One thing the doctor looks for.

    Attributes:
        name: lower-kebab, the same as in the table.
        check: gives what it found; asks the case for nothing it does not need.
        needs: what there must be; without it the rule is skipped, and the report says so. None: structure alone.
    """

    name: str
    check: Callable[[Case], Iterable[Finding]]
    needs: Need | None = None
