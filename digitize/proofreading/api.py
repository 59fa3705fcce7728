"""Pages to be proofread, their doubtful words, what people made of them, the word list."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.paging import PartQuery, next_cursor, offset_of
from archive_service.given import Given
from archive_service.request import current_actor, services
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading import corrections, like_places
from digitize.proofreading.any_page import page_of_document
from digitize.proofreading.documents import (
    CorrectedDocument,
    LikePlacesDocument,
    PageIdDocument,
    ProofreadingList,
    WordListDocument,
    WordsDocument,
)

bp = APIBlueprint("api_proofreading", __name__, tag="proofreading", url_prefix="/proofreading")


class CorrectionIn(Given):
    """A word in its box, in pixels of the page as it was scanned.

    ``becomes`` equal to ``was``: it was read right. ``was`` empty: nothing was read there, and
    ``becomes`` is what a person copied. ``noise``, without ``becomes``: no word
    stands there, and what was read is not found.
    """

    box: tuple[int, int, int, int]
    was: str = Field(max_length=corrections.LONGEST)
    becomes: str = Field("", max_length=corrections.LONGEST)
    noise: bool = False


class CorrectionsIn(Given):
    """Words of one page; all of them are put right, or none."""

    words: list[CorrectionIn] = Field(min_length=1, max_length=1000)


class SheetIn(Given):
    """A scanned page of a stored document, by its number from 1."""

    code: str
    document: UUID
    page: int = Field(ge=1)


class WordListQuery(Given):
    """``text`` is a part of a word, or of what it was read as."""

    text: str = ""


@bp.get("")
@bp.input(PartQuery, location="query")
@bp.output(ProofreadingList)
def list_all(query_data: PartQuery) -> dict[str, Any]:
    """The queue, what search would lose most first."""
    begin = offset_of(query_data.cursor)
    found, total = proofreading_acts.pages_left(
        services(), actor=current_actor(), limit=query_data.limit, offset=begin
    )
    cursor = next_cursor(begin + len(found), total)
    return {"pages": [page_left.as_document() for page_left in found], "next_cursor": cursor}


@bp.post("/pages")
@bp.input(SheetIn)
@bp.output(PageIdDocument)
def open_page(json_data: SheetIn) -> dict[str, Any]:
    """The id by which any page is proofread, with doubtful words or without."""
    at = json_data.code, json_data.document, json_data.page
    return {"page": str(page_of_document(services(), *at, actor=current_actor()))}


@bp.get("/words")
@bp.input(WordListQuery, location="query")
@bp.output(WordListDocument)
def word_list(query_data: WordListQuery) -> dict[str, Any]:
    """Words that people confirmed or put right, the most frequent first."""
    found = corrections.listed_words(services(), actor=current_actor(), text=query_data.text)
    return {"words": found}


@bp.get("/pages/<uuid:page_id>")
@bp.output(WordsDocument)
def one(page_id: UUID) -> dict[str, Any]:
    """The doubtful words of a page, and those that somebody looked at."""
    read = proofreading_acts.page_to_read(services(), page_id, actor=current_actor())
    return {
        "page": str(page_id),
        "words": [word.as_document() for word in read.words],
        "copied": [place.as_document() for place in read.copied],
    }


@bp.post("/pages/<uuid:page_id>/corrections")
@bp.input(CorrectionsIn)
@bp.output(CorrectedDocument)
def correct(page_id: UUID, json_data: CorrectionsIn) -> dict[str, Any]:
    """Put words right; the same again changes nothing that is found."""
    asked = [
        corrections.Correction(word.box, word.was, word.becomes, word.noise)
        for word in json_data.words
    ]
    left = corrections.correct_words(services(), page_id, asked, actor=current_actor())
    return {"page": str(page_id), "left": left}


@bp.delete("/pages/<uuid:page_id>/corrections/<uuid:correction_id>")
@bp.output(CorrectedDocument)
def take_back(page_id: UUID, correction_id: UUID) -> dict[str, Any]:
    """The word counts as it was read again."""
    left = corrections.take_back(services(), correction_id, page_id, actor=current_actor())
    return {"page": str(page_id), "left": left}


@bp.get("/pages/<uuid:page_id>/corrections/<uuid:correction_id>/like")
@bp.output(LikePlacesDocument)
def like(page_id: UUID, correction_id: UUID) -> dict[str, Any]:
    """Where else in the batch the same letters were read and nobody has looked yet."""
    found = like_places.like_places(services(), page_id, correction_id, actor=current_actor())
    return {"places": [place.as_document() for place in found.places], "total": found.total}
