"""Verifies a bundle: one file that proves a decision, or how a matter stands in a log (section 18)."""

from dataclasses import dataclass, field

from . import charter as charters
from . import schema
from .charter import federation_of, is_person, is_sorted, may_follow, number_of, same_panel, version_of
from .effects import federation_at, moving
from .encoding import BUNDLE_ITEMS, Refused, decode, encode, hash_of, malformed
from .envelope import Record, verify
from .matters import standing
from .replay import follow, found
from .seals import panel
from .state import State, digest_of, from_snapshot

BUNDLE_BYTES = 256 << 20
SNAPSHOT_BYTES = 64 << 20
CHECKS = ("integrity", "authenticity", "authority", "sealing", "texts")
# What a refusal speaks against, by its rule, or by its kind where it has no rule; all others, against the authority.
AGAINST = {**dict.fromkeys(("malformed", "key", "other-log", "gap", "not-next", "time-fell", "digest", "digest-due",
                            "unseen-entry", "form"), "integrity"),
           **dict.fromkeys(("forged", "not-the-log-key", "out-of-order", "other-charter"), "authenticity")}


class Fails(Exception):
    """That a check fails, and why."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(why)
        self.check, self.why = check, why


@dataclass
class Answer:
    """What verifying found: pass, fail or unresolved for each check."""

    checks: dict[str, tuple[str, str]] = field(default_factory=lambda: {name: ("unresolved", "") for name in CHECKS})
    log: bytes | None = None
    proposal: bytes | None = None
    outcome: str | None = None
    matter: bytes | None = None
    shows: dict | None = None
    federation: bytes | None = None
    agreement: bytes | None = None

    def verdict(self) -> str:
        """Pass, fail or unresolved, of all checks."""
        found = [verdict for verdict, _ in self.checks.values()]
        return "fail" if "fail" in found else "unresolved" if "unresolved" in found else "pass"

    def as_data(self) -> dict:
        """For programs."""
        def shown(letter: str, name: bytes | None) -> str | None:
            return None if name is None else letter + name.hex()
        return {"verdict": self.verdict(), "log": shown("g", self.log), "proposal": shown("p", self.proposal),
                "outcome": self.outcome, "matter": shown("m", self.matter), "shows": self.shows, "federation": shown("f", self.federation),
                "agreement": shown("h", self.agreement),
                "checks": [{"check": name, "result": result, "detail": why}
                           for name, (result, why) in self.checks.items()]}


def agreement_can_stand(agreement: dict) -> bool:
    """Whether an agreement of a federation can stand."""
    try:
        charters.agreement_stands(agreement)
        return True
    except Refused:
        return False


def need(condition: bool, check: str, why: str) -> None:
    """Fails a check."""
    if not condition:
        raise Fails(check, why)


class Bundle:
    """A bundle while it is verified."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > BUNDLE_BYTES:
            raise malformed("a bundle that is too large")
        self.data = decode(raw, BUNDLE_ITEMS)
        if isinstance(self.data, dict) and self.data.get("bundle", 1) != 1:
            raise Refused("unknown", "form", "a bundle of another form")
        schema.bundle(self.data, "bundle")
        self.log, self.proposal, self.matter = self.data["log"], self.data.get("proposal"), self.data.get("matter")
        if (self.proposal is None) == (self.matter is None):
            raise malformed("a bundle about a proposal and a matter, or about neither")
        self.started_at = 0
        self.ids: dict[int, bytes] = {}
        self.states: list[State] = []
        self.seen: set[int] = set()
        # Of each proposal, the bodies that statements about it name; the proposals opened here; whose each objection is.
        self.named: dict[bytes, set[bytes]] = {}
        self.opened: set[bytes] = set()
        self.objections: dict[bytes, bytes] = {}
        self.decision: dict | None = None
        # The proposals by which the group spoke about the matter, and how that stands after its entry.
        self.behind: set[bytes] = set()
        self.shows: dict | None = None
        # What the log held of it last, and the entry that changed that.
        self.stood: tuple | None = None
        self.changed: int | None = None
        # Records are looked at before anything is replayed.
        self.entries = [verify("entry", raw) for raw in self.data["entries"]]
        self.notes = [verify("note", raw) for raw in self.data["notes"]]
        self.wrong: list[tuple[str, str]] = []
        self.version_is_known = False

    def expect(self, condition: bool, check_name: str, why: str) -> None:
        """Notes what is wrong and stops nothing."""
        if not condition:
            self.wrong.append((check_name, why))

    # ---- replay

    def start(self) -> State | None:
        """The state from which the replay goes on, if it does not start with the log."""
        data = self.data
        if "start" not in data:
            self.expect(not data["past_entries"] and not data["past_namings"], "integrity",
                        "it shows a past, and nothing was before the start")
            return None
        if len(data["start"]) > SNAPSHOT_BYTES:
            raise malformed("a snapshot that is too large")
        snapshot = decode(data["start"], BUNDLE_ITEMS)
        schema.snapshot(snapshot, "start")
        state = from_snapshot(snapshot)
        need(state.snapshot() == snapshot, "integrity", "the start is not sorted")
        need(snapshot["log"] == self.log, "integrity", "the start is of another log")
        late = self.matter["id"] in state.matters if self.matter else self.proposal in state.open
        need(not late, "authority", "the proposal is open in the start, or the matter known")
        charters.stands(state.charter)
        federation = state.charter.get("federation")
        joined = [consent["agreement"] for consent in state.consents if consent["joins"]]
        need(federation in (None, *map(federation_of, joined)), "integrity", "a federation that nobody joined")
        need(state.entries.is_whole() and state.namings.is_whole(), "integrity", "roots that fit no size")
        need(state.entries.size == state.head["number"] + 1, "integrity", "not all entries are in the start")
        self.started_at = state.head["number"] + 1
        self.past(state)
        stated = self.entries[0].content[5].get("digest", {}).get("digest")
        need(stated == digest_of(snapshot), "integrity", "the first entry does not state the digest of the start")
        return state

    def past(self, state: State) -> None:
        """Takes over what is shown of the time before the start."""
        entries, namings = self.data["past_entries"], self.data["past_namings"]
        need(is_sorted(item["number"] for item in entries), "integrity", "past entries are not sorted")
        for item in entries:
            good = item["number"] < state.head["number"]
            good = good and state.entries.holds(item["id"], item["number"], item["path"])
            need(good, "integrity", f"past entry {item['number']} is not in the start")
            state.numbers[item["id"]] = item["number"]
        need(is_sorted(item["body"] for item in namings), "integrity", "past namings are not sorted")
        for item in namings:
            good = state.namings.holds(encode([item["body"], item["by"]]), item["index"], item["path"])
            need(good, "integrity", "a past naming is not in the start")
            state.past[item["body"]] = item["by"]

    def replay(self) -> State:
        """Replays all entries and returns the state after the last one."""
        state = self.start()
        for record in self.entries:
            if state is None:
                state, statements = found(record), []
                need(state.log == self.log, "integrity", "another log")
            else:
                state, statements = follow(state, record)
            self.ids[state.head["number"]] = record.id
            self.states.append(state)
            for statement in statements:
                self.note(statement, state)
            for ended in state.ended:
                if ended["proposal"]["id"] == self.proposal:
                    self.decision = ended
            if self.matter:
                self.watch(record, state)
        need((self.shows if self.matter else self.decision) is not None, "integrity",
             "the proposal does not end in these entries, or the log does not know the matter at that one")
        need(not self.matter or self.changed == self.matter["entry"], "integrity",
             "the entry that it names is not the last that changes how the matter stands")
        need(self.behind <= self.opened, "authority", "a proposal about the matter is open in the start")
        if "start" in self.data:
            past = {item["number"] for item in self.data["past_entries"]}
            used = {number for number in self.seen if number < self.started_at - 1}
            self.expect(past == used, "integrity", "an entry of the past that no statement has seen")
            self.expect(set(state.past) <= state.asked_past, "integrity", "a naming of the past that nothing needs")
        return state

    def note(self, statement: Record, state: State) -> None:
        """Notes what a statement has seen, and which bodies it names if it is about the proposal."""
        said = statement.content
        self.seen.add(state.numbers[said["seen"]])
        (kind, what), = said["act"].items()
        about = statement.id if kind == "propose" else what.get("proposal", self.objections.get(what.get("objection")))
        if about is None:
            return
        if kind == "propose":
            self.opened.add(about)
        if kind == "respond" and what["answer"] == "object":
            self.objections[statement.id] = about
        content = what if kind == "propose" else what.get("content", {})
        bodies = {body for body in (content.get("why"), what.get("reason")) if body is not None}
        self.named.setdefault(about, set()).update(bodies)

    def watch(self, record: Record, state: State) -> None:
        """Notes what the group says about the matter, and how that stands after its entry."""
        name, act = self.matter["id"], record.content[5]
        if "speak" in act and record.content[1] <= self.matter["entry"]:
            (kind, what), = act["speak"]["says"].items()
            about = record.id == name if kind == "open" else kind in ("consent", "decline", "enact") and what["matter"] == name
            if about and "decision" in act["speak"]:
                self.behind.add(act["speak"]["decision"])
        known = state.matters.get(name)
        if known is None:
            return
        result, level = standing(state, known, record.content[3])
        if (known, result, level) != self.stood:
            self.stood, self.changed = (known, result, level), record.content[1]
        if record.content[1] == self.matter["entry"]:
            self.shows = {"result": result or "unknown", "level": level or None}

    def bodies(self) -> set[bytes]:
        """The bodies of which a text has a place in the bundle."""
        about = self.behind if self.matter else {self.proposal}
        return set().union(*(self.named.get(proposal, set()) for proposal in about))

    # ---- sealing

    def seal(self, last: State, answer: Answer) -> None:
        """Whether the decision is sealed by the last entry, and by nothing before it."""
        data, first = self.data, self.matter["entry"] if self.matter else self.decision["entry"]
        number, federation = last.head["number"], federation_at(last, last.head["time"])
        versions = [consent["agreement"] for consent in last.consents]
        versions = [version for version in versions if federation_of(version) == federation]
        if federation is not None:
            answer.federation, answer.agreement = federation, version_of(versions[-1])
        moves = moving(last, last.head["time"])
        if moves is not None:
            answer.agreement = moves["version"]
            versions = versions[:next(at for at, text in enumerate(versions) if version_of(text) == answer.agreement) + 1]
        nodes = {seat["node"] for seat in versions[-1]["panel"]} if federation is not None else set()
        witnesses = nodes - {last.charter["host"]["node"] if moves is None else moves["host"]}
        if not witnesses:
            sealed = self.seen_by_people(first)
        else:
            sealed = self.noted(first, witnesses)
        need(number == (first if sealed is None else sealed), "integrity",
             "it goes on after the entry that proves it")
        answer.checks["sealing"] = ("pass", "") if sealed is not None else ("unresolved", "nothing seals the decision")
        if "start" in data and (sealed is None or not witnesses):
            answer.checks["authority"] = ("unresolved", "no panel stands for the snapshot")
        if sealed is None or not witnesses:
            need(not data["notes"] and not data["agreements"], "sealing", "notes or agreements that do not seal")
            if self.matter:
                answer.checks["sealing"] = ("unresolved", "no panel stands for the version by which the matter counts")
            return
        signers = [record.key for record in self.notes]
        need(is_sorted(signers) and len(signers) == panel(len(witnesses)).seal
             and all(self.counts(record, first, witnesses) for record in self.notes),
             "sealing", "other notes than those that seal, or in another order")
        self.agreements(versions, answer)

    def counts(self, note: Record, first: int, witnesses: set[bytes]) -> bool:
        """Whether a note is by a witness and about an entry from the decision on."""
        log, at, _, entry, _, _ = note.content
        return log == self.log and note.key in witnesses and at >= first and self.ids.get(at) == entry

    def noted(self, first: int, witnesses: set[bytes]) -> int | None:
        """The number of the first entry at which enough witnesses cover the decision."""
        lowest: dict[bytes, int] = {}
        for record in self.notes:
            if self.counts(record, first, witnesses):
                lowest[record.key] = min(record.content[1], lowest.get(record.key, record.content[1]))
        needed = panel(len(witnesses)).seal
        return sorted(lowest.values())[needed - 1] if len(lowest) >= needed else None

    def seen_by_people(self, first: int) -> int | None:
        """The same without witnesses: more than half of the people have seen the entry that ends the proposal."""
        for state in self.states:
            people = [member["name"] for member in state.charter["members"] if is_person(member)]
            heads = sum(state.seen.get(name, -1) >= first for name in people)
            if state.head["number"] >= first and 2 * heads > len(people):
                return state.head["number"]
        return None

    def agreements(self, versions: list[dict], answer: Answer) -> None:
        """The way from the version of the last consent back to the founding text."""
        extra = self.data["agreements"]
        need(is_sorted(map(number_of, extra)), "sealing", "agreements are not sorted")
        known = {version_of(item): item for item in versions}
        need(not any(version_of(item) in known for item in extra), "sealing", "an agreement that the log holds")
        known |= {version_of(item): item for item in extra}
        unused = {version_of(item) for item in extra}
        version, chain = versions[-1], {version_of(versions[-1])}
        while "amends" in version:
            before = known.get(version["amends"]["version"])
            if before is None:
                need(not unused, "sealing", "an agreement that is not needed")
                answer.checks["sealing"] = ("unresolved", "a version of the agreement is missing")
                return
            need(agreement_can_stand(before) and may_follow(version, before), "sealing",
                 "a version that may not follow the one before")
            unused.discard(version_of(before))
            version = before
            chain.add(version_of(before))
        need(not unused, "sealing", "an agreement that is not needed")
        if not self.version_is_known and not same_panel(versions[-1], version):
            answer.checks["sealing"] = ("unresolved", "nothing shows that the version of the panel was in force")
        if self.matter and self.stood[0]["matter"]["version"] not in (
                chain if self.version_is_known else {version_of(version)}):
            answer.checks["sealing"] = ("unresolved", "nothing shows that the version of the matter was in force")

    # ---- texts

    def texts(self) -> None:
        """One place for each body, and in it the body or nothing."""
        bodies, texts = sorted(self.bodies()), self.data["texts"]
        need(len(bodies) == len(texts), "texts", "not one place for each text")
        for body, raw in zip(bodies, texts):
            if raw is None:
                continue
            need(body not in self.states[-1].erased, "texts", "a text that was erased")
            try:
                value = decode(raw)
                schema.body(value, "text")
            except Refused as refused:
                raise Fails("texts", str(refused)) from refused
            need(hash_of(["folkmoot", "body", value]) == body, "texts", "another text than the one named")


