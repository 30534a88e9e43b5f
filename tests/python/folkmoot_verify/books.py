"""The books of a group: what is promised of its resources, and the negotiations that it knows (section 20)."""

from datetime import datetime, timezone
from typing import Any, Iterable

from .charter import AMOUNT, CALENDAR, named
from .division import begin
from .encoding import Refused, hash_of, malformed

LATEST = 253402300799000
LONGEST_HOLD = 14 * 24 * 3600 * 1000
LONGEST_SPAN = 316224000000
HOLDS, MARGIN, TERMS_OF_ONE, GRANTS = 4, 3, 32, 32
TERMS_KEPT = 31 * 24 * 3600 * 1000
# The effects by which a group says something about terms.
ABOUT_TERMS = ("terms", "accept_terms", "decline_terms", "release_terms", "use_terms", "breach_terms")
ABOUT_ROUNDS = ("open_round", "claim", "release_share")
ALL = {"from": 0, "until": LATEST}


def need(condition: bool, message: str) -> None:
    """Refuses an effect that does not apply."""
    if not condition:
        raise Refused("conflict", "effect", message)


def after(time: int, span: int) -> int:
    """A time a span later; no time is later than the last one."""
    return min(time + span, LATEST)


# ---- what a resource admits

def period_at(budget: dict, at: int) -> tuple[int, int] | None:
    """The period of a budget that a date lies in."""
    start, every = budget["from"], budget["every"]
    if at < start or "months" in every and at > CALENDAR:
        return None
    number = (at - start) // every["span"] if "span" in every else months_between(start, at) // every["months"]
    first, last = begin(start, every, number), begin(start, every, number + 1)
    return (first, last) if last <= (LATEST if "span" in every else CALENDAR) else None


