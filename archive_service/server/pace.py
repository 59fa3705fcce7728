"""How slowly a client may send or read before it is cut off."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Patience:
    """The settings ``web.*`` of the same names."""

    slowest_bytes_per_s: int
    stall_s: float
    form_s: float
    upload_s: float


@dataclass(slots=True)
class Pace:
    """Time that a client has left: each byte gives it some, up to ``stall_s``, and all ends once.

    A client may be slow for as long as it keeps the least rate; a moment without a byte is
    forgiven, a byte now and then is not.
    """

    patience: Patience
    total_s: float
    credit_s: float = 0.0
    begun: float = field(default_factory=time.monotonic)
    seen: float = 0.0

    def __post_init__(self) -> None:
        self.seen, self.credit_s = self.begun, self.patience.stall_s

    def came(self, count: int) -> None:
        """So many bytes moved."""
        now = time.monotonic()
        earned = self.credit_s - (now - self.seen) + count / self.patience.slowest_bytes_per_s
        self.credit_s, self.seen = min(self.patience.stall_s, earned), now

    def left_s(self) -> float:
        """Seconds until it is too late, 0 or less once it is."""
        now = time.monotonic()
        return min(self.credit_s - (now - self.seen), self.total_s - (now - self.begun))
