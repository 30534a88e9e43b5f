"""How a poll stands: the rungs of section 9, from who is eligible, what they answered and which objections stand."""

from dataclasses import dataclass
from typing import Any

from . import tally
from .charter import rule_of


@dataclass(frozen=True)
class Standing:
    """Whether a poll passes, whether it is settled (final periods aside), and why in numbers."""

    passes: bool
    settled: bool
    reason: Any

    def as_data(self) -> dict:
        """As in the record of a decision."""
        return {"passes": self.passes, "settled": self.settled, "reason": self.reason}


def share(fraction: list[int], of: int) -> int:
    """That fraction of a number, rounded up."""
    return -(-fraction[0] * of // fraction[1])


def meets(bar: dict, part: int, of: int) -> bool:
    """Whether a part of a number meets a bar; of nothing there is no share."""
    (how, (over, under)), = bar.items()
    left, right = part * under, over * of
    return of > 0 and (left > right if how == "more_than" else left >= right)


def objects_in(objection: dict, domain: str) -> bool:
    """Whether an objection stands in a domain."""
    return ("withdrawn" not in objection and domain in objection["given"]["counts_in"]
            and domain not in objection.get("dismissed", {}))


def stands(objection: dict) -> bool:
    """Whether an objection stands anywhere."""
    return any(objects_in(objection, domain) for domain in objection["given"]["counts_in"])


def answers(proposal: dict, domain: str) -> dict[str, str]:
    """The answer of each who answered in a domain."""
    found = {name: given["answer"] for name, given in proposal["responses"].items() if domain in given["counts_in"]}
    for objection in proposal["objections"]:
        if objects_in(objection, domain):
            found[objection["author"]] = "object"
    return found


def standing(proposal: dict, poll: dict, members: set[str]) -> Standing:
    """How a poll of a proposal stands among these members."""
    rung, rule = rule_of(poll)
    given = answers(proposal, poll["domain"])
    if rung in ("delegate", "consult"):
        return _delegate(proposal, poll, given)
    eligible = [name for name in poll["eligible"] if name in members or name in given]
    said = [given[name] for name in eligible if name in given]
    against = sum(objects_in(objection, poll["domain"]) for objection in proposal["objections"])
    yes, no = sum(word in ("agree", "concern") for word in said), said.count("object")
    aside, everybody = said.count("aside"), len(said) == len(eligible)
    settled = everybody and (rung == "vote" or not against)
    if against and rung != "vote":
        return Standing(False, settled, {"objections_stand": {"count": against}})
    if rung == "consensus":
        if yes + aside < len(eligible) or not yes:
            return Standing(False, settled, {"not_all": {"agree": yes, "aside": aside, "eligible": len(eligible)}})
        if aside > rule["asides"]:
            return Standing(False, settled, {"too_many_aside": {"aside": aside, "most": rule["asides"]}})
        return Standing(True, settled, {"all_agree": {"agree": yes, "aside": aside}})
    quorum = max(1, share(rule["quorum"], len(eligible)))
    if len(said) < quorum:
        return Standing(False, settled, {"quorum_missed": {"responded": len(said), "quorum": quorum}})
    if rung == "vote":
        of = yes + no if rule["of"] == "votes" else len(eligible)
        reason = {"voted": {"yes": yes, "no": no, "abstain": len(said) - yes - no, "of": of}}
        return Standing(meets(rule["yes"], yes, of), settled, reason)
    if rung == "ranked":
        return _ranked(proposal, poll, settled, {"responded": len(said), "quorum": quorum})
    floor, silent = rule.get("approval"), len(eligible) - len(said)
    if floor and not (meets(floor["bar"], yes, len(eligible)) and silent <= floor.get("outstanding", silent)):
        reason = {"approval_missed": {"approve": yes, "eligible": len(eligible), "outstanding": silent}}
        return Standing(False, settled, reason)
    return Standing(True, settled, {"no_objection": {"responded": len(said), "quorum": quorum}})


def count(proposal: dict, poll: dict) -> tally.Result:
    """The count of a ranked poll."""
    options = [option for option in proposal["content"].get("options", [])
               if option["label"] not in proposal.get("withdrawn_options", {})]
    rankings = [given["ranking"] for given in proposal["responses"].values()
                if given["answer"] == "rank" and poll["domain"] in given["counts_in"]]
    tags = {option["label"]: option.get("tags", {}) for option in options}
    return tally.count(rule_of(poll)[1]["count"], list(tags), tags, rankings)


def _ranked(proposal: dict, poll: dict, settled: bool, responded: dict) -> Standing:
    found = count(proposal, poll)
    if found.tied is not None:
        reason = {"tied": {"among": found.tied, "over": found.over, "winners": found.winners}}
        return Standing(False, settled, reason)
    if not found.winners:
        return Standing(False, settled, "nobody_elected")
    return Standing(True, settled, {"elected": {"winners": found.winners, "ranking": found.ranking, **responded}})


def _delegate(proposal: dict, poll: dict, given: dict[str, str]) -> Standing:
    declined = sorted(name for name, answer in given.items() if answer == "object")
    decided = sorted(name for name, answer in given.items() if answer == "agree")
    if declined:
        return Standing(False, True, {"declined": {"by": declined[0]}})
    if not decided:
        return Standing(False, False, "nobody_decided")
    asked = poll.get("asked", [])
    if not asked:
        return Standing(True, True, {"decided": {"by": decided[0]}})
    advised = sum(name in proposal["advice"] for name in asked)
    return Standing(True, True, {"decided_after_advice": {"by": decided[0], "asked": len(asked), "advised": advised}})
