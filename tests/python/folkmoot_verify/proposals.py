"""What members may do with proposals, and how these end (section 8)."""

from typing import Container

from . import effects, liaisons
from .charter import agent_of, is_person, is_sorted, named, rule_of
from .encoding import Refused, encode, hash_of, sha256
from .ladder import count, objects_in, share, standing, stands
from .state import State, agent_may, eligible, owners

OPEN_PROPOSALS = 4096
OBJECTIONS_PER_MEMBER = 8
DELEGATE_VERSIONS = 5
EFFECTS = 64


def need(condition: bool, kind: str, rule: str, message: str = "") -> None:
    """Refuses a statement or an entry."""
    if not condition:
        raise Refused(kind, rule, message)


def is_delegate(poll: dict) -> bool:
    """Whether a poll or domain is a delegate's."""
    return rule_of(poll)[0] in ("delegate", "consult")


def final_period(poll: dict) -> dict | None:
    """The final period that a poll's rule has."""
    return rule_of(poll)[1].get("final_period")


def longest(proposal: dict) -> int | None:
    """The longest closing of the polls without a final period."""
    return max((rule_of(poll)[1]["closing"] for poll in proposal["polls"] if not final_period(poll)), default=None)


def period_end(proposal: dict, poll: dict) -> int:
    """When the final period of a poll ends, which has started."""
    rule, run = rule_of(poll)[1], poll["final_period"]
    period = rule["final_period"]
    last = run["first"] + period["latest"]
    end = min(run["from"] + period["length"], last) if run["passing"] else last
    return max(end, proposal["window_from"] + rule["minimum"])


def closes(proposal: dict) -> int:
    """When a proposal closes if nothing settles it (rules 3, 8 and 17)."""
    start, ends = proposal["window_from"], []
    window = longest(proposal)
    if window is not None:
        ends.append(start + window + (share([1, 10], window) if proposal["extended"] else 0))
    for poll in proposal["polls"]:
        if final_period(poll):
            ends.append(period_end(proposal, poll) if "final_period" in poll else start + rule_of(poll)[1]["closing"])
    return max(ends)


def standings(state: State, proposal: dict) -> list:
    """How the polls of a proposal stand."""
    return [standing(proposal, poll, state.members()) for poll in proposal["polls"]]


def due(state: State, proposal: dict) -> int:
    """When the close, or the apply, of a proposal is due."""
    if proposal["stage"] != "open":
        return proposal["stage"]["passed"]["until"]
    found = zip(proposal["polls"], standings(state, proposal))
    if not all(item.passes if final_period(poll) else item.settled for poll, item in found):
        return proposal["closes"]
    least = [proposal["window_from"] + rule_of(poll)[1].get("minimum", 0) for poll in proposal["polls"]]
    least += [period_end(proposal, poll) for poll in proposal["polls"] if "final_period" in poll]
    return min(proposal["closes"], max(least))


def new_window(proposal: dict, now: int) -> None:
    """A full window starts."""
    proposal.update(window_from=now, extended=False)
    for poll in proposal["polls"]:
        poll.pop("final_period", None)
    proposal["closes"] = closes(proposal)


