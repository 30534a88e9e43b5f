"""Effects: which domain governs them, and what they change (sections 10, 17, 19 and 20)."""

from typing import Any

from . import charter as charters, liaisons, matters, resources, rounds
from .books import ABOUT_ROUNDS, ABOUT_TERMS
from .charter import federation_of, may_follow, named, version_of
from .encoding import Refused
from .state import State

NOTICE = 30 * 24 * 3600 * 1000
BY_CHARTER = ("purpose", "set_role", "drop_role", "set_times", "set_participation", "erase")
BY_DOMAIN = {"set_member": "membership", "drop_member": "membership", "add_key": "membership",
             "drop_key": "membership", "set_host": "hosting", "federate": "federation", "leave": "federation",
             "follow": "federation"}


def split(effect: dict) -> tuple[str, Any]:
    """The name of an effect and what it says."""
    return next(iter(effect.items()))


def all_of(content: dict) -> list[dict]:
    """All effects of a content, those of its options in their order."""
    return content["effects"] + [effect for option in content.get("options", []) for effect in option["effects"]]


def governing(charter: dict, effects: list[dict]) -> set[str]:
    """The domains that govern effects under a charter; they need not exist."""
    found: set[str] = set()
    for kind, what in map(split, effects):
        if kind in BY_DOMAIN:
            found.add(BY_DOMAIN[kind] if named(charter["domains"], BY_DOMAIN[kind]) else "charter")
        elif kind in ("set_domain", "drop_domain"):
            domain = what["name" if kind == "set_domain" else "domain"]
            there = named(charter["domains"], domain)
            found |= {"charter", domain} if there and "ranked" not in there["rule"] else {"charter"}
        elif kind in ("seat", "unseat"):
            role = named(charter["roles"], what["role"])
            found.add(role.get("filled_in", "charter") if role else "charter")
        elif kind == "mandate":
            role = named(charter["roles"], what["role"])
            found.add((role or {}).get("represents", {}).get("mandated_in", "charter"))
        elif kind in BY_CHARTER or kind == "retire" and not named(charter["domains"], what["domain"]):
            found.add("charter")
        elif kind in ("open_matter", "stance", *ABOUT_TERMS, *ABOUT_ROUNDS):
            found |= set(what["domains"])
        elif kind in ("set_resource", "drop_resource"):
            there = named(charter.get("resources", []), what["name" if kind == "set_resource" else "resource"])
            found |= {"charter", there["domain"]} if there else {"charter"}
        else:
            found.add(what["domain"])
    return found


def removed_by(content: dict) -> set[str]:
    """The members whom the effects of a content remove."""
    return {what["member"] for kind, what in map(split, all_of(content)) if kind in ("drop_member", "unseat")}


def is_vacant(effect: dict) -> bool:
    """Whether an effect fills a role with nobody yet."""
    return "seat" in effect and "member" not in effect["seat"]


def seats(content: dict) -> set[str]:
    """The members whom a content would seat."""
    return {what["member"] for kind, what in map(split, all_of(content)) if kind == "seat" and "member" in what}


def need(condition: bool, message: str) -> None:
    """Refuses an effect that does not apply."""
    if not condition:
        raise Refused("conflict", "effect", message)


def put(items: list[dict], item: dict) -> list[dict]:
    """A list of named items with this one in its place."""
    return sorted([other for other in items if other["name"] != item["name"]] + [item],
                  key=lambda other: other["name"].encode())


def without(items: list[dict], name: str) -> list[dict]:
    """A list of named items without one that is there."""
    need(named(items, name) is not None, f"{name} is not there")
    return [item for item in items if item["name"] != name]


def last_join(state: State) -> dict | None:
    """The consent by which the group joined its federation last."""
    joined = [consent for consent in state.consents if consent["joins"]]
    return joined[-1] if joined else None


def leaving(state: State) -> dict | None:
    """The decision to leave the federation that the charter names, if there is one since the group joined."""
    joined = last_join(state)
    return next((item for item in state.leavings if joined and item["entry"] >= joined["entry"]
                 and item["federation"] == state.charter.get("federation")), None)


def leaving_of(state: State, federation: bytes) -> dict | None:
    """The decision to leave a federation that no joining has followed."""
    left = next((item for item in reversed(state.leavings) if item["federation"] == federation), None)
    joined = [consent["entry"] for consent in state.consents
              if consent["joins"] and federation_of(consent["agreement"]) == federation]
    return None if left is None or joined and joined[-1] > left["entry"] else left


def _note_moving(state: State, before: State, kind: str, what: dict, number: int, now: int) -> None:
    """Section 12: what follows another host or panel waits for the seal of the witnesses of now."""
    federation, old = federation_at(before, now), before.charter["host"]["node"]
    held = [item["agreement"] for item in before.consents if federation_of(item["agreement"]) == federation]
    if federation is None or not held:
        return
    witnesses = {seat["node"] for seat in held[-1]["panel"]} - {old}
    if kind == "set_host":
        others = what["node"] != old
    else:
        others = federation_of(what) == federation and {seat["node"] for seat in what["panel"]} - {old} != witnesses
    if others and witnesses:
        state.moving = {"entry": number, "host": old, "version": version_of(held[-1])}


