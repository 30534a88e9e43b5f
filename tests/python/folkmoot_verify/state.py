"""The state of a group: what a digest covers (section 11)."""

from dataclasses import dataclass, field, replace
from typing import Any

from .books import Books, from_data
from .charter import agent_of, is_person, named
from .encoding import hash_of, sha256
from .merkle import Roots


@dataclass
class State:
    """Everything of a group's state that a later rule can read; values inside are never changed in place."""

    log: bytes
    head: dict
    founded: int
    charter: dict
    digest_at: int = 0
    chains: dict[bytes, bytes] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    open: dict[bytes, dict] = field(default_factory=dict)
    decided: bytes = sha256(b"decided")
    agreements: dict[tuple[bytes, int], dict] = field(default_factory=dict)
    consents: list[dict] = field(default_factory=list)
    leavings: list[dict] = field(default_factory=list)
    follows: list[dict] = field(default_factory=list)
    erased: set[bytes] = field(default_factory=set)
    spoke: bytes | None = None
    moving: dict | None = None
    unsaid: list[dict] = field(default_factory=list)
    matters: dict[bytes, dict] = field(default_factory=dict)
    ceded: list[dict] = field(default_factory=list)
    asleep: dict[bytes, int] = field(default_factory=dict)
    books: Books = field(default_factory=Books)
    # Of liaisons: what was said of the own ones, who is held for others, and what these were told.
    sittings: list[dict] = field(default_factory=list)
    held: list[dict] = field(default_factory=list)
    told: list[dict] = field(default_factory=list)
    entries: Roots = Roots()
    namings: Roots = Roots()
    # Not in the digest: which entry has which id, and who named a body first, as far as this replay knows.
    numbers: dict[bytes, int] = field(default_factory=dict)
    authors: dict[bytes, str] = field(default_factory=dict)
    past: dict[bytes, str] = field(default_factory=dict)
    asked_past: set[bytes] = field(default_factory=set)
    # Proposals that ended in this replay.
    closed: set[bytes] = field(default_factory=set)
    # What ended in this entry, with its record.
    ended: list[dict] = field(default_factory=list)

    def copy(self) -> "State":
        """A state that can change without changing this one."""
        return replace(
            self, chains=dict(self.chains), seen=dict(self.seen), heard=dict(self.heard), missed=dict(self.missed),
            open={key: copy_open(value) for key, value in self.open.items()}, agreements=dict(self.agreements),
            consents=list(self.consents), leavings=list(self.leavings),
            follows=list(self.follows), erased=set(self.erased),
            unsaid=list(self.unsaid), matters=dict(self.matters), ceded=list(self.ceded), asleep=dict(self.asleep),
            books=self.books.copy(), numbers=dict(self.numbers), authors=dict(self.authors),
            closed=set(self.closed), ended=[])

    def snapshot(self) -> dict:
        """The state as the digest has it."""
        return {
            "log": self.log, "head": self.head, "founded": self.founded, "digest_at": self.digest_at,
            "charter": self.charter, "chains": pairs(self.chains), "seen": pairs(self.seen),
            "heard": pairs(self.heard), "missed": pairs(self.missed),
            "open": [self.open[key] for key in sorted(self.open)], "decided": self.decided,
            "agreements": [self.agreements[key] for key in sorted(self.agreements)],
            "ties": {"consents": self.consents, "leavings": self.leavings,
                     **({"follows": self.follows} if self.follows else {})},
            "erased": sorted(self.erased),
            "dealings": self.dealings(),
            "entries": self.entries.as_data(), "namings": self.namings.as_data()}

    def dealings(self) -> dict:
        """What the group said to others, and knows of what they said (sections 19 and 20)."""
        moving = {} if self.moving is None else {"moving": self.moving}
        liaisons = {"said": self.sittings, "held": self.held, "mandates": self.told}
        return {**({} if self.spoke is None else {"spoke": self.spoke}), **moving, "unsaid": self.unsaid,
                "matters": [self.matters[key] for key in sorted(self.matters)], "ceded": self.ceded,
                **({"asleep": pairs(self.asleep)} if self.asleep else {}), "books": self.books.as_data(),
                **({"liaisons": liaisons} if any(liaisons.values()) else {})}

    def digest(self) -> bytes:
        """The digest of the state."""
        return digest_of(self.snapshot())

    def members(self) -> set[str]:
        """Names of the members."""
        return {member["name"] for member in self.charter["members"]}

    def last_heard(self, name: str) -> int:
        """When a member was last heard."""
        return self.heard.get(name, self.founded)