def months_between(start: int, at: int) -> int:
    """How many whole months of the calendar lie between two dates."""
    first, last = (datetime.fromtimestamp(time // 1000, timezone.utc) for time in (start, at))
    begun = (last.day, last.time(), at % 1000) < (first.day, first.time(), start % 1000)
    return 12 * (last.year - first.year) + last.month - first.month - begun


def horizon(resource: dict, at: int) -> int | None:
    """The latest end of a window that may be promised at a date; a stock has none."""
    if resource["kind"] == "stock":
        return None
    (kind, what), = resource["kind"].items()
    if kind == "slots":
        return after(at, what["horizon"])
    period = period_at(what, at)
    return after(period[1] if period else max(what["from"], at), what["horizon"])


def admits(resource: dict, portion: dict, at: int) -> bool:
    """Whether a portion could be promised at a date, if there is room."""
    window, until = portion["window"], horizon(resource, at)
    if not 1 <= portion["amount"] <= AMOUNT:
        return False
    if until is None:
        return window == ALL
    if "budget" in resource["kind"]:
        periods = [(time, period_at(resource["kind"]["budget"], time)) for time in (window["from"], window["until"])]
        if any(period is None or period[0] != time for time, period in periods):
            return False
    return at < window["until"] <= until


def peak(portions: Iterable[dict]) -> int:
    """The most that portions come to in any instant."""
    edges = [(portion["window"][end], sign * portion["amount"]) for portion in portions
             for end, sign in (("until", -1), ("from", 1))]
    level = most = 0
    for _, change in sorted(edges):
        level += change
        most = max(most, level)
    return most


# ---- the books

class Books:
    """Ledgers by resource, negotiations by terms, pauses by requester, rounds; values inside are never changed in place."""

    def __init__(self, ledgers: dict | None = None, deals: dict | None = None, pauses: dict | None = None,
                 rounds: dict | None = None) -> None:
        self.ledgers: dict[str, dict] = ledgers or {}
        self.deals: dict[bytes, dict] = deals or {}
        self.pauses: dict[bytes, int] = pauses or {}
        self.rounds: dict[bytes, dict] = rounds or {}

    def copy(self) -> "Books":
        """Books that can change without changing these."""
        ledgers = {name: {**ledger, "promises": dict(ledger["promises"])} for name, ledger in self.ledgers.items()}
        return Books(ledgers, dict(self.deals), dict(self.pauses), dict(self.rounds))

    def as_data(self) -> dict:
        """The books as the digest has them."""
        def pairs(items: dict) -> list[list]:
            return [[key, items[key]] for key in sorted(items)]
        ledgers = {name: {"capacity": ledger["capacity"], "promises": pairs(ledger["promises"])}
                   for name, ledger in self.ledgers.items()}
        rounds = {"rounds": pairs(self.rounds)} if self.rounds else {}
        return {"ledgers": ledgers, "deals": pairs(self.deals), "pauses": pairs(self.pauses), **rounds}

    def keep(self, resource: dict) -> None:
        """Takes a resource in, or its other capacity."""
        ledger = self.ledgers.get(resource["name"], {"promises": {}})
        self.ledgers[resource["name"]] = {**ledger, "capacity": resource["capacity"]}

    def may_keep(self, resource: dict, now: int) -> bool:
        """Whether its capacity does not fall below what is promised."""
        books = self.copy()
        books.end(now)
        return resource["capacity"] >= books.promised(resource["name"])

    def may_drop(self, name: str, now: int) -> bool:
        """Whether nothing of it is promised."""
        books = self.copy()
        books.end(now)
        return name not in books.ledgers or not books.ledgers[name]["promises"]

    def promised(self, name: str, more: Iterable[dict] = ()) -> int:
        """The most that is promised of a resource in any instant, and these portions with it."""
        promises = self.ledgers[name]["promises"].values() if name in self.ledgers else []
        return peak([*(portion for promise in promises for portion in promise["portions"]), *more])

    def end(self, now: int) -> dict[bytes, int]:
        """Takes away holds that have ended, then portions whose window is over; says whose holds ended, and when."""
        ended = {}
        for ledger in self.ledgers.values():
            promises = ledger["promises"]
            for terms, promise in list(promises.items()):
                kept = [portion for portion in promise["portions"] if portion["window"]["until"] > now]
                if promise.get("held_until", LATEST + 1) <= now:
                    ended[terms] = promise["held_until"]
                    del promises[terms]
                elif not kept:
                    del promises[terms]
                else:
                    promises[terms] = {**promise, "portions": kept}
        return ended

    def expire(self, own: bytes, now: int) -> None:
        """Lets go what has ended by itself, which costs who asked for it, and forgets what is over."""
        for terms, end in self.end(now).items():
            self.cost(own, terms, end)
        self.pauses = {requester: until for requester, until in self.pauses.items() if until > now}
        self.forget(own, now)
        self.forget_rounds(now)

    def cost(self, own: bytes, name: bytes, end: int) -> None:
        """What was held for terms ended for nothing: who asked and did not answer, or declined, waits as long again."""
        deal = self.deals.get(name)
        if deal is None or deal["terms"]["requester"] == own or not self.has_asked(deal["terms"]):
            return
        requester, since = deal["terms"]["requester"], held_since(deal)
        until = after(end, max(end - since, 0))
        if has_said(deal) and requester not in deal["declined"]:
            self.put_deal(name, spent=until)
        else:
            self.pauses[requester] = max(self.pauses.get(requester, 0), until)

    def has_asked(self, terms: dict) -> bool:
        """Whether the requester stated or accepted these terms, or those that they counter, and so on."""
        if "by_matter" in terms:
            return False
        deal: dict | None = {"terms": terms}
        while deal is not None:
            known = self.deals.get(id_of(deal["terms"]))
            if known is not None and known["terms"]["requester"] == terms["requester"] and has_said(known):
                return True
            deal = self.deals.get(deal["terms"].get("counters"))
        return False

    # ---- what is granted without a decision

    def may_grant(self, own: bytes, charter: dict, deal: dict, now: int) -> bool:
        """Whether the rules of the charter grant terms at a time."""
        terms, requester = deal["terms"], deal["terms"]["requester"]
        if requester == own or not has_said(deal) or "counters" in terms or self.beside(terms):
            return False

        def lately(span: int) -> list[dict]:
            return [other for other in self.deals.values() if "granted" in other
                    and other["terms"]["requester"] == requester and after(other["accepted"][0], span) > now]

        if len(lately(TERMS_KEPT)) >= GRANTS:
            return False
        for line in lines_of(terms, own):
            resource = named(charter.get("resources", []), line["resource"])
            if resource is None or "grants" not in resource:
                return False
            grants = resource["grants"]
            most = [grants["amount"]] if "amount" in grants else []
            if "share" in grants:
                most.append(resource["capacity"] * grants["share"][0] // grants["share"][1])
            if "per" in grants:
                lines = [line] + [other for granted in lately(grants["per"])
                                  for other in lines_of(granted["terms"], own)]
                wanted = sum(portion["amount"] for other in lines if other["resource"] == line["resource"]
                             for portion in other["portions"])
            else:
                wanted = self._at_once(line, requester)
            if wanted > min(most):
                return False
        return True

    def _at_once(self, line: dict, requester: bytes) -> int:
        """The most that a requester would be promised of a resource in an instant of these portions."""
        promises = self.ledgers.get(line["resource"], {"promises": {}})["promises"]
        there = [portion for name, promise in promises.items() for portion in promise["portions"]
                 if name in self.deals and self.deals[name]["terms"]["requester"] == requester]
        most = 0
        for wanted in line["portions"]:
            window = wanted["window"]
            clipped = [{"amount": portion["amount"], "window": {
                "from": max(portion["window"]["from"], window["from"]),
                "until": min(portion["window"]["until"], window["until"])}} for portion in [*there, *line["portions"]]]
            most = max(most, peak(portion for portion in clipped
                                  if portion["window"]["from"] < portion["window"]["until"]))
        return most

    # ---- what is over

    def has_room_for(self, own: bytes, party: bytes, now: int) -> bool:
        """Whether terms that a party states may be taken in."""
        over = self._over(own, now)
        waiting = [name for name, deal in self.deals.items()
                   if deal["stated_by"] == party and "accepted" not in deal and name not in over]
        return len(waiting) < TERMS_OF_ONE

    def forget(self, own: bytes, now: int) -> None:
        """Forgets terms that are over."""
        for name in self._over(own, now):
            del self.deals[name]

    def _over(self, own: bytes, now: int) -> list[bytes]:
        countered = {deal["terms"].get("counters") for deal in self.deals.values()}
        promised = {name for ledger in self.ledgers.values() for name in ledger["promises"]}
        return [name for name, deal in self.deals.items()
                if after(last(deal, own), TERMS_KEPT) < now and is_settled(deal, own)
                and deal.get("spent", 0) <= now and name not in countered and name not in promised]

    def is_promised(self, name: bytes) -> bool:
        """Whether something is promised under an id."""
        return any(name in ledger["promises"] for ledger in self.ledgers.values())

    def forget_rounds(self, now: int) -> None:
        """Forgets rounds that are over."""
        for name in self.rounds_over(now):
            del self.rounds[name]

    def rounds_over(self, now: int) -> list[bytes]:
        """The rounds that are long over, under which nothing is promised here."""
        def shares(name: bytes, known: dict) -> list[bytes]:
            return [hash_of(["folkmoot", "share", name, group]) for group, _ in known["slots"]]
        return [name for name, known in self.rounds.items()
                if after(known["round"]["divides_by"], TERMS_KEPT) < now
                and not any(self.is_promised(promise) for promise in [name, *shares(name, known)])]

    def held_until(self, terms: bytes) -> int | None:
        """Until when the group holds its part of terms."""
        ends = (ledger["promises"].get(terms, {}).get("held_until") for ledger in self.ledgers.values())
        return next((end for end in ends if end is not None), None)

    def let_go(self, terms: bytes | None) -> None:
        """Takes away what is promised under terms."""
        for ledger in self.ledgers.values():
            ledger["promises"].pop(terms, None)

    def _beginning(self, terms: dict) -> bytes:
        """What began a negotiation: what terms counter, what that counters, where it is known, and so on."""
        at = terms.get("counters", id_of(terms))
        while at in self.deals and "counters" in self.deals[at]["terms"]:
            at = self.deals[at]["terms"]["counters"]
        return at

    def beside(self, terms: dict) -> list[bytes]:
        """Other terms of a negotiation that are known here."""
        own, beginning = id_of(terms), self._beginning(terms)
        return [name for name, deal in self.deals.items()
                if name != own and self._beginning(deal["terms"]) == beginning]

    def held_beside(self, terms: dict) -> tuple[int, bytes] | None:
        """The first hold that ends of those for other terms of a negotiation."""
        held = [(end, name) for name in self.beside(terms) if (end := self.held_until(name)) is not None]
        return min(held, default=None)

    def let_go_beside(self, terms: dict) -> None:
        """Lets go what is held for other terms of a negotiation."""
        for name in self.beside(terms):
            if self.held_until(name) is not None:
                self.let_go(name)

    def is_in_force_beside(self, terms: dict) -> bool:
        """Whether other terms of a negotiation came into force."""
        return any(self.deals[name].get("closing", {}).get("commits", False) for name in self.beside(terms))

    def allocate(self, terms: bytes) -> None:
        """Makes allocations of what is held under terms."""
        for ledger in self.ledgers.values():
            if terms in ledger["promises"]:
                ledger["promises"][terms] = {"portions": ledger["promises"][terms]["portions"]}

    def put_deal(self, terms: bytes, **change: Any) -> None:
        """Changes what is known of a negotiation."""
        self.deals[terms] = {**self.deals[terms], **change}

    def check_hold(self, own: bytes, charter: dict, terms: dict, until: int | None, news: int, now: int) -> None:
        """Refuses a hold that the group may not take on."""
        books, lines = self.copy(), lines_of(terms, own)
        books.expire(own, now)
        need(bool(lines) == (until is not None), "a hold without a promise, or a promise without a hold")
        if until is None:
            return
        least = terms["by"] if terms["closer"] == own else after(terms["by"], min(MARGIN * news, LONGEST_SPAN))
        need(least <= until <= after(now, LONGEST_HOLD), "a hold that is too short or too long")
        requester, beside = terms["requester"], books.beside(terms)
        if requester != own and books.has_asked(terms):
            need(books.pauses.get(requester, 0) <= now, "a requester with a pause")
            held = [other for other, deal in books.deals.items() if deal["terms"]["requester"] == requester
                    and (deal.get("spent", 0) > now or other not in beside and books.held_until(other) is not None
                         and books.has_asked(deal["terms"]))]
            need(len(held) < HOLDS, "a requester with too many holds")
        replaced = books.held_beside(terms)
        need(replaced is None or until <= replaced[0], "a hold that ends later than the one that it replaces")
        books.let_go_beside(terms)
        books.check_room(own, charter, terms, now)

    def check_room(self, own: bytes, charter: dict, terms: dict, now: int) -> None:
        """Refuses what the group may not promise now, or has too little of; books that have expired."""
        for line in lines_of(terms, own):
            resource = named(charter.get("resources", []), line["resource"])
            need(resource is not None, "no such resource")
            need(all(admits(resource, portion, now) for portion in line["portions"]), "a portion that none may ask")
            room = self.ledgers.get(line["resource"], resource)["capacity"]
            need(self.promised(line["resource"], line["portions"]) <= room, "too little is left")

    def hold(self, own: bytes, name: bytes, terms: dict, until: int) -> None:
        """Holds the group's part of terms."""
        for line in lines_of(terms, own):
            self.ledgers[line["resource"]]["promises"][name] = {"portions": line["portions"], "held_until": until}


def id_of(terms: dict) -> bytes:
    """The id of terms."""
    return hash_of(["folkmoot", "terms", terms])


def has_said(deal: dict) -> bool:
    """Whether the requester stated terms, or its acceptance is cited."""
    requester = deal["terms"]["requester"]
    return requester == deal["stated_by"] or requester in dict(deal["accepts"])


def held_since(deal: dict) -> int:
    """Since when the group holds, or held: since the hold whose place this one took."""
    return deal.get("since", deal["accepted"][0])


def is_settled(deal: dict, own: bytes) -> bool:
    """Whether the log has nothing to say about terms any more."""
    if deal["terms"]["closer"] == own:
        return "closing" in deal
    if deal.get("accepted", [0, None])[1] is None:
        return True
    return "allocated" in deal or "lapsed" in deal or own in deal["released"] or own in deal["declined"]


def last(deal: dict, own: bytes) -> int:
    """The last moment that matters: the deadline, or the end of what is promised."""
    terms, by = deal["terms"], deal["terms"]["by"]
    if "accepted" not in deal or own in deal["released"]:
        return by
    unheard = "closing" not in deal and deal["accepted"][1] is None
    if unheard or deal.get("closing", {}).get("commits"):
        return max(by, *(portion["window"]["until"] for line in terms["lines"] for portion in line["portions"]))
    return by


def lines_of(terms: dict, own: bytes) -> list[dict]:
    """What a steward promises in terms."""
    return [line for line in terms["lines"] if line["steward"] == own]


def opened(charter: dict) -> Books:
    """The books for the resources of a charter, with nothing promised."""
    books = Books()
    for resource in charter.get("resources", []):
        books.keep(resource)
    return books


def from_data(data: dict) -> Books:
    """The books that a snapshot shows."""
    ledgers = {}
    for name, ledger in data["ledgers"].items():
        promises = dict(ledger["promises"])
        ledgers[name] = {"capacity": ledger["capacity"], "promises": promises}
        if len(promises) < len(ledger["promises"]) or Books(ledgers).promised(name) > ledger["capacity"]:
            raise malformed(f"more is promised of {name} than there is")
    return Books(ledgers, dict(data["deals"]), dict(data["pauses"]), dict(data.get("rounds", [])))
