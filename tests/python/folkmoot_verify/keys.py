"""Public keys: points of the curve of Ed25519 (section 2)."""

from functools import lru_cache

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
L = 2**252 + 27742317777372353535851937790883648493
# The y of the points whose order divides 8: neutral, order 2, both of order 4, and two for the four of order 8.
SMALL_Y = (1, P - 1, 0, 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
           0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826)


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
