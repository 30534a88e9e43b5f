"""Between groups: voices, evidence and matters (section 19)."""

from typing import Any, Callable, Iterable, NamedTuple

from . import charter as charters
from . import effects, liaisons, resources, rounds, schema
from .books import ABOUT_ROUNDS, ABOUT_TERMS, LONGEST_SPAN, MARGIN, lines_of
from .charter import (agreement_stands, dormant_after, federation_of, is_sorted, may_follow, named,
                      version_of)
from .encoding import Refused, encode
from .envelope import Record, inside
from .seals import panel
from .state import State

EVIDENCE, REPLACEMENTS, EFFECTS = 16, 3, 64
LATEST = 253402300799000
NOT_IN_A_MATTER = {"add_key", "drop_key", "set_host", "federate", "leave", "open_matter", "stance", "follow",
                   "mandate", "erase", *ABOUT_TERMS, *ABOUT_ROUNDS}
ADOPTED, NOT_ADOPTED, OPEN, DOUBT = "adopted", "not adopted", "open", "in doubt"


def need(condition: bool, rule: str, message: str = "", kind: str = "conflict") -> None:
    """Refuses what breaks a rule."""
    if not condition:
        raise Refused(kind, rule, message)


def after(time: int, *spans: int) -> int:
    """A time some spans later; no time is later than the last one."""
    for span in spans:
        time = min(time + span, LATEST)
    return time


def version(state: State, name: bytes) -> dict | None:
    """The text of a version of an agreement to which the log holds a consent."""
    held = (consent["agreement"] for consent in state.consents)
    return next((agreement for agreement in held if version_of(agreement) == name), None)


def basis(state: State, name: bytes) -> dict | None:
    """The text of a version by which evidence may be cited: one that the log holds or follows."""
    followed = next((agreement for agreement in state.follows if version_of(agreement) == name), None)
    return version(state, name) or followed


def last_version(state: State, federation: bytes) -> dict | None:
    """The version of a federation's agreement to which the group consented last."""
    held = [consent["agreement"] for consent in state.consents]
    return next((text for text in reversed(held) if federation_of(text) == federation), None)


def logs(agreement: dict) -> list[bytes]:
    """The logs of the groups of a version, in the order of the names."""
    return [group["log"] for group in agreement["groups"]]


def heard(agreement: dict) -> set[bytes]:
    """The logs that somebody on the panel witnesses: what others say can be shown to nobody (rule 6)."""
    seats = {seat["node"] for seat in agreement["panel"]}
    return {group["log"] for group in agreement["groups"] if seats - {group["node"]}}


class Share(NamedTuple):
    """Some groups of a version: how many they are, and how much they weigh together."""

    groups: int
    weight: int

    def enough(self, least: "Share") -> bool:
        """Whether they are as many as others, and weigh as much."""
        return self.groups >= least.groups and self.weight >= least.weight


def share(agreement: dict, some: Iterable[bytes]) -> Share:
    """What some of the groups of a version are together."""
    found = set(some)
    weights = [group.get("weight", 1) for group in agreement["groups"] if group["log"] in found]
    return Share(len(weights), sum(weights))


