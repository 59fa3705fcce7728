"""A command made of an act: its options are the fields of what the act is given."""

import datetime as dt
import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Annotated, Literal

import click
import pytest
from click.testing import CliRunner, Result
from pydantic import Field

from archive_service.cli.errors import CommandUsageError
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit
from archive_service.document import Document
from archive_service.given import Given, Typed


class Loan(Given):
    """What is lent."""

    codes: Annotated[Sequence[str], Typed(metavar="CODE...", is_argument=True)] = Field(
        max_length=2
    )
    reason: str = Field(max_length=20, description="Why it is lent.")
    until: dt.date | None = Field(default=None, description="The last day.")
    kind: Literal["paper", "copy"] = "copy"
    notes: Annotated[dict[str, str], Typed(option="--note", metavar="CODE=NOTE")] = Field(
        default={}, description="What is said of one."
    )
    at_once: bool = False
    sheets: int = Field(default=1, ge=1)
    paper: Annotated[str, Typed(may_be_blank=True, default="")] = Field(
        description="What it rests on."
    )


class Lent(Document):
    """What was lent."""

    reader: str
    given: Loan


def lend(services: object, reader: str, given: Loan, *, actor: str, lang: str = "vi") -> Lent:
    """Lend records to a reader.

    They come back.

    Raises:
        ActNotAllowedError
    """
    assert (services, actor, lang) == ("services", "lan", "en")
    return Lent(reader=reader, given=given)


def show(_cli: object, document: Lent, *, as_json: bool) -> None:
    emit(document) if as_json else click.echo(document.reader)


def run(*arguments: str) -> Result:
    group = ActGroup("records")
    group.offer("lend", f"{__name__}:lend", click.Argument(["reader"]), show=show)
    cli = SimpleNamespace(services="services", writer="lan", lang="en")
    return CliRunner().invoke(group, ["lend", *arguments], obj=cli, standalone_mode=False)


def test_what_is_typed_is_what_the_act_is_given() -> None:
    done = run(
        "hung", "A.1", "A.2", "--reason", " Tra cứu ", "--until", "31/12/2026", "--kind", "paper",
        "--note", "A.1=bìa rách", "--at-once", "--json",
    )  # fmt: skip
    assert json.loads(done.output) == {
        "reader": "hung",
        "given": {
            "codes": ["A.1", "A.2"],
            "reason": "Tra cứu",
            "until": "2026-12-31",
            "kind": "paper",
            "notes": {"A.1": "bìa rách"},
            "at_once": True,
            "sheets": 1,
            "paper": "",  # left out
        },
    }


def test_its_help_is_that_of_the_act_and_of_its_fields() -> None:
    told = run("--help").output
    assert "READER CODE..." in told
    for words in ("Lend records to a reader.", "They come back.", "Why it is lent.  [required]"):
        assert words in told
    assert "ActNotAllowedError" not in told


def test_what_must_be_given_and_is_not_is_named_as_an_option() -> None:
    done = run("hung", "A.1")
    assert isinstance(done.exception, click.MissingParameter)
    assert done.exception.param is not None
    assert done.exception.param.opts == ["--reason"]


@pytest.mark.parametrize("wrong", [("--sheets", "0"), ("--until", "hôm nay"), ("--reason", "  ")])
def test_what_does_not_fit_is_an_error_of_usage(wrong: tuple[str, str]) -> None:
    given = {"--reason": "Tra cứu"} | dict([wrong])
    done = run("hung", "A.1", *(word for pair in given.items() for word in pair))
    assert isinstance(done.exception, click.UsageError | CommandUsageError)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("A.1", "--reason", "x" * 21), "the value of --reason has more than 20 characters"),
        (("A.1", "A.2", "A.3", "--reason", "x"), "CODE... has more than 2 values"),
    ],
)
def test_what_is_too_much_is_told_by_its_name_at_the_terminal(
    typed: tuple[str, ...], words: str
) -> None:
    refused = run("hung", *typed).exception
    assert isinstance(refused, CommandUsageError)
    assert refused.facts["reason"] == words
