"""The two decisions of a destruction: the council is set up; the material is destroyed."""

from collections.abc import Sequence

from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.table_form import FormSigner
from archive_service.forms.table_form import said as table_said
from retention.disposition.papers.destruction_file import (
    DestructionFile,
    amount,
    duty_words,
    local_day,
    said,
    told_day,
)


def council_decision(told: DestructionFile, _number: str) -> Letter:
    """Quyết định thành lập Hội đồng; its number is the agency's own."""
    members = [
        [str(place), member.name, member.position, duty_words(member)]
        for place, member in enumerate(told.row.members, 1)
    ]
    heads = [said(f"heads.{name}") for name in ("ordinal", "name", "position", "duty")]
    parts: list[Paragraph | LetterTable] = [
        *_basis(told),
        Paragraph(said("asked-by", archive=told.archive), "basis"),
        Paragraph(said("decides"), "centre"),
        Paragraph(said("council-decision.set-up", agency=told.agency), lead=said("article", at=1)),
        LetterTable(heads, (0.5, 2.4, 2.6, 1.2), members, (0, 3)),
        Paragraph(_task(told), lead=said("article", at=2)),
        Paragraph(said("council-decision.force"), lead=said("article", at=3)),
    ]
    number = told.row.council_number
    return _decision(
        told, number, told.on(told.row.council_on), said("council-decision.about"), parts
    )


def decision(told: DestructionFile, _number: str) -> Letter:
    """Quyết định hủy: what, by whom, by when; its number is the agency's own."""
    row, going = told.row, told.going
    left = len(told.listed) - len(going)
    opinion = [Paragraph(_opinion(told), "basis")] if row.opinion_by else []
    parts: list[Paragraph | LetterTable] = [
        *_basis(told),
        Paragraph(said("decision.heard", on=told_day(row.met_on)), "basis"),
        *opinion,
        Paragraph(said("asked-by", archive=told.archive), "basis"),
        Paragraph(said("decides"), "centre"),
        Paragraph(
            said("decision.what", agency=told.agency, list=_list(told), **amount(going)),
            lead=said("article", at=1),
        ),
        *([Paragraph(said("decision.left", count=words.count(left)))] if left else []),
        Paragraph(row.list_sha256 or "", "digest", said("decision.digest")),
        Paragraph(
            said("decision.how", archive=told.archive, by=told_day(row.execute_by)),
            lead=said("article", at=2),
        ),
        Paragraph(said("decision.file"), lead=said("article", at=3)),
    ]
    on = told.on(row.decision_on or local_day(row.decided_at))
    return _decision(told, row.decision_number, on, said("decision.about"), parts)


def _decision(
    told: DestructionFile,
    number: str,
    place_and_date: str,
    about: str,
    parts: Sequence[Paragraph | LetterTable],
) -> Letter:
    decider = told.row.decided_by or told.head
    post = told.post(decider)
    return Letter(
        issuer=told.agency,
        issuer_above=told.agency_above,
        name=said("decision.name"),
        about=about,
        number=number or table_said("no-number"),
        place_and_date=place_and_date,
        authority=f"{post} {told.agency}" if post else said("authority", agency=told.agency),
        parts=parts,
        recipients=[said("as-article", at=3), told.archive, said("filed-agency")],
        signers=[FormSigner(post or said("agency-head"), told.person(decider))],
    )


def _basis(told: DestructionFile) -> list[Paragraph]:
    return [Paragraph(said("basis", instrument=one), "basis") for one in told.basis]


def _opinion(told: DestructionFile) -> str:
    row = told.row
    on = told_day(row.opinion_on)
    return said("decision.opinion", number=row.opinion_number, by=row.opinion_by, on=on)


def _task(told: DestructionFile) -> str:
    """A council that was there before the list was set up for no list that could be named."""
    listed, on = local_day(told.row.reviewed_at), told.row.council_on
    if listed is not None and on is not None and on < listed:
        return said("council-decision.standing-task", archive=told.archive)
    return said("council-decision.task", list=_list(told))


def _list(told: DestructionFile) -> str:
    return told.numbers.get("list") or told.number
