"""Random negotiations of one group with others that exist only as voices and notes (section 20 of the protocol)."""

from folkmoot_verify import resources
from folkmoot_verify.charter import version_of
from folkmoot_verify.division import begin
from folkmoot_verify.envelope import verify
from tests.between import KEYS, Dealing, Other
from tests.writer import DAY, HOUR

MONTHS, FIRST = {"months": 1}, 1_767_225_600_000  # from 2026-01-01 on
ALL = {"from": 0, "until": 253402300799000}


class Bargain(Dealing):
    """A random story of a group that stewards a barn, a fund and money."""

    def charter(self, node: bytes) -> dict:
        return {**super().charter(node), "resources": [self.resource(name, 5) for name in ("barn", "fund", "money")]}

    def resource(self, name: str, capacity: int) -> dict:
        kinds = {"barn": {"slots": {"horizon": 30 * DAY}}, "money": "stock",
                 "fund": {"budget": {"from": FIRST, "every": MONTHS, "horizon": 90 * DAY}}}
        return {"name": name, "purpose": "p", "unit": "u", "domain": "tools" if name == "barn" else "policy",
                "kind": kinds[name], "capacity": capacity, **self.granting()}

    def granting(self) -> dict:
        """Some resources are granted by a rule."""
        pick = self.pick
        if pick.random() < .5:
            return {}
        most = pick.choice([{"share": [1, 2]}, {"share": [2, 5]}, {"amount": 3}, {"share": [1, 1], "amount": 2}])
        return {"grants": {**most, **pick.choice([{}, {"per": DAY}, {"per": 30 * DAY}])}}

    # ---- what is said

    def portion(self, name: str) -> dict:
        pick = self.pick
        window = ALL
        if name == "barn":
            start = self.now + pick.choice([-HOUR, 0, 2 * HOUR, DAY, DAY, DAY, 2 * DAY, 40 * DAY])
            window = {"from": start, "until": start + pick.choice([HOUR, 5 * HOUR, DAY])}
        elif name == "fund":
            at = next(number for number in range(999) if begin(FIRST, MONTHS, number + 1) > self.now)
            first = at + pick.choice([-1, 0, 0, 0, 0, 1, 1, 2, 4])
            window = {"from": begin(FIRST, MONTHS, first) + pick.choice([0] * 9 + [1]),
                      "until": begin(FIRST, MONTHS, first + pick.choice([1, 1, 2]))}
        return {"window": window, "amount": pick.choice([0] + [1] * 14 + [2, 3, 6])}

    def terms(self, by: Other) -> dict:
        pick, state, groups = self.pick, self.log.state, [self.own, *self.others]
        places = {(by.log if pick.random() < .5 else pick.choice(groups).log, pick.choice(["barn", "fund", "money"]))
                  for _ in range(pick.choice([1, 1, 2, 3]))}
        if pick.random() < .7:
            places.add((self.own.log, pick.choice(["barn", "fund", "money", "money"])))
        lines = [{"steward": steward, "resource": name,
                  "portions": [self.portion(name) for _ in range(pick.choice([1, 1, 2]))]}
                 for steward, name in sorted(places)]
        requester = pick.choice(groups)
        if self.own.log not in {line["steward"] for line in lines} and pick.random() < .9:
            requester = self.own
        known = list(state.books.deals)
        counters = {"counters": pick.choice(known)} if known and pick.random() < .25 else {}
        if counters and pick.random() < .95:
            requester = next((group for group in groups
                              if group.log == state.books.deals[counters["counters"]]["terms"]["requester"]), requester)
        federation, version = version_of(self.agreement), version_of(state.consents[-1]["agreement"])
        return {"federation": federation, "version": version, "title": pick.choice(["t"] * 20 + [""]), "text": "t",
                "requester": requester.log, "lines": lines, "closer": pick.choice(lines)["steward"],
                "by": self.now + pick.choice([0] + [HOUR, HOUR, 3 * HOUR, 3 * HOUR, DAY] * 3 + [15 * DAY])
                + pick.choice([0] * 39 + [60 * DAY]), **counters}

    def known(self, open_only: bool = False) -> bytes:
        deals = self.log.state.books.deals
        found = [name for name, deal in deals.items() if not open_only or resources.is_open(deal)]
        return self.pick.choice(found[-6:] or [bytes(32)])

    def speaks(self, other: Other) -> None:
        """Another group says something about terms."""
        pick = self.pick
        kind = pick.choice(["terms"] * 4 + ["accept_terms", "commit", "lapse", "decline_terms", "release_terms",
                                            "take"])
        says: dict = {"terms": self.known()}
        deals = [(name, deal) for name, deal in self.log.state.books.deals.items()
                 if resources.is_open(deal) and other.log in resources.parties(deal["terms"])]
        if deals and pick.random() < .7:
            # What an honest party would say next.
            says["terms"], deal = pick.choice(deals)
            accepted = {other.log, deal["stated_by"], *(party for party, _ in deal["accepts"])}
            accepted |= {self.own.log} if "accepted" in deal else set()
            commits = deal["terms"]["closer"] == other.log and resources.parties(deal["terms"]) <= accepted
            kind = "commit" if commits else "accept_terms"
            if deal["terms"]["requester"] == other.log and "accepted" in deal and pick.random() < .3:
                kind = "decline_terms"
        if kind == "terms" or says["terms"] == bytes(32):
            kind, says = "terms", {"terms": self.terms(other)}
        if kind == "accept_terms" and pick.random() < .7:
            says["until"] = self.now + DAY
        voice = {"host": other.host, "says": {kind: says},
                 **({"previous": other.voices[-1][0]} if other.voices else {})}
        date = self.now - pick.choice([0] * 9 + [1, HOUR])
        raw = KEYS[other.name].record(
            "entry", [other.log, len(other.voices) + 1, bytes(32), date, [], {"speak": voice}])
        other.voices.append((verify("entry", raw).id, raw))

    def evidence(self) -> dict:
        """Mostly the last voices of a group with the last note of each seat."""
        pick = self.pick
        group = pick.choice([group for group in self.others if group.voices and group.notes] or [None])
        if group is None or pick.random() < .1:
            return super().evidence()
        voices = group.voices[-pick.choice([1, 1, 1, 2, 5]):]
        shown, notes = {name for name, _ in voices}, []
        for number in sorted(group.notes, key=lambda number: self.seats[number].public):
            good = [raw for _, raw in group.notes[number] if verify("note", raw).content[5] in shown]
            notes += good[-1:] if self.seats[number].public != group.host else []
        version = version_of(self.log.state.consents[-1]["agreement"])
        return {"log": group.log, "version": version, "voices": [raw for _, raw in voices], "notes": notes}

    # ---- what is decided

    def effect(self) -> dict:
        pick, state = self.pick, self.log.state
        kind = pick.random()
        if kind < .06:
            return {"set_resource": self.resource(pick.choice(["barn", "fund", "money"]), pick.choice([0, 5, 9]))}
        if kind < .07:
            return {"drop_resource": {"resource": pick.choice(["barn", "fund", "money"])}}
        if kind < .3:
            terms = self.terms(self.own)
            return {"terms": {**self.deciding(terms), "terms": terms}}
        name = self.known(kind < .85)
        wanted = [name for name, deal in state.books.deals.items()
                  if resources.is_open(deal) and "accepted" not in deal and deal["terms"]["by"] >= self.now]
        if wanted and kind < .8:
            name = pick.choice(wanted)
        terms = state.books.deals[name]["terms"] if name in state.books.deals else self.terms(self.own)
        what = {"domains": self.deciding(terms)["domains"], "terms": name}
        if kind < .85:
            return {"accept_terms": {**self.deciding(terms), "terms": name}}
        return {"decline_terms" if kind < .9 else "release_terms": what}

    def deciding(self, terms: dict) -> dict:
        """The domains that decide, and the end of a hold."""
        pick, lines = self.pick, [line for line in terms["lines"] if line["steward"] == self.own.log]
        domains = sorted({"tools" if line["resource"] == "barn" else "policy" for line in lines}) or ["charter"]
        least = terms["by"] + (0 if terms["closer"] == self.own.log else 3 * HOUR)
        until = pick.choice([least] * 12 + [least - 1, least + 1, least + HOUR, self.now + 14 * DAY])
        if pick.random() < .02:
            return {"domains": ["policy"], "until": until}
        return {"domains": domains, **({"until": until} if lines else {})}

    def step(self) -> None:
        """Something happens; often at the very edge of a deadline or a hold."""
        pick, books = self.pick, self.log.state.books
        ends = [promise["held_until"] for ledger in books.ledgers.values() for promise in ledger["promises"].values()
                if "held_until" in promise]
        ends += [deal["terms"]["by"] + more for deal in books.deals.values() for more in (0, HOUR)]
        ends = [end + more for end in ends for more in (0, 1) if end + more > self.now]
        if pick.random() < .004:
            self.now += 31 * DAY + pick.choice([0, HOUR, 30 * DAY])
        elif pick.random() < .15:
            self.now = min(ends) if ends and pick.random() < .5 else self.now + pick.choice([1, HOUR, DAY])
        kind = pick.random()
        if kind < .35:
            self.speaks(pick.choice(self.others))
            if pick.random() < .9:
                for group in [*self.others, self.own]:
                    self.noted(group)
            self.cite()
        elif kind < .4:
            self.cite()
        elif kind < .65:
            self.decide([self.effect() for _ in range(2 if pick.random() < .05 else 1)])
        else:
            says = {pick.choice(["commit", "take", "lapse", "release_terms", "decline_terms"]): {"terms": self.known()}}
            follows = []
            for name, deal in books.deals.items():
                held, least = books.held_until(name) is not None, resources.least_hold(self.log.state, deal["terms"])
                for kind in resources.FOLLOWS:
                    until = {"until": least} if kind == "accept_terms" else {}
                    if resources.may_follow(self.log.state, kind, deal, held, self.now, **until):
                        follows.append({kind: {"terms": name, **until}})
                        if until and pick.random() < .1:
                            follows = [{kind: {"terms": name, "until": least + pick.choice([-1, 1, HOUR])}}]
            if follows and pick.random() < .9:
                says = pick.choice(follows)
            spoke = self.log.state.spoke
            self.write({"speak": {"host": self.own.host, "says": says,
                                  **({} if spoke is None else {"previous": spoke})}})
