"""Sizes as people write them on a command line: 700M, 4.7G, 50G."""

import re

import click

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_FORM = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)B?", re.IGNORECASE)


class _Size(click.ParamType[int]):
    """Bytes; K, M, G and T are powers of 1000, as they stand on disks."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        found = _FORM.fullmatch(value.strip())
        if found is None:
            self.fail(value, param, ctx)
        return round(float(found[1]) * _UNITS[found[2].upper()])


SIZE = _Size()
