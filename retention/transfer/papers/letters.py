"""Bản thuyết minh, đăng ký nộp lưu and its answer, in the layout of NĐ 30/2020."""

from collections.abc import Iterable, Iterator

from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph
from retention.disposition.papers.destruction_file import sealed_by, told_day
from retention.transfer.papers.file_form import Outcome, TransferFile, by_papers, of_paper, said

SECTIONS = ("origin", "amount", "content", "order", "tools", "note")  # of the explanation
_SHOWN = 40  # lines of a table between paragraphs; more are told as a number
_BACK = (Outcome.DECLINED, Outcome.RETURNED)
_Parts = list[Paragraph | LetterTable]


def explanation(file: TransferFile, number: str) -> Letter:
    """How the fonds came about, of when and how much it is, its content, order and finding aids."""
    parts: _Parts = []
    for section in SECTIONS:
        own = [Paragraph(line) for line in _lines(file.words.get(section, ""))]
        if found := [*_SAID.get(section, _nothing)(file), *own]:
            parts += [Paragraph(said(f"explanation.{section}"), "heading"), *found]
    return Letter(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name=said("explanation.name"),
        about=file.heading,
        number=number,
        place_and_date=file.place_and_date,
        parts=parts,
        closing=said("explanation.closing", catalogue=_catalogue(file)),
        recipients=[file.receiver, file.agency, said("filed")],
        signers=[sealed_by(file.archive)],
        box=0,
    )


def _origin(file: TransferFile) -> Iterator[Paragraph | LetterTable]:
    yield Paragraph(said("explanation.fonds", fonds=file.fonds or said("dots"), agency=file.agency))
    history = _lines(file.fonds_history)
    if history:
        yield from (Paragraph(text) for text in history)
    elif "origin" not in file.words:
        yield Paragraph(said("explanation.no-history"))


def _amount(file: TransferFile) -> Iterator[Paragraph | LetterTable]:
    standing = file.sums.standing
    yield Paragraph(said("explanation.amount-told", **standing.told()))
    yield Paragraph(said("explanation.period", period=standing.period))
    for outcome in (Outcome.DECLINED, Outcome.STOPPED):
        if count := file.sums.of[outcome].count:
            yield Paragraph(said(f"explanation.{outcome.value}", count=words.count(count)))
    for reason, count in file.sums.reasons.most_common(_SHOWN):
        yield Paragraph(
            said("explanation.stopped-why", count=words.count(count), reason=reason.rstrip("."))
        )


def _content(file: TransferFile) -> Iterator[Paragraph | LetterTable]:
    groups = sorted(file.sums.groups.items(), key=lambda group: (not group[0], group[0]))
    rows = [
        [
            name or said("explanation.no-group"),
            words.count(group.count),
            words.count(group.documents),
            words.count(group.pages),
            group.period,
        ]
        for name, group in groups[:_SHOWN]
    ]
    heads = [
        said(f"heads.{head}") for head in ("group", "case-files", "documents", "pages", "years")
    ]
    yield Paragraph(said("explanation.groups"))
    yield LetterTable(heads, (3.0, 0.9, 0.9, 0.9, 2.0), rows, (1, 2, 3, 4))
    if len(groups) > _SHOWN:
        yield Paragraph(said("explanation.more-groups", count=words.count(len(groups) - _SHOWN)))
    standing = file.sums.standing
    if standing.digitized:
        yield Paragraph(said("explanation.digitized", count=words.count(standing.digitized)))
    kind = "on-paper" if standing.on_paper else "no-paper"
    yield Paragraph(said(f"explanation.{kind}", count=words.count(standing.on_paper)))


def _order(file: TransferFile) -> Iterator[Paragraph | LetterTable]:
    lines = _lines(file.classification)
    if lines:
        yield Paragraph(said("explanation.classified"))
        yield from (Paragraph(line) for line in lines)
    arranged = sum(group.count for name, group in file.sums.groups.items() if name)
    count = words.count(file.sums.standing.count)
    kind = "arranged" if arranged else "arranged-none"
    yield Paragraph(said(f"explanation.{kind}", count=count, arranged=words.count(arranged)))
    yield Paragraph(said("explanation.packed"))


def _tools(file: TransferFile) -> Iterator[Paragraph | LetterTable]:
    yield Paragraph(said("explanation.tools-told", catalogue=_catalogue(file)))


def _nothing(_: TransferFile) -> Iterator[Paragraph | LetterTable]:
    """Of this section only the archivist knows."""
    return iter(())


_SAID = {
    "origin": _origin,
    "amount": _amount,
    "content": _content,
    "order": _order,
    "tools": _tools,
}


def register_letter(file: TransferFile, number: str) -> Letter:
    """Đăng ký nộp lưu: what the giver means to hand over, by when, and who approved it.

    Source:
        TT 05/2025/TT-BNV, Điều 17-25: twelve months ahead, answered in seven working days.
    """
    standing = file.sums.standing
    approved = said(
        "register.approved",
        head=file.approved_by or said("dots"),
        agency=file.agency,
        paper=of_paper(file.row.approval_number, file.approved_on),
    )
    reason = file.row.reason
    points = [
        said("register.amount", **standing.told()),
        said("register.period", period=standing.period),
        said("register.fonds", fonds=file.fonds or said("dots")),
        said("register.kind", digitized=words.count(standing.digitized)),
        said("register.term"),
        said("register.when", by=told_day(file.hand_over_by)),
        said("register.listed", catalogue=_catalogue(file)),
        approved,
    ]
    return _letter(
        file,
        number,
        "register",
        to=file.receiver,
        parts=[
            *(
                Paragraph(said("basis", instrument=instrument), "basis")
                for instrument in file.basis
            ),
            *([Paragraph(said("register.reason", reason=reason))] if reason else []),
            Paragraph(
                said(
                    "register.opening",
                    giver=file.giver,
                    receiver=file.receiver,
                    transfer=file.name,
                )
            ),
            *(Paragraph(point, lead=f"{at}.") for at, point in enumerate(points, start=1)),
            Paragraph(file.row.list_sha256, "digest", said("digest")),
        ],
        closing=said(
            "register.closing", receiver=file.receiver, days=words.count(file.answer_days)
        ),
        recipients=[said("as-above"), file.agency, said("filed")],
    )


