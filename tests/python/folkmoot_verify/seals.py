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


def panel(witnesses: int) -> Panel:
    """The numbers for m witnesses."""
    liars = (witnesses - 1) // 5 if witnesses else 0
    seal = (witnesses + 3 * liars) // 2 + 1
    return Panel(witnesses, liars, seal, witnesses + liars + 1 - seal)
