"""archive scan proofread, words, correct: what was not read surely, and what people made of it."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, with_json


@click.command()
@with_json
@click.argument("page", required=False, type=click.UUID)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many pages.",
)
@click.option(
    "--of",
    type=(str, click.UUID, click.IntRange(min=1)),
    metavar="CODE DOCUMENT_ID NUMBER",
    help="Any page of a stored document, also one without doubtful words.",
)
@pass_cli
def proofread(
    cli: Cli,
    /,
    page: UUID | None,
    *,
    limit: int,
    of: tuple[str, UUID, int] | None,
    as_json: bool,
) -> None:
    """List pages to be proofread, what search would lose most first; of PAGE its doubtful words."""
    from digitize.proofreading import acts as proofreading_acts
    from digitize.proofreading.any_page import page_of_document

    if of is not None:
        page = page_of_document(cli.services, *of, actor=cli.writer)
    if page is not None:
        read = proofreading_acts.page_to_read(cli.services, page, actor=cli.actor)
        words = [word.as_document() for word in read.words]
        if as_json:
            copied = [place.as_document() for place in read.copied]
            emit({"page": str(page), "words": words, "copied": copied})
            return
        heads = cli.heads("words.word", "words.confidence", "words.box", "words.becomes")
        rows = ((w["text"], w["confidence"], _box(w["box"]), w["becomes"]) for w in words)
        table(heads, rows)
        return
    found, total = proofreading_acts.pages_left(cli.services, actor=cli.actor, limit=limit)
    if as_json:
        emit({"pages": [page_left.as_document() for page_left in found], "total": total})
        return
    heads = cli.heads("words.page", "words.batch", "words.file", "words.doubtful", "words.code")
    table(
        heads,
        (
            (page_left.id, page_left.batch, page_left.name, page_left.doubtful, page_left.code)
            for page_left in found
        ),
        whole=1,
    )


@click.command()
@with_json
@click.option("--text", default="", help="Part of a word, or of what it was read as.")
@pass_cli
def words(cli: Cli, /, *, text: str, as_json: bool) -> None:
    """Show the word list: what people confirmed or put right, the most frequent first."""
    from digitize.proofreading.corrections import listed_words

    found = listed_words(cli.services, actor=cli.actor, text=text)
    if as_json:
        emit({"words": found})
        return
    heads = cli.heads("words.word", "words.times", "words.was")
    table(heads, ((entry["word"], entry["times"], ", ".join(entry["was"])) for entry in found))


@click.command()
@with_json
@click.argument("page", type=click.UUID)
@click.option(
    "--box",
    type=(int, int, int, int),
    required=True,
    help="Left, top, right, bottom, in pixels of the page as it was scanned.",
)
@click.option("--was", required=True, help="The word as it was read.")
@click.option("--becomes", default="", help="The right word; the same: it was read right.")
@click.option("--noise", is_flag=True, help="No word stands there: what was read is not found.")
@pass_cli
def correct(
    cli: Cli,
    /,
    page: UUID,
    *,
    box: tuple[int, int, int, int],
    was: str,
    becomes: str,
    noise: bool,
    as_json: bool,
) -> None:
    """Put one word of a page right, in a layer of its own."""
    from digitize.proofreading.corrections import Correction, correct_words

    correction = Correction(box, was, becomes, noise)
    left = correct_words(cli.services, page, [correction], actor=cli.writer)
    if as_json:
        emit({"page": str(page), "left": left})
    else:
        text = "words.noise" if noise else "words.corrected"
        say(cli.said(text, was=was, word=becomes, left=left))


def _box(box: list[int]) -> str:
    return " ".join(str(side) for side in box)
