"""The commands: `vectors FOLDER` and `bundle FILE [--json]`."""

import argparse
import sys
from pathlib import Path

from . import vectors


def main() -> int:
    """Runs a command and returns how the program ends."""
    parser = argparse.ArgumentParser(prog="folkmoot_verify", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("vectors", help="compare with the conformance vectors")
    compare.add_argument("folder", type=Path)
    given = parser.parse_args()
    return 0 if vectors.run(given.folder) else 1


if __name__ == "__main__":
    sys.exit(main())
