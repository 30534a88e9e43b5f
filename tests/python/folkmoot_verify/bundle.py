"""Verifies a bundle: one file that proves a decision (section 18)."""

from dataclasses import dataclass, field

from . import charter as charters
from . import schema
from .charter import federation_of, is_person, is_sorted, may_follow, number_of, version_of
from .effects import federation_at
from .encoding import BUNDLE_ITEMS, Refused, decode, encode, hash_of, malformed
from .envelope import Record, verify
from .replay import follow, found
from .seals import panel
from .state import State, digest_of, from_snapshot

BUNDLE_BYTES = 256 << 20
SNAPSHOT_BYTES = 64 << 20
CHECKS = ("integrity", "authenticity", "authority", "sealing", "texts")
# What the kinds of refusals of records and entries speak against; all others, against the authority.
AGAINST = {"malformed": "integrity", "chain": "integrity", "forged": "authenticity", "key": "authenticity"}


class Fails(Exception):
    """That a check fails or stays unresolved, and why."""

    def __init__(self, check: str, why: str, verdict: str = "fail") -> None:
        super().__init__(why)
        self.check, self.why, self.verdict = check, why, verdict


@dataclass
class Answer:
    """What verifying found: pass, fail or unresolved for each check."""

    checks: dict[str, tuple[str, str]] = field(default_factory=lambda: {name: ("unresolved", "") for name in CHECKS})
    log: bytes | None = None
    proposal: bytes | None = None
    outcome: str | None = None
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
                "outcome": self.outcome, "federation": shown("f", self.federation),
                "agreement": shown("h", self.agreement),
                "checks": {name: {"verdict": verdict, **({"why": why} if why else {})}
                           for name, (verdict, why) in self.checks.items()}}


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
        schema.bundle(self.data, "bundle")
        self.log, self.proposal = self.data["log"], self.data["proposal"]
        self.started_at = 0
        self.ids: dict[int, bytes] = {}
        self.states: list[State] = []
        self.seen: set[int] = set()
        self.bodies: set[bytes] = set()
        self.objections: set[bytes] = set()
        self.decision: dict | None = None

    # ---- replay

    def start(self) -> State | None:
        """The state from which the replay goes on, if it does not start with the log."""
        data = self.data
        if "start" not in data:
            need(not data["past_entries"] and not data["past_namings"], "integrity", "nothing was before the start")
            return None
        if len(data["start"]) > SNAPSHOT_BYTES:
            raise malformed("a snapshot that is too large")
        snapshot = decode(data["start"], BUNDLE_ITEMS)
        schema.snapshot(snapshot, "start")
        state = from_snapshot(snapshot)
        need(state.snapshot() == snapshot, "integrity", "the start is not sorted")
        need(snapshot["log"] == self.log, "integrity", "the start is of another log")
        need(self.proposal not in state.open, "integrity", "the proposal is open in the start")
        charters.stands(state.charter)
        need(state.entries.is_whole() and state.namings.is_whole(), "integrity", "roots that fit no size")
        need(state.entries.size == state.head["number"] + 1, "integrity", "not all entries are in the start")
        self.started_at = state.head["number"] + 1
        self.past(state)
        first = verify("entry", data["entries"][0])
        stated = first.content[5].get("digest", {}).get("digest")
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
        for place, raw in enumerate(self.data["entries"]):
            record = verify("entry", raw)
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
        need(self.decision is not None, "integrity", "the proposal does not end in these entries")
        past = {item["number"] for item in self.data["past_entries"]}
        used = {number for number in self.seen if number < self.started_at - 1}
        need(past == used, "integrity", "an entry of the past that no statement has seen")
        need(set(state.past) <= state.asked_past, "integrity", "a naming of the past that nothing needs")
        return state

    def note(self, statement: Record, state: State) -> None:
        """Notes what a statement has seen, and which bodies it names if it is about the proposal."""
        said = statement.content
        self.seen.add(state.numbers[said["seen"]])
        (kind, what), = said["act"].items()
        about = (what.get("proposal") == self.proposal or what.get("objection") in self.objections
                 or kind == "propose" and statement.id == self.proposal)
        if not about:
            return
        if kind == "respond" and what["answer"] == "object":
            self.objections.add(statement.id)
        content = what if kind == "propose" else what.get("content", {})
        self.bodies |= {body for body in (content.get("why"), what.get("reason")) if body is not None}

    # ---- sealing

    def seal(self, last: State, answer: Answer) -> tuple[str, str]:
        """Whether the decision is sealed by the last entry, and by nothing before it."""
        data, first = self.data, self.decision["entry"]
        number, federation = last.head["number"], federation_at(last, last.head["time"])
        versions = [consent["agreement"] for consent in last.consents if federation_of(consent["agreement"]) == federation]
        if federation is not None:
            answer.federation, answer.agreement = federation, version_of(versions[-1])
        nodes = {seat["node"] for seat in versions[-1]["panel"]} if federation is not None else set()
        witnesses = nodes - {last.charter["host"]["node"]}
        if not witnesses:
            need(not data["notes"] and not data["agreements"], "integrity", "notes where there are no witnesses")
            return self.seen_by_people(first, number)
        if not data["notes"]:
            need(number == first, "integrity", "entries after the decision, and no notes")
            need(not data["agreements"], "integrity", "agreements without notes")
            return "unresolved", "nothing seals the decision"
        signed: dict[bytes, int] = {}
        order = []
        for raw in data["notes"]:
            record = verify("note", raw)
            log, at, _, entry, _ = record.content
            need(log == self.log, "sealing", "a note of another log")
            need(record.key in witnesses, "sealing", "a note of somebody who is no witness")
            need(at >= first and self.ids.get(at) == entry, "sealing", "a note of no entry from the decision on")
            order.append(record.key)
            signed[record.key] = at
        need(is_sorted(order), "integrity", "notes are not sorted by witness")
        needed = panel(len(witnesses)).seal
        need(len(signed) == needed, "sealing" if len(signed) < needed else "integrity",
             f"{len(signed)} notes, {needed} seal")
        need(max(signed.values()) == number, "integrity", "the last entry is not the first that seals")
        return self.agreements(versions)

    def seen_by_people(self, first: int, number: int) -> tuple[str, str]:
        """Seals without witnesses: more than half of the people have seen the entry."""
        for state in self.states:
            if state.head["number"] < first:
                continue
            people = [member["name"] for member in state.charter["members"] if is_person(member)]
            if 2 * sum(state.seen.get(name, -1) >= first for name in people) > len(people):
                need(state.head["number"] == number, "integrity", "entries after the one that seals")
                return "pass", "more than half of the people have seen it"
        need(number == first, "integrity", "entries after the decision that nothing seals")
        return "unresolved", "nothing seals the decision"

    def agreements(self, versions: list[dict]) -> tuple[str, str]:
        """The way from the version of the last consent back to the founding text."""
        extra = self.data["agreements"]
        need(is_sorted(map(number_of, extra)), "integrity", "agreements are not sorted")
        known = {version_of(item): item for item in versions}
        need(not any(version_of(item) in known for item in extra), "integrity", "an agreement that the log holds")
        known |= {version_of(item): item for item in extra}
        unused = {version_of(item) for item in extra}
        version = versions[-1]
        while "amends" in version:
            before = known.get(version["amends"]["version"])
            if before is None:
                need(not unused, "integrity", "an agreement that is not needed")
                return "unresolved", "a version of the agreement is missing"
            charters.agreement_stands(before)
            need(may_follow(version, before), "sealing", "a version that may not follow the one before")
            unused.discard(version_of(before))
            version = before
        need(not unused, "integrity", "an agreement that is not needed")
        return "pass", f"{len(self.data['notes'])} witnesses have signed it"

    # ---- texts

    def texts(self) -> None:
        """One place for each body, and in it the body or nothing."""
        bodies, texts = sorted(self.bodies), self.data["texts"]
        need(len(bodies) == len(texts), "integrity", "not one place for each text")
        for body, raw in zip(bodies, texts):
            if raw is None:
                continue
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
        answer.log, answer.proposal = bundle.log, bundle.proposal
        need(log in (None, bundle.log), "integrity", "another log than the one expected")
        last = bundle.replay()
        outcome = bundle.decision["outcome"]
        answer.outcome = outcome if isinstance(outcome, str) else "void"
        for name in ("integrity", "authenticity", "authority"):
            answer.checks[name] = ("pass", "")
        if "start" in bundle.data and not bundle.data["notes"]:
            answer.checks["authority"] = ("unresolved", "nobody stands for the snapshot")
        for part in (lambda: _seal(bundle, last, answer, federation, agreement), lambda: _texts(bundle, answer)):
            _catch(answer, part, "sealing")
    except (Fails, Refused) as error:
        _blame(answer, error, None)
    return answer


def _seal(bundle: Bundle, last: State, answer: Answer, federation: bytes | None, agreement: bytes | None) -> None:
    answer.checks["sealing"] = bundle.seal(last, answer)
    need(federation in (None, answer.federation), "sealing", "another federation than the one expected")
    need(agreement in (None, answer.agreement), "sealing", "another version than the one expected")


def _texts(bundle: Bundle, answer: Answer) -> None:
    bundle.texts()
    answer.checks["texts"] = ("pass", "")


def _catch(answer: Answer, part, check_name: str) -> None:
    try:
        part()
    except (Fails, Refused) as error:
        _blame(answer, error, check_name)


def _blame(answer: Answer, error: Fails | Refused, check_name: str | None) -> None:
    if isinstance(error, Fails):
        answer.checks[error.check] = (error.verdict, error.why)
        return
    against = AGAINST.get(error.kind, "authority")
    if error.rule in ("log-key", "previous"):
        against = "authenticity"
    elif error.rule == "digest":
        against = "integrity"
    verdict = "unresolved" if error.kind == "unknown" else "fail"
    answer.checks[check_name or against] = (verdict, str(error))
