"""Compares this verifier with `moot verify` on random logs: `python -m tests.differ MOOT SEED LOGS`.

What this verifier takes, the other has to replay to the same digests; what it refuses, the other has to refuse.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from folkmoot_verify import bundle, proposals
from folkmoot_verify.charter import federation_of, number_of, version_of
from folkmoot_verify.encoding import Refused, encode
from tests.bargains import Bargain
from tests.between import Dealing
from tests.sharing import Sharing
from tests.envoys import Embassy
from tests.writer import DAY, HOUR, START, Key, Writer, body

NAMES = ["ana", "ben", "cem", "dora", "eli", "bot"]
SINGERS = ["ana", "ben", "cem", "dora", "eli", "fay", "gus", "hal", "ida", "joe"]
KEYS = {name: Key(number + 1)
        for number, name in enumerate([*NAMES, "log", "log-2", "node", "spare", "fay", "gus", "hal", "ida", "joe"])}
FAR = START + 300 * DAY
BARS = [{"more_than": [1, 2]}, {"at_least": [2, 3]}, {"more_than": [0, 1]}, {"at_least": [1, 1]}]


class Story:
    """A random charter, and what its members say and its host writes."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.ballots = seed % 2 == 1  # such a group mostly ranks options
        self.bodies = 0
        self.log = Writer(self.charter(), KEYS, KEYS["log"])
        self.now = START
        self.refused: list[tuple[int, bytes, str]] = []
        self.last: tuple[int, bytes] | None = None

    def some(self, chance: float, **fields: object) -> dict:
        """These fields, or none."""
        return fields if self.pick.random() < chance else {}

    # ---- charters

    def vote(self) -> dict:
        closing = self.pick.choice([HOUR, DAY + 7])
        return {"closing": closing, "minimum": self.pick.choice([0, closing // 2, closing]),
                "yes": self.pick.choice(BARS), "quorum": self.pick.choice([[0, 1], [1, 3], [1, 1]]),
                "of": self.pick.choice(["votes", "eligible"]),
                "versions": self.pick.randint(1, 3), **self.some(.3, review=DAY)}

    def consent(self) -> dict:
        rule, length = self.vote(), self.pick.choice([HOUR // 2, DAY // 2])
        period = {"length": length, "on_objection": self.pick.choice(["hold", "restart"]),
                  "latest": length * self.pick.randint(1, 3)}
        del rule["yes"], rule["of"]
        approval = {"bar": self.pick.choice(BARS), **self.some(.5, outstanding=self.pick.randint(0, 3))}
        test = self.pick.choice([[2, 3], [3, 4], [1, 1]])
        return {**rule, **self.some(.4, approval=approval), **self.some(.4, final_period=period),
                **self.some(.5, objection_test=test), **self.some(.3, then_vote=self.vote())}

    def ranked(self) -> dict:
        rule, method = self.vote(), self.pick.choice(["schulze", "irv", "stv", "stv", "stv"])
        del rule["yes"], rule["of"]
        ways = [way for way in ("earlier", "pairwise", "order") if method != "schulze" or way != "earlier"]
        count = {"method": method, "seats": 1 if method == "irv" else self.pick.randint(1, 4),
                 "unranked": self.pick.choice(["last", "ignore"]),
                 **self.some(.8, ties=self.pick.sample(ways, self.pick.randint(1, len(ways)))),
                 **self.some(.4, at_most=[{"tag": "side", "count": self.pick.randint(1, 2)}])}
        if method == "stv":
            count |= self.some(.7, quota=self.pick.choice(["droop", "hare"]))
            count |= self.some(.4, decimals=self.pick.randint(0, 5))
        return {**rule, "count": count}

    def domain(self, name: str) -> dict:
        owner = self.pick.choice(["group", "group", "role:buyer", "role:clerk"])
        closing = self.pick.choice([HOUR, DAY])
        call_in = self.some(.7, call_in={"window": self.pick.choice([HOUR, DAY]), "rule": self.consent()})
        rules = [{"consent": self.consent()}, {"vote": self.vote()},
                 {"consensus": {"closing": closing, "minimum": 0, "asides": self.pick.randint(0, 2), "versions": 2}}]
        if owner != "group":
            rules = [{"delegate": {"closing": closing, **call_in}}, rules[0],
                     {"consult": {"ask": ["group", "role:clerk"], "advice": HOUR // 2, "closing": closing, **call_in}}]
        if self.pick.random() < (.2 if not self.ballots else .8 if name != "charter" else 0):
            rules = [{"ranked": self.ranked()}]
        people_only = name in ("charter", "membership") or self.pick.random() < .3
        return {"name": name, "purpose": "p", "owner": owner, "affected": [], "stakes": "low", "reversibility": "easy",
                "rule": self.pick.choice(rules), "people_only": people_only, "ceded": False}

    def member(self, name: str) -> dict:
        agent = {"agent": {"sponsor": "ana", "scope": ["work"], "until": START + 3 * DAY}}
        return {"name": name, "kind": agent if name == "bot" else "person", "keys": [KEYS[name].public]}

    def role(self, name: str, members: list[str]) -> dict:
        holders = sorted(self.pick.sample(members, min(len(members), self.pick.randint(1, 2))))
        return {"name": name, "purpose": "p", "holders": [{"member": holder, "from": START, "until": FAR}
                                                          for holder in holders],
                **self.some(.5, filled_in=self.pick.choice(["buy", "charter", "work"]))}

    def charter(self) -> dict:
        names = sorted({"ana", *self.pick.sample(NAMES, self.pick.randint(1, 5))})
        if self.ballots:
            names = sorted({"ana", *self.pick.sample(SINGERS, self.pick.randint(3, 9))})
        part = {"open_proposals": self.pick.choice([2, 9]), "call_ins": self.pick.choice([0, 1, 4]),
                **self.some(.6, silent_after=self.pick.choice([HOUR, DAY]))}
        return {"name": "duo", "purpose": "p", "values": [], "members": [self.member(name) for name in names],
                "roles": [self.role("buyer", names), self.role("clerk", names)],
                "domains": [self.domain(name) for name in ("buy", "charter", "work")],
                "host": {"log_key": KEYS["log"].public, "node": KEYS["node"].public},
                "times": {"digest_every": self.pick.choice([2, 3, 5]), "receipt": HOUR}, "participation": part}

    # ---- acts

    def why(self) -> bytes:
        self.bodies += 1
        return body(str(self.bodies))

    def agreement(self) -> dict:
        host = self.log.state.charter["host"]["node"]
        text = {"name": "fed", "purpose": self.pick.choice(["a", "b"]),
                "groups": [{"name": "duo", "log": self.log.state.log, "node": host}],
                "panel": [{"name": "seat", "node": host, "addresses": []}],
                "timing": {"news": HOUR, "skew": 60_000, "notes": 60_000, "notice": self.pick.choice([0, HOUR])}}
        if self.log.state.consents and self.pick.random() < .8:
            before = self.pick.choice(self.log.state.consents)["agreement"]
            number = number_of(before) + (self.pick.random() < .9)
            text |= self.some(.9, panel=before["panel"], timing=before["timing"])
            text["amends"] = {"federation": federation_of(before), "version": version_of(before), "number": number}
        return text

    def effect(self) -> dict:
        state, choice = self.log.state, self.pick.choice
        name, domain = choice(NAMES), choice(["buy", "charter", "work", "new"])
        known = choice(list(state.authors) or [bytes(32)])
        agreement = choice([item["id"] for item in state.agreements.values()] or [[bytes(32), 0]])
        place = state.agreements.get(tuple(agreement), {}).get("domain", domain)
        old = {"domain": place, "agreement": agreement}
        others = [
            {"keep": old}, {"retire": old}, {"text": {"domain": place, "text": "z", "replaces": agreement}},
            {"purpose": {"purpose": "q", "values": []}},
            {"set_role": self.role(choice(["buyer", "cook"]), sorted(state.members()))},
            {"drop_role": {"role": "cook"}}, *[self.seat() for _ in range(3)],
            {"unseat": {"role": choice(["buyer", "clerk", "cook"]), "member": name}},
            {"set_domain": self.domain(domain)}, {"drop_domain": {"domain": domain}},
            {"erase": {"body": known}},
            {"set_member": self.member(name)}, {"drop_member": {"member": name}}, {"federate": self.agreement()},
            {"add_key": {"member": name, "key": KEYS["spare"].public}},
            {"drop_key": {"member": name, "key": KEYS["spare"].public}},
            {"set_times": {"digest_every": choice([2, 4]), "receipt": DAY}},
            {"set_host": {"log_key": KEYS[choice(["log", "log-2"])].public, "node": KEYS["node"].public}},
            {"leave": {"federation": state.charter.get("federation", bytes(32)), "from": self.now}}]
        return choice(others) if self.pick.random() < .4 else {"text": {"domain": domain, "text": "x"}}

    def seat(self) -> dict:
        start = self.pick.choice([START, self.now, FAR, FAR + 1])
        until = self.pick.choice([FAR, FAR + DAY, FAR + DAY, START + DAY])
        return {"seat": {"role": self.pick.choice(["buyer", "clerk", "cook"]), "from": start, "until": until,
                         **self.some(.6, member=self.pick.choice(NAMES))}}

    def options(self, domain: str) -> dict:
        """Content with options."""
        found = []
        for label in self.pick.sample([*NAMES, "x", "y"], self.pick.choice([1, 2, 3, 4, 4, 5, 6, 7])):
            text = {"text": {"domain": domain, "text": label}}
            effects = [[text], [text], [text], [text, text], [], [self.effect()]]
            chosen = self.pick.choice(effects if self.pick.random() < .1 else effects[:5])
            found.append({"label": label, "effects": chosen,
                          **self.some(.7, tags={"side": self.pick.choice("ab")}), **self.some(.2, text="t")})
        return {"title": "t", "why": self.why(), "effects": [], "options": found, **self.some(.3, review=DAY)}

    def ranking(self, content: dict) -> list[list[str]]:
        """A random ballot."""
        labels = [option["label"] for option in content.get("options", [])] or ["x"]
        ranks: list[list[str]] = []
        for label in self.pick.sample(labels, self.pick.randint(1, len(labels))):
            if ranks and self.pick.random() < .25:
                ranks[-1] = sorted([*ranks[-1], label])
            else:
                ranks.append([label])
        return ranks + ([["ana"]] if self.pick.random() < .02 else [])

    def content(self, effects: list[dict] | None = None) -> dict:
        ranked = [domain["name"] for domain in self.log.state.charter["domains"] if "ranked" in domain["rule"]]
        if ranked and not effects and self.pick.random() < (.85 if self.ballots else .3):
            return self.options(self.pick.choice(ranked))
        effects = effects or [self.effect() for _ in range(self.pick.choice([1, 1, 1, 2]))]
        return {"title": "t", "why": self.why(), "effects": effects, **self.some(.3, review=DAY)}

    def act(self) -> dict:
        pending, choice = list(self.log.state.open.values()), self.pick.choice
        if not pending or self.pick.random() < .15:
            return {"propose": self.content()}
        proposal = choice(pending)
        name, version = proposal["id"], len(proposal["versions"]) + (self.pick.random() < .02)
        objections = [item["given"]["statement"] for item in proposal["objections"]] or [bytes(32)]
        advice = {proposal["advice"][asked]["statement"] for poll in proposal["polls"]
                  for asked in poll.get("asked", []) if asked in proposal["advice"]}
        answer = choice(["agree", "agree", "agree", "object", "object", "aside", "concern", "abstain", "advice"])
        weighs = {"weighs": sorted(advice)} if advice and answer == "agree" else {}
        respond = {"respond": {"proposal": name, "version": version, "answer": answer, **weighs,
                               **self.some(.9, reason=self.why())}}
        test = {"objection": choice(objections), "version": version, "qualifies": self.pick.random() < .2}
        integrates = sorted(set(objections)) if self.pick.random() < .3 else []
        content = self.content(proposal["content"]["effects"] or None if self.pick.random() < .7 else None)
        known = choice(list(self.log.state.authors) or [bytes(32)])
        if "options" in proposal["content"] and self.pick.random() < .85:
            rank = {"rank": {"proposal": name, "version": version, "ranking": self.ranking(proposal["content"]),
                             **self.some(.3, reason=self.why())}}
            option = {"proposal": name, "version": version, "option": choice(proposal["content"]["options"])["label"]}
            respond["respond"].update(answer=choice(["abstain", "advice"]))
            respond["respond"].pop("weighs", None)
            return choice([*[rank] * 20, respond, {"withdraw_option": option}])
        if "nominations" in proposal and self.pick.random() < .6:
            return {"nominate": {"proposal": name, "version": version, "member": choice(NAMES), "reason": self.why()}}
        return choice([
            *[respond] * 8, *[{"test": {**test, "reason": self.why()}}] * 3, {"seen": {}}, {"erase": {"body": known}},
            {"call_in": {"proposal": name, "reason": self.why()}},
            {"withdraw": {"target": choice([name, *objections])}},
            {"amend": {"proposal": name, "version": version + 1, "content": content, "integrates": integrates}}])

    def step(self) -> None:
        """One entry, which may be refused."""
        state, choice = self.log.state, self.pick.choice
        moments = {name: proposals.due(state, proposal) for name, proposal in state.open.items()}
        times = [self.now, self.now + 1, self.now + 60_000, self.now + HOUR // 2]
        edges = [time - early for time in [*moments.values(), *(item["closes"] for item in state.open.values())]
                 for early in (0, 1) if self.now <= time - early < self.now + 2 * DAY]
        now = choice(times + edges if self.pick.random() < .4 else times)
        if moments and self.pick.random() < (.5 if min(moments.values()) <= now else .03):
            name = min(moments, key=lambda item: moments[item]) if self.pick.random() < .9 else choice(list(moments))
            act = {"close" if state.open[name]["stage"] == "open" else "apply": {"proposal": name}}
        else:
            many = choice([3, 4, 5] if self.ballots else [1, 1, 1, 2, 3])
            who = self.pick.sample(sorted(state.members()), min(len(state.members()), many))
            act = {"admit": {"statements": [self.log.statement(name, self.act()) for name in who]}}
        self.log.log_key = next(key for key in KEYS.values() if key.public == state.charter["host"]["log_key"])
        try:
            self.log.act(act, now)
            self.now = now
            if self.log.state.ended:
                self.last = len(self.log.entries), self.log.state.ended[-1]["proposal"]["id"]
        except Refused as refused:
            now = max(now, self.log.state.head["time"])
            self.refused.append((len(self.log.entries), self.log.entry(act, now), str(refused)))


def bundle_of(log: bytes, entries: list[bytes], proposal: bytes, start: dict | None = None) -> bytes:
    """These entries in a bundle, perhaps with a snapshot to start from."""
    data = {"bundle": 1, "log": log, "proposal": proposal, "past_entries": [], "past_namings": [],
            "entries": entries, "notes": [], "agreements": [], "texts": []}
    if start is not None:
        data["start"] = encode(start)
    try:
        ours = bundle.Bundle(encode(data))
        ours.replay()
        data["texts"] = [None] * len(ours.bodies())
    except (bundle.Fails, Refused):
        pass
    return encode(data)


def theirs(moot: str, raw: bytes) -> dict[str, str]:
    """What the other program says of a bundle."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        path.write_bytes(raw)
        found = subprocess.run([moot, "verify", str(path), "--json"], capture_output=True, check=False)
    return {item["check"]: item["result"] for item in json.loads(found.stdout)["checks"]}


def tell(number: int) -> Story | Dealing | None:
    """A random story: of three one is about other groups, where matters, negotiations, rounds and liaisons take turns; none,
    if its charter cannot stand."""
    if number % 3 == 0:
        dealing = (Dealing, Bargain, Sharing, Embassy)[number // 3 % 4](number)
        for _ in range(150):
            dealing.step()
        dealing.decide([{"text": {"domain": "policy", "text": "the end"}}])
        return dealing
    try:
        story = Story(number)
    except Refused:
        return None
    for _ in range(80):
        story.step()
    return story


def main() -> int:
    """Tells random stories and compares."""
    moot, seed, logs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    same, differ = 0, 0
    for number in range(seed, seed + logs):
        story = tell(number)
        if story is None:
            continue
        cases = [(story.log.entries[:story.last[0]], story.last[1], "taken")] if story.last else []
        cases = [(*case, None) for case in cases]
        if isinstance(story, Dealing):
            # The last decision again, and something that is refused, from each of some snapshots on.
            cases += [(story.log.entries[place:story.last[0]], story.last[1], "taken", start)
                      for place, start in story.starts[-4:]
                      if all(item["id"] != story.last[1] for item in start["open"])]
            later = [(place, *case) for place, _ in story.starts for case in story.refused if case[0] > place]
            starts = dict(story.starts)
            cases += [(story.log.entries[place:end] + [raw], bytes(32), f"refused: {why}", starts[place])
                      for place, end, raw, why in story.pick.sample(later, min(4, len(later)))]
        most = 12 if isinstance(story, Dealing) else 4
        cases += [(story.log.entries[:place] + [raw], bytes(32), f"refused: {why}", None)
                  for place, raw, why in story.pick.sample(story.refused, min(most, len(story.refused)))]
        for entries, proposal, what, start in cases:
            raw = bundle_of(story.log.state.log, entries, proposal, start)
            ours = {name: result for name, (result, _) in bundle.check(raw).checks.items()}
            other = theirs(moot, raw)
            same, differ = same + (ours == other), differ + (ours != other)
            if ours != other:
                print(f"log {number}, {len(entries)} entries, {what}: {ours}, the other says {other}")
    print(f"{same} bundles alike, {differ} not")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
