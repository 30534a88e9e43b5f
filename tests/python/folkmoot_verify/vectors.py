"""Compares this verifier with the conformance vectors."""

import json
from pathlib import Path
from typing import Any

from . import seals
from .encoding import Refused
from .envelope import verify

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def did_key(key: bytes) -> str:
    """A public key as people write it."""
    number, digits = int.from_bytes(b"\xed\x01" + key, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return "did:key:z" + digits


class Count:
    """What agreed and what did not, of one file."""

    def __init__(self, name: str) -> None:
        self.name, self.agreed, self.differ = name, 0, []

    def see(self, what: str, ours: Any, theirs: Any) -> None:
        """Notes whether both say the same."""
        if ours == theirs:
            self.agreed += 1
        else:
            self.differ.append(f"{what}: {ours}, the vectors say {theirs}")

    def show(self) -> bool:
        """Prints the count, and returns whether all agreed."""
        print(f"{self.name}: {self.agreed} agree, {len(self.differ)} differ")
        for line in self.differ:
            print("  " + line)
        return not self.differ


def verdict(kind: str, raw: bytes) -> str:
    """Accepted, or the kind of the refusal."""
    try:
        verify(kind, raw)
        return "accepted"
    except Refused as refused:
        return refused.kind


def records(folder: Path) -> Count:
    """One record of each kind."""
    count = Count("records.json")
    for item in json.loads((folder / "records.json").read_text())["records"]:
        record = verify(item["kind"], bytes.fromhex(item["bytes"]))
        count.see(item["kind"], (record.id.hex(), did_key(record.key)), (item["id"], item["signer"]))
    return count


def malformed(folder: Path) -> Count:
    """Bytes that are no record of a kind."""
    count = Count("malformed.json")
    for item in json.loads((folder / "malformed.json").read_text())["malformed"]:
        ours = verdict(item["kind"], bytes.fromhex(item["bytes"]))
        count.see(f"{item['kind']}, {item['what']}", ours, item["refused"])
    return count


def panels(folder: Path) -> Count:
    """The numbers of panels."""
    count = Count("panels.json")
    for item in json.loads((folder / "panels.json").read_text())["panels"]:
        ours = seals.panel(item["witnesses"])
        count.see(f"{item['witnesses']} witnesses", {name: getattr(ours, name) for name in item}, item)
    return count


def run(folder: Path) -> bool:
    """Compares with all files, and returns whether all agree."""
    counts = [records(folder), malformed(folder), panels(folder)]
    return all([count.show() for count in counts])
