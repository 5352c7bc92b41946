"""Build hook: makes the front-end bundle when it is missing, and only then.

A git checkout has no bundle (it is never committed), so it is built with Node. An sdist carries it, so a
machine without Node can build a wheel from one.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = tuple(
    f"kerasviz/static/{name}" for name in ("widget.js", "widget.css", "en.json", "zh.json", "page.js", "page.css")
)


class BundleHook(BuildHookInterface[Any]):
    """Runs for wheels, sdists and editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle if a file of it is missing, and put the notebooks of the tour into a wheel."""
        root = Path(self.root)
        if _missing(root):
            self._build(root)
        if self.target_name == "wheel" and version == "standard":  # beside an editable install they are at hand
            notebooks = sorted((root / "notebooks").glob("*.ipynb"))
            build_data["force_include"] |= {str(path): f"kerasviz/notebooks/{path.name}" for path in notebooks}

    def _build(self, root: Path) -> None:
        """Run npm, and fail if a file of the bundle is still missing afterwards."""
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                f"The front-end bundle is missing ({', '.join(_missing(root))}) and there is no npm to build it. "
                "Install Node.js 20 or newer, or install a released wheel: it carries the bundle."
            )
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=root / "js", check=True)
        subprocess.run([npm, "run", "build"], cwd=root / "js", check=True)
        if still := _missing(root):
            raise RuntimeError(f"`npm run build` in js/ did not write {', '.join(still)}.")


def _missing(root: Path) -> list[str]:
    return [name for name in BUNDLE if not (root / name).is_file()]
