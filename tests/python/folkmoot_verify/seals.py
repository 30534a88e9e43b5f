"""How many notes seal, and what a panel's notes say (section 12)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """The numbers of a log with so many witnesses."""

    witnesses: int
    liars: int
    seal: int
    settle: int

    @property
    def may_be_down(self) -> int:
        """How many witnesses may be away while entries are sealed."""
        return self.witnesses - self.seal


class Notes:
    """The notes of a log's witnesses, as a replica takes them."""

    def __init__(self, witnesses: list[str]) -> None:
        self.witnesses = witnesses
        self.known: dict[str, list[tuple[int, int]]] = {}

    def take(self, witness: str, number: int, time: int) -> bool:
        """Whether a note of a witness is taken: it contradicts none, and is not between two of its number."""
        known = self.known.setdefault(witness, [])
        goes_back = any((number - n) * (time - t) < 0 for n, t in known)
        same = [t for n, t in known if n == number]
        needless = time in same or any(t < time for t in same) and any(t > time for t in same)
        taken = witness in self.witnesses and not goes_back and not needless
        if taken:
            known.append((number, time))
        return taken

    def sealed_up_to(self) -> int | None:
        """The highest number that enough witnesses cover by their latest notes."""
        covered = sorted((max(notes)[0] for notes in self.known.values() if notes), reverse=True)
        seal = panel(len(self.witnesses)).seal
        return covered[seal - 1] if len(covered) >= seal else None


def panel(witnesses: int) -> Panel:
    """The numbers for m witnesses."""
    liars = (witnesses - 1) // 5 if witnesses else 0
    seal = (witnesses + 3 * liars) // 2 + 1
    return Panel(witnesses, liars, seal, witnesses + liars + 1 - seal)
