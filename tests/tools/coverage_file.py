"""What the tables of coverage have in common: a first part in seconds, a second of one row per architecture."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.tools.layer_cases import NOT_ALONE, classes

__all__ = ["DIVIDER", "not_alone", "rows_apart", "write"]

DIVIDER = "## keras.applications"


def not_alone() -> list[str]:
    """The classes of keras.layers that no model of one layer can show, with the reason."""
    reasons = [f"- {name}: {reason}." for name, reason in sorted(NOT_ALONE.items()) if name in classes()]
    return ["", "Not shown alone:", "", *reasons]


def rows_apart(module: str, names: Iterable[str]) -> list[str]:
    """A row for each architecture, each made in its own process: together they would not fit into memory."""
    rows = []
    for name in names:
        print(name, file=sys.stderr, flush=True)
        command = [sys.executable, "-m", module, "--one", name]
        rows.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return rows


def write(file: Path, first: Iterable[str], second: Callable[[], list[str]], *, keep: bool) -> None:
    """The file anew; with `keep` its second part stays as it stands."""
    kept = [DIVIDER + file.read_text(encoding="utf-8").partition(DIVIDER)[2].rstrip("\n")] if keep else second()
    file.write_text("\n".join([*first, "", *kept, ""]), encoding="utf-8")
