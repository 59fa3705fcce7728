"""archive bench short: all in ten minutes, and what became slower."""

from typing import Any

import click

from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, table, with_json


@click.command()
@with_json
@click.argument("names", nargs=-1, metavar="[BENCH]...")
@click.option("--keep", is_flag=True, help="Let these be the figures that are kept.")
def short(names: tuple[str, ...], *, keep: bool, as_json: bool) -> None:
    """Every bench in a short form, some ten minutes, or the BENCHes named.

    Ratios beside those that are kept with the program. Exit 1 if one became worse by more than a
    fifth: run it once more alone before you believe it.
    """
    from archive_service.bench.short import compare

    if unknown := [name for name in names if name not in compare.SHORT]:
        raise click.BadParameter(", ".join(unknown), param_hint="BENCH")
    document = compare.run(names, tell=say)
    if keep:
        compare.keep(document)
    if as_json:
        emit(document)
    else:
        table(("bench", "ratio", "kept", "", "s"), [_cells(bench) for bench in document["benches"]])
    if document["slower"]:
        click.get_current_context().exit(Exit.PROBLEMS)


def _cells(result: dict[str, Any]) -> tuple[object, ...]:
    text = "slower" if result["slower"] else ""
    return result["name"], result["ratio"], result["kept"], text, result["seconds"]
