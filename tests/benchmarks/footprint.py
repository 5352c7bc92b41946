"""What `import kerasviz` costs, and how large the bundle is that a browser loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median

HEAVY = ("keras", "tensorflow", "torch", "jax", "bqplot")
IMPORT_SECONDS, BUNDLE_KB = 0.2, 250
_CODE = f"""
import sys, time
start = time.perf_counter()
import kerasviz
print(time.perf_counter() - start, *[name for name in {HEAVY!r} if name in sys.modules])
"""


def footprint(repeats: int = 5) -> str:
    """Two lines with verdicts."""
    return f"{_import_line(repeats)}\n{_bundle_line()}"


def _import_line(repeats: int) -> str:
    answers = [
        subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(repeats)
    ]
    taken, loaded = median(float(answer[0]) for answer in answers), answers[0][1:]
    verdict = "ok" if taken <= IMPORT_SECONDS and not loaded else "missed"
    return f"import kerasviz: {taken:.3f} s (≤ {IMPORT_SECONDS} s), loads {', '.join(loaded) or 'none of ' + ', '.join(HEAVY)}: {verdict}"


def _bundle_line() -> str:
    bundle = Path("kerasviz/static/widget.js")
    if not bundle.exists():
        return f"JS bundle: not built (≤ {BUNDLE_KB} kB)"
    size = bundle.stat().st_size / 1e3
    return f"JS bundle: {size:.0f} kB (≤ {BUNDLE_KB} kB): {'ok' if size <= BUNDLE_KB else 'missed'}"
