"""Merkle trees that only grow, kept as the roots of their full subtrees (RFC 9162 section 2.1.1, section 11)."""

from .encoding import sha256


def leaf_hash(item: bytes) -> bytes:
    """The hash of an item."""
    return sha256(b"\x00" + item)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right)


class Roots:
    """The roots of the full subtrees, the largest first."""

    def __init__(self, size: int = 0, roots: tuple[bytes, ...] = ()) -> None:
        self.size, self.roots = size, roots

    def push(self, item: bytes) -> "Roots":
        """The roots with one item more."""
        roots, last, size = self.roots, leaf_hash(item), self.size
        while size & 1:
            roots, last, size = roots[:-1], node_hash(roots[-1], last), size >> 1
        return Roots(self.size + 1, (*roots, last))

    def as_data(self) -> list:
        """As in a snapshot."""
        return [self.size, list(self.roots)]

    def is_whole(self) -> bool:
        """Whether there is one root for each 1 in the size."""
        return self.size.bit_count() == len(self.roots)

    def holds(self, item: bytes, index: int, path: list[bytes]) -> bool:
        """Whether a path shows an item at a place."""
        if not 0 <= index < self.size:
            return False
        start, place = 0, 0
        for level in reversed(range(self.size.bit_length())):
            if not self.size >> level & 1:
                continue
            if index < start + (1 << level):
                break
            start, place = start + (1 << level), place + 1
        if len(path) != level:
            return False
        found, index = leaf_hash(item), index - start
        for beside in path:
            found = node_hash(beside, found) if index & 1 else node_hash(found, beside)
            index >>= 1
        return found == self.roots[place]