def moving(state: State, now: int) -> dict | None:
    """The move whose seal the next entry shows (section 12)."""
    if state.moving is None:
        return None
    texts = [item["agreement"] for item in state.consents if version_of(item["agreement"]) == state.moving["version"]]
    return state.moving if federation_at(state, now) == federation_of(texts[0]) else None


def federation_at(state: State, now: int) -> bytes | None:
    """The federation to which the group belongs."""
    left = leaving(state)
    return None if left and left["from"] <= now else state.charter.get("federation")


def carry_out(state: State, decision: bytes, effects: list[tuple[int, dict]], review: int | None, number: int,
              now: int, before: State) -> None:
    """Carries effects with their places out on a state, or refuses; the state is of no use after a refusal.

    What the group says to others is judged on the state `before`.
    """
    _at_most_one_voice({kind for _, effect in effects for kind in effect}, [effect for _, effect in effects])
    touched: list[tuple] = []
    for place, effect in effects:
        kind, what = split(effect)
        charter = dict(state.charter)
        if kind in ("text", "keep", "retire"):
            _agreement(state, kind, what, (decision, place), review, touched, now)
        elif kind == "purpose":
            charter.update(what)
        elif kind in ("set_times", "set_participation"):
            charter[kind[4:]] = what
        elif kind in ("set_role", "set_domain", "set_member"):
            charter[kind[4:] + "s"] = put(charter[kind[4:] + "s"], what)
            if kind == "set_member" and what["name"] not in state.members():
                state.heard[what["name"]] = now
        elif kind in ("drop_role", "drop_domain"):
            charter[kind[5:] + "s"] = without(charter[kind[5:] + "s"], what[kind[5:]])
        elif kind in ("seat", "unseat"):
            _fill(charter, kind, what)
        elif kind == "drop_member":
            _drop_member(charter, what["member"])
        elif kind in ("add_key", "drop_key"):
            _change_key(charter, kind, what)
        elif kind == "set_host":
            need(charter["host"] != what, "the same host")
            _note_moving(state, before, kind, what, number, now)
            charter["host"] = what
        elif kind in ("set_resource", "drop_resource"):
            _resource(state, before, charter, kind, what, now)
        elif kind == "erase":
            known = what["body"] in state.authors or what["body"] in state.past
            state.asked_past.add(what["body"])
            if not known:
                raise Refused("conflict", "no-body")
            state.erased.add(what["body"])
        else:
            if kind in ("open_matter", "stance", "mandate", *ABOUT_TERMS, *ABOUT_ROUNDS):
                _say(state, before, decision, kind, what, number, now)
            elif kind == "follow":
                charters.agreement_stands(what)
                held = [consent["agreement"] for consent in before.consents] + before.follows
                need(state.log not in matters.logs(what), "an agreement that names this group")
                need(version_of(what) not in map(version_of, held), "a version that the log holds")
                state.follows = [*state.follows, what]
            else:
                _tie(state, charter, kind, what, number, now)
                if kind == "federate":
                    _note_moving(state, before, kind, what, number, now)
        state.charter = charter
    charters.stands(state.charter)


def _at_most_one_voice(kinds: set[str], effects: list[dict]) -> None:
    speak = [effect for effect in effects if effect.keys() & {"federate", "leave", "follow", "open_matter",
                                                              "stance", *ABOUT_TERMS, *ABOUT_ROUNDS}]
    need(len(speak) <= 1, "more than one tie")
    promises = kinds & {*ABOUT_TERMS, *ABOUT_ROUNDS}
    need(not promises or not kinds & {"set_resource", "drop_resource"}, "terms beside a change of resources")


def _resource(state: State, before: State, charter: dict, kind: str, what: dict, now: int) -> None:
    there = charter.pop("resources", [])
    if kind == "set_resource":
        need(before.books.may_keep(what, now), "a capacity below what is promised")
        state.books.expire(state.log, now)
        state.books.keep(what)
        there = put(there, what)
    else:
        there = without(there, what["resource"])
        need(before.books.may_drop(what["resource"], now), "something of it is promised")
        state.books.ledgers.pop(what["resource"], None)
    charter.update({"resources": there} if there else {})


def _say(state: State, before: State, decision: bytes, kind: str, what: dict, number: int, now: int) -> None:
    if kind == "open_matter":
        matters.check_opening(state, before, what, number, now)
        says = {"open": what["matter"]}
    elif kind == "mandate":
        says = liaisons.mandate(before, what)
    elif kind in ABOUT_TERMS:
        says = resources.decide(state, before, kind, what, now)
    elif kind in ABOUT_ROUNDS:
        says = rounds.decide(state, before, kind, what, now)
    else:
        matters.check_stance(state, before, what, number, now)
        amends = "amends" in before.matters[what["matter"]]["matter"]
        taken = matters.taken_before(before, before.matters[what["matter"]]["matter"]["version"]) if amends else None
        says = {"decline": {"matter": what["matter"]}}
        if what["consents"]:
            says = {"consent": {"matter": what["matter"], **({} if taken is None else {"taken": taken})}}
    state.unsaid = [*state.unsaid, {"decision": decision, "says": says}]


