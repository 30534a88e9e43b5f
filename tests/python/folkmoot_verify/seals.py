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
        self.latest: dict[str, tuple[int, int]] = {}

    def take(self, witness: str, number: int, time: int) -> bool:
        """Whether a note of a witness is taken: neither its number nor its time falls behind those of the latest."""
        before = self.latest.get(witness, (0, 0))
        taken = witness in self.witnesses and number >= before[0] and time >= before[1]
        if taken:
            self.latest[witness] = number, time
        return taken

    def sealed_up_to(self) -> int | None:
        """The highest number that enough witnesses cover by their latest notes."""
        covered = sorted((number for number, _ in self.latest.values()), reverse=True)
        seal = panel(len(self.witnesses)).seal
        return covered[seal - 1] if len(covered) >= seal else None


def panel(witnesses: int) -> Panel:
    """The numbers for m witnesses."""
    liars = (witnesses - 1) // 5 if witnesses else 0
    seal = (witnesses + 3 * liars) // 2 + 1
    return Panel(witnesses, liars, seal, witnesses + liars + 1 - seal)
