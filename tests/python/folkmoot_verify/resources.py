"""Negotiations: what a group says about terms, by decisions and by what follows from them (section 20)."""

from . import effects, matters
from .books import LONGEST_SPAN, MARGIN, held_since, id_of, lines_of, need
from .charter import is_sorted, named
from .encoding import Refused
from .state import State

LINES, PORTIONS = 64, 64
LONGEST_TERMS = 60 * 24 * 3600 * 1000
FOLLOWS = ("commit", "lapse", "take", "release_terms", "accept_terms")


def parties(terms: dict) -> set[bytes]:
    """Who must accept."""
    return {terms["requester"], *(line["steward"] for line in terms["lines"])}


def can_stand(terms: dict, agreement: dict, now: int) -> bool:
    """Whether terms can stand under a version, stated at a time."""
    lines = terms["lines"]
    return (1 <= len(terms["title"].encode()) <= 200 and len(terms["text"].encode()) <= 16384
            and 1 <= len(lines) <= LINES and all(1 <= len(line["portions"]) <= PORTIONS for line in lines)
            and is_sorted((line["steward"], line["resource"].encode()) for line in lines)
            and parties(terms) <= matters.heard(agreement) and bool(lines_of(terms, terms["closer"]))
            and now < terms["by"] <= matters.after(now, LONGEST_TERMS))


# ---- decisions

def decide(state: State, before: State, kind: str, what: dict, now: int) -> dict:
    """Carries out an effect about terms, judged on the state before the entry, and returns what the group says."""
    says, name, until = {key: what[key] for key in what if key != "domains"}, what["terms"], what.get("until")
    before = before.copy()
    before.books.expire(state.log, now)
    if kind == "terms":
        terms, name = name, id_of(name)
        news = _check_stating(before, what, name, now)
    else:
        deal = before.books.deals.get(name)
        need(deal is not None, "unknown terms")
        terms = deal["terms"]
        news = _check_answer(before, kind, deal, now, what)
    need(state.log in parties(terms), "terms without a part for the group")
    _check_domains(before, kind, what, terms)
    if kind in ("terms", "accept_terms"):
        before.books.check_hold(state.log, before.charter, terms, until, news, now)
    books = state.books
    books.expire(state.log, now)
    if kind == "terms":
        books.deals[name] = new_deal(terms, state.log, now)
    if kind in ("terms", "accept_terms"):
        _hold(state, name, terms, until, now)
    elif kind == "use_terms":
        _use(state, name, state.log, what)
    elif kind == "breach_terms":
        _join(state, name, "breaches", state.log)
    else:
        if kind == "release_terms" and would_break(books.deals[name], state.log):
            _join(state, name, "breaches", state.log)
            says["breach"] = True
        _join(state, name, "declined" if kind == "decline_terms" else "released", state.log)
        books.let_go(name)
    return {kind: says}


def _hold(state: State, name: bytes, terms: dict, until: int | None, now: int) -> None:
    """Accepts terms, in the place of others of the negotiation."""
    books = state.books
    replaced = books.held_beside(terms)
    since = {"since": held_since(books.deals[replaced[1]])} if until is not None and replaced is not None else {}
    books.put_deal(name, accepted=[now, until], **since)
    books.let_go_beside(terms)
    if until is not None:
        books.hold(state.log, name, terms, until)


def new_deal(terms: dict, party: bytes, now: int) -> dict:
    """Terms of which nothing is known but that they were stated."""
    return {"terms": terms, "stated_by": party, "stated": now, "accepts": [], "declined": [], "lapses": [],
            "released": []}


# ---- terms by a matter

def check_settling(before: State, terms: dict, now: int) -> None:
    """Whether the group can accept terms by a matter that it enacts."""
    if id_of(terms) in before.books.deals:
        return
    need(now <= terms["by"], "terms whose deadline is over")
    books = before.books.copy()
    books.expire(before.log, now)
    books.check_room(before.log, before.charter, terms, now)


