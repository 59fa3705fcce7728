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


def council_decision(file: DestructionFile, _number: str) -> Letter:
    """Quyết định thành lập Hội đồng; its number is the agency's own."""
    members = [
        [str(place), member.name, member.position, duty_words(member)]
        for place, member in enumerate(file.row.members, 1)
    ]
    heads = [said(f"heads.{name}") for name in ("ordinal", "name", "position", "duty")]
    parts: list[Paragraph | LetterTable] = [
        *_basis(file),
        Paragraph(said("asked-by", archive=file.archive), "basis"),
        Paragraph(said("decides"), "centre"),
        Paragraph(said("council-decision.set-up", agency=file.agency), lead=said("article", at=1)),
        LetterTable(heads, (0.5, 2.4, 2.6, 1.2), members, (0, 3)),
        Paragraph(_task(file), lead=said("article", at=2)),
        Paragraph(said("council-decision.force"), lead=said("article", at=3)),
    ]
    number = file.row.council_number
    return _decision(
        file, number, file.on(file.row.council_on), said("council-decision.about"), parts
    )


def decision(file: DestructionFile, _number: str) -> Letter:
    """Quyết định hủy: what, by whom, by when; its number is the agency's own."""
    row, going = file.row, file.going
    left = len(file.listed) - len(going)
    opinion = [Paragraph(_opinion(file), "basis")] if row.opinion_by else []
    parts: list[Paragraph | LetterTable] = [
        *_basis(file),
        Paragraph(said("decision.heard", on=told_day(row.met_on)), "basis"),
        *opinion,
        Paragraph(said("asked-by", archive=file.archive), "basis"),
        Paragraph(said("decides"), "centre"),
        Paragraph(
            said("decision.what", agency=file.agency, list=_list(file), **amount(going)),
            lead=said("article", at=1),
        ),
        *([Paragraph(said("decision.left", count=words.count(left)))] if left else []),
        Paragraph(row.list_sha256 or "", "digest", said("decision.digest")),
        Paragraph(
            said("decision.how", archive=file.archive, by=told_day(row.execute_by)),
            lead=said("article", at=2),
        ),
        Paragraph(said("decision.file"), lead=said("article", at=3)),
    ]
    on = file.on(row.decision_on or local_day(row.decided_at))
    return _decision(file, row.decision_number, on, said("decision.about"), parts)


def _decision(
    file: DestructionFile,
    number: str,
    place_and_date: str,
    about: str,
    parts: Sequence[Paragraph | LetterTable],
) -> Letter:
    decider = file.row.decided_by or file.head
    post = file.post(decider)
    return Letter(
        issuer=file.agency,
        issuer_above=file.agency_above,
        name=said("decision.name"),
        about=about,
        number=number or table_said("no-number"),
        place_and_date=place_and_date,
        authority=f"{post} {file.agency}" if post else said("authority", agency=file.agency),
        parts=parts,
        recipients=[said("as-article", at=3), file.archive, said("filed-agency")],
        signers=[FormSigner(post or said("agency-head"), file.person(decider))],
    )


def _basis(file: DestructionFile) -> list[Paragraph]:
    return [Paragraph(said("basis", instrument=instrument), "basis") for instrument in file.basis]


def _opinion(file: DestructionFile) -> str:
    row = file.row
    on = told_day(row.opinion_on)
    return said("decision.opinion", number=row.opinion_number, by=row.opinion_by, on=on)


def _task(file: DestructionFile) -> str:
    """A council that was there before the list was set up for no list that could be named."""
    listed, on = local_day(file.row.reviewed_at), file.row.council_on
    if listed is not None and on is not None and on < listed:
        return said("council-decision.standing-task", archive=file.archive)
    return said("council-decision.task", list=_list(file))


def _list(file: DestructionFile) -> str:
    return file.numbers.get("list") or file.number
