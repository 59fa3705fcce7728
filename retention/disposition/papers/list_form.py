"""Danh mục tài liệu đề nghị hủy and Bản thuyết minh (TT 06/2025/TT-BNV, Phụ lục II and III).

Of the annexes the names were at hand; ``rule_sets/destruction_forms.toml`` tells how sure each is.
"""

from collections.abc import Iterator, Sequence

from archive_service.domain.retention.disposition import Ground
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from archive_service.forms.table_form import Align, FormColumn, FormRow, TableForm
from retention.disposition.papers.destruction_file import (
    DestructionFile,
    Listed,
    amount,
    ground_words,
    local_day,
    said,
    sealed_by,
    shown_date,
    told_day,
)

_COLUMNS: tuple[tuple[str, float, Align], ...] = (
    ("ordinal", 0.55, "center"),
    ("code", 1.9, "left"),
    ("title", 3.5, "left"),
    ("period", 1.4, "center"),
    ("term", 1.1, "center"),
    ("ends_on", 1.2, "center"),
    ("documents", 0.9, "center"),
    ("paper", 1.3, "left"),
    ("note", 2.2, "left"),
)
_ROMAN = ("I", "II", "III", "IV")


def destruction_list(file: DestructionFile, number: str) -> TableForm:
    """The list that the council and the head of the agency see, grouped by why."""
    about = [said("of-list", number=file.number, agency=file.agency)]
    if file.fonds:
        about.append(said("fonds", fonds=file.fonds))
    return TableForm(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("list.name"),
        number=number,
        about=about,
        columns=[FormColumn(said(f"heads.{name}"), width, at) for name, width, at in _COLUMNS],
        rows=list(_rows(file.listed)),
        totals=[
            said("list.total", **amount(file.listed)),
            said("list.made-by", name=file.person(file.row.reviewed_by)),
            f"{said('digest')} {file.row.list_sha256 or ''}",
        ],
        recipients=[said("council"), file.agency, said("filed")],
        signers=[sealed_by(file.archive, on=file.on(local_day(file.row.reviewed_at)))],
        landscape=True,
    )


def _rows(listed: Sequence[Listed]) -> Iterator[FormRow]:
    number = 0
    groups = list(_groups(listed))
    for place, (ground, some) in enumerate(groups):
        head = f"{_ROMAN[place]}. {ground_words(ground)} ({words.count(len(some))})"
        yield FormRow(["", "", head, *[""] * (len(_COLUMNS) - 3)], "heading")
        for case_file in some:
            number += 1
            yield FormRow(
                [
                    str(number),
                    case_file.code,
                    case_file.title,
                    case_file.period,
                    case_file.term,
                    told_day(case_file.ends_on),
                    words.count(case_file.documents),
                    case_file.paper,
                    _note(case_file),
                ]
            )


def _note(case_file: Listed) -> str:
    if not case_file.shortened:
        return case_file.reason
    return " ".join(
        f"{said_of.rstrip('.')}." for said_of in (case_file.reason, case_file.shortened) if said_of
    )


def _groups(listed: Sequence[Listed]) -> Iterator[tuple[Ground, list[Listed]]]:
    for ground in Ground:
        some = [case_file for case_file in listed if case_file.ground is ground]
        if some:
            yield ground, some


def explanation(file: DestructionFile, number: str) -> Letter:
    """Bản thuyết minh: how the fonds came about, how much it is, of when, and the groups."""
    row = file.row
    first = min((listed.began for listed in file.listed if listed.began), default="")
    last = max((listed.ended for listed in file.listed if listed.ended), default="")
    history = file.fonds_history or said("explanation.no-history")
    others = [
        said(f"explanation.other-{outcome}", count=words.count(count))
        for outcome, count in file.others.items()
        if count
    ]
    parts: list[Paragraph | LetterTable] = [
        Paragraph(said("explanation.origin"), "heading"),
        Paragraph(said("explanation.fonds", fonds=file.fonds, agency=file.agency)),
        *(Paragraph(line) for line in history.splitlines() if line.strip()),
        Paragraph(said("explanation.amount"), "heading"),
        Paragraph(said("explanation.amount-told", **amount(file.listed))),
        Paragraph(said("explanation.period", first=shown_date(first), last=shown_date(last))),
        Paragraph(said("explanation.groups"), "heading"),
        _group_table(file.listed),
        Paragraph(said("explanation.reviewed"), "heading"),
        Paragraph(
            said(
                "explanation.reviewed-told",
                by=file.person(row.reviewed_by),
                on=told_day(local_day(row.reviewed_at)),
                reason=row.review_reason.rstrip("."),
            )
        ),
        *_shortened(file.listed),
        *(Paragraph(other) for other in others),
        *_looked_at(file),
    ]
    return Letter(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("explanation.name"),
        about=said("explanation.about", list=file.numbers.get("list") or file.number),
        number=number,
        place_and_date=file.on(local_day(row.reviewed_at)),
        parts=parts,
        closing=said("explanation.closing"),
        recipients=[said("council"), file.agency, said("filed")],
        signers=[sealed_by(file.archive)],
        box=0,
    )


def _shortened(listed: Sequence[Listed]) -> Iterator[Paragraph]:
    """That terms were made shorter before, and of which case files."""
    for case_file in listed:
        if case_file.shortened:
            yield Paragraph(
                said("explanation.shortened", code=case_file.code, shortened=case_file.shortened)
            )


def _looked_at(file: DestructionFile) -> Iterator[Paragraph | LetterTable]:
    """What was so of each case file when it was looked at; nothing is said of what was not."""
    if file.looked_on is None:
        return
    on = told_day(file.looked_on)
    for ground, listed in _groups(file.listed):
        if some := [case_file for case_file in listed if not case_file.stopped]:
            yield Paragraph(
                said(
                    f"explanation.looked-at-{ground.value}",
                    on=on,
                    count=words.count(len(some)),
                    group=ground_words(ground),
                )
            )
    if stopped := [case_file for case_file in file.listed if case_file.stopped]:
        yield Paragraph(said("explanation.stopped", on=on, count=words.count(len(stopped))))
        heads = [said(f"heads.{name}") for name in ("code", "stopped")]
        rows = [[case_file.code, case_file.stopped] for case_file in stopped]
        yield LetterTable(heads, (2.2, 4.5), rows)
    yield Paragraph(said("explanation.again"))


def _group_table(listed: Sequence[Listed]) -> LetterTable:
    rows = []
    for ground, some in [*_groups(listed), (None, list(listed))]:
        much = amount(some)
        name = ground_words(ground) if ground else said("explanation.all")
        rows.append([name, much["count"], much["documents"], much["size"], much["paper"]])
    heads = ("group", "case-files", "documents", "size", "on-paper")
    return LetterTable(
        [said(f"heads.{name}") for name in heads], (3.2, 1, 1, 1.2, 1.3), rows, (1, 2, 3, 4)
    )
