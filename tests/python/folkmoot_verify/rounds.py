"""Rounds: a steward divides what is scarce among groups that claim (section 20, rules 16 to 24)."""

from . import effects, matters
from .books import LONGEST_HOLD, LONGEST_SPAN, admits, after, need
from .charter import AMOUNT, is_sorted, named
from .division import divide, reveals
from .encoding import Refused, hash_of
from .state import State

OFFERS, CLAIMS, WEIGHT = 8, 350, 1_000_000
OF_ONE = 16
SAYS = ("round", "claim", "reveal", "divide", "release_share")


def id_of(text: dict) -> bytes:
    """The id of a round."""
    return hash_of(["folkmoot", "round", text])


def share_id(name: bytes, group: bytes) -> bytes:
    """Under which name a share is allocated."""
    return hash_of(["folkmoot", "share", name, group])


def is_lot(text: dict) -> bool:
    """Whether a round is divided by lot."""
    return isinstance(text["division"], dict)


def last(text: dict) -> int:
    """The last date."""
    return text.get("reveals_by", text["claims_by"])


def times(span: int, factor: int) -> int:
    """A span some times over; no span is longer than the longest."""
    return min(span * factor, LONGEST_SPAN)


def weight_of(text: dict, group: bytes) -> int | None:
    """The weight of a group that may claim."""
    return next((claimant["weight"] for claimant in text["claimants"] if claimant["group"] == group), None)


def can_stand(text: dict, agreement: dict, now: int) -> bool:
    """Rule 13."""
    offers, claimants, news = text["offers"], text["claimants"], agreement["timing"]["news"]
    groups, most = matters.heard(agreement), 1 if is_lot(text) else WEIGHT
    places = [(offer["resource"].encode(), offer["window"]["from"], offer["window"]["until"]) for offer in offers]
    good = 1 <= len(text["title"].encode()) <= 200 and len(text["text"].encode()) <= 16384
    good = good and 1 <= len(offers) <= OFFERS and is_sorted(places)
    good = good and all(1 <= offer["amount"] <= AMOUNT and offer["window"]["until"] > text["divides_by"]
                        for offer in offers)
    good = good and 1 <= len(claimants) <= CLAIMS and is_sorted(claimant["group"] for claimant in claimants)
    good = good and all(1 <= claimant["weight"] <= most and claimant["group"] in groups for claimant in claimants)
    good = good and text["steward"] in groups and text["claims_by"] >= after(now, times(news, 2))
    good = good and ("reveals_by" in text) == is_lot(text)
    if good and is_lot(text):
        good = text["reveals_by"] >= after(after(text["claims_by"], times(news, 2)), news)
    return good and after(last(text), times(news, 3)) <= text["divides_by"] <= after(last(text), LONGEST_HOLD)


def fits(text: dict, claim: dict) -> bool:
    """Whether a claim fits a round (rule 18)."""
    amounts = claim["amounts"]
    return (len(amounts) == len(text["offers"]) and all(amount <= AMOUNT for amount in amounts) and any(amounts)
            and ("commitment" in claim) == is_lot(text))


def claimed(claim: dict, now: int) -> dict:
    """A claim as a log knows it."""
    return {"at": now, **{name: claim[name] for name in ("amounts", "commitment") if name in claim}}


def portions(text: dict, amounts: list[int]) -> dict[str, list[dict]]:
    """What amounts of the offers come to, by resource."""
    found: dict[str, list[dict]] = {}
    for offer, amount in zip(text["offers"], amounts):
        if amount:
            found.setdefault(offer["resource"], []).append({"window": offer["window"], "amount": amount})
    return found


def put(state: State, name: bytes, **change: object) -> None:
    """Changes what is known of a round."""
    state.books.rounds[name] = {**state.books.rounds[name], **change}


# ---- decisions

def decide(state: State, before: State, kind: str, what: dict, now: int) -> dict:
    """Carries out an effect about a round, judged on the state before the entry, and returns what the group says."""
    if kind == "claim":
        claim = what["claim"]
        known = before.books.rounds.get(claim["round"])
        need(known is not None, "an unknown round")
        text, domains = known["round"], what["domains"]
        need(weight_of(text, state.log) is not None and "claimed" not in known, "no claim, or a second one")
        need(known["opened"] <= now <= text["claims_by"], "a claim out of time")
        need(bool(domains) and matters.names_sorted(domains) and fits(text, claim), "a claim that does not fit")
        put(state, claim["round"], claimed=claimed(claim, now))
        return {"claim": claim}
    if kind == "release_share":
        _check_release(before, what, now)
        return {"release_share": {"round": what["round"]}}
    text = what["round"]
    name, offered = id_of(text), portions(text, [offer["amount"] for offer in text["offers"]])
    _check_opening(before, what, name, offered, now)
    state.books.expire(state.log, now)
    for resource, held in offered.items():
        state.books.ledgers[resource]["promises"][name] = {"portions": held, "held_until": text["divides_by"]}
    state.books.rounds[name] = {"round": text, "opened": now, "slots": []}
    return {"round": text}


