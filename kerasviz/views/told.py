"""The sample in words: what `kerasviz.narrate` says, in pieces, so that each number knows where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from kerasviz.views.attribution import target_code
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.wire.messages import Payload, TargetName
from kerasviz.words import LANGUAGES

if TYPE_CHECKING:
    from kerasviz.words.facts import Fact
    from kerasviz.words.narrative import Narrative

__all__ = ["PANEL", "Piece", "Told", "ToldParams"]

_OF_THE_FARTHEST = ("farthest_", "usual_value", "standard_deviations_away")
_OF_A_UNIT = ("unit_", "left_without_unit_")
_OF_THE_METHOD = ("share_of_", "strongest_", "missed_share", "deletion_area", "random_area", "method")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text. Of a number `call` gives it again in Python; it opens the unit or the attribution it is from."""

    text: str
    call: str = ""
    layer: str = ""
    unit: int = 0
    method: str = ""


@dataclass(frozen=True, slots=True)
class Told(Payload):
    """A text about one sample. `changed`: the weights changed while it was measured. `notes`: what could not be."""

    sample: int
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...]
    changed: bool
    code: str
    kind: ClassVar[str] = "told"


@dataclass(frozen=True, slots=True)
class ToldParams:
    """Which sample and target, and how it is told."""

    sample: int
    target: TargetName = None
    language: str = "en"
    length: Literal["line", "paragraph"] = "paragraph"


def _build(source: Source, params: ToldParams) -> Panel:
    generation = source.generation
    short = params.language[:2]
    language, state = short if short in LANGUAGES.names() else "en", source.scan_state()
    scan = "" if state.scan is None or state.stale else ", scan=w.scan"
    told = source.narrate(params.sample, params.target, language, params.length)
    payload = Told(
        sample=params.sample, pieces=tuple(_pieces(told)), notes=tuple(each.reason for each in told.missing),
        changed=generation != source.generation,
        code=f"kv.narrate(w.probe, x{target_code(params.target)}, language={language!r}, length={params.length!r}{scan})",
    )  # fmt: skip
    return Panel(payload)


def _pieces(told: Narrative) -> list[Piece]:
    layers = {fact.name: str(fact.value) for fact in told.facts if fact.unit == "layer"}
    method = next((str(fact.value) for fact in told.facts if fact.unit == "method"), "")
    units = {fact.name: int(fact.value) for fact in told.facts if fact.unit == "unit"}
    pieces, at = [], 0
    for start, stop, place in told.spans:
        if start > at:
            pieces.append(Piece(told[at:start]))
        pieces.append(_number(told[start:stop], told.facts[place], (layers, units, method)))
        at = stop
    return [*pieces, Piece(told[at:])] if at < len(told) else pieces


def _number(text: str, fact: Fact, known: tuple[dict[str, str], dict[str, int], str]) -> Piece:
    layers, units, method = known
    if fact.name.startswith(_OF_THE_FARTHEST):
        return Piece(text, fact.call, layer=layers["farthest_layer"], unit=units["farthest_unit"])
    if fact.unit == "layer":
        return Piece(text, fact.call, layer=str(fact.value))
    if fact.name.startswith(_OF_A_UNIT):
        return Piece(text, fact.call, layer=layers["layer"], unit=units["unit_" + fact.name.rpartition("_")[2]])
    return Piece(text, fact.call, method=method if fact.name.startswith(_OF_THE_METHOD) else "")


PANEL = PanelView(ToldParams, Told, _build, long=True)
