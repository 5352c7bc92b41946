"""Build the way a release is built, from a copy of the tree that has no bundle, and install in an empty environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a git checkout does not have
MADE_HERE = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "static", "dist", "build", "__pycache__", ".*_cache"
)


@pytest.fixture(scope="session")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose PATH holds no program at all: no node, no npm, no git."""
    return os.environ | {"PATH": str(tmp_path_factory.mktemp("empty-path"))}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("checkout") / "kerasviz", ignore=MADE_HERE)


@pytest.fixture(scope="session")
def dist(checkout: Path, tmp_path_factory: pytest.TempPathFactory, without_node: dict[str, str]) -> Path:
    """The sdist, built with Node from a bare checkout; then the wheel, built from that sdist without Node."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--outdir", str(folder)]
    subprocess.run([*build, "--sdist", str(checkout)], check=True)
    (sdist,) = folder.glob("*.tar.gz")
    unpacked = tmp_path_factory.mktemp("sdist")
    shutil.unpack_archive(sdist, unpacked, filter="data")
    (source,) = unpacked.iterdir()
    subprocess.run([*build, "--wheel", str(source)], check=True, env=without_node)
    return folder


@pytest.fixture(scope="session")
def clean_python(dist: Path, tmp_path_factory: pytest.TempPathFactory, without_node: dict[str, str]) -> Path:
    """Python of an empty environment into which the wheel was installed, with its real dependencies, without Node."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    (wheel,) = dist.glob("*.whl")
    python = venv / "bin" / "python"
    # --no-compile: 2 GB of modules, of which a test imports a tenth
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, f"kerasviz[demo] @ {wheel.as_uri()}"], check=True, env=without_node)
    return python
