"""`python -m kerasviz` is the command `kerasviz`."""

import sys

from kerasviz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