def check(raw: bytes, log: bytes | None = None, federation: bytes | None = None,
          agreement: bytes | None = None) -> Answer:
    """Verifies a bundle, and that it is about what is expected."""
    answer = Answer()
    try:
        bundle = Bundle(raw)
        bundle.version_is_known = agreement is not None
        answer.log, answer.proposal = bundle.log, bundle.proposal
        answer.matter = bundle.matter and bundle.matter["id"]
        last = bundle.replay()
    except (Fails, Refused) as error:
        _blame(answer, error)
        return answer
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Only a start can do that: its form is right, and what it says contradicts itself.
        answer.checks["integrity"] = ("fail", f"a start that cannot be: {error!r}")
        return answer
    answer.shows = bundle.shows
    if bundle.decision is not None:
        outcome = bundle.decision["outcome"]
        answer.outcome = outcome if isinstance(outcome, str) else "void"
    answer.checks = dict.fromkeys(CHECKS, ("pass", ""))
    for part in (lambda: bundle.seal(last, answer), bundle.texts):
        try:
            part()
        except Fails as error:
            if error.check == "integrity":
                answer.checks = dict.fromkeys(CHECKS, ("unresolved", "not looked at"))
                _blame(answer, error)
                return answer
            _blame(answer, error)
    bundle.expect(log in (None, bundle.log), "integrity", "another log than the one expected")
    bundle.expect(federation in (None, answer.federation), "sealing", "another federation than the one expected")
    bundle.expect(agreement in (None, answer.agreement), "sealing", "another version than the one expected")
    for name, why in bundle.wrong:
        answer.checks[name] = ("fail", why)
    return answer


def _blame(answer: Answer, error: Fails | Refused) -> None:
    """Notes against which check an error speaks; what comes before that in a replay of records has passed."""
    if isinstance(error, Fails):
        answer.checks[error.check] = ("fail", error.why)
        return
    # A record inside an entry fails what it would fail by itself.
    against = AGAINST.get(error.kind if error.rule in ("", "inside") else error.rule, "authority")
    if against == "authority" and error.kind != "unknown":
        answer.checks["integrity"] = answer.checks["authenticity"] = ("pass", "")
    answer.checks[against] = ("unresolved" if error.kind == "unknown" else "fail", str(error))