def register_answer_letter(file: TransferFile, number: str) -> Letter:
    """Trả lời đăng ký nộp lưu: what the receiver takes when it comes, what not, and from when on.

    Source:
        TT 05/2025/TT-BNV, Điều 17-25: within seven working days.
    """
    taken, back = file.sums.all_of(Outcome.LISTED), file.sums.of[Outcome.DECLINED]
    points: list[tuple[str, _Parts]] = []
    if taken.count:
        points.append((said("register-answer.taken", **taken.told()), []))
    if back.count:
        declined = said("register-answer.declined", count=words.count(back.count))
        points.append((declined, [*_declined(file, back.count, "register-answer")]))
    if file.row.wanted_on is not None:
        points.append((said("register-answer.wanted", on=told_day(file.row.wanted_on)), []))
    if file.row.answer_reason:
        points.append((f"{file.row.answer_reason.rstrip('.')}.", []))
    opening = said(
        "register-answer.opening",
        giver=file.giver,
        transfer=file.name,
        paper=of_paper(file.register_number, file.row.registered_on),
        receiver=file.receiver,
    )
    return _letter(
        file,
        number,
        "register-answer",
        to=file.giver,
        parts=[
            *(
                Paragraph(said("basis", instrument=instrument), "basis")
                for instrument in file.basis
            ),
            Paragraph(opening),
            *_numbered(points),
            Paragraph(file.row.list_sha256, "digest", said("digest")),
        ],
        closing=said("register-answer.closing", receiver=file.receiver, giver=file.giver),
        recipients=[said("as-above"), file.agency, said("filed")],
    )


def _numbered(points: Iterable[tuple[str, _Parts]]) -> Iterator[Paragraph | LetterTable]:
    for at, (first, further) in enumerate(points, start=1):
        yield Paragraph(first, lead=f"{at}.")
        yield from further


def answer_letter(file: TransferFile, number: str) -> Letter:
    """Trả lời việc nộp lưu: what the receiver takes, what it does not and why.

    Source:
        TT 05/2025/TT-BNV, Điều 17-25: decided on within 60 days.
    """
    taken = file.sums.all_of(Outcome.TAKEN, Outcome.ACCEPTED)
    back = file.sums.all_of(*_BACK)
    waiting = file.sums.all_of(Outcome.LISTED, Outcome.AWAITED)
    opening = said(
        "answer.opening",
        giver=file.giver,
        transfer=file.name,
        papers=by_papers(file),
        count=words.count(taken.count + back.count + waiting.count),
        receiver=file.receiver,
    )
    points: list[tuple[str, _Parts]] = []
    if taken.count:
        points.append((said("answer.taken", **taken.told()), []))
    if back.count:
        declined = said("answer.declined", count=words.count(back.count))
        points.append((declined, [*_declined(file, back.count, "answer")]))
        if file.sums.of[Outcome.RETURNED].count:
            points.append((said("answer.again"), []))
    if waiting.count:
        points.append((said("answer.waiting", count=words.count(waiting.count)), []))
    parts: _Parts = [
        *(Paragraph(said("basis", instrument=instrument), "basis") for instrument in file.basis),
        Paragraph(opening),
        *_numbered(points),
    ]
    return _letter(
        file,
        number,
        "answer",
        to=file.giver,
        parts=parts,
        closing=said("answer.closing", receiver=file.receiver, giver=file.giver),
        recipients=[said("as-above"), file.agency, said("filed")],
    )


def _declined(file: TransferFile, count: int, kind: str) -> Iterator[Paragraph | LetterTable]:
    """The first of them; the signed message names all."""
    rows = []
    for place, transfer_line in enumerate(file.listed(*_BACK), start=1):
        if place > _SHOWN:
            break
        rows.append([str(place), transfer_line.code, transfer_line.title, transfer_line.reason])
    heads = [said(f"heads.{head}") for head in ("ordinal", "code", "title", "reason")]
    yield LetterTable(heads, (0.5, 1.7, 3.0, 2.4), rows, (0,))
    if count > _SHOWN:
        yield Paragraph(said(f"{kind}.more", count=words.count(count - _SHOWN)))


def _letter(
    file: TransferFile,
    number: str,
    kind: str,
    *,
    to: str,
    parts: _Parts,
    closing: str,
    recipients: list[str],
) -> Letter:
    """A công văn of the archive, which seals it."""
    return Letter(
        issuer=file.archive,
        issuer_above=file.archive_above,
        name="",
        about=said(f"{kind}.about", transfer=file.number),
        number=number,
        place_and_date=file.place_and_date,
        to=to,
        parts=parts,
        closing=closing,
        recipients=recipients,
        signers=[sealed_by(file.archive)],
        box=0,
    )


def _catalogue(file: TransferFile) -> str:
    return file.numbers.get("catalogue") or said("dots")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
