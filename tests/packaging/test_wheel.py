"""What is uploaded, and what a user has after `pip install kerasviz`: an empty environment without Node, and the wheel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Notebook
from tests.browser.stage import Stage
from tests.tools.check_dist import contents, missing

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
IMPORT_LIMIT = 0.2  # seconds

IMPORT = """
import sys, time
started = time.perf_counter()
import kerasviz
seconds = time.perf_counter() - started
heavy = {"bqplot", "jax", "keras", "tensorflow", "torch"} & set(sys.modules)
assert not heavy, heavy
assert "site-packages" in kerasviz.__file__, kerasviz.__file__
print(seconds)
"""

HOOK = """
import sys
from types import SimpleNamespace
sys.path.insert(0, "js")
from hatch_build import BundleHook
BundleHook(sys.argv[1], {}, None, None, "", "wheel").initialize("standard", {})
"""


def test_wheel_and_sdist_carry_the_bundle_and_the_notebooks(dist: Path) -> None:
    assert missing(dist) == []


def test_wheel_holds_the_package_and_nothing_else(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    assert {name.split("/")[0] for name in contents(wheel)} <= {"kerasviz", "kerasviz-0.1.0.dist-info"}


def test_sdist_holds_no_node_modules(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    assert not [name for name in contents(sdist) if "node_modules" in name]


def test_build_without_bundle_and_without_npm_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOOK, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "Install Node.js 20 or newer" in done.stderr


def python(clean_python: Path, code: str, folder: Path) -> str:
    """Run it far from the source tree; gives what it printed."""
    command = [str(clean_python), "-I", "-c", code]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.mark.timeout(600)  # the first test to need it waits until TensorFlow is fetched and installed
def test_import_is_quick_and_loads_no_framework(clean_python: Path, tmp_path: Path) -> None:
    seconds = min(float(python(clean_python, IMPORT, tmp_path)) for _ in range(3))

    assert seconds <= IMPORT_LIMIT


def test_the_command_finds_nothing_wrong_and_brings_the_tour(clean_python: Path, tmp_path: Path) -> None:
    command = str(clean_python.parent / "kerasviz")

    check = subprocess.run([command, "check"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=False)
    subprocess.run([command, "demo", "--no-start"], cwd=tmp_path, check=True)

    assert check.returncode == 0, check.stdout
    assert (tmp_path / "kerasviz-tour" / "quickstart.ipynb").read_bytes() == QUICKSTART.read_bytes()


def test_quickstart_runs_in_jupyterlab(clean_python: Path, tmp_path: Path, browser: Browser) -> None:
    with Lab(tmp_path, str(clean_python)) as lab:
        shutil.copy(QUICKSTART, lab.root)
        book = Notebook(browser.new_page(viewport={"width": 1400, "height": 1400}), lab, QUICKSTART.name)

        book.run()

        stage = Stage(book).drawn()
        wrong = book.value("int(wrong[0])")
        expect(stage.sample).to_have_value(str(wrong))
        stage.expect_change(lambda: stage.sample.fill(str(wrong + 1)), stage.overview)
        assert book.value("w.sample") == wrong + 1
        assert book.problems == []
        book.close()
