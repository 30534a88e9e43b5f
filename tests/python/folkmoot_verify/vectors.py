"""Compares this verifier with the conformance vectors."""

import json
from pathlib import Path
from typing import Any

from . import books, bundle, division, seals
from .encoding import Refused, decode, encode, hash_of
from .envelope import verify
from .replay import next_state
from .schema import body as check_body

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


def sealed(folder: Path) -> Count:
    """Notes one after another, and how far they seal."""
    count = Count("seals.json")
    for case in json.loads((folder / "seals.json").read_text())["logs"]:
        notes = seals.Notes(case["witnesses"])
        for at, item in enumerate(case["notes"]):
            record = verify("note", bytes.fromhex(item["bytes"]))
            log, number, _, _, time, _ = record.content
            taken = log.hex() == case["log"] and notes.take(did_key(record.key), number, time)
            count.see(f"note {at}", (taken, notes.sealed_up_to()), (item["taken"], item["sealed_up_to"]))
    return count


def divided(folder: Path) -> Count:
    """Divisions, lots and periods."""
    count = Count("divisions.json")
    data = json.loads((folder / "divisions.json").read_text())
    for at, case in enumerate(data["divisions"]):
        claims = [(claim["weight"], claim["amounts"]) for claim in case["claims"]]
        ours = division.divide(case["division"], case["capacities"], claims, case["seed"])
        count.see(f"division {at}", ours, (case["shares"], case["left"]))
    for at, case in enumerate(data["reveals"]):
        pairs = [{bytes.fromhex(a): bytes.fromhex(b) for a, b in case[name]} for name in ("commitments", "secrets")]
        seed, lost = division.reveals(bytes.fromhex(case["round"]), *pairs)
        count.see(f"reveals {at}", (seed, lost), (case["seed"], case["lost"]))
    for at, case in enumerate(data["periods"]):
        count.see(f"period {at}", division.period(case["from"], case["every"], case["at"]), case["period"])
        found = books.period_at(case, case["at"])
        count.see(f"period {at}, of the books", found and list(found), case["period"])
    return count


def bundles(folder: Path, name: str) -> Count:
    """Proofs, whole and forged, and what verifying says of them and of each check; of a matter, how it stands."""
    count = Count(name)
    for item in json.loads((folder / name).read_text())["bundles"]:
        expected = (item.get(key) and bytes.fromhex(item[key]) for key in ("log", "federation", "agreement"))
        answer = bundle.check(bytes.fromhex(item["bytes"]), *expected)
        ours = {check: result for check, (result, _) in answer.checks.items()}
        count.see(item["about"], (answer.verdict(), ours), (item["verdict"], item["checks"]))
        if "shows" in item:
            count.see(f"{item['about']}, what it shows", answer.shows, item["shows"])
    return count


OUTCOMES = {"applied": "passed", "not_passed": "not passed", "withdrawn": "withdrawn"}


def name_of(refused: Refused, theirs: list[str]) -> list[str]:
    """The kind and the name of a refusal, or the other program's where both mean the same.

    This one looks at sizes and words while it decodes, that one later; `inside` says which record, whatever its kind.
    """
    found_early = refused.kind == "malformed" and refused.rule in ("", "inside")
    same = found_early or refused.rule == "inside" and theirs[1] == "inside"
    return theirs if same else [refused.kind, refused.rule]


def log(path: Path) -> tuple[Count, Count]:
    """A whole log: every verdict, digest and decision; and apart, the names of what is refused."""
    count, names = Count(f"logs/{path.name}"), Count(f"logs/{path.name}, names of refusals")
    data, state, ended = json.loads(path.read_text()), None, []
    for item in data["entries"]:
        what = f"entry {item['number']}"
        try:
            after = next_state(state, bytes.fromhex(item["bytes"]))
            ours = after.digest().hex()
        except Refused as refused:
            ours, after = "refused", None
            if "refused" in item:
                names.see(what, name_of(refused, item["refused"][1:]), item["refused"][1:])
            else:
                ours = f"refused: {refused}"
        count.see(what, ours, "refused" if "refused" in item else item["digest_after"])
        if after is not None and "refused" not in item:
            state = after
            count.see(f"{what}, its id", state.head["id"].hex(), item["id"])
            ended += after.ended
        elif "refused" not in item:
            return count, names
        for raw in map(bytes.fromhex, item.get("bodies", [])):
            check_body(decode(raw), "body")
            named = "refused" in item or hash_of(["folkmoot", "body", decode(raw)]) in state.authors
            count.see(f"{what}, a body", named, True)
    count.see("the log's id", state.log.hex(), data["log"])
    count.see("decisions", len(ended), len(data["decisions"]))
    for ours, theirs in zip(ended, data["decisions"]):
        outcome = ours["outcome"] if isinstance(ours["outcome"], str) else "void"
        record = decode(bytes.fromhex(theirs["record"]))
        if "void" in record["outcome"]:
            record["outcome"]["void"]["reason"] = ""  # the vectors have the words, the digest does not
        count.see(f"decision {theirs['proposal'][:8]}", (encode(ours).hex(), OUTCOMES.get(outcome, outcome)),
                  (encode(record).hex(), theirs["outcome"]))
    return count, names


def run(folder: Path) -> bool:
    """Compares with all files, and returns whether all agree."""
    counts = [records(folder), malformed(folder), panels(folder), sealed(folder), divided(folder),
              bundles(folder, "bundles.json"), bundles(folder, "matter-bundles.json")]
    logs = [log(path) for path in sorted((folder / "logs").glob("*.json"))]
    same = all([count.show() for count in counts + [count for count, _ in logs]])
    agreed = sum(names.agreed for _, names in logs)
    print(f"names of refusals in logs: {agreed} of {agreed + sum(len(names.differ) for _, names in logs)} agree")
    for _, names in logs:
        for line in names.differ:
            print(f"  {names.name}: {line}")
    return same and bool(logs) and not any(names.differ for _, names in logs)