def settle(state: State, matter: bytes, terms: dict, now: int) -> None:
    """Accepts terms by a matter, and makes the group say so."""
    books, name = state.books, id_of(terms)
    books.expire(state.log, now)
    if name in books.deals:
        return
    until = least_hold(state, terms) if lines_of(terms, state.log) else None
    books.deals[name] = new_deal(terms, state.log, now)
    _hold(state, name, terms, until, now)
    says = {"terms": name, **({} if until is None else {"until": until})}
    state.unsaid = [*state.unsaid, {"decision": matter, "says": {"accept_terms": says}}]


def _check_stating(before: State, what: dict, name: bytes, now: int) -> int:
    terms = what["terms"]
    own = matters.last_version(before, terms["federation"])
    need("by_matter" not in terms, "terms that only a matter gives")
    need(own is not None and effects.federation_at(before, now) == terms["federation"], "another federation")
    need(matters.version_of(own) == terms["version"] and can_stand(terms, own, now), "terms that cannot stand")
    need(name not in before.books.deals, "terms that were stated before")
    need("counters" not in terms or terms["counters"] in before.books.deals, "it counters unknown terms")
    _check_countered(before, terms)
    need(not before.books.is_in_force_beside(terms), "a negotiation that has an outcome")
    return own["timing"]["news"]


def _check_answer(before: State, kind: str, deal: dict, now: int, what: dict) -> int:
    log = before.log
    if kind == "release_terms":
        need(is_committed(deal) and log not in deal["released"], "nothing to release")
        return 0
    if kind in ("use_terms", "breach_terms"):
        need(is_committed(deal) and log not in deal["released"], "nothing that is in force")
        good = may_use(deal, log, what) if kind == "use_terms" else log not in deal.get("breaches", [])
        need(good, "nothing to say of it")
        return 0
    need(is_open(deal), "terms that are closed or declined")
    if kind == "decline_terms":
        held = deal.get("accepted", [None, None])[1] is not None
        need(log not in deal["declined"] and not held, "no word to take back")
        need("by_matter" not in deal["terms"], "terms by a matter are not declined")
        return 0
    _check_countered(before, deal["terms"])
    need(not before.books.is_in_force_beside(deal["terms"]), "a negotiation that has an outcome")
    agreement = matters.version(before, deal["terms"]["version"])
    need(agreement is not None and "accepted" not in deal and now <= deal["terms"]["by"], "no acceptance any more")
    return agreement["timing"]["news"]


def _check_countered(before: State, terms: dict) -> None:
    countered = before.books.deals.get(terms.get("counters"))
    if countered is not None:
        need(is_open(countered), "it counters terms that are closed or declined")
        need(countered["terms"]["requester"] == terms["requester"], "it counters terms of another requester")
        need("by_matter" not in countered["terms"], "it counters terms by a matter")


def _check_domains(before: State, kind: str, what: dict, terms: dict) -> None:
    domains, needed = what["domains"], set()
    for line in lines_of(terms, before.log):
        if kind == "use_terms" and (what["steward"], what["resource"]) != (before.log, line["resource"]):
            continue
        resource = named(before.charter.get("resources", []), line["resource"])
        need(resource is not None or kind not in ("terms", "accept_terms"), "no such resource")
        if resource is not None:
            needed.add(resource["domain"])
    need(bool(domains) and matters.names_sorted(domains), "domains that are not sorted")
    good = set(domains) <= needed if kind == "breach_terms" else needed == set(domains)
    need(not needed or good, "other domains than those of what is promised")


def is_open(deal: dict) -> bool:
    """Whether terms are neither closed nor declined."""
    return "closing" not in deal and not deal["declined"]


def is_committed(deal: dict) -> bool:
    """Whether the closer committed."""
    return deal.get("closing", {}).get("commits", False)


