"""The browser's types say what the dataclasses say."""

from dataclasses import dataclass
from typing import Literal

import pytest

from kerasviz import _codegen
from kerasviz.views import PAYLOADS
from kerasviz.wire.messages import MESSAGES, PROTOCOL


def test_committed_types_are_fresh():
    assert _codegen.main(["--check"]) == 0, "js/src/protocol.gen.ts is stale: run `make gen`"


def test_every_message_and_payload_is_an_interface():
    text = _codegen.generate()
    for cls in (*MESSAGES, *PAYLOADS):
        assert f"export interface {cls.__name__} {{" in text
    assert f"export const PROTOCOL = {PROTOCOL};" in text


def test_payloads_are_told_apart_by_kind():
    text = _codegen.generate()
    kinds = [payload.kind for payload in PAYLOADS]
    assert len(set(kinds)) == len(kinds)
    for kind in kinds:
        assert f'  kind: "{kind}";' in text


def test_a_result_carries_one_of_the_payloads():
    assert "  payload: Payload;" in _codegen.generate()


def test_types_are_written_as_typescript():
    @dataclass(frozen=True)
    class Sizes:
        """How large."""

        shape: tuple[int | None, ...] | None
        pair: tuple[int, str]
        form: Literal["map", "trace"]
        more: dict[str, float]

    text = _codegen._interface(Sizes)
    assert "  shape: (number | null)[] | null;" in text
    assert "  pair: [number, string];" in text
    assert '  form: "map" | "trace";' in text
    assert "  more: Record<string, number>;" in text


def test_an_unknown_annotation_is_refused():
    with pytest.raises(TypeError, match="has no TypeScript form"):
        _codegen._type(complex)


def test_check_says_when_the_file_is_stale(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_codegen, "TARGET", tmp_path / "protocol.gen.ts")
    assert _codegen.main(["--check"]) == 1
    assert "make gen" in capsys.readouterr().err
    assert _codegen.main([]) == 0
    assert _codegen.main(["--check"]) == 0
