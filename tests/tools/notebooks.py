"""The notebooks as files: `run` them headless, `check` that they are stripped of output, `strip` them.

python -m tests.tools.notebooks run [notebooks/quickstart.ipynb …]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat

FOLDER = Path("notebooks")
LIMIT = 60  # seconds on a CPU, as the gallery promises
SLACK = 5  # a shared two-core machine under load is not the machine of the promise


def strip(path: Path) -> None:
    """Remove outputs, counts and everything an editor leaves behind."""
    nbformat.write(_stripped(path), path)


def check(path: Path) -> None:
    """Fail if `strip` would change the file."""
    if path.read_text(encoding="utf-8") != nbformat.writes(_stripped(path)) + "\n":
        raise SystemExit(f"{path} has outputs or left-overs of an editor in it: run `make fix`.")


def run(path: Path) -> None:
    """Run all cells in order; the first error stops it with the traceback of the cell."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    started = time.perf_counter()
    NotebookClient(notebook, timeout=LIMIT * SLACK, resources={"metadata": {"path": str(path.parent)}}).execute()
    print(f"{path}: {len(notebook.cells)} cells in {time.perf_counter() - started:.0f} s (we promise {LIMIT})")


def _stripped(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


COMMANDS: dict[str, Callable[[Path], None]] = {"run": run, "check": check, "strip": strip}

if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    for notebook_path in map(Path, paths) if paths else sorted(FOLDER.glob("*.ipynb")):
        COMMANDS[command](notebook_path)
