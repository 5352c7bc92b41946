"""The command `kerasviz`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kerasviz.cli.export import add_export
from kerasviz.errors import KerasvizError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KerasvizError as error:
        sys.stderr.write(f"kerasviz: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kerasviz", description="See inside any Keras model, in the notebook.")
    commands = parser.add_subparsers(required=True, metavar="command")
    check = commands.add_parser("check", help="say what is wrong with this installation (status 1 if anything is)")
    check.set_defaults(run=_check)
    demo = commands.add_parser("demo", help="copy the tour's notebooks to a folder and open JupyterLab on them")
    demo.add_argument("folder", nargs="?", type=Path, default=Path("kerasviz-tour"), help="default: %(default)s")
    demo.add_argument("--force", action="store_true", help="write over notebooks that are there")
    demo.add_argument("--no-start", action="store_true", help="only copy the notebooks")
    demo.set_defaults(run=_demo)
    add_export(commands)
    return parser


def _check(_: argparse.Namespace) -> int:
    from kerasviz.cli.installation import check_install

    found = check_install()
    sys.stdout.write(f"{found!r}\n")
    return int(not found.ok)


def _demo(options: argparse.Namespace) -> int:
    from kerasviz.cli.tour import copy_tour, lab_command, start

    copies = copy_tour(options.folder, force=options.force)
    command = lab_command(options.folder)
    sys.stdout.write(f"{len(copies)} notebook{'s' * (len(copies) > 1)} in {options.folder}\n")
    if options.no_start:
        return 0
    if command is None:
        sys.stdout.write(
            "JupyterLab is not installed here, so nothing was started. To see the tour:\n"
            f'  pip install "kerasviz[demo]"\n  jupyter lab {options.folder / "quickstart.ipynb"}\n'
        )
        return 1
    sys.stdout.flush()
    return start(command)


if __name__ == "__main__":
    sys.exit(main())
