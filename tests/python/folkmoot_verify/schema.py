"""The form of records: the CDDL of section 4, with the limits of section 15."""

import re
from math import gcd
from typing import Any, Callable

from .encoding import Refused, malformed
from .keys import is_key

Check = Callable[[Any, str], None]

# Inside the effects of a part of a matter: lengths and counts are looked at when they are carried out.
loose = [False]

MAX_TIME = 253402300799000
MAX_SPAN = 316224000000
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def whole(least: int, most: int) -> Check:
    """A whole number in a range."""
    def check(value: Any, where: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise malformed(f"{where}: no number from {least} to {most}")
    return check


def octets(size: int | None = None) -> Check:
    """Bytes, of a certain number."""
    def check(value: Any, where: str) -> None:
        if type(value) is not bytes or size is not None and len(value) != size:
            raise malformed(f"{where}: not {size} bytes")
    return check


def text(most: int = 16384, least: int = 0) -> Check:
    """A text of so many bytes."""
    def check(value: Any, where: str) -> None:
        if type(value) is not str or not (loose[0] or least <= len(value.encode()) <= most):
            raise malformed(f"{where}: no text of {least} to {most} bytes")
    return check


def word(*words: str) -> Check:
    """One of these words."""
    def check(value: Any, where: str) -> None:
        if type(value) is not str or value not in words:
            raise malformed(f"{where}: none of {words}")
    return check


def many(item: Check, most: int, least: int = 0) -> Check:
    """An array of alike items."""
    def check(value: Any, where: str) -> None:
        if type(value) is not list or not (loose[0] or least <= len(value) <= most):
            raise malformed(f"{where}: no array of {least} to {most} items")
        for index, element in enumerate(value):
            item(element, f"{where}[{index}]")
    return check


def row(*items: Check) -> Check:
    """An array with a check for each place."""
    def check(value: Any, where: str) -> None:
        if type(value) is not list or len(value) != len(items):
            raise malformed(f"{where}: no array of {len(items)}")
        for index, item in enumerate(items):
            item(value[index], f"{where}[{index}]")
    return check


def fields(**named: Check) -> Check:
    """A map with these fields; those whose name ends with _ may be left out."""
    required = {name for name in named if not name.endswith("_")}
    checks = {name.rstrip("_"): item for name, item in named.items()}

    def check(value: Any, where: str) -> None:
        if type(value) is not dict or not required <= value.keys() <= checks.keys():
            raise malformed(f"{where}: not the fields {sorted(checks)}")
        for name, element in value.items():
            checks[name](element, f"{where}.{name}")
    return check


def one_of(**named: Check) -> Check:
    """A map with one of these fields."""
    def check(value: Any, where: str) -> None:
        if type(value) is not dict or len(value) != 1 or not value.keys() <= named.keys():
            raise malformed(f"{where}: none of {sorted(named)}")
        for name, element in value.items():
            named[name](element, f"{where}.{name}")
    return check


def table(keys: Check, values: Check, least: int = 0) -> Check:
    """A map from names to alike values."""
    def check(value: Any, where: str) -> None:
        if type(value) is not dict or len(value) < least:
            raise malformed(f"{where}: no map")
        for name, element in value.items():
            keys(name, where)
            values(element, f"{where}.{name}")
    return check


def either(*checks: Check) -> Check:
    """What passes one of these checks."""
    def check(value: Any, where: str) -> None:
        for item in checks:
            try:
                return item(value, where)
            except Refused as refused:
                last = refused
        raise last
    return check


def null(value: Any, where: str) -> None:
    """Nothing."""
    if value is not None:
        raise malformed(f"{where}: not null")


def boolean(value: Any, where: str) -> None:
    """True or false."""
    if type(value) is not bool:
        raise malformed(f"{where}: neither true nor false")


def name(value: Any, where: str) -> None:
    """A name."""
    if type(value) is not str or not NAME.fullmatch(value):
        raise malformed(f"{where}: no name")


def key(value: Any, where: str) -> None:
    """A public key."""
    if type(value) is not bytes or not is_key(value):
        raise Refused("malformed" if type(value) is not bytes else "key", "", f"{where}: no public key")


def owner(value: Any, where: str) -> None:
    """The group, or a role."""
    if type(value) is not str or not (value == "group" or value.startswith("role:") and NAME.fullmatch(value[5:])):
        raise malformed(f"{where}: neither group nor role")


def fraction(value: Any, where: str) -> None:
    """A fraction from 0 to 1 in lowest terms."""
    row(u32, u32)(value, where)
    if value[1] == 0 or value[0] > value[1] or gcd(*value) != 1:
        raise malformed(f"{where}: no fraction from 0 to 1 in lowest terms")


def tags(value: Any, where: str) -> None:
    """The tags of an option."""
    table(name, name, 1)(value, where)
    if len(value) > 8:
        raise malformed(f"{where}: more than 8 tags")


uint, u32 = whole(0, 2**64 - 1), whole(0, 2**32 - 1)
time, span = whole(0, MAX_TIME), whole(0, MAX_SPAN)
id32 = octets(32)
raw = octets()
nothing = fields()
bar = one_of(more_than=fraction, at_least=fraction)
final_period = fields(length=span, on_objection=word("hold", "restart"), latest=span)
vote = fields(closing=span, minimum=span, quorum=fraction, yes=bar, of=word("votes", "eligible"), versions=u32,
              review_=span)
consent = fields(closing=span, minimum=span, quorum=fraction, approval_=fields(bar=bar, outstanding_=u32),
                 final_period_=final_period, objection_test_=fraction, versions=u32, then_vote_=vote, review_=span)
consensus = fields(closing=span, minimum=span, asides=u32, versions=u32, review_=span)
call_in = fields(window=span, rule=consent)
delegate = fields(closing=span, call_in_=call_in, review_=span)
consult = fields(ask=many(owner, 129, 1), advice=span, closing=span, call_in_=call_in, review_=span)
counting = fields(method=word("schulze", "irv", "stv"), seats=u32, unranked=word("last", "ignore"),
                  ties_=many(word("earlier", "pairwise", "order"), 3, 1),
                  at_most_=many(fields(tag=name, count=u32), 8, 1), quota_=word("droop", "hare"), decimals_=u32)
ranked = fields(closing=span, minimum=span, quorum=fraction, count=counting, versions=u32, review_=span)
rule = one_of(delegate=delegate, consult=consult, consent=consent, consensus=consensus, vote=vote, ranked=ranked)
domain = fields(name=name, purpose=text(), owner=owner, affected=many(name, 64), stakes=word("low", "medium", "high"),
                reversibility=word("easy", "costly", "irreversible"), rule=rule, people_only=boolean, ceded=boolean)
holder = fields(member=name, **{"from": time}, until=time)


def holders(value: Any, where: str) -> None:
    """Holders, sorted by member."""
    many(holder, 600)(value, where)
    members = [item["member"].encode() for item in value]
    if any(first >= second for first, second in zip(members, members[1:])):
        raise malformed(f"{where}: not sorted")


liaison = fields(group=id32, role=name)
role = fields(name=name, purpose=text(), holders=holders, filled_in_=name,
              represents_=fields(group=id32, mandated_in_=name))
agent = fields(sponsor=name, scope=many(name, 128), until=time)
member = fields(name=name, kind=either(word("person"), one_of(agent=agent, liaison=liaison)), keys=many(key, 8))
times = fields(digest_every=u32, receipt=span)
participation = fields(open_proposals=u32, call_ins=u32, silent_after_=span)
host = fields(log_key=key, node=key)
every = one_of(span=span, months=u32)
kind = either(word("stock"), one_of(budget=fields(**{"from": time}, every=every, horizon=span),
                                    slots=fields(horizon=span)))
resource = fields(name=name, purpose=text(), unit=text(200), domain=name, kind=kind, capacity=uint,
                  grants_=fields(share_=fraction, amount_=uint, per_=span))
charter = fields(name=name, purpose=text(), values=many(text(200), 64), members=many(member, 600, 1),
                 roles=many(role, 128), domains=many(domain, 128, 1), host=host, times=times,
                 participation=participation, federation_=id32, resources_=many(resource, 128, 1))

def weight(value: Any, where: str) -> None:
    """The weight of a group; 1 is left out."""
    u32(value, where)
    if value == 1:
        raise malformed(f"{where}: 1")


fgroup = fields(name=name, log=id32, node=key, escalates_to_=name, weight_=weight)
seat = fields(name=name, node=key, addresses=many(text(200), 8))
agreement = fields(name=name, purpose=text(), groups=many(fgroup, 350, 1), panel=many(seat, 13, 1),
                   timing=fields(news=span, skew=span, notes=span, notice_=span, dormant_=span),
                   amends_=fields(federation=id32, version=id32, number=u32))

agreement_id = row(id32, u32)


def true(value: Any, where: str) -> None:
    """True; what is false is left out."""
    if value is not True:
        raise malformed(f"{where}: not true")


def part_effect(value: Any, where: str) -> None:
    """An effect of a part."""
    before, loose[0] = loose[0], True
    try:
        effect(value, where)
    finally:
        loose[0] = before


def amending_text(value: Any, where: str) -> None:
    """The text of an amendment."""
    before, loose[0] = loose[0], True
    try:
        agreement(value, where)
    finally:
        loose[0] = before
    for items in (value["groups"], value["panel"]):
        names = [item["name"].encode() for item in items]
        if names != sorted(set(names)):
            raise malformed(f"{where}: groups or seats are not sorted")


def window(value: Any, where: str) -> None:
    """A window, which is not empty."""
    fields(**{"from": time}, until=time)(value, where)
    if value["from"] >= value["until"]:
        raise malformed(f"{where}: an empty window")


portion = fields(window=window, amount=uint)
line = fields(steward=id32, resource=name, portions=many(portion, 4096))
terms = fields(federation=id32, version=id32, title=text(65536), text=text(65536), requester=id32,
               lines=many(line, 4096), closer=id32, by=time, counters_=id32, by_matter_=true)
level = whole(0, 255)
part = fields(group=id32, head=uint, domains=many(name, 4096), window=span, ceded_=true,
              effects_=many(part_effect, 4096, 1), linked_=true, after_=many(id32, 4096, 1), due_=time)
matter = fields(federation=id32, version=id32, title=text(65536), text=text(65536), parts=many(part, 4096),
                by=row(time, time, time), replaces_=id32, overrides_=many(id32, 4096, 1),
                about_=id32, mediator_=fields(group=id32, role=name), settles_=terms,
                amends_=fields(agreement=amending_text, dormant_=many(id32, 4096, 1), taken_=id32))


about_terms = fields(terms=id32)
division = either(word("proportional", "max_min", "dominant_resource"), one_of(lot=word("part", "whole")))
round_ = fields(federation=id32, version=id32, title=text(65536), text=text(65536), steward=id32, division=division,
                offers=many(fields(resource=name, window=window, amount=uint), 4096),
                claimants=many(fields(group=id32, weight=u32), 4096), claims_by=time, reveals_by_=time, divides_by=time)
claim = fields(round=id32, amounts=many(uint, 4096), commitment_=id32)
ranking = many(many(name, 64, 1), 64, 1)
# How long the lists of another log are is its own affair.
loose_ranking = many(many(name, 4096), 4096)
terms_of_office = many(fields(keys=many(key, 4096), **{"from": time}, until=time), 4096)
sitting = fields(group=id32, role=name, mandated_=true, terms=terms_of_office)
position = either(word("agree", "aside", "object", "abstain"), one_of(rank=loose_ranking))
mandate = fields(group=id32, role=name, version=id32, position=position)
says = one_of(open=matter, consent=fields(matter=id32, taken_=id32), decline=fields(matter=id32),
              enact=fields(matter=id32, level=level), terms=fields(terms=terms, until_=time),
              accept_terms=fields(terms=id32, until_=time), decline_terms=about_terms,
              release_terms=fields(terms=id32, breach_=true), breach_terms=about_terms,
              use_terms=fields(terms=id32, steward=id32, resource=name, amount=uint),
              commit=about_terms, lapse=about_terms, take=about_terms, round=round_, claim=claim,
              reveal=fields(round=id32, secret=id32), divide=fields(round=id32),
              release_share=fields(round=id32),
              represent=sitting, mandate=mandate)
voice = fields(previous_=id32, host=key, decision_=id32, says=says)
evidence = fields(log=id32, version=id32, voices=many(raw, 4096), notes=many(raw, 4096), silent_=row(id32, level),
                  asleep_=true)
effect = one_of(
    text=fields(domain=name, text=text(), replaces_=agreement_id),
    keep=fields(domain=name, agreement=agreement_id, review_=span),
    retire=fields(domain=name, agreement=agreement_id),
    purpose=fields(purpose=text(), values=many(text(200), 64)),
    set_role=role, drop_role=fields(role=name), seat=fields(role=name, member_=name, **{"from": time}, until=time),
    unseat=fields(role=name, member=name), set_domain=domain, drop_domain=fields(domain=name),
    set_times=times, set_participation=participation, set_member=member, drop_member=fields(member=name),
    add_key=fields(member=name, key=key), drop_key=fields(member=name, key=key), set_host=host, federate=agreement,
    follow=agreement, mandate=fields(role=name, version=id32, position=position),
    leave=fields(federation=id32, **{"from": time}), erase=fields(body=id32),
    open_matter=fields(domains=many(name, 4096), matter=matter),
    stance=fields(domains=many(name, 4096), matter=id32, consents=boolean),
    set_resource=resource, drop_resource=fields(resource=name),
    terms=fields(domains=many(name, 4096), terms=terms, until_=time),
    accept_terms=fields(domains=many(name, 4096), terms=id32, until_=time),
    decline_terms=fields(domains=many(name, 4096), terms=id32),
    release_terms=fields(domains=many(name, 4096), terms=id32),
    use_terms=fields(domains=many(name, 4096), terms=id32, steward=id32, resource=name, amount=uint),
    breach_terms=fields(domains=many(name, 4096), terms=id32),
    open_round=fields(domains=many(name, 4096), round=round_), claim=fields(domains=many(name, 4096), claim=claim),
    release_share=fields(domains=many(name, 4096), round=id32))
option = fields(label=name, text_=text(), tags_=tags, effects=many(effect, 64))
proposal = fields(title=text(200), why=id32, effects=many(effect, 64), options_=many(option, 64, 1), review_=span)
answers = "agree", "aside", "concern", "object", "abstain", "advice"
answer = word(*answers)
act = one_of(
    propose=proposal,
    amend=fields(proposal=id32, version=u32, content=proposal, integrates=many(id32, 600)),
    respond=fields(proposal=id32, version=u32, answer=answer, reason_=id32, weighs_=many(id32, 4096, 1)),
    withdraw=fields(target=id32), call_in=fields(proposal=id32, reason=id32),
    test=fields(objection=id32, version=u32, qualifies=boolean, reason_=id32),
    rank=fields(proposal=id32, version=u32, ranking=ranking, reason_=id32),
    nominate=fields(proposal=id32, version=u32, member=name, reason=id32),
    withdraw_option=fields(proposal=id32, version=u32, option=name), erase=fields(body=id32), seen=nothing)
entry_act = one_of(
    found=fields(charter=charter, foundings=many(raw, 600, 1)), admit=fields(statements=many(raw, 64, 1)),
    close=fields(proposal=id32), apply=fields(proposal=id32), digest=fields(digest=id32), speak=voice,
    cite=fields(evidence=many(evidence, 4096)))
RECORDS: dict[str, Check] = {
    "founding": fields(charter=id32),
    "statement": fields(log=id32, seen=id32, previous_=id32, act=act),
    "entry": row(either(null, id32), uint, either(null, id32), time, many(id32, 64), entry_act),
    "receipt": fields(log=id32, epoch=uint, statement=id32, time=time, by=time),
    "note": row(id32, uint, either(null, id32), id32, time, either(null, id32)),
}
body = fields(salt=octets(16), text=text(65536))

# ---- snapshots (section 11) and bundles (section 18)
given = fields(statement=id32, entry=uint, at=time, answer=word(*answers, "rank"), reason_=id32,
               counts_in=many(name, 128),
               weighs_=many(id32, 4096, 1), ranking_=ranking)
objection = fields(
    author=name, version=u32, given=given, withdrawn_=fields(statement=id32, at=time, version=u32),
    tests_=table(name, fields(statement=id32, at=time, qualifies=boolean, reason_=id32), 1),
    dismissed_=table(name, fields(at=time, version=u32, found=u32, of=u32), 1))
names = many(name, 4096)
some_names = many(name, 4096, 1)
poll = fields(domain=name, owner=owner, rule=rule, people_only=boolean, eligible=names, silent_=some_names,
              asked_=some_names, call_in_=fields(window=span, rule=consent, eligible=names, silent_=some_names),
              final_period_=fields(first=time, **{"from": time}, passing=boolean))
open_proposal = fields(
    id=id32, author=name, opened=time, charter=id32,
    versions=many(fields(statement=id32, entry=uint, at=time, integrates=many(id32, 600)), 100, 1),
    content=proposal, polls=many(poll, 128, 1), window_from=time, closes=time, extended=boolean,
    responses=table(name, given), advice=table(name, given), objections=many(objection, 2**20),
    stage=either(word("open"), one_of(passed=fields(at=time, until=time))),
    called_in_=fields(by=name, at=time, reason=id32), to_vote_=time,
    withdrawn_options_=table(name, fields(statement=id32, by=name, at=time), 1),
    nominations_=table(name, fields(statement=id32, entry=uint, at=time, member=name, reason=id32)))
roots = row(uint, many(id32, 64))
most = 2**20
slot = fields(consent_=row(time, time), dead_=many(level, 3, 1), taken_=id32)
known = fields(id=id32, matter=matter, sponsor=id32, opened=time, consented_=time, declined_=true, enacted_=level,
               slots=many(row(id32, slot), most))
promise = fields(portions=many(portion, 4096), held_until_=time)
ledger = fields(capacity=uint, promises=many(row(id32, promise), most))
deal = fields(
    terms=terms, stated_by=id32, stated=time, accepted_=row(time, either(null, time)), granted_=true, since_=time,
    spent_=time,
    accepts=many(row(id32, time), most), declined=many(id32, most),
    closing_=fields(commits=boolean, at=time, sealed_=time), allocated_=true, lapsed_=true, lapses=many(id32, most),
    released=many(id32, most), used_=many(row(row(id32, id32, name), uint), most, 1), breaches_=many(id32, most, 1))
claimed = fields(at=time, amounts=many(uint, 4096), commitment_=id32)
known_round = fields(
    round=round_, opened=time, shown_=true, claimed_=claimed, revealed_=true, divided_=time,
    slots=many(row(id32, fields(claim_=claimed, secret_=id32, silent_=many(level, 2, 1))), most))
dealings = fields(
    spoke_=id32, moving_=fields(entry=uint, host=key, version=id32), unsaid=many(fields(decision=id32, says=says), most),
    matters=many(known, most),
    ceded=many(fields(domain=name, **{"from": uint}, window=span, until_=row(uint, time)), most),
    asleep_=many(row(id32, time), most, 1),
    books=fields(ledgers=table(name, ledger), deals=many(row(id32, deal), most), pauses=many(row(id32, time), most),
                 rounds_=many(row(id32, known_round), most, 1)),
    liaisons_=fields(
        said=many(sitting, most),
        held=many(fields(group=id32, role=name, number=uint, mandated_=true, terms=terms_of_office), most),
        mandates=many(fields(group=id32, role=name, version=id32, number=uint, position=position), most)))
snapshot = fields(
    log=id32, head=fields(number=uint, id=id32, time=time), founded=time, digest_at=uint, charter=charter,
    chains=many(row(key, id32), most), seen=many(row(name, uint), most), heard=many(row(name, time), most),
    missed=many(row(name, time), most), open=many(open_proposal, most), decided=id32,
    agreements=many(fields(id=agreement_id, domain=name, text=text(), since=time, review_=time), most),
    ties=fields(consents=many(fields(entry=uint, at=time, joins=boolean, agreement=agreement,
                                     adopted_=fields(matter=id32, needed=u32, weight_=u32)), most),
                leavings=many(fields(entry=uint, federation=id32, **{"from": time}), most),
                follows_=many(agreement, most, 1)),
    erased=many(id32, most), dealings=dealings, entries=roots, namings=roots)
bundle = fields(
    bundle=whole(1, 1), log=id32, proposal_=id32, matter_=fields(id=id32, entry=uint), start_=raw,
    past_entries=many(fields(number=uint, id=id32, path=many(id32, 64)), most),
    past_namings=many(fields(body=id32, index=uint, by=name, path=many(id32, 64)), most),
    entries=many(raw, most, 1), notes=many(raw, most), agreements=many(agreement, most),
    texts=many(either(null, raw), most))
