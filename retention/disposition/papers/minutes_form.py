"""Minutes of a destruction: the council's meeting, what was handed over, what was destroyed."""

from archive_service.domain.retention.disposition import CouncilDuty, CouncilMember
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.table_form import FormSigner
from retention.disposition.papers.destruction_file import (
    DestructionFile,
    Listed,
    amount,
    duty_words,
    local_day,
    said,
    sealed_by,
    told_day,
)


def council_minutes(file: DestructionFile, number: str) -> Letter:
    """Biên bản họp: who sat, what each said, how they voted on which list."""
    row = file.row
    chair, secretary = file.member(CouncilDuty.CHAIR), file.member(CouncilDuty.SECRETARY)
    voted = [
        member
        for member in row.members
        if member.voted_at and member.list_sha256 == row.list_sha256
    ]
    agreed = sum(bool(member.agrees) for member in voted)
    on = words.day_in_words(row.met_on) if row.met_on else said("no-day")
    members = [
        [str(place), f"{seat.name}\n{seat.position}", duty_words(seat), _vote(seat), seat.opinion]
        for place, seat in enumerate(row.members, 1)
    ]
    heads = [said(f"heads.{name}") for name in ("ordinal", "member", "duty", "vote", "opinion")]
    parts: list[Paragraph | LetterTable] = [
        Paragraph(
            said(
                "minutes.opening",
                on=on,
                at=row.met_at or said("dots"),
                number=row.council_number or said("dots"),
                agency=file.agency,
            )
        ),
        Paragraph(said("minutes.began", at=said("minutes.no-hour"))),
        Paragraph(said("minutes.members"), "heading"),
        LetterTable(heads, (0.5, 2.6, 1.0, 1.1, 2.4), members, (0, 2, 3)),
        Paragraph(said("minutes.content"), "heading"),
        Paragraph(said("minutes.list", list=_list(file), **amount(file.listed))),
        *(Paragraph(line) for line in row.minutes.splitlines() if line.strip()),
        Paragraph(said("minutes.result"), "heading"),
        Paragraph(
            said(
                "minutes.voted",
                members=words.count(len(row.members)),
                agreed=words.count(agreed),
                against=words.count(len(voted) - agreed),
            )
        ),
        Paragraph(row.list_sha256 or "", "digest", said("digest")),
        Paragraph(said("minutes.ended", at=said("minutes.no-hour"), on=on)),
    ]
    return Letter(
        issuer=said("minutes.issuer"),
        issuer_above=file.agency,
        name=said("minutes.name"),
        about=said("minutes.about"),
        number=number,
        place_and_date=file.on(row.met_on),
        parts=parts,
        closing=said("minutes.closing"),
        recipients=[file.archive, said("filed")],
        signers=[
            FormSigner(said("secretary"), secretary.name if secretary else ""),
            FormSigner(said("chair"), chair.name if chair else ""),
        ],
    )


def _vote(member: CouncilMember) -> str:
    if member.agrees is None:
        return said("minutes.no-vote")
    return said("minutes.agrees" if member.agrees else "minutes.disagrees")


def handing_over(file: DestructionFile, number: str) -> Letter:
    """Biên bản bàn giao: the archive gives the material to who carries the decision out."""
    row, going = file.row, file.going
    boxes = [
        [str(place), case_file.code, case_file.paper]
        for place, case_file in enumerate((case_file for case_file in going if case_file.paper), 1)
    ]
    heads = [said(f"heads.{name}") for name in ("ordinal", "code", "paper")]
    executor = file.person(row.executed_by)
    parts: list[Paragraph | LetterTable] = [
        Paragraph(said("handing-over.opening", decision=_decision(file), archive=file.archive)),
        Paragraph(said("handing-over.giver", archive=file.archive)),
        Paragraph(said("handing-over.receiver", name=executor)),
        Paragraph(said("handing-over.what", list=_list(file), **amount(going)), lead="1."),
        Paragraph(said("handing-over.electronic", copies=words.count(file.copies)), lead="2."),
        Paragraph(said("handing-over.paper" if boxes else "handing-over.no-paper"), lead="3."),
        *([LetterTable(heads, (0.5, 2.2, 4.0), boxes, (0,))] if boxes else []),
        Paragraph(said("handing-over.duty", by=told_day(row.execute_by)), lead="4."),
    ]
    return _minutes(
        file,
        number,
        "handing-over",
        parts,
        place_and_date=file.on(local_day(row.executing_at)),
        signers=[
            sealed_by(file.archive, position=said("giver")),
            FormSigner(said("receiver"), executor),
        ],
        box=0,
    )


