"""The commands: `vectors FOLDER` and `bundle FILE`, which ends with 0 for pass, 1 for fail, 2 for unresolved."""

import argparse
import json
import sys
from pathlib import Path

from . import bundle, vectors

EXIT = {"pass": 0, "fail": 1, "unresolved": 2}


def whole_id(letter: str):
    """Reads a whole id, such as g and 64 hexadecimal digits."""
    def read(text: str) -> bytes:
        if len(text) != 65 or text[0] != letter:
            raise argparse.ArgumentTypeError(f"not {letter} and 64 hexadecimal digits")
        return bytes.fromhex(text[1:])
    return read


def main() -> int:
    """Runs a command and returns how the program ends."""
    parser = argparse.ArgumentParser(prog="folkmoot_verify", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("vectors", help="compare with the conformance vectors")
    compare.add_argument("folder", type=Path)
    prove = commands.add_parser("bundle", help="verify a bundle")
    prove.add_argument("file", type=Path)
    prove.add_argument("--json", action="store_true", help="print JSON for programs")
    for name, letter in (("log", "g"), ("federation", "f"), ("agreement", "h")):
        prove.add_argument(f"--{name}", type=whole_id(letter), help="what the bundle must be about, by its whole id")
    given = parser.parse_args()
    if given.command == "vectors":
        return 0 if vectors.run(given.folder) else 1
    answer = bundle.check(given.file.read_bytes(), given.log, given.federation, given.agreement)
    if given.json:
        print(json.dumps(answer.as_data()))
    else:
        for name, (verdict, why) in answer.checks.items():
            print(f"{name:13} {verdict}{': ' + why if why else ''}")
        print(answer.verdict())
    return EXIT[answer.verdict()]


if __name__ == "__main__":
    sys.exit(main())
