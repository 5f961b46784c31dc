"""The arithmetic of docs/scale.md: what a number of visitors asks of AWS, from what a turn uses."""

from dataclasses import dataclass

# A visitor writes every two minutes, and an assistant streams the answer for ten seconds.
TURN_SECONDS = 120.0
# What `make cost` counts for "streamed answer of 10 s, the widget": with no console, and for each.
MESSAGES, MESSAGES_A_CONSOLE = 44, 1
STATEMENTS, INVOCATIONS, RESPONDER_SECONDS = 24, 5, 11.2
# And its price for 1,000, and that of 1,000 open sockets for an hour.
USD, USD_A_CONSOLE = 0.0868, 0.00112
SOCKET_USD = 0.0254
# Visitors at the same time, and the consoles that are open for them.
STEPS = ((10, 1), (100, 5), (1_000, 20), (10_000, 100), (100_000, 500))


@dataclass(frozen=True, slots=True)
class Step:
    """So many visitors at the same time, and so many consoles."""

    visitors: int
    consoles: int

    @property
    def turns(self) -> float:
        """A second."""
        return self.visitors / TURN_SECONDS

    @property
    def messages(self) -> float:
        """A second."""
        return self.turns * (MESSAGES + MESSAGES_A_CONSOLE * self.consoles)

    @property
    def answers(self) -> float:
        """So many are written at the same time: each takes a container and a connection."""
        return self.turns * RESPONDER_SECONDS

    @property
    def statements(self) -> float:
        """A second."""
        return self.turns * STATEMENTS

    @property
    def usd(self) -> float:
        """An hour."""
        turns = self.turns * 3600 / 1000 * (USD + USD_A_CONSOLE * self.consoles)
        return turns + self.visitors / 1000 * SOCKET_USD

    def row(self) -> str:
        """Its line of the page's table."""
        counts = (self.turns, self.messages, self.answers, self.statements)
        cells = [f"{self.visitors:,}", f"{self.consoles}", *map(number, counts), number(self.usd)]
        return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """Two figures, as nobody knows more of it."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def rows() -> list[str]:
    return [Step(*step).row() for step in STEPS]
