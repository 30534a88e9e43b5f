"""Liaisons: who speaks for a group in another one, and as whose mandate says (section 19, from rule 22 on)."""

from typing import Any

from .charter import liaison_of, named
from .encoding import Refused
from .state import State

MOST_HOLDERS = 8


def place(item: dict) -> tuple[bytes, bytes]:
    """Where a sitting sits, and by which role."""
    return item["group"], item["role"].encode()


# ---- what the own log says

def to_be_said(charter: dict) -> list[dict]:
    """The sittings of a charter (rule 22)."""
    found = []
    for role in charter["roles"]:
        if "represents" not in role or not role["holders"]:
            continue
        terms = [{"keys": named(charter["members"], holder["member"])["keys"], "from": holder["from"],
                  "until": holder["until"]} for holder in role["holders"]]
        mandated = {"mandated": True} if "mandated_in" in role["represents"] else {}
        found.append({"group": role["represents"]["group"], "role": role["name"], **mandated, "terms": terms})
    return sorted(found, key=place)


def due(state: State) -> dict | None:
    """The sitting that is due to be said."""
    wanted = to_be_said(state.charter)
    places = {place(sitting) for sitting in wanted}
    gone = [{"group": said["group"], "role": said["role"], "terms": []}
            for said in state.sittings if place(said) not in places]
    owed = [sitting for sitting in wanted if sitting not in state.sittings] + gone
    return min(owed, key=place, default=None)


def note(state: State, sitting: dict) -> None:
    """Notes what was said."""
    others = [said for said in state.sittings if place(said) != place(sitting)]
    state.sittings = sorted(others + ([sitting] if sitting["terms"] else []), key=place)


def mandate(before: State, what: dict) -> dict:
    """What a decision makes the group say (rule 23)."""
    role = named(before.charter["roles"], what["role"])
    represents = role.get("represents", {}) if role else {}
    if "mandated_in" not in represents:
        raise Refused("conflict", "effect", "a role that takes no mandates")
    return {"mandate": {"group": represents["group"], **what}}


# ---- what it takes of others

def is_current(state: State, version: bytes) -> bool:
    """Whether a version is the current one of an open proposal."""
    return any(proposal["versions"][-1]["statement"] == version for proposal in state.open.values())


def told_place(item: dict) -> tuple[bytes, bytes, bytes]:
    """Whom a mandate binds on which version."""
    return (*place(item), item["version"])


def take(state: State, log: bytes, number: int, kind: str, what: dict) -> bool:
    """Takes what was said of a liaison into the log, and says whether it is new (rule 25)."""
    named_here = any(liaison == {"group": log, "role": what["role"]}
                     for liaison in map(liaison_of, state.charter["members"]))
    if what["group"] != state.log or not named_here:
        return False
    item = {**what, "group": log, "number": number}
    if kind == "represent":
        before = next((held for held in state.held if place(held) == place(item)), None)
        if before is not None and before["number"] >= number:
            return False
        state.held = sorted([held for held in state.held if held is not before] + [item], key=place)
        return True
    before = next((told for told in state.told if told_place(told) == told_place(item)), None)
    if not is_current(state, what["version"]) or before is not None and before["number"] >= number:
        return False
    stays = [told for told in state.told if told is not before and is_current(state, told["version"])]
    state.told = sorted([*stays, item], key=told_place)
    return True


def held_by(state: State, member: dict) -> dict | None:
    """Who represents the group of a liaison, as far as this log knows."""
    liaison = liaison_of(member)
    return next((held for held in state.held if liaison and place(held) == place(liaison)), None)


def running(held: dict | None, now: int) -> list[dict]:
    """The terms that run."""
    return [term for term in (held or {"terms": []})["terms"] if term["from"] <= now < term["until"]]


def speaker(state: State, key: bytes, now: int) -> dict | None:
    """The member for whom a key speaks (rule 27)."""
    members = state.charter["members"]
    own = next((member for member in members if key in member["keys"]), None)
    speaks = (member for member in members
              if any(key in term["keys"] for term in running(held_by(state, member), now)))
    return own or next(speaks, None)


def is_empty(state: State, name: str, now: int) -> bool:
    """Whether a member is a liaison whose seat nobody holds (rule 28)."""
    member = named(state.charter["members"], name)
    return member is not None and liaison_of(member) is not None and not running(held_by(state, member), now)


def is_mandated(state: State, name: str) -> bool:
    """Whether a member is a liaison who is mandated (rule 29)."""
    member = named(state.charter["members"], name)
    return member is not None and "mandated" in (held_by(state, member) or {})


def told_to(state: State, name: str, proposal: dict) -> Any:
    """What is told to a liaison about the current version."""
    liaison, version = liaison_of(named(state.charter["members"], name)), proposal["versions"][-1]["statement"]
    return next((told["position"] for told in state.told if told_place(told) == (*place(liaison), version)), None)


def check(good: bool) -> None:
    """Refuses what a mandate does not say."""
    if not good:
        raise Refused("unauthorised", "not-mandated")


def may_answer(state: State, name: str, proposal: dict, position: Any) -> None:
    """Refuses a mandated liaison's answer that is not what is told."""
    if is_mandated(state, name):
        check(told_to(state, name, proposal) == ("agree" if position == "concern" else position))


def may_withdraw(state: State, name: str, proposal: dict) -> None:
    """Refuses that a mandated liaison withdraws an objection that its group has not given up."""
    if is_mandated(state, name):
        check(told_to(state, name, proposal) not in (None, "object"))