class Act:
    """One statement, judged on a state that changes with it."""

    def __init__(self, state: State, before: State, author: str, statement: bytes, number: int, now: int) -> None:
        self.state, self.before, self.author = state, before, author
        self.statement, self.number, self.now = statement, number, now

    # ---- what may be said

    def content(self, content: dict, polls: list[dict] | None = None) -> set[str]:
        """Refuses content that is not good, and returns the domains that govern it; of an amendment, with its polls."""
        charter, options = self.state.charter, content.get("options")
        need(content["title"] != "", "malformed", "size", "no title")
        need(bool(content["effects"] or options), "malformed", "size", "no effects")
        domains = effects.governing(charter, effects.all_of(content))
        need(all(named(charter["domains"], name) for name in domains), "conflict", "no-domain")
        member = named(charter["members"], self.author)
        if not is_person(member):
            need(domains <= set(agent_of(member)["scope"]), "unauthorised", "out-of-scope")
        places_of = [(domain["name"], domain) for domain in charter["domains"]]
        if polls is not None:
            places_of = [(poll["domain"], poll) for poll in polls]
        ranked = [rule_of(place)[0] == "ranked" for name, place in places_of if name in domains]
        need(not any(ranked) if options is None else ranked == [True], "conflict", "options")
        if options is not None:
            self.options(content)
        for chosen in [{}] if options is None else [{option["label"]} for option in options]:
            draft = self.state.copy()
            effects.carry_out(draft, self.statement, places(content, chosen), None, self.number, self.now,
                              self.state)
        return domains

    def options(self, content: dict) -> None:
        """Rule 20, of the options themselves."""
        options = content["options"]
        found = effects.all_of(content)
        need(len(options) >= 2 and len(found) <= EFFECTS, "malformed", "size")
        good = (not content["effects"] and found
                and len({option["label"] for option in options}) == len(options)
                and not any(effect.keys() & {"federate", "leave", "set_host", "follow"} or effects.is_vacant(effect)
                            for effect in found))
        need(good, "conflict", "options")

    def name_body(self, body: bytes) -> None:
        """Notes that the statement names a body."""
        self.state.namings = self.state.namings.push(encode([body, self.author]))
        self.state.authors.setdefault(body, self.author)

    def is_silent(self, name: str) -> bool:
        """Whether a member is silent now (rule 16)."""
        after = self.state.charter["participation"].get("silent_after")
        if after is None or name == self.author:
            return False
        heard = self.before.last_heard(name)
        return self.now - heard >= after and self.before.missed.get(name, -1) > heard

    def divide(self, names: list[str], owner: str) -> dict:
        """Who of these is eligible and who is silent, or an empty seat."""
        silent = sorted(name for name in names if owner == "group" and self.is_silent(name)
                        or liaisons.is_empty(self.before, name, self.now))
        found = {"eligible": sorted(name for name in names if name not in silent)}
        return found | ({"silent": silent} if silent else {})

    def make_poll(self, domain: dict, removed: set[str]) -> dict:
        """The poll of a domain as it is now."""
        charter, owner = self.state.charter, domain["owner"]
        rung, rule = rule_of(domain)
        may = eligible(charter, domain, owner, removed, self.now)
        poll = {"domain": domain["name"], "owner": owner, "rule": domain["rule"], "people_only": domain["people_only"],
                **self.divide(may, owner)}
        if rung == "consult":
            asked = {name for item in rule["ask"] for name in owners(charter, item, self.now)}
            asked -= {self.author, *poll["eligible"]}
            poll |= {"asked": sorted(asked)} if asked else {}
        if "call_in" in rule:
            group = eligible(charter, domain, "group", removed, self.now)
            poll["call_in"] = {**rule["call_in"], **self.divide(group, "group")}
        return poll

    def propose(self, content: dict) -> None:
        """Rules 1 and 2."""
        state, domains = self.state, self.content(content)
        need(len(state.open) < OPEN_PROPOSALS, "conflict", "too-many")
        own = sum(proposal["author"] == self.author for proposal in state.open.values())
        need(own < state.charter["participation"]["open_proposals"], "conflict", "too-many")
        removed = effects.removed_by(content)
        polls = [self.make_poll(domain, removed) for domain in state.charter["domains"] if domain["name"] in domains]
        need(all(poll["eligible"] for poll in polls), "conflict", "nobody-eligible")
        proposal = {
            "id": self.statement, "author": self.author, "opened": self.now, "charter": hash_of(state.charter),
            "versions": [self.version([])], "content": content, "polls": polls, "window_from": self.now, "closes": 0,
            "extended": False, "responses": {}, "advice": {}, "objections": [], "stage": "open"}
        if any(map(effects.is_vacant, content["effects"])):
            proposal["nominations"] = {}
        proposal["closes"] = closes(proposal)
        state.open[self.statement] = proposal
        self.file(proposal)

    def version(self, integrates: list[bytes]) -> dict:
        """A version that this statement files."""
        return {"statement": self.statement, "entry": self.number, "at": self.now, "integrates": integrates}

    def file(self, proposal: dict) -> None:
        """Filing is the author's agree."""
        why = proposal["content"]["why"]
        self.name_body(why)
        if "options" in proposal["content"] or any(map(effects.is_vacant, proposal["content"]["effects"])):
            return
        if liaisons.is_mandated(self.state, self.author):
            return
        delegates = {poll["domain"] for poll in proposal["polls"] if is_delegate(poll)}
        counts = [name for name in self.counts_in(proposal) if name not in delegates]
        if counts:
            self.heeds(proposal)
            proposal["responses"][self.author] = self.given("agree", counts, why)

    def given(self, answer: str, counts_in: list[str], reason: bytes | None, weighs: list | None = None) -> dict:
        """An answer as the state keeps it."""
        return {"statement": self.statement, "entry": self.number, "at": self.now, "answer": answer,
                "counts_in": counts_in, **({} if reason is None else {"reason": reason}),
                **({} if weighs is None else {"weighs": weighs})}

    def counts_in(self, proposal: dict) -> list[str]:
        """The polls in which the author's answer counts (rule 6)."""
        charter, found = self.state.charter, []
        removed = effects.removed_by(proposal["content"])
        for poll in proposal["polls"]:
            if is_delegate(poll):
                may = self.author in eligible(charter, poll, poll["owner"], removed, self.now)
            else:
                may = (self.author in poll["eligible"] + poll.get("silent", [])
                       and agent_may(charter, self.author, poll["domain"], poll["people_only"], self.now))
            found += [poll["domain"]] if may else []
        return found

    def heeds(self, proposal: dict) -> None:
        """A silent member who speaks becomes eligible (rule 16)."""
        def woken(part: dict) -> None:
            if self.author in part.get("silent", []):
                silent = [name for name in part.pop("silent") if name != self.author]
                part["eligible"] = sorted(part["eligible"] + [self.author])
                part.update({"silent": silent} if silent else {})
        for poll in proposal["polls"]:
            woken(poll)
            if "call_in" in poll:
                poll["call_in"] = dict(poll["call_in"])
                woken(poll["call_in"])

    def running(self, name: bytes, passed: bool = False) -> dict:
        """A proposal that is open for responses, or that has passed."""
        proposal = self.state.open.get(name)
        need(proposal is not None, "conflict", "closed" if name in self.state.closed else "no-proposal")
        if not passed:
            need(proposal["stage"] == "open", "conflict", "decided")
            need(self.now < proposal["closes"], "conflict", "late")
        return proposal

    def amend(self, what: dict) -> None:
        """Rule 5."""
        proposal = self.running(what["proposal"])
        need(proposal["author"] == self.author, "unauthorised", "not-author")
        need("to_vote" not in proposal, "conflict", "voting")
        need(what["version"] == len(proposal["versions"]) + 1, "conflict", "other-version")
        need(what["version"] <= most_versions(proposal), "conflict", "no-more-versions")
        domains = self.content(what["content"], proposal["polls"])
        need(domains <= {poll["domain"] for poll in proposal["polls"]}, "conflict", "new-domain")
        need(effects.removed_by(what["content"]) == effects.removed_by(proposal["content"]), "conflict", "effect")
        if "nominations" in proposal:
            nominees = {item["member"] for item in proposal["nominations"].values()}
            need(effects.seats(what["content"]) <= nominees, "conflict", "nominee")
        else:
            need(not any(map(effects.is_vacant, what["content"]["effects"])), "conflict", "nominee")
        need(is_sorted(what["integrates"]), "malformed", "not-sorted")
        standing_now = {item["given"]["statement"] for item in proposal["objections"] if stands(item)}
        need(set(what["integrates"]) <= standing_now, "conflict", "no-target")
        proposal["versions"].append(self.version(what["integrates"]))
        proposal.update(content=what["content"], responses={}, advice={})
        proposal.pop("withdrawn_options", None)
        for objection in proposal["objections"]:
            objection.pop("tests", None)
        new_window(proposal, self.now)
        self.file(proposal)

    def respond(self, what: dict) -> None:
        """Rules 6 to 8 and 14."""
        proposal, answer = self.running(what["proposal"]), what["answer"]
        need(what["version"] == len(proposal["versions"]), "conflict", "other-version")
        if answer == "advice":
            need("weighs" not in what, "malformed", "weighs")
            member = named(self.state.charter["members"], self.author)
            in_scope = is_person(member) or all(poll["domain"] in agent_of(member)["scope"]
                                                for poll in proposal["polls"])
            need(in_scope, "unauthorised", "out-of-scope")
            proposal["advice"][self.author] = self.given(answer, [], what.get("reason"))
        else:
            vacant = any(map(effects.is_vacant, proposal["content"]["effects"]))
            need(not vacant, "conflict", "nobody-named")
            need("options" not in proposal["content"] or answer == "abstain", "conflict", "only-ranked")
            counts = self.must_count(proposal)
            self.decides(proposal, what, counts)
            liaisons.may_answer(self.state, self.author, proposal, answer)
            self.heeds(proposal)
            given = self.given(answer, counts, what.get("reason"), what.get("weighs"))
            proposal["responses"][self.author] = given
            if answer == "object":
                self.object(proposal, given)
        if "reason" in what:
            self.name_body(what["reason"])

    def must_count(self, proposal: dict) -> list[str]:
        """The polls in which the author's answer counts, of which there is one."""
        counts = self.counts_in(proposal)
        if not counts:
            raise Refused("unauthorised", self.why_not(proposal))
        return counts

    def why_not(self, proposal: dict) -> str:
        """Why an answer of the author counts nowhere."""
        charter, polls = self.state.charter, proposal["polls"]
        member = named(charter["members"], self.author)
        if not is_person(member):
            if any(poll["people_only"] for poll in polls):
                return "people-only"
            if any(poll["domain"] not in agent_of(member)["scope"] for poll in polls):
                return "out-of-scope"
        roles = [named(charter["roles"], poll["owner"][5:]) for poll in polls if poll["owner"] != "group"]
        over = any(holder["member"] == self.author and not holder["from"] <= self.now < holder["until"]
                   for role in roles if role for holder in role["holders"])
        return "term-ended" if over else "not-eligible"

    def current(self, what: dict) -> dict:
        """A proposal that is open for responses, in the version that the statement names."""
        proposal = self.running(what["proposal"])
        need(what["version"] == len(proposal["versions"]), "conflict", "other-version")
        return proposal

    def rank(self, what: dict) -> None:
        """Rule 21."""
        proposal, ranking = self.current(what), what["ranking"]
        need("options" in proposal["content"], "conflict", "not-ranked")
        counts = self.must_count(proposal)
        ranked = [label for rank in ranking for label in rank]
        labels = {option["label"] for option in proposal["content"]["options"]}
        need(all(is_sorted(label.encode() for label in rank) for rank in ranking), "malformed", "not-sorted")
        need(set(ranked) <= labels, "conflict", "no-option")
        need(len(set(ranked)) == len(ranked), "malformed", "ballot")
        liaisons.may_answer(self.state, self.author, proposal, {"rank": ranking})
        self.heeds(proposal)
        given = self.given("rank", counts, what.get("reason"))
        proposal["responses"][self.author] = {**given, "ranking": ranking}
        if "reason" in what:
            self.name_body(what["reason"])

    def withdraw_option(self, what: dict) -> None:
        """Rule 22."""
        proposal, label = self.current(what), what["option"]
        option = next((item for item in proposal["content"].get("options", []) if item["label"] == label), None)
        need(option is not None, "conflict", "no-option")
        may = {proposal["author"], label} | effects.seats({"effects": option["effects"]})
        need(self.author in may, "unauthorised", "not-author")
        withdrawn = proposal.get("withdrawn_options", {})
        need(label not in withdrawn, "conflict", "no-option")
        said = {"statement": self.statement, "by": self.author, "at": self.now}
        proposal["withdrawn_options"] = {**withdrawn, label: said}

    def nominate(self, what: dict) -> None:
        """Rule 23."""
        proposal = self.current(what)
        need("nominations" in proposal, "conflict", "no-nominations")
        self.must_count(proposal)
        need(what["member"] in self.state.members(), "conflict", "nominee")
        self.heeds(proposal)
        said = {"statement": self.statement, "entry": self.number, "at": self.now, "member": what["member"],
                "reason": what["reason"]}
        proposal["nominations"] = {**proposal["nominations"], self.author: said}
        self.name_body(what["reason"])

    def decides(self, proposal: dict, what: dict, counts: list[str]) -> None:
        """What a delegate's decision needs: a reason, and advice that is heard and weighed."""
        polls = [poll for poll in proposal["polls"] if poll["domain"] in counts and is_delegate(poll)]
        agrees = what["answer"] == "agree"
        need("reason" in what or not (agrees and polls) and what["answer"] != "object", "malformed", "no-reason")
        need(agrees or "weighs" not in what, "malformed", "weighs")
        weighed: set[bytes] = set()
        for poll in polls if agrees else []:
            rung, rule = rule_of(poll)
            if rung != "consult":
                continue
            asked = poll.get("asked", [])
            waits = [name for name in asked if name not in proposal["advice"] and self.awaited(proposal, name)]
            early = self.now < proposal["window_from"] + rule["advice"]
            need(not (early and waits), "premature", "advice-open")
            weighed |= {proposal["advice"][name]["statement"] for name in asked if name in proposal["advice"]}
        need(what.get("weighs") == (sorted(weighed) or None), "conflict", "advice-not-weighed")

    def awaited(self, proposal: dict, name: str) -> bool:
        """Whether the advice of somebody who was asked is waited for."""
        charter = self.state.charter
        return name != self.author and not liaisons.is_empty(self.before, name, self.now) and all(agent_may(charter, name, poll["domain"], False, self.now)
                                           for poll in proposal["polls"])

    def object(self, proposal: dict, given: dict) -> None:
        """An objection, which may move the end."""
        own = [item for item in proposal["objections"] if item["author"] == self.author]
        version = len(proposal["versions"])
        need(sum(map(stands, own)) < OBJECTIONS_PER_MEMBER, "conflict", "too-many")
        need(sum(item["version"] == version for item in own) < OBJECTIONS_PER_MEMBER, "conflict", "too-many")
        proposal["objections"].append({"author": self.author, "version": version, "given": given})
        window = longest(proposal)
        if window is None or proposal["extended"]:
            return
        late = self.now >= proposal["window_from"] + window - share([1, 10], window)
        moves = any(poll["domain"] in given["counts_in"] and rule_of(poll)[0] in ("consent", "consensus")
                    and not final_period(poll) for poll in proposal["polls"])
        if late and moves:
            proposal["extended"] = True
            proposal["closes"] = closes(proposal)

    def withdraw(self, what: dict) -> None:
        """Rule 9."""
        target = what["target"]
        if target in self.state.open:
            proposal = self.running(target)
            need(proposal["author"] == self.author, "unauthorised", "not-author")
            end(self.state, proposal, "withdrawn", self.number, self.now)
            return
        need(target not in self.state.closed, "conflict", "closed")
        proposal, objection = self.objection(target)
        need("withdrawn" not in objection, "conflict", "no-target")
        need(objection["author"] == self.author, "unauthorised", "not-author")
        liaisons.may_withdraw(self.state, self.author, proposal)
        objection["withdrawn"] = {"statement": self.statement, "at": self.now, "version": len(proposal["versions"])}
        if proposal["responses"].get(self.author, {}).get("statement") == target:
            del proposal["responses"][self.author]

    def objection(self, name: bytes) -> tuple[dict, dict]:
        """An objection to a proposal that is open for responses."""
        for proposal in self.state.open.values():
            for objection in proposal["objections"]:
                if objection["given"]["statement"] == name:
                    return self.running(proposal["id"]), objection
        raise Refused("conflict", "no-target")

    def call_in(self, what: dict) -> None:
        """Rule 13."""
        proposal = self.running(what["proposal"], passed=True)
        waiting = proposal["stage"] != "open"
        need(not waiting or self.now < proposal["stage"]["passed"]["until"], "conflict", "late")
        need(waiting and "called_in" not in proposal, "conflict", "no-call-in")
        charter = self.state.charter
        may = any(self.author in poll["call_in"]["eligible"] + poll["call_in"].get("silent", [])
                  and agent_may(charter, self.author, poll["domain"], poll["people_only"], self.now)
                  for poll in proposal["polls"] if "call_in" in poll)
        need(may, "unauthorised", self.why_not(proposal))
        own = sum(item.get("called_in", {}).get("by") == self.author for item in self.state.open.values())
        need(own < charter["participation"]["call_ins"], "conflict", "too-many")
        self.heeds(proposal)
        for poll in proposal["polls"]:
            if "call_in" in poll:
                call_in = poll.pop("call_in")
                poll.pop("asked", None)
                poll.pop("silent", None)
                poll.update(owner="group", rule={"consent": call_in["rule"]}, eligible=call_in["eligible"])
                poll.update({"silent": call_in["silent"]} if "silent" in call_in else {})
        proposal.update(stage="open", called_in={"by": self.author, "at": self.now, "reason": what["reason"]})
        new_window(proposal, self.now)
        self.name_body(what["reason"])

    def test(self, what: dict) -> None:
        """Rule 15, the statement."""
        proposal, objection = self.objection(what["objection"])
        need(what["version"] == len(proposal["versions"]), "conflict", "other-version")
        need(what["qualifies"] or "reason" in what, "malformed", "no-reason")
        need(stands(objection), "conflict", "no-target")
        need(self.author not in objection.get("tests", {}), "conflict", "tested")
        places = [poll for poll in proposal["polls"] if objects_in(objection, poll["domain"])]
        found = [testers(self.state, proposal, poll, objection) for poll in places]
        need(any(self.author in names and len(names) >= 2 for names in found), "conflict", "no-test")
        said = {"statement": self.statement, "at": self.now, "qualifies": what["qualifies"],
                **({"reason": what["reason"]} if "reason" in what else {})}
        objection["tests"] = {**objection.get("tests", {}), self.author: said}
        if "reason" in what:
            self.name_body(what["reason"])

    def erase(self, what: dict) -> None:
        """Drops a body of the author's own."""
        body = what["body"]
        if self.state.authors.get(body) != self.author:
            self.state.asked_past.add(body)
            need(self.state.past.get(body) == self.author, "conflict", "no-body")
        self.state.erased.add(body)

    def seen(self, what: dict) -> None:
        """Says nothing but what every statement says."""


