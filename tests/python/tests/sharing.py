"""Random rounds of one group with others that exist only as voices and notes (section 20 of the protocol)."""

from folkmoot_verify import matters, rounds
from folkmoot_verify.charter import version_of
from folkmoot_verify.encoding import Refused, hash_of
from folkmoot_verify.envelope import verify
from tests.bargains import ALL, Bargain
from tests.between import KEYS, Other
from tests.writer import DAY, HOUR

LOTS = [{"lot": "part"}, {"lot": "whole"}]


class Sharing(Bargain):
    """A random story of a group that divides what it stewards, and claims of what others divide."""

    # ---- what is said

    def round(self, steward: Other) -> dict:
        """A round, mostly one that can stand."""
        pick, groups = self.pick, [self.own, *self.others]
        offers = [{"resource": name, "window": self.when(name), "amount": pick.choice([0] + [1, 2, 3, 5] * 9 + [6])}
                  for name in pick.sample(["barn", "money"], pick.choice([1, 1, 2]))]
        offers += [{**offers[0], "amount": 1}] if pick.random() < .03 else []
        offers.sort(key=lambda offer: offer["resource"])
        division = pick.choice(["proportional", "max_min", "dominant_resource", *LOTS, *LOTS])
        lot = isinstance(division, dict)
        weights = [1] * 30 + [2, 0] if lot else [1, 1, 1, 2, 5] * 9 + [0]
        some = pick.sample(groups, pick.randint(1, len(groups)))
        claimants = [{"group": group.log, "weight": pick.choice(weights)} for group in some]
        if steward is not self.own and self.own not in some and pick.random() < .8:
            claimants.append({"group": self.own.log, "weight": 1})
        claims_by = self.now + pick.choice([2 * HOUR] * 6 + [3 * HOUR] * 3 + [2 * HOUR - 1, DAY])
        reveals_by = claims_by + pick.choice([3 * HOUR] * 6 + [5 * HOUR, 3 * HOUR - 1])
        until = reveals_by if lot else claims_by
        named = steward if pick.random() < .98 else pick.choice(groups)
        version = version_of(self.log.state.consents[-1]["agreement"])
        return {"federation": version_of(self.agreement), "version": version, "title": pick.choice(["t"] * 30 + [""]),
                "text": str(pick.random()), "steward": named.log, "division": division, "offers": offers,
                "claimants": sorted(claimants, key=lambda claimant: claimant["group"]), "claims_by": claims_by,
                **({"reveals_by": reveals_by} if lot != (pick.random() < .01) else {}),
                "divides_by": until + pick.choice([3 * HOUR] * 5 + [DAY] * 5 + [3 * HOUR - 1, 14 * DAY, 14 * DAY + 1])}

    def when(self, name: str) -> dict:
        if name == "money":
            return ALL
        start = self.now + self.pick.choice([DAY, 2 * DAY])
        return {"from": start, "until": start + self.pick.choice([HOUR, DAY, 5 * DAY, 20 * DAY])}

    def secret(self, group: Other, name: bytes) -> bytes:
        return hash_of([group.name, name])

    def claim(self, group: Other, name: bytes) -> dict:
        """A claim, mostly one that fits."""
        pick, known = self.pick, self.log.state.books.rounds.get(name)
        offers = len(known["round"]["offers"]) if known else 1
        amounts = [pick.choice([0, 1, 2, 3, 7]) for _ in range(offers + (pick.random() < .03))]
        amounts = amounts if any(amounts) or pick.random() < .1 else [3] * len(amounts)
        lot = known is not None and rounds.is_lot(known["round"])
        commits = {"commitment": rounds.commitment(name, group.log, self.secret(group, name))}
        return {"round": name, "amounts": amounts, **(commits if lot != (pick.random() < .03) else {})}

    def one(self, ours: bool) -> bytes:
        """A round that is known here, mostly one that is open."""
        found = [name for name, known in self.log.state.books.rounds.items()
                 if (known["round"]["steward"] == self.own.log) == ours]
        open_ones = [name for name in found if self.log.state.books.rounds[name]["round"]["divides_by"] > self.now]
        return self.pick.choice(open_ones[-2:] or found[-2:] or [bytes(32)])

    def divided(self) -> bytes:
        """A round that this log has divided, if there is one."""
        known = self.log.state.books.rounds
        return self.pick.choice([name for name in known if "divided" in known[name]] or [bytes(32)])

    def says(self, group: Other, kind: str) -> dict:
        """What another group says about a round."""
        if kind == "round":
            return {"round": self.round(group)}
        name = self.one(True)
        if kind == "claim":
            return {"claim": self.claim(group, name)}
        if kind == "release_share":
            return {"release_share": {"round": self.divided()}}
        secret = self.secret(group, name) if self.pick.random() < .95 else bytes(32)
        return {"reveal": {"round": name, "secret": secret}} if kind == "reveal" else {"divide": {"round": name}}

    def speaks(self, other: Other) -> None:
        """Another group says something about rounds, mostly what it would now."""
        pick = self.pick
        known = self.log.state.books.rounds.get(self.one(True))
        late = known is not None and self.now > known["round"]["claims_by"] + HOUR
        if self.divided() != bytes(32) and pick.random() < .2:
            return self.says_now(other, "release_share")
        kind = pick.choice(["reveal"] * 6 + ["claim", "round"] if late else ["claim"] * 8 + ["round"] * 3 + ["divide"])
        self.says_now(other, kind)

    def says_now(self, other: Other, kind: str) -> None:
        """Another group says something about a round."""
        pick = self.pick
        voice = {"host": other.host, "says": self.says(other, kind),
                 **({"previous": other.voices[-1][0]} if other.voices else {})}
        date = self.now - pick.choice([0] * 9 + [1, HOUR])
        raw = KEYS[other.name].record(
            "entry", [other.log, len(other.voices) + 1, bytes(32), date, [], {"speak": voice}])
        other.voices.append((verify("entry", raw).id, raw))

    # ---- citing

    def missing(self, name: bytes) -> list[tuple[Other, int]]:
        """Groups of which it is not known what they did at a stage of a round, and the stage."""
        known = self.log.state.books.rounds[name]
        return [(group, stage) for group in [self.own, *self.others] for stage in (1, 2)
                if rounds.weight_of(known["round"], group.log) is not None
                and (stage == 1 or rounds.is_lot(known["round"]) and rounds.is_known(
                    dict(known["slots"]).get(group.log, {}), 1))
                and not rounds.is_known(dict(known["slots"]).get(group.log, {}), stage)]

    def settle(self) -> None:
        """Cites of a round what the other groups did, as an honest host does."""
        name = self.one(True)
        for group in [*self.others, self.own]:
            self.noted(group)
        for _ in range(6):
            if missing := self.missing(name) if name in self.log.state.books.rounds else []:
                self.cite_all([self.answer(name, *self.pick.choice(missing))])

    def answer(self, name: bytes, group: Other, stage: int) -> dict:
        """Evidence of what a group did at a stage, or, by its voices and notes, did not."""
        pick, known = self.pick, self.log.state.books.rounds.get(name)
        notes = [raw for number in sorted(group.notes, key=lambda number: self.seats[number].public)
                 for _, raw in group.notes[number][-12:] if self.seats[number].public != group.host]
        asked = rounds.stage_of(self.log.state, name, group.log, stage, HOUR) if known is not None else None
        over = asked is not None and self.now > asked[2]
        silent = {"silent": [name, stage]} if pick.random() < (.9 if over else .1) else {}
        piece = {"log": group.log, "version": version_of(self.log.state.consents[-1]["agreement"]),
                 "voices": [raw for _, raw in group.voices], "notes": notes, **silent}
        if len(piece["voices"]) > 1 and pick.random() < .05:
            del piece["voices"][0]
        if not silent or pick.random() < .02:
            return piece
        return {name: value for name, value in piece.items() if name != "silent" or not self.shows(piece, stage)}

    def shows(self, piece: dict, stage: int) -> bool:
        """Whether the evidence shows that the group did something at a stage."""
        records = [[verify(kind, raw) for raw in piece[of]] for of, kind in (("voices", "entry"), ("notes", "note"))]
        asked = rounds.stage_of(self.log.state, piece["silent"][0], piece["log"], stage, HOUR) \
            if piece["silent"][0] in self.log.state.books.rounds else None
        try:
            heard = matters.Heard(piece, matters.version(self.log.state, piece["version"]), *records)
        except Refused:
            return False
        return asked is not None and any(asked[0] <= date <= asked[1] and sealed <= asked[2] and asked[3](voice)
                                         for _, date, sealed, voice, _ in heard.said())

    def evidence(self) -> dict:
        pick, name = self.pick, self.one(True)
        if pick.random() < .5:
            return super().evidence()
        if self.divided() != bytes(32) and pick.random() < .3:
            return self.answer(self.divided(), pick.choice(self.others), 0)
        missing = self.missing(name) if name in self.log.state.books.rounds and pick.random() < .9 else []
        group, stage = pick.choice(missing or [(pick.choice([self.own, *self.others]), pick.choice([1, 2]))])
        return self.answer(name, group, stage)

    # ---- what is decided, and what follows

    def effect(self) -> dict:
        pick, kind = self.pick, self.pick.random()
        if kind < .1:
            return super().effect()
        ours = self.one(True)
        if kind < .5 and (ours == bytes(32) or pick.random() < .5):
            text = self.round(self.own)
            domains = sorted({"tools" if offer["resource"] == "barn" else "policy" for offer in text["offers"]})
            return {"open_round": {"domains": domains if pick.random() < .98 else ["charter"], "round": text}}
        name = self.one(pick.random() < .5)
        if pick.random() < .25:
            return {"release_share": {"domains": ["policy"] if pick.random() < .95 else [],
                                      "round": name if pick.random() < .5 else self.divided()}}
        return {"claim": {"domains": ["policy"] if pick.random() < .98 else [], "claim": self.claim(self.own, name)}}

    def follows(self) -> None:
        """A division or a reveal, mostly where it follows."""
        pick, state = self.pick, self.log.state
        name = self.one(pick.random() < .8)
        says = pick.choice([{"divide": {"round": name}}, *[{"reveal": {"round": name, "secret": secret}}
                                                           for secret in (self.secret(self.own, name), bytes(32))]])
        good = [{"divide": {"round": name}} for name, known in state.books.rounds.items()
                if rounds.may_divide(state, name, known, self.now)]
        good += [{"reveal": {"round": name, "secret": self.secret(self.own, name)}}
                 for name, known in state.books.rounds.items()
                 if rounds.may_reveal(state, name, known, self.secret(self.own, name), self.now)]
        if good and pick.random() < .9:
            says = pick.choice(good)
        self.write({"speak": {"host": self.own.host, "says": says,
                              **({} if state.spoke is None else {"previous": state.spoke})}})

    def edges(self) -> list[int]:
        """The dates to come at which something changes."""
        dates = []
        for known in self.log.state.books.rounds.values():
            text = known["round"]
            dates += [text["claims_by"], text["claims_by"] + HOUR, text["claims_by"] + 2 * HOUR, rounds.last(text),
                      rounds.last(text) + HOUR, text["divides_by"]]
        return [date + more for date in dates for more in (0, 1) if date + more > self.now]

    def step(self) -> None:
        """Something happens; often at the very edge of a stage."""
        pick, kind = self.pick, self.pick.random()
        if pick.random() < .01 and self.log.state.books.rounds:
            # Rounds are forgotten, unless something of them is promised still.
            over = min(known["round"]["divides_by"] for known in self.log.state.books.rounds.values()) + 31 * DAY
            self.now = max(self.now, over + pick.choice([0, 1]))
        if pick.random() < .2:
            edges = self.edges()
            self.now = min(edges) if edges and pick.random() < .8 else self.now + pick.choice([1, HOUR])
        if kind < .15:
            self.decide([self.effect() for _ in range(2 if pick.random() < .03 else 1)])
        elif kind < .5:
            self.speaks(pick.choice(self.others))
        if kind < .6:
            if pick.random() < .85:
                for group in [*self.others, self.own]:
                    self.noted(group)
            self.cite()
        elif kind < .8:
            self.settle()
        elif kind < .98:
            self.follows()
        else:
            super().step()