def digest_of(snapshot: dict) -> bytes:
    """The digest of the state that a snapshot shows."""
    return hash_of(["folkmoot", "state", snapshot])


def from_snapshot(data: dict) -> State:
    """The state that a snapshot shows."""
    entries, namings, dealings = data["entries"], data["namings"], data["dealings"]
    liaisons = dealings.get("liaisons", {"said": [], "held": [], "mandates": []})
    return State(
        log=data["log"], head=data["head"], founded=data["founded"], charter=data["charter"],
        digest_at=data["digest_at"], chains=dict(data["chains"]), seen=dict(data["seen"]), heard=dict(data["heard"]),
        missed=dict(data["missed"]), open={item["id"]: item for item in data["open"]}, decided=data["decided"],
        agreements={tuple(item["id"]): item for item in data["agreements"]}, consents=data["ties"]["consents"],
        leavings=data["ties"]["leavings"], erased=set(data["erased"]), spoke=dealings.get("spoke"),
        moving=dealings.get("moving"),
        unsaid=dealings["unsaid"], matters={item["id"]: item for item in dealings["matters"]}, ceded=dealings["ceded"],
        asleep=dict(dealings.get("asleep", [])), follows=data["ties"].get("follows", []), sittings=liaisons["said"], held=liaisons["held"],
        told=liaisons["mandates"], books=from_data(dealings["books"]), entries=Roots(entries[0], tuple(entries[1])),
        namings=Roots(namings[0], tuple(namings[1])), numbers={data["head"]["id"]: data["head"]["number"]})


def pairs(table: dict) -> list[list]:
    """A table as a list of pairs, sorted by what they start with."""
    return [[key, table[key]] for key in sorted(table, key=lambda key: key.encode() if isinstance(key, str) else key)]


def copy_open(proposal: dict) -> dict:
    """An open proposal that can change without changing this one."""
    return {**proposal, "versions": list(proposal["versions"]), "polls": [dict(poll) for poll in proposal["polls"]],
            "responses": dict(proposal["responses"]), "advice": dict(proposal["advice"]),
            "objections": [dict(objection) for objection in proposal["objections"]],
            **{name: dict(proposal[name]) for name in ("withdrawn_options", "nominations") if name in proposal}}


def agent_may(charter: dict, name: str, domain: str, people_only: bool, now: int) -> bool:
    """Whether a member may count in a domain as far as it is an agent; a person may."""
    member = named(charter["members"], name)
    if member is None or is_person(member):
        return member is not None
    agent = agent_of(member)
    return not people_only and domain in agent["scope"] and now < agent["until"]


def owners(charter: dict, owner: str, now: int) -> list[str]:
    """All members, or the holders of a role whose term runs."""
    if owner == "group":
        return [member["name"] for member in charter["members"]]
    role = named(charter["roles"], owner[5:])
    return [holder["member"] for holder in role["holders"] if holder["from"] <= now < holder["until"]] if role else []


def eligible(charter: dict, domain: Any, owner: str, removed: set[str], now: int) -> list[str]:
    """Who is eligible in a domain or poll with this owner, silent or not."""
    name = domain.get("domain", domain.get("name"))
    return [member for member in owners(charter, owner, now)
            if member not in removed and agent_may(charter, member, name, domain["people_only"], now)]