def places(content: dict, chosen: Container[str]) -> list[tuple[int, dict]]:
    """The effects to carry out with their places: of a proposal without options all, else of these options."""
    found = list(enumerate(content["effects"]))
    place = len(found)
    for option in content.get("options", []):
        if option["label"] in chosen:
            found += enumerate(option["effects"], place)
        place += len(option["effects"])
    return found


def most_versions(proposal: dict) -> int:
    """How many versions a proposal may have."""
    return min(rule_of(poll)[1].get("versions", DELEGATE_VERSIONS) for poll in proposal["polls"])


def testers(state: State, proposal: dict, poll: dict, objection: dict) -> list[str]:
    """Who may say in a poll whether an objection qualifies."""
    if "objection_test" not in rule_of(poll)[1]:
        return []
    present = state.members() | objection.get("tests", {}).keys()
    return [name for name in poll["eligible"]
            if name not in (objection["author"], proposal["author"]) and name in present]


def look(state: State, number: int, now: int) -> None:
    """Looks at the open proposals after an entry: objection tests (rule 15), then final periods (rule 17)."""
    for proposal in state.open.values():
        if proposal["stage"] != "open":
            continue
        for objection in proposal["objections"]:
            for poll in proposal["polls"]:
                names = testers(state, proposal, poll, objection)
                if not objects_in(objection, poll["domain"]) or len(names) < 2:
                    continue
                against = sum(not objection["tests"][name]["qualifies"] for name in names
                              if name in objection.get("tests", {}))
                if against >= share(rule_of(poll)[1]["objection_test"], len(names)):
                    result = {"at": now, "version": len(proposal["versions"]), "found": against, "of": len(names)}
                    objection["dismissed"] = {**objection.get("dismissed", {}), poll["domain"]: result}
        if now >= proposal["closes"]:
            continue
        for poll, how in zip(proposal["polls"], standings(state, proposal)):
            period, run = final_period(poll), poll.get("final_period")
            if period is None or run is None and not how.passes:
                continue
            if run is None:
                run = {"first": now, "from": now, "passing": True}
            elif how.passes and not run["passing"]:
                run = {**run, "passing": True, "from": now if period["on_objection"] == "restart" else run["from"]}
            poll["final_period"] = {**run, "passing": how.passes}
        proposal["closes"] = closes(proposal)


