"""What a charter and a federation's agreement must be like to stand (sections 5 and 10)."""

from datetime import datetime, timezone
from typing import Any, Iterable

from .encoding import Refused, hash_of

EXACT_SEATS = 8
AMOUNT, PERIODS, MAX_SPAN = 2**53 - 1, 3660, 316224000000
# The last moment of which the calendar of months is asked.
CALENDAR = 253402207200999
DAY = 24 * 3600 * 1000
RESERVED = ("charter", "membership", "federation")


def need(condition: bool, message: str, rule: str = "charter") -> None:
    """Refuses a charter that lacks this."""
    if not condition:
        raise Refused("malformed", rule, message)


def is_sorted(items: Iterable[Any]) -> bool:
    """Whether items rise, each once."""
    items = list(items)
    return all(a < b for a, b in zip(items, items[1:]))


def named(items: list[dict], name: str) -> dict | None:
    """The item with this name."""
    return next((item for item in items if item["name"] == name), None)


def names_sorted(items: list[dict], field: str = "name") -> bool:
    """Whether named items are sorted by the bytes of their names."""
    return is_sorted(item[field].encode() for item in items)


def is_person(member: dict) -> bool:
    """Whether a member is a person, or a liaison, for whom people speak."""
    return member["kind"] == "person" or "agent" not in member["kind"]


def liaison_of(member: dict) -> dict | None:
    """Whom a member stands for, if it is a liaison."""
    return None if member["kind"] == "person" else member["kind"].get("liaison")


def agent_of(member: dict) -> dict | None:
    """What is particular to a member that is an agent."""
    return None if is_person(member) else member["kind"]["agent"]


def rule_of(domain: dict) -> tuple[str, dict]:
    """The rung of a domain or poll, and its numbers."""
    return next(iter(domain["rule"].items()))


