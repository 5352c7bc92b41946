"""Fails unless the wheel and the sdist in a folder both carry the front-end bundle (jupyter-scatter 1.0.1 did not).

The wheel also has to carry the notebooks, which `kerasviz demo` opens.
"""

import sys
import tarfile
import zipfile
from pathlib import Path

STATIC = ("widget.js", "widget.css", "en.json", "zh.json", "page.js", "page.css")
BUNDLE = (*(f"kerasviz/static/{name}" for name in STATIC), "kerasviz/py.typed")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


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
    notebooks = [path.name for path in NOTEBOOKS.glob("*.ipynb")]
    tour = {".whl": [f"kerasviz/notebooks/{name}" for name in notebooks], ".gz": [f"notebooks/{n}" for n in notebooks]}
    return [
        f"{path.name}: no {name}"
        for path in archives
        for name in (*BUNDLE, *tour[path.suffix])
        if name not in contents(path)
    ]


if __name__ == "__main__":
    problems = missing(Path(sys.argv[1]))
    print("\n".join(problems) or "the wheel and the sdist carry the bundle and the notebooks")
    sys.exit(bool(problems))