def close(state: State, name: bytes, number: int, now: int) -> None:
    """Writes a close (rules 11, 12 and 18)."""
    proposal = state.open.get(name)
    need(proposal is not None, "conflict", "closed" if name in state.closed else "no-proposal")
    need(proposal["stage"] == "open", "conflict", "decided")
    need(now >= due(state, proposal), "premature", "still-open")
    found = standings(state, proposal)
    note_missed(state, proposal, now)
    if all(item.passes for item in found):
        windows = [poll["call_in"]["window"] for poll in proposal["polls"] if "call_in" in poll]
        if windows:
            proposal["stage"] = {"passed": {"at": now, "until": now + max(windows)}}
        else:
            enact(state, proposal, number, now)
        return
    failed = [poll for poll, item in zip(proposal["polls"], found) if not item.passes]
    last = len(proposal["versions"]) >= most_versions(proposal)
    if last and all("then_vote" in rule_of(poll)[1] for poll in failed):
        for poll in failed:
            poll["rule"] = {"vote": rule_of(poll)[1]["then_vote"]}
        proposal["to_vote"] = now
        new_window(proposal, now)
    else:
        end(state, proposal, "not_passed", number, now)


def apply(state: State, name: bytes, number: int, now: int) -> None:
    """Writes an apply: a decision that nobody called in."""
    proposal = state.open.get(name)
    need(proposal is not None, "conflict", "closed" if name in state.closed else "no-proposal")
    need(proposal["stage"] != "open", "premature", "still-open")
    need(now >= due(state, proposal), "premature", "call-in-open")
    enact(state, proposal, number, now)