def _agreement(state: State, kind: str, what: dict, own: tuple, review: int | None, touched: list, now: int) -> None:
    named_one = what.get("replaces") if kind == "text" else what["agreement"]
    if named_one is not None:
        key = tuple(named_one)
        in_force = key in state.agreements and state.agreements[key]["domain"] == what["domain"]
        need(in_force, "no such agreement in force")
        need(key not in touched, "an agreement named twice")
        touched.append(key)
    if kind == "keep":
        due = now + what["review"] if "review" in what else review
        kept = {name: value for name, value in state.agreements[key].items() if name != "review"}
        state.agreements[key] = kept | ({} if due is None else {"review": due})
        return
    if kind == "text":
        need(named(state.charter["domains"], what["domain"]) is not None, "no such domain")
        need(what["text"] != "", "no text")
        state.agreements[own] = {"id": list(own), "domain": what["domain"], "text": what["text"], "since": now,
                                 **({} if review is None else {"review": review})}
    if named_one is not None:
        del state.agreements[key]


def _drop_member(charter: dict, name: str) -> None:
    charter["members"] = without(charter["members"], name)
    charter["roles"] = [{**role, "holders": [holder for holder in role["holders"] if holder["member"] != name]}
                        for role in charter["roles"]]


def _fill(charter: dict, kind: str, what: dict) -> None:
    role = named(charter["roles"], what["role"])
    need(role is not None, "no such role")
    held = next((holder for holder in role["holders"] if holder["member"] == what.get("member")), None)
    holders = [holder for holder in role["holders"] if holder is not held]
    if kind == "unseat":
        need(held is not None, "who is unseated does not hold the role")
    else:
        need(what["from"] < what["until"], "a term that ends before it starts")
        if "member" not in what:
            return
        start = what["from"]
        if held is not None:
            need(what["until"] >= held["until"], "a term that ends sooner than the one there")
            start = start if held["until"] <= start else min(start, held["from"])
        holders.append({"member": what["member"], "from": start, "until": what["until"]})
    charter["roles"] = put(charter["roles"], {**role, "holders": sorted(holders, key=lambda item: item["member"])})


def _change_key(charter: dict, kind: str, what: dict) -> None:
    member = named(charter["members"], what["member"])
    need(member is not None, "no such member")
    there = what["key"] in member["keys"]
    need(there == (kind == "drop_key"), "the key is there, or is not")
    keys = [key for key in member["keys"] if key != what["key"]] + ([] if there else [what["key"]])
    charter["members"] = put(charter["members"], {**member, "keys": sorted(keys)})


def _tie(state: State, charter: dict, kind: str, what: dict, number: int, now: int) -> None:
    belongs = federation_at(state, now)
    if kind == "leave":
        need(belongs == what["federation"] and leaving(state) is None, "nothing to leave")
        last = [consent["agreement"] for consent in state.consents
                if federation_of(consent["agreement"]) == belongs][-1]
        start = max(what["from"], now + last["timing"].get("notice", NOTICE))
        state.leavings.append({"entry": number, "federation": belongs, "from": start})
        return
    charters.agreement_stands(what)
    if belongs is None:
        need(any(group["log"] == state.log and group["node"] == charter["host"]["node"] for group in what["groups"]),
             "the agreement does not name this log and its node")
        charter["federation"] = federation_of(what)
    else:
        need("amends" in what and federation_of(what) == belongs, "no amendment of this federation")
        _take_up(state, belongs, what, now)
    adopted = matters.adopted_with(state, what, now)
    state.consents.append({"entry": number, "at": now, "joins": belongs is None, "agreement": what,
                           **({} if adopted is None else {"adopted": adopted[0]})})


def _take_up(state: State, federation: bytes, what: dict, now: int) -> None:
    """What a group that belongs to a federation takes up (section 17; section 19, rules 19 and 20)."""
    before, adopted = what["amends"]["version"], matters.adopted_with(state, what, now)
    last = matters.last_version(state, federation)
    same = matters.logs(last) == matters.logs(what)
    need(adopted is None and same or matters.all_settled(state, what, now), "a matter that is not settled")
    need(matters.is_free_for(state, what, adopted is not None, now), "bound by a consent to another text")
    for taken in matters.successors(state, before):
        gives_way = adopted is not None and adopted[1] and "adopted" not in taken and taken["agreement"] != what
        need(gives_way, "another successor")
    if adopted is None:
        held = matters.version(state, before)
        need(held is None or may_follow(what, held), "it may not follow")
        need(charters.stays(what, held or last), "another panel or other times")