def longest(rule: dict) -> int:
    """How long one version may take at most by a rule (section 19, rule 12)."""
    (rung, what), = rule.items()
    total = what["closing"]
    if rung in ("consent", "consensus"):
        tenth = -(-total // 10)
        total = min(total + (what["final_period"]["latest"] if "final_period" in what else tenth), MAX_SPAN)
        total = min(total + (what["then_vote"]["closing"] if "then_vote" in what else 0), MAX_SPAN)
    if "call_in" in what:
        call_in = what["call_in"]
        total = min(total + min(call_in["window"] + longest({"consent": call_in["rule"]}), MAX_SPAN), MAX_SPAN)
    return total


def _rule_stands(rung: str, rule: dict) -> None:
    need(rule["closing"] > 0, "a window without length")
    if "minimum" in rule:
        need(rule["minimum"] <= rule["closing"], "a minimum above the window")
        need(1 <= rule["versions"] <= 100, "versions")
    if rung == "consult":
        need(0 < rule["advice"] < rule["closing"], "advice")
        ask = [(owner != "group", owner.encode()) for owner in rule["ask"]]
        need(is_sorted(ask), "ask is not sorted")
    for bar in [rule.get("yes"), rule.get("approval", {}).get("bar")]:
        if bar is not None:
            (how, (over, under)), = bar.items()
            need(over < under if how == "more_than" else over > 0, "a bar that cannot be met and missed")
    if "count" in rule:
        _count_stands(rule["count"])
    if "objection_test" in rule:
        over, under = rule["objection_test"]
        need(3 * over >= 2 * under, "objection_test below 2/3")
    if "final_period" in rule:
        period = rule["final_period"]
        need(0 < period["length"] <= period["latest"], "final period")
    if "then_vote" in rule:
        _rule_stands("vote", rule["then_vote"])
    if "call_in" in rule:
        need(rule["call_in"]["window"] > 0, "call-in without a window")
        _rule_stands("consent", rule["call_in"]["rule"])


def _count_stands(count: dict) -> None:
    stv, ties = count["method"] == "stv", count.get("ties", [])
    need(1 <= count["seats"] <= (1 if count["method"] == "irv" else 64), "seats")
    need(stv or "quota" not in count and "decimals" not in count, "a quota or decimals without stv")
    need(not stv or "decimals" in count or count["seats"] <= EXACT_SEATS, "too many seats without decimals")
    need(count.get("decimals", 0) <= 12, "decimals")
    need(len(set(ties)) == len(ties), "a way to break ties twice")
    need(count["method"] != "schulze" or "earlier" not in ties, "no rounds to look at")
    tags = [item["tag"].encode() for item in count.get("at_most", [])]
    need(is_sorted(tags), "at_most is not sorted")
    need(all(item["count"] >= 1 for item in count.get("at_most", [])), "at most nobody")


def _resource_stands(resource: dict) -> None:
    need(1 <= len(resource["purpose"].encode()) <= 16384, "the purpose of a resource")
    need(1 <= len(resource["unit"].encode()) <= 200, "the unit of a resource")
    need(resource["capacity"] <= AMOUNT, "more than may be counted")
    grants = resource.get("grants")
    if grants is not None:
        need("share" in grants or "amount" in grants, "grants of nothing named")
        need(1 <= grants.get("per", 1) <= 31 * DAY, "grants in a time that is too long, or none")
    if resource["kind"] == "stock":
        return
    (kind, what), = resource["kind"].items()
    shortest = 1
    if kind == "budget":
        every = what["every"]
        need(every.get("months", 0) <= 120, "a period that is too long")
        shortest = every["span"] if "span" in every else every["months"] * 28 * DAY
        need(shortest > 0, "a period without length")
        # Calendars end a day before all dates do.
        need("span" in every or what["from"] <= CALENDAR and month_day(what["from"]) <= 28, "the first period")
        need(what["horizon"] // shortest <= PERIODS, "too many periods")
    need(what["horizon"] // shortest >= 1, "a horizon that nothing fits into")


def month_day(time: int) -> int:
    """The day of the month of a date, in UTC."""
    return datetime.fromtimestamp(time // 1000, timezone.utc).day


def stands(charter: dict) -> None:
    """Refuses a charter that cannot stand."""
    members, roles, domains = charter["members"], charter["roles"], charter["domains"]
    texts = [charter["purpose"], *charter["values"], *(item["purpose"] for item in roles + domains)]
    need(all(texts), "an empty text")
    need(charter["times"]["digest_every"] >= 2, "digest_every")
    need(all(names_sorted(items) for items in (members, roles, domains)), "a list is not sorted")
    need(any(is_person(member) for member in members), "no person")
    keys = [charter["host"]["log_key"], charter["host"]["node"]]
    for member in members:
        least, most = (0, 0) if liaison_of(member) else (1, 8)
        need(least <= len(member["keys"]) <= most and is_sorted(member["keys"]), "keys are not sorted, or not as many")
        keys += member["keys"]
        agent = agent_of(member)
        if agent:
            sponsor = named(members, agent["sponsor"])
            need(sponsor is not None and sponsor["kind"] == "person", "a sponsor who is no person of the group")
            need(is_sorted(scope.encode() for scope in agent["scope"]), "a scope is not sorted")
            need(all(named(domains, scope) for scope in agent["scope"]), "a scope names no domain")
    seats = [(seat["group"], seat["role"]) for seat in map(liaison_of, members) if seat]
    need(len(set(seats)) == len(seats), "two liaisons of one role")
    need(keys[0] != keys[1], "the log key is the node's")
    need(len(set(keys[2:])) == len(keys) - 2 and not set(keys[:2]) & set(keys[2:]), "a key belongs to two")
    for role in roles:
        need(names_sorted(role["holders"], "member"), "holders are not sorted")
        need("filled_in" not in role or named(domains, role["filled_in"]) is not None, "filled in no domain")
        if "represents" in role:
            need(len(role["holders"]) <= 8, "too many holders of a role that represents the group")
            need(all((named(members, holder["member"]) or {}).get("kind") == "person" for holder in role["holders"]),
                 "only people represent the group")
            mandated = role["represents"].get("mandated_in")
            need(mandated is None or named(domains, mandated) is not None, "mandated in no domain")
        for holder in role["holders"]:
            need(named(members, holder["member"]) is not None, "a holder who is no member")
            need(holder["from"] < holder["until"], "a term that ends before it starts")
    need(named(domains, "charter") is not None, "no domain charter")
    for domain in domains:
        need(domain["people_only"] or domain["name"] not in RESERVED, "a domain not reserved for people")
        rung, rule = rule_of(domain)
        owners = [domain["owner"], *rule.get("ask", [])]
        need(all(owner == "group" or named(roles, owner[5:]) for owner in owners), "no such role")
        need(rung not in ("delegate", "consult") or domain["owner"] != "group", "a delegate without a role")
        need(is_sorted(group.encode() for group in domain["affected"]), "affected is not sorted")
        _rule_stands(rung, rule)
    resources = charter.get("resources", [])
    need(len(resources) <= 128 and names_sorted(resources), "too many resources, or not sorted")
    for resource in resources:
        _resource_stands(resource)
        need(named(domains, resource["domain"]) is not None, "a resource of no domain")
    taking_part = charter["participation"]
    need(1 <= taking_part["open_proposals"] <= 4096 and taking_part["call_ins"] <= 4096, "participation")
    need(taking_part.get("silent_after", 1) > 0, "silent_after")


def federation_of(agreement: dict) -> bytes:
    """The id of the federation whose agreement this is."""
    return agreement["amends"]["federation"] if "amends" in agreement else version_of(agreement)


def version_of(agreement: dict) -> bytes:
    """The hash of this very version."""
    return hash_of(["folkmoot", "federation", agreement])


def number_of(agreement: dict) -> int:
    """The number of this version."""
    return agreement["amends"]["number"] if "amends" in agreement else 1


def agreement_stands(agreement: dict) -> None:
    """Refuses an agreement of a federation that cannot stand."""
    def good(condition: bool, message: str) -> None:
        need(condition, message, "agreement")
    groups, panel, timing = agreement["groups"], agreement["panel"], agreement["timing"]
    good(agreement["purpose"] != "", "no purpose")
    good(names_sorted(groups) and names_sorted(panel), "groups or seats are not sorted")
    good(len({group["log"] for group in groups}) == len(groups), "a log twice")
    good(all(1 <= group.get("weight", 1) <= 1_000_000 for group in groups), "a weight")
    good(len({seat["node"] for seat in panel}) == len(panel), "a node twice")
    good(timing["news"] > 0 and timing["news"] >= 4 * timing["skew"], "news and skew")
    good(dormant_after(agreement) >= timing["news"], "dormant before news can be there")
    for group in groups:
        steps = 0
        while group is not None and "escalates_to" in group:
            group, steps = named(groups, group["escalates_to"]), steps + 1
            good(group is not None and steps <= len(groups), "escalates_to has no end")
    good(number_of(agreement) >= 2 or "amends" not in agreement, "an amendment below 2")


def dormant_after(agreement: dict) -> int:
    """After how long without an entry a group may be named dormant."""
    return agreement["timing"].get("dormant", 30 * 24 * 3600 * 1000)


def same_panel(new: dict, old: dict) -> bool:
    """Whether the same nodes have seats."""
    return {seat["node"] for seat in new["panel"]} == {seat["node"] for seat in old["panel"]}


def stays(new: dict, old: dict) -> bool:
    """Whether a version has what a group may not change by itself."""
    return same_panel(new, old) and new["timing"] == old["timing"]


def may_follow(new: dict, old: dict) -> bool:
    """Whether a version may follow another one (section 17, rule 1 of what is in force)."""
    return ("amends" in new and new["amends"]["version"] == version_of(old)
            and federation_of(new) == federation_of(old) and number_of(new) == number_of(old) + 1
            and (same_panel(new, old) or not added(new, old)))


def added(new: dict, old: dict) -> set[bytes]:
    """The groups that a version takes in."""
    return {group["log"] for group in new["groups"]} - {group["log"] for group in old["groups"]}