def _check_release(before: State, what: dict, now: int) -> None:
    known, domains = before.books.rounds.get(what["round"]), what["domains"]
    need(bool(domains) and matters.names_sorted(domains), "no domains, or unsorted ones")
    if known is not None:
        agreement = matters.version(before, known["round"]["version"])
        need(agreement is not None and "claimed" in known, "no claim")
        need(now > after(last(known["round"]), agreement["timing"]["news"]), "nothing is divided yet")


def _check_opening(before: State, what: dict, name: bytes, offered: dict, now: int) -> None:
    text = what["round"]
    own = matters.last_version(before, text["federation"])
    need(own is not None and effects.federation_at(before, now) == text["federation"], "another federation")
    need(matters.version_of(own) == text["version"] and can_stand(text, own, now), "a round that cannot stand")
    need(text["steward"] == before.log and name not in before.books.rounds, "another's round, or one that was opened")
    resources = {resource: named(before.charter.get("resources", []), resource) for resource in offered}
    need(all(resource is not None for resource in resources.values()), "no such resource")
    domains = what["domains"]
    need(matters.names_sorted(domains) and set(domains) == {resource["domain"] for resource in resources.values()},
         "other domains than those of what is offered")
    books = before.books.copy()
    books.expire(before.log, now)
    for resource, held in offered.items():
        need(all(admits(resources[resource], portion, now) for portion in held), "a portion that none may promise")
        room = books.ledgers.get(resource, resources[resource])["capacity"]
        need(books.promised(resource, held) <= room, "too little is left")


def spoken(state: State, kind: str, what: dict, now: int) -> None:
    """What a voice that was spoken leaves."""
    if kind == "round":
        put(state, id_of(what), opened=now)


# ---- what follows without a decision

def follow(state: State, kind: str, what: dict, now: int) -> None:
    """Carries out a voice that no decision calls for."""
    name, books = id_of(what) if kind == "round" else what["round"], state.books
    books.expire(state.log, now)
    known = books.rounds.get(name)
    if known is None:
        raise Refused("conflict", "no-round", "an unknown round")
    if not (kind == "reveal" and may_reveal(state, name, known, what["secret"], now)
            or kind == "divide" and may_divide(state, name, known, now)):
        raise Refused("conflict", "round", "it does not follow")
    if kind == "reveal":
        put(state, name, revealed=True)
        return
    shares = result(name, known)
    books.let_go(name)
    for group, amounts in shares.items():
        for resource, given in portions(known["round"], amounts).items():
            books.ledgers[resource]["promises"][share_id(name, group)] = {"portions": given}
    put(state, name, divided=now)


def may_reveal(state: State, name: bytes, known: dict, secret: bytes, now: int) -> bool:
    """Rule 18."""
    agreement, text = matters.version(state, known["round"]["version"]), known["round"]
    if agreement is None or not is_lot(text) or "claimed" not in known or "revealed" in known:
        return False
    first = after(text["claims_by"], times(agreement["timing"]["news"], 2))
    return first <= now <= text["reveals_by"] and known["claimed"]["commitment"] == commitment(name, state.log, secret)


def commitment(name: bytes, group: bytes, secret: bytes) -> bytes:
    """The commitment of a group to a secret."""
    return hash_of(["folkmoot lot", name, group, secret])


def may_divide(state: State, name: bytes, known: dict, now: int) -> bool:
    """Rule 19."""
    text, slots = known["round"], dict(known["slots"])
    agreement = matters.version(state, text["version"])
    good = agreement is not None and text["steward"] == state.log and "divided" not in known and "shown" in known
    good = good and state.books.held_until(name) is not None
    good = good and now > after(last(text), agreement["timing"]["news"])
    good = good and all(is_known(slots.get(claimant["group"], {}), 1) for claimant in text["claimants"])
    return good and (not is_lot(text) or all(is_known(slot, 2) for slot in slots.values() if "claim" in slot))


def is_known(slot: dict, stage: int) -> bool:
    """Whether a slot has what a stage asks for, or silence at it."""
    return ("claim" if stage == 1 else "secret") in slot or stage in slot.get("silent", [])


