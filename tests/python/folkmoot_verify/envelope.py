"""Signed records: COSE_Sign1 in the one form of section 2, and strict Ed25519."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from . import schema
from .encoding import Refused, decode, encode, head, malformed, sha256
from .keys import L, is_key, is_small_order

PAYLOAD_BYTES = {"founding": 1024, "statement": 49152, "entry": 65536, "receipt": 1024, "note": 1024}
VERSION = 1


@dataclass(frozen=True)
class Record:
    """A record whose form and signature are good."""

    kind: str
    key: bytes
    id: bytes
    content: Any
    raw: bytes


def protected_header(key: bytes, version: int = VERSION) -> bytes:
    """The bytes of the protected header."""
    return b"\xa3\x01\x27\x04\x58\x20" + key + b"\x3a\x00\x01\x00\x00" + encode(version)


def to_be_signed(kind: str, protected: bytes, payload: bytes) -> bytes:
    """What the signature is over."""
    return encode(["Signature1", protected, encode(["folkmoot", VERSION, kind]), payload])


def split(kind: str, raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Protected header, payload and signature of a record in the fixed form."""
    if raw[:4] != b"\xd2\x84\x58\x2c" or raw[48:49] != b"\xa0":
        raise malformed("not a record in its fixed form")
    protected = raw[4:48]
    if protected[:6] != b"\xa3\x01\x27\x04\x58\x20" or protected[38:43] != b"\x3a\x00\x01\x00\x00":
        raise malformed("another protected header")
    major, size, at = head(raw, 49)
    if major != 2 or size > PAYLOAD_BYTES[kind]:
        raise malformed("a payload that is no byte string, or is too long")
    end = at + size
    if raw[end:end + 2] != b"\x58\x40" or len(raw) != end + 66:
        raise malformed("a signature of another form")
    return protected, raw[at:end], raw[end + 2:]


@lru_cache(maxsize=10_000)
def verify(kind: str, raw: bytes) -> Record:
    """The record in these bytes, or why it is refused; what is in a record is never changed."""
    protected, payload, signature = split(kind, raw)
    key, version = protected[6:38], protected[43]
    if version > 23:
        raise malformed("a version that is no number")
    if not is_key(key):
        raise Refused("key", "", "no public key")
    message = Sign1Message.decode(raw)
    message.external_aad = encode(["folkmoot", VERSION, kind])
    message.key = OKPKey(crv=Ed25519, x=key)
    strict = int.from_bytes(signature[32:], "little") < L and not is_small_order(signature[:32])
    if not strict or not message.verify_signature():
        raise Refused("forged", "", "the signature does not verify")
    if version != VERSION:
        raise Refused("unknown", "", f"rules version {version}")
    content = decode(payload)
    schema.RECORDS[kind](content, kind)
    return Record(kind, key, sha256(to_be_signed(kind, protected, payload)), content, raw)


def inside(kind: str, raw: bytes) -> Record:
    """A record in an entry."""
    try:
        return verify(kind, raw)
    except Refused as refused:
        raise Refused(refused.kind, "inside", refused.message) from refused
