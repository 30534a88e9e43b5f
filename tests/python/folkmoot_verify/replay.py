"""Replays a log: founding, chain and statements (sections 5 to 7)."""

from . import charter as charters
from . import books, effects, liaisons, matters, proposals
from .charter import agent_of, is_person, is_sorted
from .encoding import hash_of
from .envelope import Record, inside, verify
from .proposals import need
from .state import State, digest_of


def found(record: Record) -> State:
    """The state after the first entry of a log (section 5)."""
    log, number, previous, time, cites, act = record.content
    first = log is None and previous is None and number == 0 and cites == [] and "found" in act
    need(first, "malformed", "not-a-first-entry")
    charter = act["found"]["charter"]
    need("federation" not in charter, "malformed", "not-a-first-entry", "a first charter that names a federation")
    charters.stands(charter)
    need(record.key == charter["host"]["log_key"], "forged", "not-the-log-key")
    people = {key: member["name"] for member in charter["members"] if is_person(member) for key in member["keys"]}
    signed: set[str] = set()
    for raw in act["found"]["foundings"]:
        founding = inside("founding", raw)
        need(founding.content["charter"] == hash_of(charter), "forged", "other-charter")
        name = people.get(founding.key)
        need(name is not None and name not in signed, "unauthorised", "not-a-founder")
        signed.add(name)
    state = State(log=record.id, head={}, founded=time, charter=charter, books=books.opened(charter))
    matters.note_ceded(state, 0, time)
    return _after(state, record)


def _after(state: State, record: Record) -> State:
    _, number, _, time, _, _ = record.content
    state.head = {"number": number, "id": record.id, "time": time}
    state.numbers[record.id] = number
    state.entries = state.entries.push(record.id)
    return state


def admit(state: State, before: State, raw: bytes, number: int, now: int) -> Record:
    """Judges a statement on a state and changes it (section 7)."""
    record = inside("statement", raw)
    said = record.content
    need(said["log"] == state.log, "conflict", "other-log")
    author = liaisons.speaker(before, record.key, now)
    need(author is not None, "unauthorised", "not-a-member")
    need(is_person(author) or now < agent_of(author)["until"], "unauthorised", "agent-ended")
    need(said["seen"] in before.numbers, "premature", "unseen-entry")
    need(said.get("previous") == state.chains.get(record.key), "conflict", "out-of-order")
    (kind, what), = said["act"].items()
    getattr(proposals.Act(state, before, author["name"], record.id, number, now), kind)(what)
    name = author["name"]
    state.chains[record.key] = record.id
    state.seen[name] = max(state.seen.get(name, 0), before.numbers[said["seen"]])
    state.heard[name] = now
    return record


def follow(before: State, record: Record) -> tuple[State, list[Record]]:
    """The state after one entry more, and the statements in it; `before` stays as it is."""
    log, number, previous, now, cites, act = record.content
    head = before.head
    need(log == before.log, "conflict", "other-log")
    need(number <= head["number"] + 1, "premature", "gap")
    need(number == head["number"] + 1 and previous == head["id"], "conflict", "not-next")
    need(now >= head["time"], "conflict", "time-fell")
    need(is_sorted(cites), "malformed", "not-sorted", "cites")
    need(record.key == before.charter["host"]["log_key"], "forged", "not-the-log-key")
    (kind, what), = act.items()
    need(kind != "found", "malformed", "not-a-first-entry")
    moves = effects.moving(before, now) is not None
    need(not moves or kind == "cite", "conflict", "moving", "a move that is not shown to be sealed")
    overdue = number - before.digest_at >= before.charter["times"]["digest_every"]
    need(cites == [] or kind == "cite", "malformed", "cites", "an entry that cites nothing names voices")
    need(moves or kind == "digest" or not overdue, "conflict", "digest-due")
    need(moves or kind in ("digest", "speak") or matters.due(before) is None, "conflict", "voice-due", "a voice is due")
    state, statements = before.copy(), []
    if kind == "digest":
        need(what["digest"] == digest_of(before.snapshot()), "conflict", "digest", "another digest")
        state.digest_at = number
    elif kind == "admit":
        statements = [admit(state, before, raw, number, now) for raw in what["statements"]]
    elif kind in ("speak", "cite"):
        getattr(matters, kind)(state, record)
    else:
        getattr(proposals, kind)(state, what["proposal"], number, now)
    if state.charter != before.charter:
        matters.note_ceded(state, number, now)
    proposals.look(state, number, now)
    return _after(state, record), statements


def next_state(before: State | None, raw: bytes) -> State:
    """The state after an entry, which may be the first, or why it is refused."""
    record = verify("entry", raw)
    return found(record) if before is None else follow(before, record)[0]