def note_missed(state: State, proposal: dict, now: int) -> None:
    """Notes who missed the window of a proposal that closes (rule 16)."""
    start = proposal["window_from"]
    full = start + max(rule_of(poll)[1]["closing"] for poll in proposal["polls"])
    if "silent_after" not in state.charter["participation"] or now < proposal["closes"] or proposal["closes"] < full:
        return
    for poll in proposal["polls"]:
        for name in poll["eligible"]:
            if state.last_heard(name) < start:
                state.missed[name] = start


def enact(state: State, proposal: dict, number: int, now: int) -> None:
    """Carries a passed proposal out (rule 19)."""
    content = proposal["content"]
    spans = [rule_of(poll)[1]["review"] for poll in proposal["polls"] if "review" in rule_of(poll)[1]]
    span = content.get("review", min(spans, default=None))
    review = None if span is None else now + span
    draft, winners = state.copy(), []
    if "options" in content:
        winners = count(proposal, proposal["polls"][0]).winners
    chosen = places(content, winners)
    try:
        domains = effects.governing(state.charter, [effect for _, effect in chosen])
        need(domains <= {poll["domain"] for poll in proposal["polls"]}, "conflict", "effect")
        effects.carry_out(draft, proposal["id"], chosen, review, number, now, state)
    except Refused:
        end(state, proposal, {"void": {"reason": ""}}, number, now)
        return
    end(state, proposal, "applied", number, now, review)
    for name in ("charter", "agreements", "consents", "leavings", "follows", "erased", "heard", "seen", "unsaid",
                 "books", "moving"):
        setattr(state, name, getattr(draft, name))


def end(state: State, proposal: dict, outcome: object, number: int, now: int, review: int | None = None) -> None:
    """Ends a proposal, and notes the decision."""
    record = {"proposal": proposal, "outcome": outcome, "closed": now, "entry": number,
              "standings": [item.as_data() for item in standings(state, proposal)],
              **({} if review is None else {"review": review})}
    state.decided = sha256(state.decided + encode(record))
    state.ended.append(record)
    state.closed.add(proposal["id"])
    del state.open[proposal["id"]]
