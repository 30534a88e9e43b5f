"""Verifies the forgeries that the program's own test makes; none may pass: `python -m tests.forgeries FILE`.

FILE has lines `forgery`, log, federation, bundle and what it is, with tabs between; others are passed over. They are
printed by `cargo test -p folkmoot-protocol --lib no_forgery_passes -- --nocapture`.
"""

import sys
from collections import Counter
from pathlib import Path

from folkmoot_verify import bundle


def main(file: Path) -> int:
    found: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        kind, *parts = line.split("\t")
        if kind != "forgery":
            continue
        log, federation, raw, what = parts
        answer = bundle.check(bytes.fromhex(raw), bytes.fromhex(log[1:]), bytes.fromhex(federation[1:]))
        found[answer.verdict()] += 1
        if answer.verdict() == "pass":
            print(f"passes: {what}")
    print(f"forgeries of the program's test: {dict(found)}")
    return 0 if found and not found["pass"] else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
