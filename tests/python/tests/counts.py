"""Compares this verifier with `moot tally` on random ballots: `python -m tests.counts MOOT SEED COUNTS`.

Equal ranks, options left out, ties and numbers that are cut off: few ballots over few options have them all the time.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from folkmoot_verify.tally import Ballot, Result, count

CELLS = [None, 1, 1, 2, 2, 3, 4]
WAYS = [[], ["pairwise"], ["order"], ["pairwise", "order"], ["earlier"], ["earlier", "pairwise", "order"]]


def rule(pick: random.Random, options: int) -> dict:
    """A random rule of a count over so many options."""
    method = pick.choice(["stv", "stv", "stv", "irv", "schulze"])
    ties = [way for way in pick.choice(WAYS) if method != "schulze" or way != "earlier"]
    found = {"method": method, "seats": 1 if method == "irv" else pick.randint(1, min(options, 4)),
             "unranked": pick.choice(["last", "ignore"]), **({"ties": ties} if ties else {})}
    if method == "stv":
        found["quota"] = pick.choice(["droop", "hare"])
        found |= {"decimals": pick.randint(0, 3)} if pick.random() < .7 else {}
    return found


def ballot(options: list[str], row: list[int | None]) -> Ballot:
    """A row of a spreadsheet as ranks."""
    return [[label for label, cell in zip(options, row) if cell == rank] for rank in sorted(set(row) - {None})]


def theirs(moot: str, found: dict, options: list[str], rows: list[list[int | None]]) -> Result | None:
    """What the other program counts; nothing of ties that stay."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ballots.csv"
        cells = [options, *([str(cell or "") for cell in row] for row in rows)]
        path.write_text("".join(",".join(row) + "\n" for row in cells))
        words = {name: ",".join(value) if name == "ties" else str(value) for name, value in found.items()}
        given = [word for name, value in words.items() for word in (f"--{name}", value)]
        said = subprocess.run([moot, "tally", *given, "--json", str(path)], capture_output=True, check=True)
    report = json.loads(said.stdout)
    return Result(report["winners"], report["ranking"]) if report["decided"] else None


def main() -> int:
    """Counts random ballots and compares."""
    moot, seed, counts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    same, differ = 0, 0
    for number in range(seed, seed + counts):
        pick = random.Random(number)
        options = [f"o{place}" for place in range(pick.randint(2, 6))]
        found = rule(pick, len(options))
        if "ties" not in found and found["method"] != "schulze":
            continue  # the other program has a default
        rows = [[pick.choice(CELLS) for _ in options] for _ in range(pick.randint(1, 14))]
        ballots = [ballot(options, row) for row in rows]
        if not any(ballots):
            continue  # it ranks even so
        ours = count(found, options, {label: {} for label in options}, [ranks for ranks in ballots if ranks])
        alike = (None if ours.tied else ours) == theirs(moot, found, options, rows)
        same, differ = same + alike, differ + (not alike)
        if not alike:
            print(f"count {number}: {found}, {rows}: {ours}")
    print(f"{same} counts alike, {differ} not")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