def result(name: bytes, known: dict) -> dict[bytes, list[int]]:
    """What each group gets of each offer."""
    text = known["round"]
    slots, seed = {group: slot for group, slot in known["slots"] if "claim" in slot}, None
    if is_lot(text):
        slots = {group: slot for group, slot in slots.items() if "secret" in slot}
        seed, _ = reveals(name, {group: slot["claim"]["commitment"] for group, slot in slots.items()},
                          {group: slot["secret"] for group, slot in slots.items()})
    groups = sorted(slots)
    claims = [(weight_of(text, group), slots[group]["claim"]["amounts"]) for group in groups]
    shares, _ = divide(text["division"], [offer["amount"] for offer in text["offers"]], claims, seed)
    return dict(zip(groups, shares))


# ---- citing

def stage_of(state: State, name: bytes, group: bytes, stage: int, news: int) -> tuple | None:
    """First and last date, end, and which voices answer (rule 20); none where nothing is asked of the group."""
    known = state.books.rounds[name]
    text = known["round"]
    if weight_of(text, group) is None or stage not in (1, 2) or stage == 2 and not is_lot(text):
        return None

    def answers(voice: dict) -> bool:
        (kind, what), = voice["says"].items()
        if kind != ("claim" if stage == 1 else "reveal") or what["round"] != name:
            return False
        if stage == 1:
            return fits(text, what)
        claim = dict(known["slots"]).get(group, {}).get("claim")
        return claim is not None and claim["commitment"] == commitment(name, group, what["secret"])

    first = known["opened"] if stage == 1 else after(text["claims_by"], times(news, 2))
    until = text["claims_by"] if stage == 1 else text["reveals_by"]
    return first, until, after(until, news), answers


def take(state: State, piece: dict, agreement: dict, date: int, sealed: int, kind: str, what: dict,
         now: int) -> bool:
    """Takes what a group said about a round into the log at `now`, and says whether it is new (rule 23)."""
    group, rounds, news = piece["log"], state.books.rounds, agreement["timing"]["news"]
    if kind == "round":
        name = id_of(what)
        good = what["steward"] == group and what["version"] == piece["version"] and can_stand(what, agreement, date)
        if not good or sealed > after(date, news):
            return False
        if group == state.log:
            good = name in rounds and "shown" not in rounds[name]
            if good:
                put(state, name, shown=True)
            return good
        good = name not in rounds and weight_of(what, state.log) is not None and now <= what["claims_by"]
        waiting = [other for other, known in rounds.items() if known["round"]["steward"] == group
                   and "claimed" not in known and other not in state.books.rounds_over(now)]
        good = good and len(waiting) < OF_ONE
        if good:
            state.books.forget_rounds(now)
            rounds[name] = {"round": what, "opened": date, "slots": []}
        return good
    name, stage = what["round"], 1 if kind == "claim" else 2
    if kind == "release_share":
        known = rounds.get(name)
        share = share_id(name, group)
        good = known is not None and known["round"]["steward"] == state.log and "divided" in known
        good = good and known["round"]["version"] == piece["version"] and state.books.is_promised(share)
        if good:
            state.books.let_go(share)
        return good
    if kind == "divide" or not _is_ours(state, name, piece):
        return False
    asked, slot = stage_of(state, name, group, stage, news), dict(rounds[name]["slots"]).get(group, {})
    if asked is None or is_known(slot, stage):
        return False
    first, until, end, answers = asked
    if not (first <= date <= until and sealed <= end and answers({"says": {kind: what}})):
        return False
    _set_slot(state, name, group, **({"claim": claimed(what, date)} if stage == 1 else {"secret": what["secret"]}))
    return True


def take_silence(state: State, piece: dict, agreement: dict, heard: "matters.Heard", name: bytes, stage: int) -> bool:
    """Takes that a group was silent at a stage, and says whether it is new (rule 24)."""
    group, good = piece["log"], _is_ours(state, name, piece)
    slot = dict(state.books.rounds[name]["slots"]).get(group, {})
    asked = stage_of(state, name, group, stage, agreement["timing"]["news"])
    good = good and asked is not None and (stage == 1 or "claim" in slot)
    if good:
        first, until, end, answers = asked
        good = heard.nothing(first, end, lambda _, date, voice: date <= until and answers(voice))
    matters.need(good, "evidence", "it does not show silence")
    if is_known(slot, stage):
        return False
    _set_slot(state, name, group, silent=sorted([*slot.get("silent", []), stage]))
    return True


def _is_ours(state: State, name: bytes, piece: dict) -> bool:
    known = state.books.rounds.get(name)
    return (known is not None and known["round"]["steward"] == state.log and "divided" not in known
            and known["round"]["version"] == piece["version"])


def _set_slot(state: State, name: bytes, group: bytes, **change: object) -> None:
    slots = dict(state.books.rounds[name]["slots"])
    slots[group] = {**slots.get(group, {}), **change}
    put(state, name, slots=[[other, slots[other]] for other in sorted(slots)])
