"""What the vectors do not show: keys and signatures at the edge, trees, numbers of panels, forms."""

import unittest

from folkmoot_verify import books, ladder, schema, seals
from folkmoot_verify.encoding import Refused, decode, encode, hash_of
from folkmoot_verify.envelope import verify
from folkmoot_verify.keys import L, P, SMALL_Y, is_key, is_small_order
from folkmoot_verify.merkle import Roots, leaf_hash, node_hash
from tests import writer


def double(y: int) -> int:
    """The y of twice a point with this y."""
    d = -121665 * pow(121666, -1, P) % P
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    return (y * y + x2) * pow(2 - y * y + x2, -1, P) % P


class Keys(unittest.TestCase):
    def test_small_order(self) -> None:
        for y in SMALL_Y:
            self.assertEqual(double(double(double(y))), 1)
            for sign in (0, 1 << 255):
                self.assertFalse(is_key((y | sign).to_bytes(32, "little")))
        self.assertTrue(is_small_order((P + 1).to_bytes(32, "little")))

    def test_canonical(self) -> None:
        key = writer.Key(1).public
        self.assertTrue(is_key(key))
        for y in (3, 4, 5, 6):  # some are on the curve; none may be written as y + p
            self.assertFalse(is_key((y + P).to_bytes(32, "little")))

    def test_signature(self) -> None:
        key = writer.Key(1)
        raw = key.record("founding", {"charter": bytes(32)})
        self.assertEqual(verify("founding", raw).content, {"charter": bytes(32)})
        s = int.from_bytes(raw[-32:], "little")
        with self.assertRaisesRegex(Refused, "forged"):
            verify("founding", raw[:-32] + (s + L).to_bytes(32, "little"))
        with self.assertRaisesRegex(Refused, "forged"):
            verify("founding", raw[:-64] + (1).to_bytes(32, "little") + raw[-32:])
        with self.assertRaisesRegex(Refused, "unknown"):
            verify("founding", key.record("founding", {"charter": bytes(32)}, version=2))
        with self.assertRaisesRegex(Refused, "forged"):
            verify("founding", raw[:47] + b"\x02" + raw[48:])


def portion(start: int, until: int, amount: int) -> dict:
    """So much from one moment to before another."""
    return {"window": {"from": start, "until": until}, "amount": amount}


class Capacity(unittest.TestCase):
    def test_peak(self) -> None:
        self.assertEqual(books.peak([]), 0)
        self.assertEqual(books.peak([portion(0, 5, 2), portion(5, 9, 3)]), 3)  # an end does not belong to its window
        self.assertEqual(books.peak([portion(0, 6, 2), portion(5, 9, 3)]), 5)

    def test_expiry(self) -> None:
        requester, own = b"r" * 32, b"o" * 32
        terms = {"requester": requester, "closer": own, "by": 40, "lines": []}
        name = hash_of(["folkmoot", "terms", terms])
        deal = {"terms": terms, "stated_by": own, "accepted": [20, 50], "accepts": [[requester, 19]], "declined": [],
                "lapses": [], "released": []}

        def held(**more: object) -> books.Books:
            return books.Books({"barn": {"capacity": 2, "promises": {
                name: {"portions": [portion(10, 99, 1)], "held_until": 50},
                b"b": {"portions": [portion(10, 49, 1), portion(60, 99, 1)]}}}}, {name: {**deal, **more}})

        answered = held()
        answered.expire(own, 49)
        self.assertEqual(answered.ledgers["barn"]["promises"][b"b"]["portions"], [portion(60, 99, 1)])
        self.assertEqual((answered.held_until(name), answered.pauses), (50, {}))
        answered.expire(own, 50)
        self.assertEqual((answered.held_until(name), answered.pauses), (None, {}))
        self.assertEqual(answered.deals[name]["spent"], 80)
        left = held(declined=[requester])
        left.expire(own, 50)
        self.assertEqual((left.pauses, "spent" in left.deals[name]), ({requester: 80}, False))
        named = held(accepts=[])
        named.expire(own, 50)
        self.assertEqual((named.pauses, "spent" in named.deals[name]), ({}, False))

    def test_over(self) -> None:
        """Terms are forgotten when nothing can come of them; not before the own log has said what it has to."""
        own, last = b"o" * 32, 40 + books.TERMS_KEPT
        terms = {"requester": b"r" * 32, "closer": own, "by": 40, "lines": []}
        deal = {"terms": terms, "stated_by": b"r" * 32, "accepts": [], "declined": [], "lapses": [], "released": []}
        closed = books.Books(deals={b"a": {**deal, "closing": {"commits": False, "at": 41}}, b"b": deal})
        closed.forget(own, last)
        self.assertEqual(sorted(closed.deals), [b"a", b"b"])
        closed.forget(own, last + 1)
        self.assertEqual(sorted(closed.deals), [b"b"])

    def test_stock_has_no_window(self) -> None:
        stock = {"kind": "stock"}
        self.assertTrue(books.admits(stock, portion(0, books.LATEST, 1), 7))
        self.assertFalse(books.admits(stock, portion(0, books.LATEST - 1, 1), 7))
        self.assertFalse(books.admits(stock, portion(0, books.LATEST, 0), 7))


class Forms(unittest.TestCase):
    def test_decode(self) -> None:
        self.assertEqual(decode(encode({"bb": 1, "a": [None, True, -1]})), {"bb": 1, "a": [None, True, -1]})
        for bad in ("", "1800", "f90000", "f7", "c000", "a1016161", "a2616200616100", "a2616100616100", "9f00ff",
                    "0000", "61ff", "81" * 17 + "00", "991001" + "00" * 4097):
            with self.assertRaises(Refused, msg=bad[:20]):
                decode(bytes.fromhex(bad))
        self.assertEqual(decode(bytes.fromhex("81" * 16 + "00"))[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0], 0)

    def test_fraction(self) -> None:
        for bad in ([1, 0], [2, 4], [3, 2], [0, 2], [1], [True, 1]):
            with self.assertRaises(Refused, msg=str(bad)):
                schema.fraction(bad, "")
        schema.fraction([0, 1], "")


class Counting(unittest.TestCase):
    def test_bars(self) -> None:
        self.assertFalse(ladder.meets({"more_than": [1, 2]}, 2, 4))
        self.assertTrue(ladder.meets({"at_least": [1, 2]}, 2, 4))
        self.assertFalse(ladder.meets({"at_least": [1, 2]}, 0, 0))
        self.assertEqual(ladder.share([2, 3], 4), 3)

    def test_panels(self) -> None:
        shown = [(m, p.liars, p.seal, p.settle) for m in range(14) for p in [seals.panel(m)]]
        self.assertEqual(shown[0][1], 0)
        self.assertEqual(shown[6], (6, 1, 5, 3))
        self.assertEqual(shown[13], (13, 2, 10, 6))


class Trees(unittest.TestCase):
    def test_roots(self) -> None:
        items = [bytes([n]) for n in range(11)]
        roots = Roots()
        for item in items:
            roots = roots.push(item)
            self.assertTrue(roots.is_whole())
        a, b = (leaf_hash(item) for item in items[8:10])
        self.assertEqual(roots.roots[1:], (node_hash(a, b), leaf_hash(items[10])))
        self.assertTrue(roots.holds(items[9], 9, [a]))
        self.assertFalse(roots.holds(items[9], 8, [a]))
        self.assertTrue(roots.holds(items[10], 10, []))
        self.assertFalse(roots.holds(items[10], 11, []))
