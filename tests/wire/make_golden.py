"""`python -m tests.wire.make_golden` writes the golden messages that Python and the front end both decode.

Each message is two files in `golden/`: NAME.json, the content as it is sent, and NAME.bin, its buffers
one after the other without padding, in the order of `tensors` (so that a decoder meets misaligned ones).
`expected.json` says what must be read: for each tensor its dtype, shape, sum and some values (null: NaN).

With `--check` nothing is written; the exit status is 1 if a file is stale.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from kerasviz.views import PANELS
from kerasviz.wire.codec import encode_message, encode_payload, read_params
from kerasviz.wire.messages import Cancelled, Done, Failure, PartialResult, Progress, Result
from kerasviz.wire.tensors import encode_tensors
from tests.fakes import FakeSource

GOLDEN = Path(__file__).parent / "golden"

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "network": ("network", {}),
    "makers": ("makers", {"sample": 0}),
    "overview": ("overview", {"sample": 1}),
    "prediction": ("prediction", {"sample": 0, "target": None}),
    "feature_maps": ("layer", {"sample": 0, "layer": "conv", "start": 0, "count": 2}),
    "feature_maps_odd": ("layer", {"sample": 0, "layer": "odd"}),
    "units": ("layer", {"sample": 0, "layer": "scores"}),
    "time_units": ("layer", {"sample": 0, "layer": "series"}),
    "tensor": ("layer", {"sample": 0, "layer": "cube", "options": {"axis_1": 1}}),
    "feature_maps_sorted": ("layer", {"sample": 0, "layer": "conv", "options": {"order": "mean", "scale": "each_map"}}),
    "units_gradients": ("layer", {"sample": 0, "layer": "scores", "options": {"show": "gradients"}}),
    "sheet": ("layer", {"sample": 0, "layer": "conv", "options": {"aspect": "weights"}}),
    "empty": ("layer", {"sample": 0, "layer": "silent"}),
    "unit_map": ("unit", {"sample": 0, "layer": "conv", "unit": 1}),
    "unit_trace": ("unit", {"sample": 0, "layer": "series", "unit": 3}),
    "calculation": ("calculation", {"sample": 0, "layer": "mix", "unit": 1, "place": [2, 3, 0]}),
    "calculation_unknown": ("calculation", {"sample": 0, "layer": "own", "unit": 0}),
    "feeds": ("feeds", {"sample": 0, "layer": "conv", "unit": 1, "place": [2, 3, 1]}),
    "attribution": ("attribution", {"sample": 0, "method": "integrated-gradients"}),
    "attribution_bars": ("attribution", {"sample": 1, "method": "rise", "channels": "max-abs"}),
    "evaluation": ("evaluation", {"sample": 0, "method": "saliency"}),
    "told": ("told", {"sample": 0}),
    "methods": ("methods", {"sample": 0, "layer": "conv"}),
    "scan": ("scan", {}),
    "findings": ("findings", {}),
    "data": ("data", {}),
    "projection": ("projection", {"layer": "series", "colour": "predicted"}),
    "projected_sample": ("projected_sample", {"sample": 2, "layer": "series"}),
    "marks": ("marks", {}),
    "unit_data": ("unit_data", {"sample": 0, "layer": "conv", "unit": 1}),
    "choices": ("choices", {"sample": 0}),
    "listing": ("listing", {"by": "unsure"}),
    "thumbnails": ("thumbnails", {"samples": [0, 1, 2, 3]}),
    "verdicts": ("verdicts", {"samples": [0, 1, 4]}),
    "unit_value": ("unit", {"sample": 0, "layer": "scores", "unit": 2}),
}


def messages() -> dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Every message by name: its content and its arrays."""
    source = FakeSource.golden()
    found: dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]] = {}
    for name, (request, params) in REQUESTS.items():
        view = PANELS.get(request)
        panel = view.build(source, read_params(view.params, params, what=name))
        headers, _ = encode_tensors(panel.tensors)
        result = Result(f"view:{name}", encode_payload(panel.payload), headers)
        found[name] = (encode_message(result), dict(panel.tensors))
    content, tensors = found["attribution_bars"]
    so_far = PartialResult("view:attribution_partial", content["payload"] | {"done": 31}, content["tensors"])
    found["attribution_partial"] = (encode_message(so_far), tensors)
    found["done"] = (encode_message(Result("view:done", encode_payload(Done()))), {})
    found["progress"] = (encode_message(Progress("view:progress", 3, 10, "layer conv")), {})
    found["failure"] = (
        encode_message(Failure("view:failure", "InputError", "It does not fit. Reshape it.", "Trace")),
        {},
    )
    found["cancelled"] = (encode_message(Cancelled("view:cancelled")), {})
    return found


def files() -> dict[str, bytes]:
    """Name → content of every golden file."""
    found: dict[str, bytes] = {}
    expected: dict[str, Any] = {}
    for name, (content, tensors) in messages().items():
        _, buffers = encode_tensors(tensors)
        found[f"{name}.json"] = _json(content)
        found[f"{name}.bin"] = b"".join(buffers)
        expected[name] = {key: _expected(array) for key, array in tensors.items()}
    return found | {"expected.json": _json(expected)}


def _expected(array: np.ndarray) -> dict[str, Any]:
    flat = array.reshape(-1).astype(np.float64)
    places = sorted({0, 1, flat.size // 2, flat.size - 1} & set(range(flat.size)))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "sum_of_finite": float(flat[np.isfinite(flat)].sum()),
        "at": {str(i): float(flat[i]) if math.isfinite(flat[i]) else None for i in places},
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def main(arguments: list[str]) -> int:
    wanted = files()
    if "--check" in arguments:
        present = {path.name: path.read_bytes() for path in GOLDEN.iterdir()}
        stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
        if stale:
            print(f"Stale golden messages: {', '.join(stale)}. Run `make gen`.", file=sys.stderr)
        return int(bool(stale))
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (GOLDEN / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