def two_thirds(number: int) -> int:
    """Two thirds, rounded up."""
    return -(-2 * number // 3)


# ---- matters

def part_of(matter: dict, group: bytes) -> dict | None:
    """What a matter means for a group."""
    return next((part for part in matter["parts"] if part["group"] == group), None)


def touched(matter: dict) -> set[tuple[bytes, str]]:
    """Each domain of each group that a matter touches."""
    return {(part["group"], domain) for part in matter["parts"] for domain in part["domains"]}


def names_sorted(names: list[str]) -> bool:
    """Whether names are sorted, each once."""
    return is_sorted([name.encode() for name in names])


def can_stand(matter: dict, agreement: dict, now: int) -> bool:
    """Rule 12."""
    groups, parts, by = logs(agreement), matter["parts"], matter["by"]
    own, overrides = [part["group"] for part in parts], matter.get("overrides", [])
    if not (1 <= len(matter["title"].encode()) <= 200 and 1 <= len(matter["text"].encode()) <= 16384):
        return False
    if not (parts and is_sorted(own) and set(own) <= (set(groups) if "amends" in matter else heard(agreement)) and is_sorted(overrides)):
        return False
    if matter.get("replaces") in overrides or "mediator" in matter and matter["mediator"]["group"] not in groups:
        return False
    for part in parts:
        changes, stages = part.get("effects", []), part.get("after", [])
        if not (part["domains"] and names_sorted(part["domains"]) and len(changes) <= EFFECTS):
            return False
        if any(effect.keys() & NOT_IN_A_MATTER or effects.is_vacant(effect) for effect in changes):
            return False
        if not (is_sorted(stages) and set(stages) <= set(own) - {part["group"]}):
            return False
        if part.get("due", 0) > by[0]:
            return False
    if "amends" in matter and not amends_well(matter, agreement):
        return False
    if "settles" in matter and not settles_well(matter, agreement, now):
        return False
    window = max(part["window"] for part in parts)
    return all(date >= after(before, agreement["timing"]["news"], window) for before, date in zip([now, *by], by))


def settles_well(matter: dict, agreement: dict, now: int) -> bool:
    """Rule 12, of a matter that settles terms."""
    terms, parts = matter["settles"], {part["group"]: part for part in matter["parts"]}
    same = all(terms[name] == matter[name] for name in ("federation", "version"))
    good = "amends" not in matter and same and "by_matter" in terms and "counters" not in terms
    good = good and resources.can_stand(terms, agreement, now) and resources.parties(terms) <= set(parts)
    good = good and terms["by"] >= after(matter["by"][2], min(MARGIN * agreement["timing"]["news"], LONGEST_SPAN))
    return good and not any(effect.keys() & {"set_resource", "drop_resource"} for party in resources.parties(terms)
                            for effect in parts[party].get("effects", []))


def settled_with(matter: dict, group: bytes) -> dict | None:
    """The terms that a group accepts when it enacts its part."""
    terms = matter.get("settles")
    return terms if terms is not None and group in resources.parties(terms) else None


def amends_well(matter: dict, agreement: dict) -> bool:
    """Rule 12, of a matter that amends its version."""
    dormant, text = matter["amends"].get("dormant", []), matter["amends"]["agreement"]
    try:
        schema.agreement(text, "amends")
        agreement_stands(text)
    except Refused:
        return False
    bare = not any(part.keys() & {"effects", "linked", "after", "due"} for part in matter["parts"])
    good = may_follow(text, agreement) and is_sorted(dormant) and set(dormant) <= set(logs(agreement))
    total, asleep = share(agreement, logs(agreement)), share(agreement, dormant)
    good = good and 3 * asleep.groups <= total.groups and 3 * asleep.weight <= total.weight
    return (good and share(agreement, voters(matter, agreement)).enough(needed(matter, agreement)) and bare
            and [part["group"] for part in matter["parts"]] == sorted(voters(matter, agreement))
            and len(encode(text)) <= 49152)


def voters(matter: dict, agreement: dict) -> list[bytes]:
    """The groups that count at the third level."""
    if "amends" not in matter:
        return logs(agreement)
    kept, dormant = logs(matter["amends"]["agreement"]), matter["amends"].get("dormant", [])
    return [group for group in logs(agreement) if group in kept and group not in dormant]


def needed(matter: dict, agreement: dict) -> Share:
    """How many of them are needed, and how much weight (rule 17)."""
    total = share(agreement, logs(agreement))
    if "amends" not in matter:
        return Share(total.groups // 2 + 1, two_thirds(total.weight))
    asleep = share(agreement, matter["amends"].get("dormant", []))
    return Share(*(max(two_thirds(whole - part), whole // 2 + 1) for whole, part in zip(total, asleep)))


def amend_one(one: dict, other: dict) -> bool:
    """Whether two matters amend one version."""
    return "amends" in one and "amends" in other and one["version"] == other["version"]


def same_text(one: dict, other: dict) -> bool:
    """Whether two matters amend one version by one text."""
    return amend_one(one, other) and one["amends"]["agreement"] == other["amends"]["agreement"]


def successors(state: State, before: bytes) -> list[dict]:
    """The successors of a version that the log took up."""
    return [consent for consent in state.consents if not consent["joins"]
            and consent["agreement"].get("amends", {}).get("version") == before]


def taken_before(state: State, before: bytes) -> bytes | None:
    """The successor of a version that the log took up by itself."""
    own = [version_of(taken["agreement"]) for taken in successors(state, before) if "adopted" not in taken]
    return own[0] if own else None


def in_time(matter: dict, group: bytes, level: int) -> int:
    """The last date at which a group's consent counts at a level."""
    date, part = matter["by"][level - 1], part_of(matter, group)
    return min(date, part["due"]) if level == 1 and part and "due" in part else date


def end_of(matter: dict, agreement: dict, level: int) -> int:
    """When a level ends."""
    return after(matter["by"][level - 1], agreement["timing"]["news"])


def doubtful_from(matter: dict, agreement: dict) -> int:
    """From when on it is in doubt where nothing is shown (rule 17)."""
    return after(end_of(matter, agreement, 3), agreement["timing"]["news"])


def standing(state: State, known: dict, now: int) -> tuple[str | None, int]:
    """How a matter stands, and at which level (rule 17)."""
    matter, slots = known["matter"], dict(known["slots"])
    agreement = version(state, matter["version"])
    if agreement is None:
        return None, 0

    shown = heard(agreement)

    def counts(group: bytes, level: int) -> bool:
        date, sealed = slots.get(group, {}).get("consent", (None, None))
        return date is not None and date <= in_time(matter, group, level) and sealed <= end_of(matter, agreement, level)

    def dead(group: bytes, level: int) -> bool:
        return group not in shown or level in slots.get(group, {}).get("dead", [])

    parts, groups = [part["group"] for part in matter["parts"]], voters(matter, agreement)
    least = needed(matter, agreement)
    for level in (1, 2):
        if all(counts(group, level) for group in parts):
            return ADOPTED, level
    consents = share(agreement, (group for group in groups if counts(group, 3)))
    if consents.enough(least) and now >= end_of(matter, agreement, 2):
        return ADOPTED, 3
    failed = all(any(dead(group, level) for group in parts) for level in (1, 2))
    alive = share(agreement, (group for group in groups if not dead(group, 3)))
    if failed and not alive.enough(least):
        return NOT_ADOPTED, 0
    level = next((level for level in (1, 2, 3) if now < end_of(matter, agreement, level)), 3)
    return (DOUBT, 0) if now >= doubtful_from(matter, agreement) else (OPEN, level)


def takes_up(state: State, matter: dict, other: bytes) -> bool:
    """Whether a matter overrides or replaces another one, perhaps over others (rule 16)."""
    before = matter.get("replaces")
    while before is not None:
        if before == other:
            return True
        before = state.matters[before]["matter"].get("replaces") if before in state.matters else None
    return other in matter.get("overrides", [])


def rivals(state: State, one: dict, other: dict) -> bool:
    """Rule 16."""
    texts = one["matter"], other["matter"]
    if amend_one(*texts):
        follow = takes_up(state, texts[0], other["id"]) or takes_up(state, texts[1], one["id"])
        return one["id"] != other["id"] and not follow and not same_text(*texts)
    apart = texts[0]["by"][2] < other["opened"] or texts[1]["by"][2] < one["opened"]
    follow = takes_up(state, texts[0], other["id"]) or takes_up(state, texts[1], one["id"])
    same = "replaces" in texts[0] and texts[0]["replaces"] == texts[1].get("replaces")
    both = bool(touched(texts[0]) & touched(texts[1]))
    return one["id"] != other["id"] and not apart and not follow and (same or both)


def no_rival(state: State, known: dict, now: int) -> bool:
    """Whether the group has neither enacted a rival nor consented to one that may still be adopted."""
    return not any(rivals(state, other, known) and not is_overridden(state, other["id"], now) and
                   ("enacted" in other or "consented" in other and standing(state, other, now)[0] != NOT_ADOPTED)
                   for other in state.matters.values())


def is_overridden(state: State, name: bytes, now: int) -> bool:
    """Whether a matter that stands as adopted overrides another one."""
    return any(name in known["matter"].get("overrides", []) and standing(state, known, now)[0] == ADOPTED
               for known in state.matters.values())


def reaches_others(matter: dict, sponsor: bytes, agreement: dict) -> bool:
    """Whether a matter touches another group than the one that opened it, where there are others."""
    return len(agreement["groups"]) == 1 or any(part["group"] != sponsor for part in matter["parts"])


def builds_well(state: State, matter: dict, now: int) -> bool:
    """Rule 15."""
    overrides = matter.get("overrides", [])
    for name in [*([matter["replaces"]] if "replaces" in matter else []), *overrides]:
        before = state.matters.get(name, {}).get("matter")
        if before is None or not (amend_one(before, matter) or touched(before) <= touched(matter)):
            return False
        same = {other for other, known in state.matters.items() if same_text(known["matter"], matter)}
        if not set(before.get("overrides", [])) - same <= set(overrides):
            return False
    row, name = 0, matter.get("replaces")
    while name is not None:
        row += 1
        if row > REPLACEMENTS or name not in state.matters:
            return False
        name = state.matters[name]["matter"].get("replaces")
    for name in overrides:
        other = state.matters[name]
        agreement = version(state, other["matter"]["version"])
        if agreement is None or now < doubtful_from(other["matter"], agreement):
            return False
        if "enacted" in other or standing(state, other, now)[0] == ADOPTED:
            return False
    return True


def was_ceded(state: State, part: dict, opened: int) -> bool:
    """Whether all domains of a part were ceded from its head until after the opening (rule 13)."""
    def ceded(domain: str) -> bool:
        return any(item["domain"] == domain and item["from"] <= part["head"] and item["window"] <= part["window"]
                   and ("until" not in item or part["head"] < item["until"][0] and opened < item["until"][1])
                   for item in state.ceded)
    return all(map(ceded, part["domains"]))


def changes(matter: dict, part: dict) -> list[dict]:
    """What a matter changes in the group of a part."""
    return [{"federate": matter["amends"]["agreement"]}] if "amends" in matter else part.get("effects", [])


def governs_all(state: State, matter: dict, part: dict) -> bool:
    """Whether a part names all domains that govern its effects by the charter now."""
    needed = effects.governing(state.charter, changes(matter, part))
    for line in lines_of(settled_with(matter, part["group"]) or {"lines": []}, part["group"]):
        resource = named(state.charter.get("resources", []), line["resource"])
        if resource is None:
            return False
        needed.add(resource["domain"])
    return needed <= set(part["domains"])


def is_true(state: State, matter: dict, part: dict, opened: int, number: int) -> bool:
    """Rule 13."""
    return (part["head"] < number and part.get("ceded", False) == was_ceded(state, part, opened)
            and governs_all(state, matter, part))


def speaks_under(state: State, matter: dict, now: int) -> dict | None:
    """The version that a matter names, if the group speaks under it (rule 14)."""
    held = [consent for consent in state.consents if federation_of(consent["agreement"]) == matter["federation"]]
    if not held or effects.federation_at(state, now) != matter["federation"]:
        return None
    last = held[-1]["agreement"]
    follows = not held[-1]["joins"] and last.get("amends", {}).get("version") == matter["version"]
    if version_of(last) == matter["version"] or "amends" in matter and follows:
        return version(state, matter["version"])
    return None


def other_adopted(state: State, matter: dict) -> bool:
    """Whether the log has taken up an adopted successor of the version with another text than an amendment's."""
    return "amends" in matter and any(
        "adopted" in taken and taken["agreement"] != matter["amends"]["agreement"]
        for taken in successors(state, matter["version"]))


# ---- the effects

def check_opening(state: State, before: State, what: dict, number: int, now: int) -> None:
    """Rule 14; `before` is the state before the entry."""
    matter, domains = what["matter"], what["domains"]
    own, part = speaks_under(before, matter, now), part_of(matter, state.log)
    good = own is not None and bool(domains) and names_sorted(domains) and state.log in heard(own)
    good = good and can_stand(matter, own, now) and reaches_others(matter, before.log, own)
    good = good and builds_well(before, matter, now)
    if good and "amends" in matter:
        amends = matter["amends"]
        good = all(group in before.asleep and after(before.asleep[group], dormant_after(own)) >= now
                   for group in amends.get("dormant", []))
        good = good and amends.get("taken") == (taken_before(before, matter["version"]) if part else None)
    if good and "about" in matter:
        terms = before.books.deals.get(matter["about"], {}).get("terms")
        good = terms is not None and resources.parties(terms) <= {part["group"] for part in matter["parts"]}
    need(good, "effect", "a matter that may not be opened")
    if part is not None:
        known = {"id": bytes(32), "matter": matter, "opened": now}
        good = part["domains"] == domains and "after" not in part and is_true(before, matter, part, now, number)
        good = good and not other_adopted(before, matter)
        need(good and no_rival(before, known, now), "effect", "a matter that the group may not consent to")


def check_stance(state: State, before: State, what: dict, number: int, now: int) -> None:
    """Rule 16, of a stance."""
    known = before.matters.get(what["matter"])
    need(known is not None, "effect", "an unknown matter")
    matter = known["matter"]
    agreement, part = version(before, matter["version"]), part_of(matter, state.log)
    federal = "federation" if named(before.charter["domains"], "federation") else "charter"
    good = agreement is not None and state.log in logs(agreement) and known["opened"] <= now <= matter["by"][2]
    good = good and "consented" not in known and what["domains"] == (part["domains"] if part else [federal])
    need(good, "effect", "an answer that does not apply")
    if what["consents"]:
        slots = dict(known["slots"])
        good = speaks_under(before, matter, now) is not None
        if part is None:
            good = good and "amends" not in matter
        else:
            good = good and not other_adopted(before, matter)
            good = good and is_true(before, matter, part, known["opened"], number)
            good = good and all("consent" in slots.get(group, {}) for group in part.get("after", []))
        good = good and builds_well(before, matter, now) and no_rival(before, known, now)
        need(good, "effect", "a consent that does not apply")


def all_settled(state: State, text: dict, now: int) -> bool:
    """Whether every matter to which the group consented is settled before it takes a text up (rule 19)."""
    return all("enacted" in known or standing(state, known, now)[0] in (ADOPTED, NOT_ADOPTED)
               or is_overridden(state, name, now) or known["matter"].get("amends", {}).get("agreement") == text
               for name, known in state.matters.items() if "consented" in known)


def is_free_for(state: State, text: dict, adopted: bool, now: int) -> bool:
    """Whether no consent to another text binds the group (rule 20)."""
    over = {name for known in state.matters.values() if standing(state, known, now)[0] == ADOPTED
            for name in known["matter"].get("overrides", [])}
    return all(standing(state, known, now)[0] == NOT_ADOPTED or adopted and name in over
               for name, known in state.matters.items()
               if "consented" in known and known["matter"].get("amends", {}).get("agreement", text) != text
               and known["matter"]["version"] == text["amends"]["version"])


def leaves_no_other(state: State, known: dict, now: int) -> bool:
    """Whether an amendment stands and leaves no other (rule 21)."""
    matter, agreement = known["matter"], version(state, known["matter"]["version"])
    if agreement is None or standing(state, known, now)[0] != ADOPTED:
        return False
    last, end = matter["by"][2], end_of(matter, agreement, 3)
    counted = [slot.get("taken") for _, slot in known["slots"]
               if "consent" in slot and slot["consent"][0] <= last and slot["consent"][1] <= end]
    others = {*counted, taken_before(state, matter["version"])} - {None, version_of(matter["amends"]["agreement"])}
    groups = len(agreement["groups"])
    return all(sum(taken != text for taken in counted) + groups // 2 + 1 > groups for text in others)


def adopted_with(state: State, text: dict, now: int) -> tuple[dict, bool] | None:
    """The amendment that was adopted with a text, and whether the group consented to it."""
    found = [(name, known) for name, known in sorted(state.matters.items())
             if known["matter"].get("amends", {}).get("agreement") == text and leaves_no_other(state, known, now)]
    if not found:
        return None
    name, known = max(found, key=lambda item: ("consented" in item[1], item[0]))
    least = needed(known["matter"], version(state, known["matter"]["version"]))
    adopted = {"matter": name, "needed": least.groups}
    if least.weight != least.groups:
        adopted["weight"] = least.weight
    return adopted, "consented" in known


# ---- speaking

def due(state: State) -> dict | None:
    """The voice that is due."""
    if not state.unsaid:
        sitting = liaisons.due(state)
        return None if sitting is None else {**_chained(state), "says": {"represent": sitting}}
    first = state.unsaid[0]
    return {**_chained(state), "decision": first["decision"], "says": first["says"]}


def _chained(state: State) -> dict:
    spoke = {} if state.spoke is None else {"previous": state.spoke}
    return {**spoke, "host": state.charter["host"]["node"]}


def put(state: State, known: dict) -> None:
    """Puts what is known of a matter into the state."""
    state.matters[known["id"]] = known


def speak(state: State, record: Record) -> None:
    """Rules 1 to 4."""
    _, number, _, now, _, act = record.content
    voice, chained = act["speak"], _chained(state)
    need({name: voice[name] for name in ("previous", "host") if name in voice} == chained, "voice", "out of the chain")
    (kind, what), = voice["says"].items()
    if due(state) is not None:
        need(voice == due(state), "voice", "another voice is due")
        if kind == "represent":
            liaisons.note(state, what)
        else:
            state.unsaid = state.unsaid[1:]
    else:
        need("decision" not in voice and kind not in ("open", "consent", "decline", "represent", "mandate"),
             "voice", "nothing calls for it")
        if kind == "enact":
            enact(state, what, number, now)
        elif kind in rounds.SAYS:
            rounds.follow(state, kind, what, now)
        else:
            resources.follow(state, kind, what, now)
    state.spoke = record.id
    if kind in rounds.SAYS:
        rounds.spoken(state, kind, what, now)
        return
    if kind in ("represent", "mandate") or "terms" in what:
        return
    if kind == "open":
        known = {"id": record.id, "matter": what, "sponsor": state.log, "opened": now, "slots": []}
        put(state, known | ({"consented": now} if part_of(what, state.log) and now <= what["by"][2] else {}))
        return
    known = dict(state.matters[what["matter"]])
    if kind == "consent":
        if now <= known["matter"]["by"][2]:
            known["consented"] = now
            known.pop("declined", None)
    elif kind == "decline":
        known["declined"] = True
    else:
        known["enacted"] = what["level"]
    put(state, known)


def enact(state: State, what: dict, number: int, now: int) -> None:
    """Rule 18."""
    known = state.matters.get(what["matter"])
    need(known is not None, "no-matter", "an unknown matter")
    matter = known["matter"]
    part, slots = part_of(matter, state.log), dict(known["slots"])

    def good(condition: bool, message: str) -> None:
        need(condition, "enactment", message)

    terms = settled_with(matter, state.log)
    does = part is not None and (bool(changes(matter, part)) or terms is not None)
    good(does and "enacted" not in known, "nothing to enact")
    good(standing(state, known, now) == (ADOPTED, what["level"]), "not adopted at that level")
    ceded = part.get("ceded", False) and part["head"] < number and was_ceded(state, part, known["opened"])
    left = [item["from"] for item in [effects.leaving_of(state, matter["federation"])] if item is not None]
    good("consented" in known or ceded and not any(time <= known["opened"] for time in left), "advice")
    if what["level"] == 3:
        linked = [other["group"] for other in matter["parts"] if part.get("linked") and other.get("linked")]
        good(all("consent" in slots.get(group, {}) for group in linked), "a linked part that nobody consented to")
        good(all(_failed(other, 2) or is_overridden(state, other["id"], now) for other in state.matters.values()
                 if "consented" in other and rivals(state, other, known)), "a rival that did not fail")
    good(not any(_prevails(state, other, known["id"], now) for other in state.matters.values()), "taken up")
    good(not any(_newer(state, other, matter, part) for other in state.matters.values()), "a newer one is enacted")
    good(governs_all(state, matter, part), "another domain governs an effect")
    carried = changes(matter, part)
    if "amends" in matter:
        good(leaves_no_other(state, known, now), "another text may still come into force")
        if version(state, version_of(matter["amends"]["agreement"])) is not None:
            carried = []
    before = state.copy()
    if terms is not None:
        resources.check_settling(before, terms, now)
    effects.carry_out(state, known["id"], list(enumerate(carried)), None, number, now, before)
    if terms is not None:
        resources.settle(state, known["id"], terms, now)


def _failed(known: dict, level: int) -> bool:
    slots = dict(known["slots"])
    return any(level in slots.get(part["group"], {}).get("dead", []) for part in known["matter"]["parts"])


def _newer(state: State, other: dict, matter: dict, part: dict) -> bool:
    theirs = part_of(other["matter"], state.log)
    later = "enacted" in other and matter["by"][2] < other["opened"]
    return later and theirs is not None and bool(set(theirs["domains"]) & set(part["domains"]))


def _prevails(state: State, other: dict, matter: bytes, now: int) -> bool:
    stands = standing(state, other, now)[0]
    may = "consented" in other and stands != NOT_ADOPTED
    return takes_up(state, other["matter"], matter) and (may or "enacted" in other or stands == ADOPTED)


# ---- citing

class Heard:
    """A piece of evidence whose records verify (rules 7 to 10)."""

    def __init__(self, evidence: dict, agreement: dict, voices: list[Record], notes: list[Record]) -> None:
        log = evidence["log"]
        host = next((group["node"] for group in agreement["groups"] if group["log"] == log), None)
        witnesses = {seat["node"] for seat in agreement["panel"]} - {host}
        need(host is not None and bool(witnesses), "evidence", "a log that nobody witnesses by that version")
        self.numbers = panel(len(witnesses))
        self.voices: list[tuple[bytes, int, dict]] = []
        self.places: list[int] = [record.content[1] for record in voices]
        for record in voices:
            need("speak" in record.content[5] and record.content[0] == log, "evidence", "no voice of that log")
            voice = record.content[5]["speak"]
            follows = not self.voices or voice.get("previous") == self.voices[-1][0]
            need(follows, "evidence", "voices that do not follow each other")
            self.voices.append((record.id, record.content[3], voice))
        places = {name: place for place, (name, _, _) in enumerate(self.voices)}
        hosts = {voice["host"] for _, _, voice in self.voices}
        self.notes: dict[bytes, list[tuple[int, int]]] = {}
        last: Record | None = None
        for note in notes:
            of, _, previous, _, time, voice = note.content
            need(of == log and note.key in witnesses, "evidence", "a note that is none of a witness")
            sorted_well = last is None or last.key < note.key or last.key == note.key and previous == last.id
            need(sorted_well, "evidence", "notes that are not sorted, or do not follow each other")
            need(voice is None or voice in places, "evidence", "a voice that is not shown")
            if note.key not in hosts:
                self.notes.setdefault(note.key, []).append((time, 0 if voice is None else places[voice] + 1))
            last = note

    def said(self) -> Iterable[tuple[bytes, int, int, dict, int]]:
        """What was said: its id, its date, by when it is sealed, the voice, the number of its entry."""
        for place, (name, date, voice) in enumerate(self.voices):
            first = [next((time for time, covers in notes if covers > place), None) for notes in self.notes.values()]
            times = sorted(time for time in first if time is not None)
            if len(times) >= self.numbers.seal:
                yield name, date, times[self.numbers.seal - 1], voice, self.places[place]

    def is_silent(self, known: dict, group: bytes, level: int, end: int) -> bool:
        """Rule 10, of a matter."""
        matter = known["matter"]

        def consents(name: bytes, date: int, voice: dict) -> bool:
            opens = name == known["id"] and part_of(matter, group) is not None
            return date <= in_time(matter, group, level) and (
                opens or voice["says"].get("consent", {}).get("matter") == known["id"])

        return self.nothing(known["opened"], end, consents)

    def nothing(self, since: int, end: int, says: Callable[[bytes, int, dict], bool]) -> bool:
        """Rule 10: whether s witnesses were silent at an end on what could be said since a date."""
        if self.voices and "previous" in self.voices[0][2] and self.voices[0][1] >= since:
            return False
        place = next((place for place, shown in enumerate(self.voices) if says(*shown)), None)
        silent = 0
        for notes in self.notes.values():
            late = next((at for at, (time, _) in enumerate(notes) if time > end), None)
            if late is not None:
                looked_at = [covers for _, covers in notes[max(late - 1, 0):late + 1]]
                silent += place is None or min(looked_at) <= place
        return silent >= self.numbers.settle


def asleep_until(evidence: dict, agreement: dict, notes: list[Record]) -> int:
    """Until when a group is shown to be asleep (rule 9)."""
    host = next((group["node"] for group in agreement["groups"] if group["log"] == evidence["log"]), None)
    witnesses = {seat["node"] for seat in agreement["panel"]} - {host}
    good = host is not None and bool(witnesses) and not evidence["voices"] and "silent" not in evidence
    pairs = list(zip(notes[::2], notes[1::2]))
    good = good and 2 * len(pairs) == len(notes) and is_sorted([first.key for first, _ in pairs])
    for first, last in pairs:
        (log, _, _, entry, start, _), (other, _, _, same, end, _) = first.content, last.content
        good = good and log == other == evidence["log"] and first.key == last.key and first.key in witnesses
        good = good and entry == same and end >= after(start, dormant_after(agreement))
    need(good and len(pairs) >= panel(len(witnesses)).settle, "evidence", "it does not show that the group is asleep")
    return min(last.content[4] for _, last in pairs)


def cite(state: State, record: Record) -> None:
    """Rules 6 to 11."""
    pieces, cited = record.content[5]["cite"]["evidence"], set()
    records = [([inside("entry", raw) for raw in piece["voices"]], [inside("note", raw) for raw in piece["notes"]])
               for piece in pieces]
    moves = effects.moving(state, record.content[3]) is not None
    need(1 <= len(pieces) <= EVIDENCE, "size", "too much evidence, or none", "malformed")
    for piece, (voices, notes) in zip(pieces, records):
        agreement = basis(state, piece["version"])
        follows = version(state, piece["version"]) is None
        need(agreement is not None, "evidence", "a version that the log does not hold")
        if moves and state.moving is not None and piece["log"] == state.log:
            _settle_move(state, piece, agreement, notes)
            continue
        if "asleep" in piece:
            need(not follows and state.charter.get("federation") == federation_of(agreement), "evidence", "not our panel")
            until = asleep_until(piece, agreement, notes)
            need(state.asleep.get(piece["log"], -1) < until, "evidence", "nothing new")
            state.asleep[piece["log"]] = until
            continue
        heard = Heard(piece, agreement, voices, notes)
        news = False
        for name, date, sealed, voice, number in heard.said():
            cited.add(name)
            (kind, what), = voice["says"].items()
            if kind in ("represent", "mandate"):
                news |= liaisons.take(state, piece["log"], number, kind, what)
            elif not follows:
                news |= _take(state, piece, agreement, record.content[3], name, date, sealed, voice)
        if "silent" in piece:
            matter, level = piece["silent"]
            if matter in state.books.rounds:
                news |= rounds.take_silence(state, piece, agreement, heard, matter, level)
                need(news, "evidence", "nothing new")
                continue
            known = state.matters.get(matter)
            good = known is not None and known["matter"]["version"] == piece["version"] and 1 <= level <= 3
            good = good and heard.is_silent(known, piece["log"], level, end_of(known["matter"], agreement, level))
            need(good, "evidence", "it does not show silence")
            dead = dict(known["slots"]).get(piece["log"], {}).get("dead", [])
            if level not in dead:
                _set_slot(state, known, piece["log"], dead=sorted([*dead, level]))
                news = True
        need(news, "evidence", "nothing new")
    need(not moves or state.moving is None, "moving", "a move that is not shown to be sealed")
    need(record.content[4] == sorted(cited), "cites", "other voices than those that are said", "malformed")


def _settle_move(state: State, piece: dict, agreement: dict, notes: list[Record]) -> None:
    """Section 12: the witnesses before sealed the head, which moved the log."""
    witnesses = {seat["node"] for seat in agreement["panel"]} - {state.moving["host"]}
    good = piece["version"] == state.moving["version"] and not piece["voices"]
    good = good and not piece.keys() & {"silent", "asleep"} and all(a.key < b.key for a, b in zip(notes, notes[1:])) and all(note.key in witnesses for note in notes)
    head = [state.log, state.head["number"], state.head["id"]]
    good = good and all([note.content[0], note.content[1], note.content[3]] == head for note in notes)
    need(good and len(notes) >= panel(len(witnesses)).seal, "evidence", "not the seal of the move")
    state.moving = None


def _take(state: State, piece: dict, agreement: dict, now: int, name: bytes, date: int, sealed: int,
          voice: dict) -> bool:
    """Takes what was said into the log (rule 9), and says whether it is new."""
    (kind, what), = voice["says"].items()
    if kind in rounds.SAYS:
        return rounds.take(state, piece, agreement, date, sealed, kind, what, now)
    if "terms" in what:
        return resources.take(state, piece, agreement, now, date, sealed, kind, what)
    if kind not in ("open", "consent"):
        return False
    news, matter = False, what.get("matter")
    if kind == "open":
        good = sealed <= after(date, agreement["timing"]["news"]) and can_stand(what, agreement, date)
        good = good and reaches_others(what, piece["log"], agreement)
        if not good or what["version"] != piece["version"]:
            return False
        news, matter = name not in state.matters, name
        if news:
            put(state, {"id": name, "matter": what, "sponsor": piece["log"], "opened": date, "slots": []})
        if part_of(what, piece["log"]) is None:
            return news
    known = state.matters.get(matter)
    if known is None or known["matter"]["version"] != piece["version"]:
        return news
    if not known["opened"] <= date <= known["matter"]["by"][2]:
        return news
    before = dict(known["slots"]).get(piece["log"], {}).get("consent")
    if before is not None and before[1] <= sealed:
        return news
    taken = (what.get("amends", {}) if kind == "open" else what).get("taken")
    slots = dict(known["slots"])
    slots[piece["log"]] = {name: value for name, value in slots.get(piece["log"], {}).items() if name != "taken"}
    known = {**known, "slots": [[group, slots[group]] for group in sorted(slots)]}
    _set_slot(state, known, piece["log"], consent=[date, sealed], **({} if taken is None else {"taken": taken}))
    return True


def _set_slot(state: State, known: dict, group: bytes, **change: Any) -> None:
    slots = dict(known["slots"])
    slots[group] = {**slots.get(group, {}), **change}
    put(state, {**known, "slots": [[name, slots[name]] for name in sorted(slots)]})


def note_ceded(state: State, number: int, now: int) -> None:
    """Notes which domains the charter cedes from an entry on, and how long these decide."""
    ceded = {domain["name"]: charters.longest(domain["rule"]) for domain in state.charter["domains"] if domain["ceded"]}
    state.ceded = [{**item, "until": [number, now]}
                   if "until" not in item and ceded.get(item["domain"]) != item["window"] else item
                   for item in state.ceded]
    running = {item["domain"] for item in state.ceded if "until" not in item}
    state.ceded = state.ceded + [{"domain": name, "from": number, "window": window}
                                 for name, window in ceded.items() if name not in running]
