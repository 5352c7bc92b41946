"""Fails unless the wheel and the sdist in a folder both carry the front-end bundle (jupyter-scatter 1.0.1 did not)."""

import sys
import tarfile
import zipfile
from pathlib import Path

BUNDLE = ("kerasviz/static/widget.js", "kerasviz/static/widget.css", "kerasviz/static/zh.json", "kerasviz/py.typed")


def contents(archive: Path) -> set[str]:
    """Names inside, without the folder that an sdist puts around everything."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def missing(folder: Path) -> list[str]:
    """One line for each thing that is not where it should be."""
    archives = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    if len(archives) != 2:
        return [f"{folder}: expected one wheel and one sdist, found {[path.name for path in archives]}"]
    return [f"{path.name}: no {name}" for path in archives for name in BUNDLE if name not in contents(path)]


if __name__ == "__main__":
    problems = missing(Path(sys.argv[1]))
    print("\n".join(problems) or "the wheel and the sdist carry the bundle")
    sys.exit(bool(problems))
