"""Signed records: COSE_Sign1 in the one form of section 2, and strict Ed25519."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from . import schema
from .encoding import Refused, decode, encode, head, malformed, sha256

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
L = 2**252 + 27742317777372353535851937790883648493
# The y of the points whose order divides 8: neutral, order 2, both of order 4, and two for the four of order 8.
SMALL_Y = (1, P - 1, 0, 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
           0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826)

PAYLOAD_BYTES = {"founding": 1024, "statement": 49152, "entry": 65536, "receipt": 1024, "note": 1024}
VERSION = 1


def is_small_order(point: bytes) -> bool:
    """Whether an encoding of a point names one of small order."""
    return (int.from_bytes(point, "little") & (2**255 - 1)) % P in SMALL_Y


@lru_cache(maxsize=100_000)
def is_key(key: bytes) -> bool:
    """Whether these are 32 bytes that canonically encode a point of the curve, not of small order."""
    if len(key) != 32:
        return False
    y = int.from_bytes(key, "little") & (2**255 - 1)
    if y >= P or is_small_order(key):
        return False
    # x^2 = (y^2 - 1) / (d y^2 + 1) has to be a square; x is 0 only for points of small order.
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    return pow(x2, (P - 1) // 2, P) == 1


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


def verify(kind: str, raw: bytes) -> Record:
    """The record in these bytes, or why it is refused."""
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
