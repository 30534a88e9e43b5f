"""Forges a bundle in many ways and returns what passes all the same: `python -m tests.forge FILE…` prints it."""

import random
import sys
from pathlib import Path
from typing import Iterator

from folkmoot_verify import bundle
from folkmoot_verify.encoding import BUNDLE_ITEMS, decode, encode


def forged(raw: bytes, times: int) -> Iterator[tuple[str, bytes]]:
    """A bundle with one bit another, cut short, or with one item of a list left out, twice or elsewhere."""
    places = random.Random(1)
    for _ in range(times):
        place, bit = places.randrange(len(raw)), places.randrange(8)
        yield f"bit {bit} of byte {place}", raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1:]
    yield "a byte more", raw + b"\0"
    yield "a byte less", raw[:-1]
    data = decode(raw, BUNDLE_ITEMS)
    for name, items in data.items():
        if isinstance(items, list) and items:
            yield f"{name} without the first", encode(data | {name: items[1:]})
            yield f"{name} without the last", encode(data | {name: items[:-1]})
            yield f"{name} with the last twice", encode(data | {name: items + items[-1:]})
            if items != items[::-1]:
                yield f"{name} turned round", encode(data | {name: items[::-1]})
    for name in {"log", "proposal"} & data.keys():
        yield f"another {name}", encode(data | {name: bytes(32)})
    for entry in range(len(data["entries"]) if "matter" in data else 0):
        if entry != data["matter"]["entry"]:
            yield f"the matter at entry {entry}", encode(data | {"matter": data["matter"] | {"entry": entry}})


def passing(raw: bytes, times: int = 200) -> list[str]:
    """The forgeries that pass: there must be none."""
    return [what for what, other in forged(raw, times) if bundle.check(other).verdict() == "pass"]


def main() -> int:
    """Forges files."""
    bad = 0
    for name in sys.argv[1:]:
        for what in passing(Path(name).read_bytes()):
            bad += 1
            print(f"{name} passes with {what}")
    print(f"{len(sys.argv) - 1} bundles forged, {bad} forgeries pass")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
