"""Build the way a release is built, from a copy of the tree that has no bundle, and install in an empty environment."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".venv"
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
def clean_python(dist: Path, without_node: dict[str, str]) -> Path:
    """Python of an environment into which nothing but the wheel was installed, with its real dependencies, without Node.

    It begins empty. Unpacking TensorFlow takes a minute, so it is kept in `.venv`, and as long as the wheel says that
    it needs the same, only the wheel in it is replaced.
    """
    (wheel,) = dist.glob("*.whl")
    venv = ENVIRONMENTS / f"clean-{_requirements(wheel)}"
    complete, python = venv / "complete", venv / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    # --no-compile: 2 GB of modules, of which a test imports a tenth
    install = [*pip, "install", "--quiet", "--no-compile", "--force-reinstall"]
    if complete.exists():
        subprocess.run([*install, "--no-deps", str(wheel)], check=True, env=without_node)
    else:
        for old in ENVIRONMENTS.glob("clean-*"):
            shutil.rmtree(old)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([*install, f"kerasviz[demo] @ {wheel.as_uri()}"], check=True, env=without_node)
        complete.touch()
    subprocess.run([*pip, "check"], check=True, env=without_node)
    return python


def _requirements(wheel: Path) -> str:
    """A short name for all that the wheel says about what it needs."""
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        lines = files.read(name).decode().splitlines()
    said = [line for line in lines if line.startswith(("Requires-", "Provides-Extra"))]
    return hashlib.sha256("\n".join([sys.version, *said]).encode()).hexdigest()[:12]
