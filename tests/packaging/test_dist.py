"""What is uploaded: the wheel and the sdist."""

import os
import subprocess
import sys
from pathlib import Path

from tests.tools.check_dist import contents, missing

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
