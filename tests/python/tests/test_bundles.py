"""Bundles made here: what passes, and against which check each fault speaks."""

import unittest
from typing import Any

from folkmoot_verify import bundle
from folkmoot_verify.encoding import encode, hash_of
from folkmoot_verify.merkle import leaf_hash, node_hash
from tests import forge
from tests.writer import DAY, HOUR, START, Key, Writer, body

KEYS = {name: Key(number + 1) for number, name in enumerate(["ana", "ben", "log", "node", "other"])}
WHY, TEXT = body("why"), encode({"salt": bytes(16), "text": "why"})
CONSENT = {"consent": {"closing": DAY, "minimum": 0, "quorum": [1, 1], "versions": 3}}


def charter(**other: Any) -> dict:
    """A charter of ana and ben."""
    domain = {"name": "charter", "purpose": "All", "owner": "group", "affected": [], "stakes": "low",
              "reversibility": "easy", "rule": CONSENT, "people_only": True, "ceded": False}
    return {"name": "duo", "purpose": "To cook", "values": [], "roles": [], "domains": [domain],
            "members": [{"name": name, "kind": "person", "keys": [KEYS[name].public]} for name in ("ana", "ben")],
            "host": {"log_key": KEYS["log"].public, "node": KEYS["node"].public},
            "times": {"digest_every": 3, "receipt": HOUR},
            "participation": {"open_proposals": 5, "call_ins": 1}, **other}


def proposal(text: str = "x") -> dict:
    """An act that proposes a text."""
    return {"propose": {"title": "t", "why": WHY, "effects": [{"text": {"domain": "charter", "text": text}}]}}


