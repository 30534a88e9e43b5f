"""Deterministic CBOR as section 1 of the protocol narrows it."""

import hashlib
from typing import Any

import cbor2

DEPTH = 16
FILE_DEPTH = 20
ITEMS = 4096
BUNDLE_ITEMS = 1_048_576


class Refused(Exception):
    """Why bytes, a statement or an entry are refused: the kind, the rule and a message."""

    def __init__(self, kind: str, rule: str = "", message: str = "") -> None:
        super().__init__(f"{kind}/{rule}: {message}" if rule else f"{kind}: {message}")
        self.kind, self.rule, self.message = kind, rule, message


def malformed(message: str) -> Refused:
    """A refusal of bytes that have no right form."""
    return Refused("malformed", "", message)


def encode(value: Any) -> bytes:
    """The one encoding of a value."""
    return cbor2.dumps(value, canonical=True)


def sha256(data: bytes) -> bytes:
    """SHA-256 of some bytes."""
    return hashlib.sha256(data).digest()


def hash_of(value: Any) -> bytes:
    """SHA-256 of a value's encoding."""
    return sha256(encode(value))


def head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the place after the head at `at`, which is the shortest."""
    if at >= len(data):
        raise malformed("the bytes end too soon")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24:
        return major, info, at
    if info > 27:
        raise malformed("an indefinite length or a reserved head")
    size = 1 << (info - 24)
    if at + size > len(data):
        raise malformed("the bytes end too soon")
    argument = int.from_bytes(data[at:at + size], "big")
    if argument < (24 if size == 1 else 1 << (4 * size)):
        raise malformed("a head that is not the shortest")
    return major, argument, at + size


def _scan(data: bytes, at: int, depth: int, items: int) -> int:
    """Goes over one item, which nests up to `depth`, and returns the place after it."""
    start = at
    major, argument, at = head(data, at)
    if major in (2, 3):
        at += argument
        if at > len(data):
            raise malformed("the bytes end too soon")
    elif major in (4, 5):
        if depth <= 0:
            raise malformed("nested too deep")
        if argument > items:
            raise malformed("too many items")
        before = b""
        for _ in range(argument):
            if major == 5:
                key = at
                if at >= len(data) or data[at] >> 5 != 3:
                    raise malformed("a map key that is no text")
                at = _scan(data, at, depth - 1, items)
                if data[key:at] <= before:
                    raise malformed("map keys that are not sorted")
                before = data[key:at]
            at = _scan(data, at, depth - 1, items)
    elif major == 6 or major == 7 and data[start] not in (0xF4, 0xF5, 0xF6):
        raise malformed("a tag, a float or another simple value")
    return at


def decode(data: bytes, items: int = ITEMS) -> Any:
    """The value of an encoding; anything that is not the one encoding of a value is refused."""
    if _scan(data, 0, DEPTH if items == ITEMS else FILE_DEPTH, items) != len(data):
        raise malformed("bytes after the item")
    try:
        value = cbor2.loads(data)
    except (ValueError, EOFError) as error:
        raise malformed(str(error)) from error
    if encode(value) != data:
        raise malformed("not the one encoding of its value")
    return value
