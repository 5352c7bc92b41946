"""Every message of the protocol, and the base of every payload: the single source of truth.

`make gen` writes `js/src/protocol.gen.ts` from these dataclasses and from the payloads of the
view files (`kerasviz.views.PAYLOADS`). Messages travel as comm custom messages; tensors as
binary buffers beside them, in the order of `Result.tensors`.

The browser sends `request` and `cancel`, several of one moment as {"v", "kind": "batch", "messages"}, and so does Python;
the buffers of a batch follow one another. Python answers each request with any number of
`progress` and `partial`, and exactly one of `result`, `failure`, `cancelled`. A newer request with the same
`slot` replaces the one that waits (which is answered `cancelled`).

Requests are pure in their parameters (they carry sample, layer, unit): two views of one widget
can ask for different things. Only `set` and `own_input` change the shared state, the traits.

    request   params                              payload kind of the result
    network   {}                                  network
    overview  {sample}                            overview
    prediction {sample, target}                   prediction
    layer     {sample, layer, start, count}       feature_maps | units | time_units | tensor | empty
    unit      {sample, layer, unit}               unit
    makers    {sample}                            makers
    choices   {sample}                            choices
    listing   {by, label}                         listing
    thumbnails {samples}                          thumbnails
    verdicts  {samples}                           verdicts
    attribution {sample, target, method, layer, options, channels, index, language}  attribution
    methods   {sample, target, layer, measure, language}  methods
    evaluation {sample, target, method, layer, options}  evaluation
    marks     {}                                  marks
    unit_data {sample, layer, unit}               unit_data
    scan      {}                                  scan
    run_scan  {every_layer}                       scan, once it is done; cancelled it keeps what it has
    findings  {}                                  findings: what the doctor found, if it looked
    diagnose  {}                                  findings, once it has looked
    data      {}                                  data: what a scan says of all samples
    projection {layer, way, colour}               projection
    projected_sample {sample, layer, way}         projected_sample
    set       {name: value, …}                    done
    own_input {sample, input, maker, …}           done, once the model has taken it; the trait `sample` names it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

__all__ = [
    "MESSAGES",
    "PROTOCOL",
    "Cancel",
    "Cancelled",
    "DType",
    "Domain",
    "Done",
    "Failure",
    "PartialResult",
    "Payload",
    "Progress",
    "Request",
    "Result",
    "TargetName",
    "TensorHeader",
]

PROTOCOL = 1

DType = Literal["uint8", "int32", "float32"]

TargetName = int | str | None
"""What is to be explained: a class by its number, a unit as "conv2d[3, 4, 5]" or "conv2d[:, :, 5]", None: what is predicted."""


@dataclass(frozen=True, slots=True)
class TensorHeader:
    """What one binary buffer holds. `value = raw * scale + offset` where scale is given."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    scale: float | None = None
    offset: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Browser → Python: do this; `slot` names the place on the screen that will show it.

    Buffers follow in the order of `tensors`.
    """

    v: int
    id: str
    kind: Literal["request"]
    slot: str
    name: str
    params: dict[str, Any]
    tensors: tuple[TensorHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Browser → Python: the answer to `id` is not needed any more."""

    v: int
    id: str
    kind: Literal["cancel"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Python → browser: `done` of `total` steps; `total` 0 when it is not known."""

    id: str
    done: int
    total: int
    text: str = ""
    kind: Literal["progress"] = "progress"
    v: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class Result:
    """Python → browser: the answer. Buffers follow in the order of `tensors`."""

    id: str
    payload: dict[str, Any]
    tensors: tuple[TensorHeader, ...] = ()
    kind: Literal["result"] = "result"
    v: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class PartialResult:
    """Python → browser: what the answer looks like so far; it settles nothing. As `Result` otherwise."""

    id: str
    payload: dict[str, Any]
    tensors: tuple[TensorHeader, ...] = ()
    kind: Literal["partial"] = "partial"
    v: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class Failure:
    """Python → browser: it failed; `message` is for people, `detail` is the traceback."""

    id: str
    error: str
    message: str
    detail: str = ""
    kind: Literal["failure"] = "failure"
    v: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Python → browser: given up, because it was asked to or because a newer request came."""

    id: str
    kind: Literal["cancelled"] = "cancelled"
    v: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class Domain:
    """The range a picture's colours stand for.

    `low` and `high` are finite; a signed domain is symmetric about 0. NaN and infinities are
    counted, never drawn as numbers. In a uint8 map, 255 marks a value that is not finite and
    0 … 254 run from `low` to `high`.
    """

    low: float
    high: float
    signed: bool
    nans: int = 0
    infs: int = 0
    clipped: int = 0


@dataclass(frozen=True, slots=True)
class Payload:
    """Base of what a result carries. Arrays travel beside it, as named tensors."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Done(Payload):
    """`set` or `own_input` was carried out."""

    kind: ClassVar[str] = "done"


MESSAGES = (Request, Cancel, Progress, PartialResult, Result, Failure, Cancelled)