def _join(state: State, name: bytes, group: str, party: bytes) -> None:
    joined = sorted({*state.books.deals[name].get(group, []), party})
    state.books.put_deal(name, **{group: joined})


def is_split(deal: dict) -> bool:
    """Whether terms came into force in one log and lapsed in another."""
    return is_committed(deal) and ("lapsed" in deal or bool(deal["lapses"]))


def would_break(deal: dict, party: bytes) -> bool:
    """Whether a party that gives terms up breaks them."""
    requester = deal["terms"]["requester"]
    return (party != requester and not is_split(deal) and set(deal.get("breaches", [])) <= {party}
            and requester not in deal["released"])


def may_use(deal: dict, party: bytes, what: dict) -> bool:
    """Whether a party may say that so much was used."""
    steward, resource, amount = what["steward"], what["resource"], what["amount"]
    lines = [line for line in lines_of(deal["terms"], steward) if line["resource"] == resource]
    promised = sum(portion["amount"] for line in lines for portion in line["portions"])
    said = {tuple(key): used for key, used in deal.get("used", [])}.get((party, steward, resource), 0)
    return party in (deal["terms"]["requester"], steward) and said < amount <= promised


def _use(state: State, name: bytes, party: bytes, what: dict) -> None:
    used = {tuple(key): amount for key, amount in state.books.deals[name].get("used", [])}
    used[party, what["steward"], what["resource"]] = what["amount"]
    ordered = sorted(used, key=lambda key: (key[0], key[1], key[2].encode()))
    state.books.put_deal(name, used=[[list(key), used[key]] for key in ordered])


# ---- what follows without a decision

def follow(state: State, kind: str, what: dict, now: int) -> None:
    """Carries out a voice that no decision calls for."""
    name, books = id_of(what["terms"]) if kind == "terms" else what["terms"], state.books
    books.expire(state.log, now)
    deal = books.deals.get(name)
    if deal is None:
        raise Refused("conflict", "no-terms", "unknown terms")
    held = books.held_until(name) is not None
    if kind not in FOLLOWS or "breach" in what or not may_follow(state, kind, deal, held, now, what.get("until")):
        raise Refused("conflict", "terms", "it does not follow")
    closes = deal["terms"]["closer"] == state.log
    if kind == "accept_terms":
        _hold(state, name, deal["terms"], what["until"], now)
        books.put_deal(name, granted=True)
    elif kind in ("commit", "take"):
        books.allocate(name)
        books.put_deal(name, allocated=True)
    else:
        if kind == "lapse" and books.held_until(name) is not None:
            books.cost(state.log, name, now)
        books.let_go(name)
    if kind == "lapse" and not closes:
        books.put_deal(name, lapsed=True)
    if kind == "commit" or kind == "lapse" and closes:
        books.put_deal(name, closing={"commits": kind == "commit", "at": now})
    if kind == "release_terms":
        _join(state, name, "released", state.log)


def may_follow(state: State, kind: str, deal: dict, held: bool, now: int, until: int | None = None) -> bool:
    """Whether a voice about terms that are known here may be spoken without a decision."""
    log, terms, allocated = state.log, deal["terms"], "allocated" in deal
    closes, open_here = terms["closer"] == log, "closing" not in deal
    if kind == "commit":
        accepted = {deal["stated_by"], *(party for party, _ in deal["accepts"])} - {log}
        accepted |= {log} if "accepted" in deal else set()
        return (closes and is_open(deal) and now <= terms["by"] and held and parties(terms) <= accepted
                and not state.books.is_in_force_beside(terms))
    if kind == "lapse" and closes:
        return not allocated and open_here and (now > terms["by"] or bool(deal["declined"]))
    if kind == "lapse":
        promised = deal.get("accepted", [0, None])[1] is not None
        promised = promised and log not in deal["declined"] and log not in deal["released"]
        given_up = not open_here and not is_committed(deal)
        return promised and not allocated and "lapsed" not in deal and (given_up or not held)
    if kind == "accept_terms":
        return _may_grant(state, deal, until, now)
    if kind == "take":
        agreement, closing = matters.version(state, terms["version"]), deal.get("closing", {})
        return (agreement is not None and not closes and not allocated and held and is_committed(deal)
                and closing["at"] <= terms["by"] and "sealed" in closing
                and closing["sealed"] <= matters.after(terms["by"], agreement["timing"]["news"]))
    return allocated and log not in deal["released"] and (is_split(deal) or terms["requester"] in deal["released"])


