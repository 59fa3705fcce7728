"""Sizes as people write them on a command line: 700M, 4.7G, 50G; a comma is a point."""

import re

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import CommandUsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_FORM = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([KMGT]?)B?", re.IGNORECASE)


class _Size(click.ParamType[int]):
    """Bytes; K, M, G and T are powers of 1000, as they stand on disks."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number of bytes; ``CommandUsageError`` for what is no size."""
        if isinstance(value, int):
            return value
        found = _FORM.fullmatch(value.strip())
        if found is None:
            cli = ctx.find_object(Cli) if ctx is not None else None
            if cli is None:
                self.fail(value, param, ctx)
            raise CommandUsageError(reason=cli.said("size", given=value))
        return round(float(found[1].replace(",", ".")) * _UNITS[found[2].upper()])


SIZE = _Size()
