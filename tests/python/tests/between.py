"""Random dealings of one group with others that exist only as voices and notes (section 19 of the protocol).

Nothing of another log is looked at but its voices, so a log needs no groups beside its own to cite evidence.
"""

import random

from folkmoot_verify import matters
from folkmoot_verify.charter import version_of
from folkmoot_verify.encoding import Refused, hash_of
from folkmoot_verify.envelope import verify
from tests.writer import DAY, HOUR, START, Key, Writer, body

OTHERS = ["x", "y", "z"]
KEYS = {name: Key(100 + number) for number, name in enumerate(["ana", "log", "home", *OTHERS])}
SEATS = [Key(200 + number) for number in range(8)]


class Other:
    """Another group: what it said, and what was noted of it."""

    def __init__(self, name: str, log: bytes, host: bytes) -> None:
        self.name, self.log, self.host = name, log, host
        self.voices: list[tuple[bytes, bytes]] = []  # id and record
        self.notes: dict[int, list[tuple[bytes, bytes]]] = {}


class Dealing:
    """A random story of a group among others."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.now, self.refused, self.last = START, [], None
        self.starts: list[tuple[int, dict]] = []  # places of digests, each with the snapshot that it stands for
        seats = SEATS[:self.pick.choice([1, 2, 3, 3, 4, 6, 7, 8])]
        hosts = [self.pick.choice([KEYS[name].public, seats[-1].public]) for name in ("home", *OTHERS)]
        if len(seats) == 1:
            hosts = [KEYS[name].public for name in ("home", *OTHERS)]
        self.log = Writer(self.charter(hosts[0]), KEYS, KEYS["log"])
        self.seats = seats
        self.others = [Other(name, hash_of([seed, name]), host)
                       for name, host in zip(OTHERS[:self.pick.randint(1, 3)], hosts[1:])]
        self.own = Other("home", self.log.state.log, hosts[0])
        groups = [{"name": group.name, "log": group.log, "node": group.host} for group in [self.own, *self.others]]
        if self.pick.random() < .5:
            groups = [{**group, **self.weight()} for group in groups]
        self.agreement = {
            "name": "fed", "purpose": "p", "groups": groups,
            "panel": [{"name": f"seat{number}", "node": seat.public, "addresses": []}
                      for number, seat in enumerate(seats)],
            "timing": {"news": HOUR, "skew": 60_000, "notes": 60_000, "notice": HOUR}}
        self.decide([{"federate": self.agreement}])

    def charter(self, node: bytes) -> dict:
        consent = {"closing": DAY, "minimum": 0, "quorum": [0, 1], "versions": 2}
        domains = [{"name": name, "purpose": "p", "owner": "group", "affected": [], "stakes": "low",
                    "reversibility": "easy", "rule": {"consent": consent}, "people_only": name == "charter",
                    "ceded": name == "policy" or name == "tools" and self.pick.random() < .5}
                   for name in ("charter", "policy", "tools")]
        return {"name": "home", "purpose": "p", "values": [], "roles": [], "domains": domains,
                "members": [{"name": "ana", "kind": "person", "keys": [KEYS["ana"].public]}],
                "host": {"log_key": KEYS["log"].public, "node": node},
                "times": {"digest_every": self.pick.choice([3, 7]), "receipt": HOUR},
                "participation": {"open_proposals": 9, "call_ins": 1}}

    # ---- the own log

    def write(self, act: dict, cites: list[bytes] | None = None) -> bool:
        """Writes an entry, which may be refused."""
        state = self.log.state
        if state.head["number"] + 1 - state.digest_at >= state.charter["times"]["digest_every"]:
            self.starts.append((len(self.log.entries), state.snapshot()))
            self.add({"digest": {"digest": state.digest()}}, [])
        return self.add(act, cites or [])

    def add(self, act: dict, cites: list[bytes]) -> bool:
        head = self.log.state.head
        content = [self.log.state.log, head["number"] + 1, head["id"], self.now, cites, act]
        try:
            self.log.add(content)
        except Refused as refused:
            raw = self.log.log_key.record("entry", content)
            self.refused.append((len(self.log.entries), raw, str(refused)))
            return False
        if "speak" in act:
            self.own.voices.append((verify("entry", self.log.entries[-1]).id, self.log.entries[-1]))
        if self.log.state.ended:
            self.last = len(self.log.entries), self.log.state.ended[-1]["proposal"]["id"]
        return True

    def decide(self, effects: list[dict]) -> None:
        """A decision of the only member, and what follows from it."""
        content = {"title": "t", "why": body("w"), "effects": effects}
        raw = self.log.statement("ana", {"propose": content})
        if not self.write({"admit": {"statements": [raw]}}):
            return
        self.write({"close": {"proposal": verify("statement", raw).id}})
        self.say()

    def say(self) -> None:
        """The voice that is due, sometimes after something else was tried."""
        while due := matters.due(self.log.state):
            if self.pick.random() < .2:
                other = self.pick.choice([
                    {"speak": {**due, "host": SEATS[7].public}}, {"speak": {**due, "decision": bytes(32)}},
                    {"close": {"proposal": bytes(32)}}, {"speak": {"host": due["host"], "says": due["says"]}}])
                self.write(other)
            if self.pick.random() < .05:
                self.now += self.pick.choice([HOUR, 9 * HOUR])
            self.write({"speak": due})

    # ---- the others

    def matter(self) -> dict:
        pick, state, groups = self.pick, self.log.state, [self.own, *self.others]
        news, window = HOUR, pick.choice([0, HOUR])
        start = self.now + pick.choice([0, 0, 0, HOUR])
        step = news + window
        by = [start + step * times + pick.choice([0, 0, 0, 0, -1, HOUR]) for times in (1, 2, 3)]
        parts = [self.part(group.log, window, groups) for group in pick.sample(groups, pick.randint(1, len(groups)))]
        known = list(state.matters.values())
        extra: dict = {}
        if known and pick.random() < .3:
            # What builds on another one often touches what it touches.
            before = pick.choice(known)
            extra = pick.choice([{"replaces": before["id"]}, {"overrides": [before["id"]]}])
            if pick.random() < .8:
                parts = [{**part, "head": 0} for part in before["matter"]["parts"]]
                if "overrides" in extra or pick.random() < .5:
                    extra["overrides"] = sorted({*extra.get("overrides", []), *before["matter"].get("overrides", [])})
                    extra = {name: value for name, value in extra.items() if value}
        last = state.consents[-1]["agreement"]
        version = version_of(pick.choice([last, last, self.agreement]))
        return {"federation": version_of(self.agreement), "version": version,
                "title": pick.choice(["t", "t", "t", "t", "t", ""]), "text": "t",
                "parts": sorted(parts, key=lambda part: part["group"]), "by": by, **extra}

    def part(self, group: bytes, window: int, groups: list[Other]) -> dict:
        pick, state = self.pick, self.log.state
        domain = pick.choice(["policy", "policy", "tools"])
        head = pick.choice([0, state.head["number"], pick.randint(0, state.head["number"] + 2)])
        part = {"group": group, "head": head, "domains": [domain], "window": window}
        truth = matters.was_ceded(state, part, self.now) if group == state.log else True
        if truth and pick.random() < .95:
            part["ceded"] = True
        if pick.random() < .9:
            part["effects"] = [{"text": {"domain": pick.choice([domain] * 9 + ["charter"]), "text": "x"}}]
        if pick.random() < .2:
            part["linked"] = True
        if group != state.log and pick.random() < .2:
            part["after"] = [pick.choice(groups).log]
        elif pick.random() < .05:
            part["after"] = [pick.choice(groups).log]
        if pick.random() < .1:
            part["due"] = self.now + HOUR
        return part

    def speaks(self, other: Other) -> None:
        """Another group says something."""
        pick, known = self.pick, list(self.log.state.matters)
        matter = pick.choice([*known, *known, *(name for group in self.others for name, _ in group.voices), bytes(32)])
        says = {pick.choice(["consent", "consent", "consent", "decline"]): {"matter": matter}}
        if pick.random() < .3 or not known:
            says = {"open": self.matter()}
        elif pick.random() < .1:
            says = {"enact": {"matter": matter, "level": pick.randint(0, 4)}}
        host = other.host if pick.random() < .95 else pick.choice(self.seats).public
        voice = {"host": host, "says": says, **({"previous": other.voices[-1][0]} if other.voices else {})}
        if pick.random() < .5:
            voice["decision"] = bytes(32)
        date = self.now - pick.choice([0, 0, 0, 1, HOUR])
        number = len(other.voices) + 1
        raw = KEYS[other.name].record("entry", [other.log, number, bytes(32), date, [], {"speak": voice}])
        other.voices.append((verify("entry", raw).id, raw))

    def noted(self, group: Other) -> None:
        """Most seats note a group; a few lie."""
        for number, seat in enumerate(self.seats):
            if self.pick.random() < .15:
                continue
            chain = group.notes.setdefault(number, [])
            shown = len(group.voices) - (self.pick.random() < .05)
            voice = group.voices[shown - 1][0] if shown > 0 else None
            raw = seat.record("note", [group.log, 1, chain[-1][0] if chain else None, bytes(32), self.now, voice])
            chain.append((verify("note", raw).id, raw))

    def evidence(self) -> dict:
        """Some voices of a group with some notes."""
        pick, group = self.pick, self.pick.choice([*self.others, *self.others, self.own])
        last = len(group.voices)
        first = pick.choice([0, 0, 0, 0, 0, max(last - 1, 0), pick.randint(0, last)])
        voices = [raw for _, raw in group.voices[first:last]]
        if len(voices) > 2 and pick.random() < .03:
            del voices[1]
        ids = {None, *(verify("entry", raw).id for raw in voices)}
        notes = []
        chance = pick.choice([.5, .9, 1, 1, 1])
        for number in sorted(group.notes, key=lambda number: self.seats[number].public):
            if pick.random() > chance or self.seats[number].public == group.host and pick.random() < .97:
                continue
            # The notes in a row that name what is shown; sometimes others, or with a hole.
            row = [raw for _, raw in group.notes[number]]
            while row and verify("note", row[0]).content[5] not in ids and pick.random() < .99:
                del row[0]
            at = pick.randint(0, len(row))
            row = pick.choice([row[-20:], row[-20:], row[:at][-20:], row[at:][-20:]])
            if pick.random() < .02 and len(row) > 2:
                del row[1]
            notes += row
        versions = [consent["agreement"] for consent in self.log.state.consents]
        silent = {}
        over = [name for name, known in self.log.state.matters.items() if known["matter"]["by"][0] + HOUR < self.now]
        if over and pick.random() < .6 or pick.random() < .05:
            silent["silent"] = [pick.choice(over or [bytes(32)]), pick.choice([1, 1, 2, 2, 3, 3, 3, 3, 4])]
        version = version_of(pick.choice(versions))
        return {"log": group.log, "version": version, "voices": voices, "notes": notes, **silent}

    def cite(self) -> None:
        """Cites evidence; what it says decides what the entry has to name."""
        self.cite_all([self.evidence() for _ in range(self.pick.choice([1, 1, 1, 2]))])

    def cite_all(self, pieces: list[dict]) -> None:
        """Cites this evidence."""
        cited = set()
        for piece in pieces:
            records = [[verify(kind, raw) for raw in piece[name]]
                       for name, kind in (("voices", "entry"), ("notes", "note"))]
            agreement = matters.basis(self.log.state, piece["version"])
            if agreement is None:
                continue
            try:
                heard = matters.Heard(piece, agreement, *records)
                cited |= {name for name, *_ in heard.said()}
            except Refused:
                pass
        if self.pick.random() < .02:
            cited.add(bytes(32))
        self.write({"cite": {"evidence": pieces}}, sorted(cited))

    # ---- steps

    def amend(self) -> dict:
        """Another version: another purpose, or other groups."""
        last = self.log.state.consents[-1]["agreement"]
        number = last.get("amends", {}).get("number", 1) + 1
        amends = {"federation": version_of(self.agreement), "version": version_of(last), "number": number}
        if self.pick.random() < .1:
            amends["version"] = bytes(32)
        text = {**last, "purpose": str(number), "amends": amends}
        if self.pick.random() < .1:
            text["panel"] = [{**last["panel"][0], "node": KEYS["x"].public}, *last["panel"][1:]]
        if self.pick.random() < .7:
            more = {"name": f"zz{number}", "log": hash_of(number), "node": KEYS["z"].public}
            text["groups"] = [*last["groups"], more]
        if self.pick.random() < .2:
            some = self.pick.choice(last["groups"])["name"]
            bad = [{"weight": 0}, {"weight": 1_000_001}] if self.pick.random() < .2 else [self.weight()]
            plain = [{key: value for key, value in group.items() if key != "weight"} for group in text["groups"]]
            text["groups"] = [{**group, **(self.pick.choice(bad) if group["name"] == some else {})} for group in plain]
        return {"federate": text}

    def weight(self) -> dict:
        """A weight of a group, or none."""
        return self.pick.choice([{}, {"weight": 2}, {"weight": 3}, {"weight": 7}, {"weight": 1_000_000}])

    def step(self) -> None:
        """Something happens; often at the very edge of a level."""
        pick, known = self.pick, self.log.state.matters
        edges = [time + more for matter in known.values() for date in matter["matter"]["by"]
                 for time in (date, date + HOUR) for more in (0, 1) if time + more > self.now]
        if pick.random() < .3:
            self.now = min(edges) if edges and pick.random() < .7 else self.now + pick.choice([1, 60_000, HOUR])
        matter = pick.choice([*known, bytes(32)]) if known else bytes(32)
        kind = pick.random()
        if kind < .3:
            self.speaks(pick.choice(self.others))
            if pick.random() < .6:
                for group in [*self.others, self.own]:
                    self.noted(group)
                self.cite()
        elif kind < .5:
            self.noted(pick.choice([*self.others, self.own]))
            if pick.random() < .5:
                for group in [*self.others, self.own]:
                    self.noted(group)
        elif kind < .75:
            self.cite()
        elif kind < .87:
            part = matters.part_of(known[matter]["matter"], self.log.state.log) if matter in known else None
            domains = part["domains"] if part and pick.random() < .95 else ["charter"]
            self.decide([{"stance": {"domains": domains, "matter": matter, "consents": pick.random() < .8}}])
        elif kind < .91:
            text = self.matter()
            part = matters.part_of(text, self.log.state.log)
            opening = {"open_matter": {"domains": part["domains"] if part else ["policy"], "matter": text}}
            self.decide([opening] * (2 if pick.random() < .05 else 1))
        elif kind < .97:
            voice = {"host": self.own.host, "says": {"enact": {"matter": matter, "level": pick.choice([1, 2, 3, 3])}}}
            if matter in known:
                stands, level = matters.standing(self.log.state, known[matter], self.now)
                if stands == matters.ADOPTED and pick.random() < .9:
                    voice["says"]["enact"]["level"] = level
            spoke = self.log.state.spoke
            self.write({"speak": voice | ({} if spoke is None else {"previous": spoke})})
        elif kind < .98:
            leave = {"leave": {"federation": version_of(self.agreement), "from": self.now}}
            self.decide([self.amend() if pick.random() < .7 else leave])
        else:
            tools = next(domain for domain in self.log.state.charter["domains"] if domain["name"] == "tools")
            self.decide([{"set_domain": {**tools, "ceded": not tools["ceded"]}}])
