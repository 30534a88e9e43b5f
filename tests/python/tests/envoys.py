"""Random dealings in which liaisons speak: the own ones that a log owes to say, and those of others (section 19)."""

from folkmoot_verify import liaisons
from folkmoot_verify.charter import liaison_of, version_of
from folkmoot_verify.encoding import hash_of
from folkmoot_verify.envelope import verify
from tests.between import KEYS, SEATS, Dealing, Other
from tests.writer import HOUR, START, Key, body

KEYS |= {name: Key(150 + number) for number, name in enumerate(["eve", "fox", "gil"])}
ROLES, HANDLES = ["envoy", "scribe"], ["m", "n"]


class Embassy(Dealing):
    """A random story of a group in which others' liaisons sit, and which sends some."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        # A group of another federation, which may be followed.
        seats = [{"name": f"seat{number}", "node": seat.public, "addresses": []}
                 for number, seat in enumerate(self.seats)]
        self.away = Other("y", hash_of([seed, "away"]), KEYS["y"].public)
        self.followed = {
            "name": "far", "purpose": "p", "panel": seats,
            "groups": [{"name": "away", "log": self.away.log, "node": self.away.host}],
            "timing": {"news": HOUR, "skew": 60_000, "notes": 60_000}}
        self.guests = [*self.others, self.away]
        for handle, guest in zip(HANDLES, [self.others[0], self.pick.choice(self.guests)]):
            liaison = {"group": guest.log, "role": self.pick.choice(ROLES)}
            self.decide([{"set_member": {"name": handle, "kind": {"liaison": liaison}, "keys": []}}])
        if self.pick.random() < .7:
            self.decide([{"follow": self.followed}])

    def charter(self, node: bytes) -> dict:
        charter = super().charter(node)
        ranked = {"closing": HOUR, "minimum": 0, "quorum": [0, 1], "versions": 3,
                  "count": {"method": "schulze", "seats": 1, "unranked": "last"}}
        lists = {**charter["domains"][0], "name": "lists", "rule": {"ranked": ranked}, "people_only": False}
        rule = {"closing": 9 * HOUR, "advice": HOUR, "ask": ["group"],
                "call_in": {"window": HOUR, "rule": charter["domains"][0]["rule"]["consent"]}}
        asks = {**lists, "name": "asks", "owner": "role:clerk", "rule": {"consult": rule}}
        clerk = {"name": "clerk", "purpose": "p", "holders": []}
        charter["domains"] = sorted([*charter["domains"], lists, asks], key=lambda domain: domain["name"])
        return {**charter, "roles": [clerk], "members": [
            *charter["members"], {"name": "eve", "kind": "person", "keys": [KEYS["eve"].public]}]}

    # ---- what others say of their liaisons, and cite of it

    def seat_of(self, guest: Other) -> str:
        """The role of a group's liaison here, mostly."""
        seats = [liaison["role"] for liaison in map(liaison_of, self.log.state.charter["members"])
                 if liaison and liaison["group"] == guest.log]
        return self.pick.choice(seats * 5 + ROLES)

    def sitting(self, guest: Other) -> dict:
        pick = self.pick
        terms = [{"keys": sorted({KEYS[name].public for name in pick.sample(["fox", "gil", "gil", "ana"],
                                                                         pick.randint(1, 2))}),
                  "from": pick.choice([START, START, self.now, self.now + HOUR]),
                  "until": self.now + pick.choice([0, HOUR, 50 * HOUR, 500 * HOUR, 500 * HOUR])}
                 for _ in range(pick.choice([0, 1, 1, 1, 1, 1, 2]))]
        mandated = {"mandated": True} if pick.random() < .5 else {}
        return {"group": self.log.state.log if pick.random() < .95 else bytes(32), "role": self.seat_of(guest),
                **mandated, "terms": terms}

    def version(self) -> bytes:
        found = [version["statement"] for proposal in self.log.state.open.values() for version in proposal["versions"]]
        return self.pick.choice([*found, *found, bytes(32)])

    def position(self) -> object:
        ranks = [[label] for label in self.pick.sample(["a", "b"], 2)]
        return self.pick.choice(["agree", "agree", "object", "aside", "abstain", {"rank": ranks}])

    def speaks(self, other: Other) -> None:
        pick = self.pick
        if pick.random() < .3 and other is not self.away:
            super().speaks(other)
            return
        logs = {liaison["group"] for liaison in map(liaison_of, self.log.state.charter["members"]) if liaison}
        other = pick.choice([guest for guest in self.guests if guest.log in logs] * 3 + self.guests)
        mandate = {"group": self.log.state.log, "role": self.seat_of(other), "version": self.version(),
                   "position": self.position()}
        says = {"represent": self.sitting(other)} if pick.random() < .5 else {"mandate": mandate}
        voice = {"host": other.host, "says": says, **({"previous": other.voices[-1][0]} if other.voices else {})}
        number = len(other.voices) + pick.choice([1, 1, 1, 1, 0])
        raw = KEYS[other.name].record("entry", [other.log, number, bytes(32), self.now, [], {"speak": voice}])
        other.voices.append((verify("entry", raw).id, raw))
        if other is self.away:
            self.noted(other)

    def evidence(self) -> dict:
        if self.pick.random() < .7 or not self.away.voices:
            return super().evidence()
        others, self.others = self.others, [self.away]
        try:
            piece = super().evidence()
        finally:
            self.others = others
        if piece["log"] == self.away.log and self.pick.random() < .95:
            piece["version"] = version_of(self.followed)
        return piece

    # ---- what the group decides and its members say

    def decide(self, effects: list[dict]) -> None:
        """A decision that ana and eve carry, where liaisons are not waited for: its window runs out, or is cut off."""
        content = {"title": "t", "why": body("w"), "effects": effects}
        raw = self.log.statement("ana", {"propose": content})
        if not self.write({"admit": {"statements": [raw]}}):
            return
        name = verify("statement", raw).id
        answer = {"proposal": name, "version": 1, "answer": "agree", "reason": body("w")}
        self.write({"admit": {"statements": [self.log.statement("eve", {"respond": answer})]}})
        if name not in self.log.state.open:
            return
        if not self.write({"close": {"proposal": name}}) and self.pick.random() < .7:
            self.now += 24 * HOUR
            self.write({"close": {"proposal": name}})
        self.say()

    def changes(self) -> dict:
        """What makes voices due, or lets others' liaisons in."""
        pick, guest = self.pick, self.pick.choice(self.guests)
        represents = {"group": pick.choice(self.guests).log}
        represents |= {"mandated_in": pick.choice(["policy", "tools"])} if pick.random() < .6 else {}
        holders = [{"member": name, "from": START, "until": self.now + HOUR * pick.choice([1, 90])}
                   for name in ["ana", "eve"] if pick.random() < .6]
        term = {"from": START, "until": self.now + 90 * HOUR}
        liaison = {"group": guest.log, "role": pick.choice(ROLES)}
        return pick.choice([
            *[{"set_member": {"name": pick.choice(HANDLES), "kind": {"liaison": liaison}, "keys": []}}] * 4,
            *[{"set_role": {"name": pick.choice(ROLES), "purpose": "p", "holders": holders,
                            **({"represents": represents} if pick.random() < .9 else {})}}] * 3,
            {"set_role": {"name": "clerk", "purpose": "p", "holders": [{"member": pick.choice(HANDLES), **term}]}},
            {"unseat": {"role": pick.choice(ROLES), "member": "ana"}},
            {"seat": {"role": pick.choice(ROLES), "member": pick.choice(["ana", "eve", "m"]), **term}},
            {"drop_member": {"member": pick.choice(HANDLES)}}, {"drop_role": {"role": pick.choice(ROLES)}},
            *[{pick.choice(["add_key", "drop_key"]): {"member": pick.choice(["eve", "m"]), "key": SEATS[6].public}}] * 2,
            *[{"mandate": {"role": pick.choice(ROLES), "version": self.version(), "position": self.position()}}] * 3,
            {"follow": self.followed}, {"follow": self.agreement}])

    def content(self) -> dict:
        domain = self.pick.choice(["policy", "policy", "tools", "asks", "lists"])
        text = {"text": {"domain": domain, "text": "x"}}
        common = {"title": "t", "why": body("w")}
        if domain != "lists":
            return {**common, "effects": [text]}
        return {**common, "effects": [], "options": [{"label": label, "effects": [text]} for label in "ab"]}

    def act(self) -> dict:
        pick, pending = self.pick, list(self.log.state.open.values())
        if not pending or pick.random() < .2:
            return {"propose": self.content()}
        proposal = pick.choice(pending)
        name, version = proposal["id"], len(proposal["versions"])
        if pick.random() < .08:
            return {"amend": {"proposal": name, "version": version + 1, "content": proposal["content"],
                              "integrates": []}}
        if pick.random() < .1:
            return {"call_in": {"proposal": name, "reason": body("w")}}
        objections = [item["given"]["statement"] for item in proposal["objections"]]
        if objections and pick.random() < .3:
            return {"withdraw": {"target": pick.choice(objections)}}
        if "options" in proposal["content"] and pick.random() < .8:
            ranks = [[label] for label in pick.sample(["a", "b"], 2)]
            return {"rank": {"proposal": name, "version": version, "ranking": ranks}}
        answer = pick.choice(["agree", "agree", "object", "aside", "concern", "abstain", "advice"])
        advice = {given["statement"] for asked, given in proposal["advice"].items()
                  if any(asked in poll.get("asked", []) for poll in proposal["polls"])}
        weighs = {"weighs": sorted(advice)} if advice and answer == "agree" else {}
        return {"respond": {"proposal": name, "version": version, "answer": answer, "reason": body("w"), **weighs}}

    def step(self) -> None:
        pick, chance = self.pick, self.pick.random()
        if chance < .25:
            super().step()
        elif chance < .45:
            self.speaks(pick.choice(self.guests))
            if pick.random() < .7:
                for group in [*self.guests, self.own]:
                    self.noted(group)
                self.cite()
        elif chance < .6:
            self.decide([self.changes() for _ in range(pick.choice([1, 1, 1, 2]))])
        elif chance < .95:
            heard = [name for name in ("fox", "gil")
                     if liaisons.speaker(self.log.state, KEYS[name].public, self.now) or pick.random() < .1]
            speakers = pick.sample(["ana", "eve", *heard * 2], pick.choice([1, 1, 2]))
            said = [self.log.statement(name, self.act()) for name in dict.fromkeys(speakers)]
            self.write({"admit": {"statements": said}})
        else:
            self.now += pick.choice([1, HOUR, 9 * HOUR])
            for name, proposal in list(self.log.state.open.items()):
                kind = "close" if proposal["stage"] == "open" else "apply"
                self.write({kind: {"proposal": name}})
                self.say()
