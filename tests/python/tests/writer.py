"""Writes signed records, logs and bundles for the tests, with keys from small numbers."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from folkmoot_verify.encoding import encode, hash_of
from folkmoot_verify.envelope import protected_header, to_be_signed, verify
from folkmoot_verify.replay import next_state
from folkmoot_verify.state import State

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_772_323_200_000


class Key:
    """An Ed25519 key whose seed is a number."""

    def __init__(self, number: int) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def record(self, kind: str, content: Any, version: int = 1) -> bytes:
        """A signed record."""
        protected, payload = protected_header(self.public, version), encode(content)
        signature = self.private.sign(to_be_signed(kind, protected, payload))
        return (b"\xd2\x84" + encode(protected) + b"\xa0" + encode(payload) + encode(signature))


def body(text: str) -> bytes:
    """The id of a body with this text."""
    return hash_of(["folkmoot", "body", {"salt": bytes(16), "text": text}])


class Writer:
    """Writes a log; what the verifier refuses is not written."""

    def __init__(self, charter: dict, keys: dict[str, Key], log_key: Key) -> None:
        self.keys, self.log_key, self.entries, self.ended = keys, log_key, [], []
        self.previous: dict[str, bytes] = {}
        foundings = [keys[member["name"]].record("founding", {"charter": hash_of(charter)})
                     for member in charter["members"] if member["kind"] == "person"]
        self.state: State | None = None
        self.add([None, 0, None, START, [], {"found": {"charter": charter, "foundings": foundings}}])

    def add(self, content: list) -> None:
        """Adds an entry."""
        raw = self.log_key.record("entry", content)
        self.state = next_state(self.state, raw)
        self.entries.append(raw)
        self.ended += self.state.ended

    def entry(self, act: dict, now: int) -> bytes:
        """An entry that would be the next."""
        head = self.state.head
        return self.log_key.record("entry", [self.state.log, head["number"] + 1, head["id"], now, [], act])

    def act(self, act: dict, now: int) -> None:
        """Adds an entry with an act of the host, after a digest if one is due."""
        state = self.state
        if state.head["number"] + 1 - state.digest_at >= state.charter["times"]["digest_every"]:
            head = state.head
            self.add([state.log, head["number"] + 1, head["id"], now, [], {"digest": {"digest": state.digest()}}])
        head = self.state.head
        self.add([self.state.log, head["number"] + 1, head["id"], now, [], act])

    def statement(self, name: str, act: dict) -> bytes:
        """A statement of a member."""
        content = {"log": self.state.log, "seen": self.state.head["id"], "act": act}
        previous = self.state.chains.get(self.keys[name].public)
        return self.keys[name].record("statement", content | ({"previous": previous} if previous else {}))

    def say(self, name: str, act: dict, now: int) -> bytes:
        """Adds an entry with one statement, and returns the statement's id."""
        raw = self.statement(name, act)
        self.act({"admit": {"statements": [raw]}}, now)
        return verify("statement", raw).id