def destruction_minutes(file: DestructionFile, number: str) -> Letter:
    """Biên bản hủy: what went, when each was gone, the paper half, and what was left."""
    row = file.row
    going = file.going
    gone = [
        [
            str(place),
            f"{case_file.code}\n{case_file.title}",
            words.moment(case_file.done_at) if case_file.done_at else said("dots"),
            _paper(case_file),
        ]
        for place, case_file in enumerate(going, 1)
    ]
    left = [case_file for case_file in file.listed if not case_file.is_going]
    heads = [said(f"heads.{name}") for name in ("ordinal", "case-file", "gone_at", "paper-gone")]
    kept = [
        Paragraph(said("destruction.left", codes=", ".join(case_file.code for case_file in left))),
    ]
    executor, witness = file.person(row.executed_by), _witness(file)
    parts: list[Paragraph | LetterTable] = [
        Paragraph(said("destruction.opening", decision=_decision(file), archive=file.archive)),
        Paragraph(said("destruction.executor", name=executor)),
        Paragraph(said("destruction.witness", name=witness)),
        Paragraph(
            said(
                "destruction.what",
                list=_list(file),
                began=words.moment(row.executing_at) if row.executing_at else said("dots"),
                ended=words.moment(row.executed_at) if row.executed_at else said("dots"),
                **amount(going),
            ),
            lead="1.",
        ),
        Paragraph(_how(file), lead="2."),
        LetterTable(heads, (0.5, 3.6, 1.6, 2.2), gone, (0, 2)),
        *(kept if left else []),
        Paragraph(said("destruction.complete"), lead="3."),
    ]
    return _minutes(
        file,
        number,
        "destruction",
        parts,
        place_and_date=file.on(local_day(row.executed_at)),
        signers=[
            FormSigner(said("executor"), executor),
            FormSigner(said("witness"), witness),
            sealed_by(file.archive),
        ],
        box=2,
    )


def _how(file: DestructionFile) -> str:
    """Where it was removed from; of keys of backups only where there were some."""
    keys = file.keys_destroyed
    more = said("destruction.keys", count=words.count(keys)) if keys else ""
    return said("destruction.how", copies=words.count(file.copies), keys=more)


def _paper(case_file: Listed) -> str:
    if not case_file.paper:
        return said("destruction.no-paper")
    return said(
        "destruction.paper",
        by=case_file.paper_destroyed_by or said("dots"),
        on=told_day(case_file.paper_destroyed_on),
        method=case_file.paper_method or said("dots"),
    )


def _witness(file: DestructionFile) -> str:
    found = file.row.witness()
    return found.name if found else said("dots")


def _minutes(
    file: DestructionFile,
    number: str,
    form: str,
    parts: list[Paragraph | LetterTable],
    *,
    place_and_date: str,
    signers: list[FormSigner],
    box: int,
) -> Letter:
    """Of the archive, which signs at ``box``."""
    return Letter(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said(f"{form}.name"),
        about=said(f"{form}.about"),
        number=number,
        place_and_date=place_and_date,
        parts=parts,
        closing=said(f"{form}.closing"),
        recipients=[file.agency, said("filed")],
        signers=signers,
        box=box,
    )


def _decision(file: DestructionFile) -> str:
    row = file.row
    number = row.decision_number or said("dots")
    on = row.decision_on or local_day(row.decided_at)
    return said("of-decision", number=number, on=told_day(on))


def _list(file: DestructionFile) -> str:
    return file.numbers.get("list") or file.number
