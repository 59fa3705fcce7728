"""Long lists on a page of something else, shown a hundred at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """Documents ``first`` to ``last`` of ``total``; ``choices``: of every stretch its address."""

    first: int
    last: int
    total: int
    choices: list[tuple[str, str, bool]]  # href, such as 101–200, whether it is this one
    previous: str = ""
    next: str = ""

    def __contains__(self, ordinal: int) -> bool:
        return self.first <= ordinal <= self.last

    @property
    def is_part(self) -> bool:
        """Whether there are others."""
        return len(self.choices) > 1


def is_offered(number: int, *, at: int) -> bool:
    """Whether a choice beside the one at ``at`` has it: all of that stretch, of others the first.

    Both are counted from 0.
    """
    return number % AT_ONCE == 0 or number // AT_ONCE == at // AT_ONCE


def stretch_of(total: int, at: int, href: Callable[[int], str], *, name: str = "from") -> Stretch:
    """The stretch that the request asks for by ``name``, else the one that holds ``at``.

    Args:
        href: gives the address of the stretch that begins with an ordinal.
    """
    asked = request.values.get(name, at, type=int)
    number = (min(max(asked, 1), max(total, 1)) - 1) // AT_ONCE
    starts = range(1, max(total, 1) + 1, AT_ONCE)
    choices = []
    if len(starts) > 1:
        choices = [
            (href(start), f"{start}–{min(start + AT_ONCE - 1, total)}", place == number)
            for place, start in enumerate(starts)
        ]
    return Stretch(
        first=starts[number],
        last=min(starts[number] + AT_ONCE - 1, total),
        total=total,
        choices=choices,
        previous=choices[number - 1][0] if choices and number else "",
        next=choices[number + 1][0] if number + 1 < len(choices) else "",
    )