class Bundles(unittest.TestCase):
    def setUp(self) -> None:
        self.log = Writer(charter(), KEYS, KEYS["log"])
        self.proposal = self.log.say("ana", proposal(), START + 1)
        self.log.say("ben", {"respond": {"proposal": self.proposal, "version": 1, "answer": "agree"}}, START + 2)
        self.log.act({"close": {"proposal": self.proposal}}, START + 3)
        self.unsealed = self.data()
        for name in ("ana", "ben"):
            self.log.say(name, {"seen": {}}, START + 4)
        self.sealed = self.data()

    def data(self) -> dict:
        """The bundle of the log as it is."""
        return {"bundle": 1, "log": self.log.state.log, "proposal": self.proposal, "past_entries": [],
                "past_namings": [], "entries": list(self.log.entries), "notes": [], "agreements": [], "texts": [TEXT]}

    def check(self, data: dict, checks: str) -> None:
        """Compares the first letters of what the checks say."""
        answer = bundle.check(encode(data))
        self.assertEqual("".join(result[0] for result, _ in answer.checks.values()), checks, answer.checks)

    def last(self, raw: bytes) -> dict:
        """The unsealed bundle with another last entry."""
        return {**self.unsealed, "entries": [*self.unsealed["entries"][:-1], raw]}

    def entry(self, act: dict, key: str = "log", version: int = 1, **other: Any) -> bytes:
        """An entry in place of the last one of the unsealed bundle."""
        number = len(self.unsealed["entries"]) - 1
        before = next(name for name, place in self.log.state.numbers.items() if place == number - 1)
        fields = {"log": self.log.state.log, "number": number, "previous": before, "time": START + 3, "cites": []}
        return KEYS[key].record("entry", [*(fields | other).values(), act], version)

    def test_passes(self) -> None:
        self.check(self.sealed, "ppppp")
        self.check({**self.sealed, "texts": [None]}, "ppppp")
        self.check(self.unsealed, "pppup")

    def test_entries(self) -> None:
        close = {"close": {"proposal": self.proposal}}
        self.check(self.last(self.entry(close)), "pppup")
        for other in ({"number": 9}, {"previous": bytes(32)}, {"log": bytes(32)}, {"time": START}):
            self.check(self.last(self.entry(close, **other)), "fuuuu")
        self.check(self.last(self.entry({"digest": {"digest": bytes(32)}})), "fuuuu")
        self.check(self.last(self.entry(close, key="other")), "ufuuu")
        self.check(self.last(self.entry(close, version=2)), "uuuuu")
        self.check(self.last(self.entry({"close": {"proposal": bytes(32)}})), "ppfuu")
        self.check(self.last(self.entry(close, cites=[b"\2" * 32, b"\1" * 32])), "ppfuu")
        self.check({**self.sealed, "entries": self.sealed["entries"][:-1]}, "fuuuu")
        self.check({**self.sealed, "entries": self.sealed["entries"][1:]}, "ppfuu")

    def test_statements(self) -> None:
        chains, log = self.log.state.chains, self.log.state.log

        def said(key: str = "other", act: dict | None = None, **other: Any) -> dict:
            content = {"log": log, "seen": log, "act": act or {"seen": {}}} | other
            return self.last(self.entry({"admit": {"statements": [KEYS[key].record("statement", content)]}}))
        self.check(said(), "ppfuu")
        self.check(said(log=bytes(32)), "fuuuu")
        self.check(said("ana"), "ufuuu")
        self.check(said("ana", previous=chains[KEYS["ana"].public]), "ufuuu")

    def test_founding(self) -> None:
        def founded(text: dict, *signers: str) -> dict:
            raw = [KEYS[name].record("founding", {"charter": hash_of(text)}) for name in signers]
            first = [None, 0, None, START, [], {"found": {"charter": text, "foundings": raw}}]
            return {**self.sealed, "entries": [KEYS["log"].record("entry", first)]}
        self.check(founded(charter(), "ana"), "fuuuu")
        self.check(founded(charter(), "other"), "ppfuu")
        self.check(founded(charter(), "ana", "ana"), "ppfuu")
        self.check(founded(charter(purpose=""), "ana"), "ppfuu")

    def test_rest(self) -> None:
        self.check({**self.sealed, "texts": []}, "ppppf")
        self.check({**self.sealed, "texts": [TEXT[:-1] + b"z"]}, "ppppf")
        self.check({**self.sealed, "notes": [KEYS["node"].record("note", [
            self.log.state.log, 1, None, bytes(32), START, None])]}, "pppfp")
        self.check({**self.sealed, "past_entries": [{"number": 0, "id": bytes(32), "path": []}]}, "fpppp")
        self.check({**self.sealed, "log": bytes(32)}, "fuuuu")
        self.check({**self.sealed, "proposal": bytes(32)}, "fuuuu")
        self.check({**self.sealed, "more": 1}, "fuuuu")
        self.check({**self.sealed, "bundle": 2}, "uuuuu")
        self.assertEqual(bundle.check(b"").verdict(), "fail")
        self.assertEqual(bundle.check(encode(self.sealed), log=bytes(32)).verdict(), "fail")
        self.assertEqual(bundle.check(encode(self.sealed), federation=bytes(32)).verdict(), "fail")

    def test_start(self) -> None:
        """A replay that goes on from a snapshot, with an entry of the time before that a statement has seen."""
        log = self.log
        while len(log.entries) % 3:
            log.say("ana", {"seen": {}}, START + 5)
        state, number, ids = log.state, len(log.entries), {place: name for name, place in log.state.numbers.items()}
        snapshot = state.snapshot()
        log.add([state.log, number, state.head["id"], START + 5, [], {"digest": {"digest": state.digest()}}])
        self.proposal = log.say("ana", proposal("y"), START + 6)
        old = KEYS["ben"].record("statement", {
            "log": state.log, "seen": ids[1], "previous": log.state.chains[KEYS["ben"].public],
            "act": {"respond": {"proposal": self.proposal, "version": 1, "answer": "agree"}}})
        log.act({"admit": {"statements": [old]}}, START + 6)
        log.act({"close": {"proposal": self.proposal}}, START + 6)
        data = self.data() | {"start": encode(snapshot), "entries": log.entries[number:]}
        self.check(data, "fuuuu")
        shown = {"number": 1, "id": ids[1], "path": path_to(ids, 1, snapshot["entries"][0])}
        self.check({**data, "past_entries": [shown]}, "ppuup")
        self.check({**data, "past_entries": [{**shown, "number": 0}]}, "fuuuu")
        more = {"number": 0, "id": ids[0], "path": path_to(ids, 0, snapshot["entries"][0])}
        self.check({**data, "past_entries": [more, shown]}, "fpuup")
        other = encode(snapshot | {"founded": START - 1})
        self.check({**data, "past_entries": [shown], "start": other}, "fuuuu")

    def test_forgeries(self) -> None:
        self.assertEqual(forge.passing(encode(self.sealed), 60), [])


def path_to(ids: dict[int, bytes], index: int, size: int) -> list[bytes]:
    """The path of an entry's id in its full subtree."""
    start, width = 0, 1 << (size.bit_length() - 1)
    while index >= start + width:
        start, size = start + width, size - width
        width = 1 << (size.bit_length() - 1)
    level, path, at = [leaf_hash(ids[place]) for place in range(start, start + width)], [], index - start
    while len(level) > 1:
        path.append(level[at ^ 1])
        level, at = [node_hash(*level[place:place + 2]) for place in range(0, len(level), 2)], at >> 1
    return path
