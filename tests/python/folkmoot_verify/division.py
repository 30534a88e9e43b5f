"""Divisions of scarce capacity, seeds of lots, and periods of budgets (section 20)."""

import hashlib
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from .encoding import hash_of

Claim = tuple[int, list[int]]
LATEST = 253_402_300_799_000


def divide(rule: Any, capacities: list[int], claims: list[Claim], seed: str | None) -> tuple[list, list]:
    """What each claim gets of each resource, and what is left; the claims are in the order of their ids."""
    if isinstance(rule, dict):
        shares = lot(rule["lot"], capacities, claims, seed)
    else:
        shares = [[0] * len(capacities) for _ in claims]
        every = range(len(capacities))
        for resources in [list(every)] if rule == "dominant_resource" else [[at] for at in every]:
            parts = fill(rule, resources, capacities, claims)
            for resource in resources:
                exact = [part * claim[1][resource] for part, claim in zip(parts, claims)]
                for share, units in zip(shares, whole_units(exact)):
                    share[resource] = units
    left = [capacity - sum(share[at] for share in shares) for at, capacity in enumerate(capacities)]
    return shares, left


def fill(rule: str, resources: list[int], capacities: list[int], claims: list[Claim]) -> list[Fraction]:
    """The part of each claim that is met when the level has risen as far as it can."""
    parts = [Fraction(0)] * len(claims)
    rates = {}
    for at, (weight, amounts) in enumerate(claims):
        taken = [resource for resource in resources if amounts[resource]]
        if taken and all(capacities[resource] for resource in taken):
            rates[at] = Fraction(weight)
            if rule == "max_min":
                rates[at] /= amounts[taken[0]]
            elif rule == "dominant_resource":
                rates[at] /= max(Fraction(amounts[resource], capacities[resource]) for resource in taken)
    while rates:
        level = min(1 / rate for rate in rates.values())
        for resource in resources:
            fixed = sum(parts[at] * claims[at][1][resource] for at in range(len(claims)) if at not in rates)
            growing = sum(rate * claims[at][1][resource] for at, rate in rates.items())
            if growing:
                level = min(level, (capacities[resource] - fixed) / growing)
        now = [min(Fraction(1), level * rates[at]) if at in rates else part for at, part in enumerate(parts)]
        full = {resource for resource in resources
                if sum(part * claim[1][resource] for part, claim in zip(now, claims)) == capacities[resource]}
        for at in [at for at in rates if now[at] == 1 or any(claims[at][1][resource] for resource in full)]:
            parts[at] = now[at]
            del rates[at]
    return parts


def whole_units(exact: list[Fraction]) -> list[int]:
    """Cut down to whole units, and what was cut off handed out to the largest remainders."""
    units = [share.numerator // share.denominator for share in exact]
    rests = [share - whole for share, whole in zip(exact, units)]
    for at in sorted(range(len(exact)), key=lambda at: (-rests[at], at))[:int(sum(rests))]:
        units[at] += 1
    return units


def lot(fit: str, capacities: list[int], claims: list[Claim], seed: str) -> list[list[int]]:
    """What each gets in the order of the lot."""
    room, pool = list(capacities), list(range(len(claims)))
    shares = [[0] * len(capacities) for _ in claims]
    for draw in range(len(claims)):
        number = draw.to_bytes(2, "big")
        digest = hashlib.md5(number + seed.upper().encode() + b"/" + number, usedforsecurity=False).digest()
        at = pool.pop(int.from_bytes(digest, "big") % len(pool))
        wanted = claims[at][1]
        if fit == "part" or all(amount <= there for amount, there in zip(wanted, room)):
            shares[at] = [min(amount, there) for amount, there in zip(wanted, room)]
            room = [there - share for there, share in zip(room, shares[at])]
    return shares


def reveals(round_: bytes, commitments: dict[bytes, bytes], secrets: dict[bytes, bytes]) -> tuple[str | None, list]:
    """The seed, and who lost its share."""
    kept = [[group, secrets[group]] for group in sorted(commitments) if group in secrets
            and hash_of(["folkmoot lot", round_, group, secrets[group]]) == commitments[group]]
    lost = [group.hex() for group in sorted(commitments) if group not in [pair[0] for pair in kept]]
    return (hash_of(["folkmoot seed", round_, kept]).hex() if kept else None), lost


def period(start: int, every: dict[str, int], at: int) -> list[int] | None:
    """The period of a budget that a date lies in."""
    number = 0
    while at >= begin(start, every, number + 1):
        number += 1
    bounds = [begin(start, every, number), begin(start, every, number + 1)]
    return bounds if at >= start and bounds[1] <= LATEST else None


def begin(start: int, every: dict[str, int], number: int) -> int:
    """The start of a period; after all dates, something later."""
    if "span" in every:
        return start + number * every["span"]
    date = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=start)
    months = date.month - 1 + number * every["months"]
    if date.year + months // 12 > 9999:
        return LATEST + 1
    date = date.replace(year=date.year + months // 12, month=months % 12 + 1)
    return (date - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
