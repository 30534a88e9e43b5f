"""Counts ranked ballots: Schulze, instant runoff and the single transferable vote (section 9)."""

from fractions import Fraction
from math import floor
from typing import Any

Ballot = list[list[str]]


class Tie(Exception):
    """A tie that stays: among whom, and over what."""

    def __init__(self, among: list[str], over: str) -> None:
        super().__init__(over)
        self.among, self.over = among, over


class Count:
    """One count of the options that were not withdrawn."""

    def __init__(self, rule: dict, options: list[str], tags: dict[str, dict], ballots: list[Ballot]) -> None:
        self.rule, self.options, self.tags = rule, options, tags
        self.ties, self.seats = rule.get("ties", []), rule["seats"]
        self.winners: list[str] = []
        self.ballots = []
        for ballot in ballots:
            ranks = [[name for name in rank if name in options] for rank in ballot]
            ranks = [rank for rank in ranks if rank]
            if ranks:
                self.ballots.append(ranks)
        self.prefers = {one: {other: self.preferring(one, other) for other in options} for one in options}
        self.rounds: list[dict[str, Fraction]] = []

    def preferring(self, one: str, other: str) -> int:
        """How many ballots prefer one option to another."""
        found = 0
        for ballot in self.ballots:
            place = {name: number for number, rank in enumerate(ballot) for name in rank}
            if self.rule["unranked"] == "last":
                found += place.get(one, len(ballot)) < place.get(other, len(ballot))
            else:
                found += one in place and other in place and place[one] < place[other]
        return found

    def room(self) -> int:
        """How many seats are left."""
        return self.seats - len(self.winners)

    def fits(self, names: list[str]) -> bool:
        """Whether these may win together with those who have won."""
        for bound in self.rule.get("at_most", []):
            tags = [self.tags[name] for name in [*self.winners, *names]]
            values = [tag[bound["tag"]] for tag in tags if bound["tag"] in tag]
            if any(values.count(value) > bound["count"] for value in values):
                return False
        return True

    def may_win(self, names: list[str]) -> list[str]:
        """Those who may still win."""
        return [name for name in names if self.fits([name])]

    def narrow(self, names: list[str], over: str) -> str:
        """The one of several equals who is chosen to win or to leave."""
        left = list(names)
        for way in self.ties:
            if len(left) == 1:
                break
            if way == "order":
                left = left[-1:] if over == "elimination" else left[:1]
            elif way == "earlier":
                for earlier in reversed(self.rounds[:-1]):
                    votes = [earlier.get(name, Fraction(0)) for name in left]
                    if len(set(votes)) > 1:
                        best = min(votes) if over == "elimination" else max(votes)
                        left = [name for name, vote in zip(left, votes) if vote == best]
            else:
                left = self.pairwise(left, over) or left
        if len(left) > 1:
            raise Tie(left, over)
        return left[0]

    def pairwise(self, names: list[str], over: str) -> list[str]:
        """Those who beat none of the others, or to whom none of the others is preferred."""
        def beats(one: str, other: str) -> bool:
            return self.prefers[one][other] > self.prefers[other][one]
        if over == "elimination":
            return [one for one in names if not any(beats(one, other) for other in names)]
        return [one for one in names if not any(beats(other, one) for other in names)]

    def seat(self, equals: list[str]) -> None:
        """Seats equals, as far as there is room."""
        may = self.may_win(equals)
        while may and self.room():
            if len(may) <= self.room() and self.fits(may):
                self.winners += may
                return
            chosen = self.narrow(may, "seat")
            self.winners.append(chosen)
            may = self.may_win([name for name in may if name != chosen])

    def schulze(self) -> list[list[str]]:
        """Seats by strongest paths and returns the ranking."""
        names, path = self.options, {}
        for one in names:
            for other in names:
                won = self.prefers[one][other] > self.prefers[other][one]
                path[one, other] = self.prefers[one][other] if won else 0
        for middle in names:
            for one in names:
                for other in names:
                    if len({one, middle, other}) == 3:
                        path[one, other] = max(path[one, other], min(path[one, middle], path[middle, other]))
        ranking, left = [], list(names)
        while left:
            top = [name for name in left if not any(path[other, name] > path[name, other] for other in left
                                                    if other != name)]
            ranking.append(top)
            left = [name for name in left if name not in top]
        for rank in ranking:
            self.seat(rank)
        return ranking

    # ---- rounds

    def cut(self, value: Fraction) -> Fraction:
        """A share or a worth, cut off where the rule says so."""
        decimals = self.rule.get("decimals")
        return value if decimals is None else Fraction(floor(value * 10**decimals), 10**decimals)

    def held(self, ballot: Ballot, there: list[str]) -> list[str]:
        """To whom of those in the count a ballot belongs."""
        for rank in ballot:
            found = [name for name in rank if name in there]
            if found:
                return found
        return []

    def last(self, votes: dict[str, Fraction], left: list[str], seats: int) -> list[str]:
        """Who leaves."""
        order = sorted(left, key=lambda name: votes[name])
        for size in range(len(order) - 1, 1, -1):
            if sum(votes[name] for name in order[:size]) < votes[order[size]] and len(order) - size >= seats:
                return [name for name in left if name in order[:size]]
        fewest = [name for name in left if votes[name] == votes[order[0]]]
        return [fewest[0] if len(fewest) == 1 else self.narrow(fewest, "elimination")]

    def by_votes(self, names: list[str], votes: dict[str, Fraction]) -> list[list[str]]:
        """Names by their votes, most first, equals together."""
        found = sorted({votes[name] for name in names}, reverse=True)
        return [[name for name in names if votes[name] == vote] for vote in found]

    def runoff(self) -> list[list[str]]:
        """Seats one by instant runoff and returns the ranking."""
        left, gone = self.may_win(self.options), []
        while left:
            votes = {name: Fraction(0) for name in left}
            for ballot in self.ballots:
                found = self.held(ballot, left)
                for name in found:
                    votes[name] += Fraction(1, len(found))
            self.rounds.append(votes)
            won = [name for name in left if 2 * votes[name] > sum(votes.values()) or len(left) == 1]
            if won:
                self.winners = won
                return [won, *self.by_votes([name for name in left if name not in won], votes), *gone]
            out = self.last(votes, left, 1)
            gone = self.by_votes(out, votes) + gone
            left = [name for name in left if name not in out]
        return gone

    def transferable(self) -> list[list[str]]:
        """Seats several by the single transferable vote and returns the ranking."""
        quota = Fraction(len(self.ballots), self.seats)
        if self.rule.get("quota", "droop") == "droop":
            quota = Fraction(len(self.ballots) // (self.seats + 1) + 1)
        elif "decimals" in self.rule:
            quota = -self.cut(-quota)
        left, gone, order = list(self.options), [], []
        piles: dict[str, list[tuple[Fraction, Ballot]]] = {name: [] for name in left}

        def share(free: list[tuple[Fraction, Ballot]]) -> None:
            for value, ballot in free:
                found = self.held(ballot, left)
                for name in found:
                    piles[name].append((self.cut(value / len(found)), ballot))
        share([(Fraction(1), ballot) for ballot in self.ballots])
        waiting: dict[str, Fraction] = {}
        while True:
            votes = {name: sum((value for value, _ in piles[name]), Fraction(0)) for name in left}
            self.rounds.append(votes)
            for equals in self.by_votes([name for name in left if votes[name] >= quota], votes):
                before = len(self.winners)
                self.seat(equals)
                for name in self.winners[before:]:
                    waiting[name] = votes[name]
                if self.winners[before:]:
                    order.append(self.winners[before:])
            left = [name for name in left if name not in self.winners]
            if not self.room() or not left:
                break
            barred = [name for name in left if not self.fits([name])]
            over = {name: vote - quota for name, vote in waiting.items() if vote > quota}
            if barred:
                out = barred
            elif len(left) <= self.room() and self.fits(left):
                for equals in self.by_votes(left, votes):
                    self.winners += equals
                    order.append(equals)
                left = []
                break
            elif over:
                most = max(over.values())
                free = []
                for name in [name for name in over if over[name] == most]:
                    free += [(self.cut(value * over[name] / waiting[name]), ballot) for value, ballot in piles[name]]
                    del waiting[name]
                    piles[name] = []
                share(free)
                continue
            else:
                out = self.last(votes, left, self.room())
            gone = self.by_votes(out, votes) + gone
            left = [name for name in left if name not in out]
            free = [item for name in out for item in piles.pop(name)]
            share(free)
        return [*order, *self.by_votes(left, self.rounds[-1]), *gone]


def count(rule: dict, options: list[str], tags: dict[str, dict], ballots: list[Ballot]) -> tuple[bool, Any]:
    """Whether somebody won, and the reason: elected (without the quorum), tied, or nobody elected."""
    counting = Count(rule, options, tags, ballots)
    if not options or not counting.ballots:
        return False, "nobody_elected"
    try:
        ranking = {"schulze": counting.schulze, "irv": counting.runoff, "stv": counting.transferable}[rule["method"]]()
    except Tie as tie:
        return False, {"tied": {"among": tie.among, "over": tie.over, "winners": counting.winners}}
    if not counting.winners:
        return False, "nobody_elected"
    return True, {"elected": {"winners": counting.winners, "ranking": ranking}}
