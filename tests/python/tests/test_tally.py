"""What the vectors do not show of counts; each was compared with the program on random logs."""

import unittest

from folkmoot_verify import tally


def count(method: str, options: str, ballots: list[str], seats: int = 1, **more: object) -> tally.Result:
    """A count of options with one letter; a ballot is ranks with spaces between."""
    rule = {"method": method, "seats": seats, "unranked": "last", **more}
    rankings = [[list(rank) for rank in ballot.split()] for ballot in ballots]
    return tally.count(rule, list(options), {label: {} for label in options}, rankings)


class Counts(unittest.TestCase):
    def test_schulze(self) -> None:
        ballots = (["a c b e d"] * 5 + ["a d e c b"] * 5 + ["b e d a c"] * 8 + ["c a b e d"] * 3 + ["c a e b d"] * 7
                   + ["c b a d e"] * 2 + ["d c e b a"] * 7 + ["e b a d c"] * 8)
        found = count("schulze", "abcde", ballots)
        self.assertEqual((found.winners, found.ranking), (["e"], [["e"], ["a"], ["c"], ["b"], ["d"]]))

    def test_irv(self) -> None:
        self.assertEqual(count("irv", "abc", ["a b"] * 4 + ["b a"] * 3 + ["c b"] * 2).ranking, [["b"], ["a"], ["c"]])

    def test_a_tie_of_all_who_are_left_is_over_a_seat(self) -> None:
        found = count("irv", "ab", ["a", "b"])
        self.assertEqual((found.tied, found.over), (["a", "b"], "seat"))

    def test_nobody(self) -> None:
        self.assertEqual(count("stv", "ab", []).winners, [])

    def test_surplus(self) -> None:
        found = count("stv", "abc", ["a b"] * 6 + ["c"] * 2, seats=2, unranked="ignore")
        self.assertEqual(found.ranking, [["a"], ["b"], ["c"]])


if __name__ == "__main__":
    unittest.main()
