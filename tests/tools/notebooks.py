"""The notebooks as files: `run` them headless, `check` that they are stripped of output, `strip` them.

python -m tests.tools.notebooks run [--at-once 2] [notebooks/quickstart.ipynb …]
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
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


def run(path: Path) -> str:
    """Run all cells in order; the first error stops it with the traceback of the cell."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    started = time.perf_counter()
    NotebookClient(notebook, timeout=LIMIT * SLACK, resources={"metadata": {"path": str(path.parent)}}).execute()
    return f"{path}: {len(notebook.cells)} cells in {time.perf_counter() - started:.0f} s (we promise {LIMIT})"


def run_all(paths: list[Path], at_once: int) -> None:
    """Run them, so many at a time; all are run, and those that failed are told at the end."""
    failed = []
    with ProcessPoolExecutor(at_once) as pool:
        running = {pool.submit(run, path): path for path in paths}
        for done in as_completed(running):
            error = done.exception()
            if error is None:
                print(done.result(), flush=True)
            else:
                failed.append(f"{running[done]} failed:\n{error}")
    if failed:
        raise SystemExit("\n".join(failed))


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


COMMANDS: dict[str, Callable[[Path], None]] = {"check": check, "strip": strip}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["run", *COMMANDS])
    parser.add_argument("paths", nargs="*", type=Path)
    # a kernel imports and compiles on one core for most of its time
    parser.add_argument("--at-once", type=int, default=2, help="how many are run at a time")
    options = parser.parse_intermixed_args()
    chosen = options.paths or sorted(FOLDER.glob("*.ipynb"))
    if options.command == "run":
        run_all(chosen, options.at_once)
    else:
        for notebook_path in chosen:
            COMMANDS[options.command](notebook_path)