def least_hold(state: State, terms: dict) -> int | None:
    """The end of the shortest hold that terms need of this group."""
    agreement = matters.version(state, terms["version"])
    if agreement is None or terms["closer"] == state.log:
        return None if agreement is None else terms["by"]
    return matters.after(terms["by"], min(MARGIN * agreement["timing"]["news"], LONGEST_SPAN))


def _may_grant(state: State, deal: dict, until: int | None, now: int) -> bool:
    """Whether terms may be accepted without a decision, on books that have expired."""
    least = least_hold(state, deal["terms"])
    good = least is not None and until == least and bool(lines_of(deal["terms"], state.log)) and is_open(deal)
    if not good or not state.books.may_grant(state.log, state.charter, deal, now):
        return False
    try:
        news = _check_answer(state, "accept_terms", deal, now, {})
        state.books.check_hold(state.log, state.charter, deal["terms"], until, news, now)
    except Refused:
        return False
    return True


# ---- citing

def _accepts(state: State, name: bytes, deal: dict, party: bytes, date: int) -> bool:
    """Notes an acceptance, of whoever has not stated the terms first; says whether it is new."""
    known = dict(deal["accepts"])
    if party in known or party == deal["stated_by"]:
        return False
    known[party] = date
    state.books.put_deal(name, accepts=[[other, known[other]] for other in sorted(known)])
    return True


def take(state: State, piece: dict, agreement: dict, now: int, date: int, sealed: int, kind: str, what: dict) -> bool:
    """Takes what another party said about terms into the log, and says whether it is new."""
    party, log, deals = piece["log"], state.log, state.books.deals
    if party == log:
        return False
    if kind == "terms":
        terms, name = what["terms"], id_of(what["terms"])
        if not {party, log} <= parties(terms) or "by_matter" in terms:
            return False
        if name in deals:
            return terms["version"] == piece["version"] and _accepts(state, name, deals[name], party, date)
        good = now <= terms["by"]
        good = good and state.books.has_room_for(log, party, now)
        good = good and terms["version"] == piece["version"] and can_stand(terms, agreement, date)
        if good:
            state.books.forget(log, now)
            deals[name] = new_deal(terms, party, date)
        return good
    name, deal = what["terms"], deals.get(what["terms"])
    if deal is None or party not in parties(deal["terms"]) or deal["terms"]["version"] != piece["version"]:
        return False
    if kind == "accept_terms":
        return _accepts(state, name, deal, party, date)
    closes = deal["terms"]["closer"] == party
    if kind == "commit" or kind == "lapse" and closes:
        known = deal.get("closing")
        earlier = kind == "commit" and known is not None and known["commits"] and sealed < known.get("sealed", 0)
        if not closes or known is not None and not earlier:
            return False
        state.books.put_deal(name, closing={"commits": kind == "commit", "at": date, "sealed": sealed})
        return True
    if kind == "use_terms":
        good = may_use(deal, party, what)
        if good:
            _use(state, name, party, what)
        return good
    group = {"breach_terms": "breaches", "decline_terms": "declined", "release_terms": "released", "lapse": "lapses"}.get(kind)
    if group is None or party in deal.get(group, []):
        return False
    _join(state, name, group, party)
    if "breach" in what:
        _join(state, name, "breaches", party)
    return True
