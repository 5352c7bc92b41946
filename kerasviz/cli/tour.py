"""`kerasviz demo`: the notebooks of the tour in a folder of one's own, and JupyterLab on the first of them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from kerasviz.errors import InputError

__all__ = ["copy_tour", "lab_command", "notebooks", "start"]

_FIRST = "quickstart.ipynb"


def notebooks() -> list[Path]:
    """The notebooks: in an installed package inside it, in a checkout beside it."""
    package = Path(__file__).parents[1]
    found = sorted((package / "notebooks").glob("*.ipynb")) or sorted((package.parent / "notebooks").glob("*.ipynb"))
    if not found:
        raise InputError(
            f"The tour was asked for, and {package} has no notebooks. A wheel of kerasviz carries them. "
            "Reinstall it: pip install --force-reinstall --no-deps kerasviz."
        )
    return found


def copy_tour(folder: Path, *, force: bool = False) -> list[Path]:
    """Copies of the notebooks in `folder`; what lies there already is only written over with `force`."""
    copies = [folder / notebook.name for notebook in notebooks()]
    if folder.is_file():
        raise InputError(f"{folder} was given; it is a file, and the tour needs a folder. Name another.")
    taken = [copy.name for copy in copies if copy.exists()]
    if taken and not force:
        raise InputError(
            f"The tour was to go to {folder}, where there is already {', '.join(taken)}. "
            "Your own work is not written over. Name another folder, or add --force."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for notebook, copy in zip(notebooks(), copies, strict=True):
        shutil.copyfile(notebook, copy)
    return copies


def lab_command(folder: Path) -> list[str] | None:
    """What starts JupyterLab on the tour; None where it is not installed."""
    if importlib.util.find_spec("jupyterlab") is None:
        return None
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command.append(f"--LabApp.default_url=/lab/tree/{_FIRST}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    # JupyterLab prints the URL where it opens no browser
    return command if _has_display() else [*command, "--no-browser"]


def start(command: list[str]) -> int:
    """Run JupyterLab until it is stopped."""
    try:
        return subprocess.call(command)  # noqa: S603 - our own command
    except KeyboardInterrupt:
        return 0


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
