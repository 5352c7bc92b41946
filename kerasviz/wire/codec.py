"""Read what the browser sent: the border where a message is checked, and trusted from then on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from kerasviz.errors import ProtocolError, unknown_name
from kerasviz.wire.messages import (
    PROTOCOL,
    Cancel,
    Cancelled,
    Failure,
    PartialResult,
    Payload,
    Progress,
    Request,
    Result,
    TensorHeader,
)

__all__ = ["encode_message", "encode_payload", "messages_in", "read_message", "read_params"]

P = TypeVar("P")
_RELOAD = "Reload the page; if that does not help, reinstall kerasviz and restart the kernel."
_MESSAGES: dict[str, type[Request | Cancel]] = {"request": Request, "cancel": Cancel}


def messages_in(content: object, buffers: Sequence[Any] = ()) -> list[tuple[object, Sequence[Any]]]:
    """The messages that the browser sent as one, or the one, each with the buffers that are its own."""
    if (
        not isinstance(content, Mapping)
        or content.get("kind") != "batch"
        or not isinstance(content.get("messages"), list)
    ):
        return [(content, buffers)]
    found: list[tuple[object, Sequence[Any]]] = []
    for message in content["messages"]:
        tensors = message.get("tensors") if isinstance(message, Mapping) else None
        count = len(tensors) if isinstance(tensors, list) else 0
        found.append((message, buffers[:count]))
        buffers = buffers[count:]
    return found


def read_message(content: object) -> Request | Cancel:
    """A request or a cancel; anything else is a `ProtocolError`."""
    if not isinstance(content, Mapping):
        raise ProtocolError(f"The browser sent a {type(content).__name__}. A message is an object. {_RELOAD}")
    kind = content.get("kind")
    if content.get("v") != PROTOCOL:
        raise ProtocolError(f"The browser speaks protocol {content.get('v')!r}, the kernel {PROTOCOL}. {_RELOAD}")
    if kind not in _MESSAGES:
        raise ProtocolError(f"A message of kind {kind!r} arrived. The kernel takes 'request' and 'cancel'. {_RELOAD}")
    if "tensors" in content:
        content = {**content, "tensors": _read_headers(content["tensors"])}
    return read_params(_MESSAGES[kind], content, what=f"message {kind!r}")


def _read_headers(headers: object) -> tuple[TensorHeader, ...]:
    """What the browser says of the buffers it sent along."""
    if not isinstance(headers, list) or not all(isinstance(header, Mapping) for header in headers):
        raise ProtocolError(f"The tensors of a message are {headers!r}. They must be a list of headers. {_RELOAD}")
    for header in headers:
        shape = header.get("shape")
        if not isinstance(shape, list) or not all(_fits(length, int) and length >= 0 for length in shape):
            raise ProtocolError(f"A tensor came with the shape {shape!r}. It must be a list of lengths. {_RELOAD}")
    made = ({**header, "shape": tuple(header["shape"])} for header in headers)
    return tuple(read_params(TensorHeader, header, what="a tensor's header") for header in made)


def read_params(cls: type[P], values: Mapping[str, Any], *, what: str) -> P:
    """The dataclass `cls` from the fields of a message; each must be there, known and of its type."""
    hints = get_type_hints(cls)
    declared = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    for name, value in values.items():
        if name not in declared:
            raise ProtocolError(f"In {what}: {unknown_name('Field', name, declared)} {_RELOAD}")
        if not _fits(value, hints[name]):
            expected = _written(hints[name])
            raise ProtocolError(f"In {what}, {name!r} is {value!r}. It must be {expected}. {_RELOAD}")
    missing = [
        name
        for name, field in declared.items()
        if name not in values and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise ProtocolError(f"In {what}, {', '.join(map(repr, missing))} is missing. It must be given. {_RELOAD}")
    return cls(**values)


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if hint is Any:
        return True
    kind = get_origin(hint) or hint
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) if isinstance(kind, type) else value in get_args(hint)


def _written(hint: Any) -> str:
    if isinstance(hint, UnionType):
        return " or ".join(_written(part) for part in get_args(hint))
    return "null" if hint is type(None) else getattr(hint, "__name__", str(hint))


def encode_message(message: Progress | PartialResult | Result | Failure | Cancelled) -> dict[str, Any]:
    """Plain JSON of a message."""
    plain: dict[str, Any] = _plain(asdict(message))
    return plain


def encode_payload(payload: Payload) -> dict[str, Any]:
    """Plain JSON of a payload, with its kind."""
    return {"kind": payload.kind, **_plain(asdict(payload))}


def _plain(value: Any) -> Any:
    """What JSON can hold: NaN and infinities become null, they are counted elsewhere."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
