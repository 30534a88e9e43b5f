"""Counts ranked ballots (section 9): Schulze, instant runoff and the single transferable vote, in exact numbers."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from math import ceil, floor
from typing import Callable, Iterable

Ballot = list[list[str]]


@dataclass
class Result:
    """Who won, in order; how all rank; and the tie that ended the count."""

    winners: list[str] = field(default_factory=list)
    ranking: list[list[str]] = field(default_factory=list)
    tied: list[str] | None = None
    over: str = "seat"


class Tied(Exception):
    """A tie that stays."""

    def __init__(self, among: list[str], over: str) -> None:
        super().__init__(over)
        self.among, self.over = among, over


def ballots_of(rankings: Iterable[Ballot], options: list[str], unranked: str) -> list[Ballot]:
    """The ballots as they count among these options; those that rank none of them are left out."""
    found = []
    for ranking in rankings:
        ballot = [rank for rank in ([label for label in rank if label in options] for rank in ranking) if rank]
        rest = [label for label in options if not any(label in rank for rank in ballot)]
        if ballot:
            found.append(ballot + ([rest] if rest and unranked == "last" else []))
    return found


class Count:
    """A count: its rule, the options in their order, the ballots, and who has won so far."""

    def __init__(self, rule: dict, options: list[str], tags: dict[str, dict], ballots: list[Ballot]) -> None:
        self.rule, self.options, self.tags, self.ballots = rule, options, tags, ballots
        self.seats = rule["seats"]
        self.winners: list[str] = []
        self.rounds: list[dict[str, Fraction]] = []
        self.prefer = {(a, b): 0 for a in options for b in options}
        for ballot in ballots:
            for place, rank in enumerate(ballot):
                for below in ballot[place + 1:]:
                    for a in rank:
                        for b in below:
                            self.prefer[a, b] += 1

    def beats(self, a: str, b: str) -> bool:
        """Whether more ballots prefer the one than the other."""
        return self.prefer[a, b] > self.prefer[b, a]

    # ---- seats and ties

    def fits(self, names: list[str]) -> bool:
        """Whether `at_most` leaves room for all of these."""
        for limit in self.rule.get("at_most", []):
            values = [self.tags[name].get(limit["tag"]) for name in self.winners + names]
            if any(value is not None and values.count(value) > limit["count"] for value in values):
                return False
        return True

    def seat(self, names: list[str]) -> list[str]:
        """Seats equals, as far as there is room, and returns who won."""
        seated: list[str] = []
        while True:
            names = [name for name in names if name not in self.winners and self.fits([name])]
            room = self.seats - len(self.winners)
            if not names or not room:
                return seated
            if len(names) > room or not self.fits(names):
                won = self.narrow(names, "seat", room)
            else:
                won = names
            self.winners += won
            seated += won

    def narrow(self, names: list[str], over: str, room: int = 0) -> list[str]:
        """The one of those who tie who leaves, or those who win as soon as there is room for all of them."""
        def enough() -> bool:
            return len(names) == 1 or len(names) <= room and self.fits(names)
        for way in self.rule.get("ties", []):
            if not enough():
                names = getattr(self, way)(names, over)
        if not enough():
            raise Tied(names, over)
        return names

    def earlier(self, names: list[str], over: str) -> list[str]:
        """Those with the fewest, or most, votes in the latest round before in which they differ, and so on."""
        for votes in reversed(self.rounds[:-1]):
            best = (min if over == "elimination" else max)(votes[name] for name in names)
            names = [name for name in names if votes[name] == best]
        return names

    def pairwise(self, names: list[str], over: str) -> list[str]:
        """Those who beat none of the others, or are beaten by none, if there are such."""
        def plain(a: str, b: str) -> bool:
            return not (self.beats(a, b) if over == "elimination" else self.beats(b, a))
        return [a for a in names if all(plain(a, b) for b in names if b != a)] or names

    def order(self, names: list[str], over: str) -> list[str]:
        """The last, or first, of the options."""
        return [names[-1 if over == "elimination" else 0]]

    # ---- methods

    def schulze(self) -> list[list[str]]:
        """The ranking by strongest paths."""
        path = {pair: self.prefer[pair] if self.beats(*pair) else 0 for pair in self.prefer}
        for c in self.options:
            for a in self.options:
                for b in self.options:
                    path[a, b] = max(path[a, b], min(path[a, c], path[c, b]))
        left, ranking = list(self.options), []
        while left:
            top = [a for a in left if not any(path[b, a] > path[a, b] for b in left)]
            ranking.append(top)
            left = [a for a in left if a not in top]
        for rank in ranking:
            self.seat(rank)
        return ranking

    def last(self, votes: dict[str, Fraction]) -> list[str]:
        """Who leaves."""
        fewest = min(votes.values())
        least = self.in_order(name for name in votes if votes[name] == fewest)
        others = [number for number in votes.values() if number != fewest]
        if others and fewest * len(least) < min(others) and len(others) >= self.seats - len(self.winners):
            return least
        try:
            return self.narrow(least, "elimination")
        except Tied as tie:
            raise Tied(tie.among, "seat" if len(least) == len(votes) else "elimination") from tie

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Names in the order of the options."""
        return sorted(names, key=self.options.index)

    def by_votes(self, names: Iterable[str], votes: dict[str, Fraction]) -> list[list[str]]:
        """Names by their votes, most first, equals together."""
        names = sorted(self.in_order(names), key=lambda name: -votes[name])
        return [list(group) for _, group in groupby(names, key=lambda name: votes[name])]

    def cut(self, number: Fraction, away: Callable[[Fraction], int] = floor) -> Fraction:
        """A number cut off, or rounded another way, behind the decimals, if the rule has any."""
        if "decimals" not in self.rule:
            return number
        unit = 10 ** self.rule["decimals"]
        return Fraction(away(number * unit), unit)

    def holders(self, ballot: Ballot, there: list[str]) -> list[str]:
        """To whom of those in the count a ballot's vote belongs."""
        return next((found for found in ([name for name in rank if name in there] for rank in ballot) if found), [])

    def irv(self) -> list[list[str]]:
        """Rounds until one has more than half."""
        there, left = list(self.options), []
        while True:
            votes = dict.fromkeys(there, Fraction(0))
            for ballot in self.ballots:
                mine = self.holders(ballot, there)
                for name in mine:
                    votes[name] += Fraction(1, len(mine))
            self.rounds.append(votes)
            ahead = [name for name in there if 2 * votes[name] > sum(votes.values()) or len(there) == 1]
            if ahead:
                self.seat(ahead)
                others = [name for name in there if name not in self.winners]
                return [[name] for name in self.winners] + self.by_votes(others, votes) + left
            gone = self.last(votes)
            left = [gone] + left
            there = [name for name in there if name not in gone]

    def stv(self) -> list[list[str]]:
        """Rounds of winning, passing on and leaving."""
        there, left, won = list(self.options), [], []
        loose = [(ballot, Fraction(1)) for ballot in self.ballots]
        held: dict[str, list[tuple[Ballot, Fraction]]] = {}
        quota = Fraction(len(self.ballots), self.seats)
        if self.rule.get("quota", "droop") == "droop":
            quota = Fraction(len(self.ballots) // (self.seats + 1) + 1)
        quota = self.cut(quota, ceil)
        while True:
            votes = {name: sum((worth for _, worth in held.get(name, [])), Fraction(0)) for name in self.options}
            for ballot, worth in loose:
                mine = self.holders(ballot, there)
                for name in mine:
                    votes[name] += self.cut(worth / len(mine))
            self.rounds.append(votes)
            new: list[str] = []
            for group in self.by_votes([name for name in there if votes[name] >= quota], votes):
                seated = self.seat(group)
                won += [self.in_order(seated)] if seated else []
                new += seated
            loose = self.keep(loose, held, there, new)
            there = [name for name in there if name not in new]
            room = self.seats - len(self.winners)
            if not room or not there:
                return won + self.by_votes(there, votes) + left
            barred = [name for name in there if not self.fits([name])]
            surplus = {name: votes[name] - quota for name in held if votes[name] > quota}
            if barred:
                gone = barred
            elif len(there) <= room:
                for group in self.by_votes(there, votes):
                    seated = self.seat(group)
                    won += [self.in_order(seated)] if seated else []
                others = [name for name in there if name not in self.winners]
                return won + self.by_votes(others, votes) + left
            elif surplus:
                most = max(surplus.values())
                for name in [name for name in surplus if surplus[name] == most]:
                    factor = most / votes[name]
                    loose += [(ballot, self.cut(worth * factor)) for ballot, worth in held[name]]
                    # What stays behind is the quota, and is never looked at again.
                    held[name] = [([], quota)]
                continue
            else:
                gone = self.last({name: votes[name] for name in there})
            left = [gone] + left
            there = [name for name in there if name not in gone]

    def keep(self, loose: list, held: dict, there: list[str], new: list[str]) -> list:
        """Gives the new winners their shares to hold, and returns the ballots with what they are worth to others."""
        rest = []
        for name in new:
            held[name] = []
        for ballot, worth in loose:
            mine = self.holders(ballot, there)
            taken = [name for name in mine if name in new]
            if taken:
                share = self.cut(worth / len(mine))
                for name in taken:
                    held[name].append((ballot, share))
                worth = share * (len(mine) - len(taken))
            if worth:
                rest.append((ballot, worth))
        return rest


def count(rule: dict, options: list[str], tags: dict[str, dict], rankings: Iterable[Ballot]) -> Result:
    """Counts ballots by a rule."""
    ballots = ballots_of(rankings, options, rule["unranked"])
    if not ballots:
        return Result()
    counting = Count(rule, options, tags, ballots)
    try:
        ranking = getattr(counting, rule["method"])()
    except Tied as tie:
        return Result(counting.winners, [], tie.among, tie.over)
    return Result(counting.winners, ranking)
