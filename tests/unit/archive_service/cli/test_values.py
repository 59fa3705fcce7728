"""An option that lacks its value does not take the next option for it."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from archive_service.cli.values import guard


@click.group()
def group() -> None:
    """Two commands."""


@group.command()
@click.option("--to", type=click.Path(path_type=Path))
@click.option("--note", multiple=True)
@click.option("--json", "as_json", is_flag=True)
def write(to: Path | None, note: tuple[str, ...], *, as_json: bool) -> None:
    """Write a file."""
    click.echo(f"{to} {' '.join(note)} {as_json}")


guard(group)
guard(group)  # a command may be asked for twice in one process


@pytest.mark.parametrize(
    ("arguments", "lacking"),
    [
        ("--to --help", "--to"),
        ("--to -h", "--to"),
        ("--to --json", "--to"),
        ("--to=--hlep", "--to"),
        ("--note a --note --to", "--note"),
        ("--note --to=a", "--note"),
        ("--note --jsn", "--note"),
    ],
)
def test_an_option_is_no_value(arguments: str, lacking: str) -> None:
    told = CliRunner().invoke(group, ["write", *arguments.split()])
    assert told.exit_code == 2, told.output
    assert f"Error: {lacking}: -" in told.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--to - --json", "-  True"),
        ("--to below/--help", "below/--help  False"),
        ("--note --- --note -5%", "None --- -5% False"),
        ("--note=--jsn --note=--json", "None --jsn --json False"),
    ],
)
def test_what_only_looks_like_one_is(arguments: str, said: str) -> None:
    told = CliRunner().invoke(group, ["write", *arguments.split()])
    assert said in told.output, told.output
