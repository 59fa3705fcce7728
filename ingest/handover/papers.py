"""Biên bản giao nhận, mục lục hồ sơ nộp lưu, mục lục văn bản: the papers of an acceptance."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import FormColumn, FormRow, FormSigner, TableForm
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press
from archive_service.signing.port import Signer

TEMPLATE = TEMPLATES / "bien_ban_giao_nhan.typ"


@dataclass(frozen=True, slots=True)
class Side:
    """Giver or receiver: the person, what they are, and for whom they act."""

    person: str
    position: str
    body: str


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """One line of a mục lục văn bản; texts as they are printed.

    ``pages`` tells where it begins and ends in the case file, and is empty where it does not stand.
    """

    number_and_symbol: str
    date: str
    subject: str
    author: str
    pages: str
    note: str = ""
    files: int = 0  # received with it
    elsewhere: bool = False  # it belongs to the case file and lies in another: not handed over here
    replaced: bool = False  # another document stands in its place
    moved: bool = False  # it stands in another case file now


@dataclass(frozen=True, slots=True)
class ListedCaseFile:
    """One line of the mục lục hồ sơ, and the documents of the case file in order of time.

    Of a case file that was added to: what was added.
    """

    code: str
    notation: str
    title: str
    period: str
    first_year: int | None
    last_year: int | None
    term: str
    permanent: bool
    pages: int
    sheets: int | None
    files: int
    documents: Sequence[ListedDocument]
    note: str = ""
    paper_to_come: bool = False  # it has a paper half, and nobody received that yet

    @property
    def given(self) -> int:
        """Documents handed over with it, without those that lie in other case files."""
        return sum(not document.elsewhere for document in self.documents)

    @property
    def electronic(self) -> int:
        """Documents of which files were handed over."""
        return sum(document.files > 0 for document in self.documents)


@dataclass(frozen=True, slots=True)
class Handover:
    """What the minutes say. ``boxes`` and ``sheets`` are of the paper half, if there is one."""

    number: str
    archive: str
    place: str
    block: str
    basis: Sequence[str]
    giver: Side
    receiver: Side
    condition: str
    case_files: Sequence[ListedCaseFile]
    boxes: int = 0
    archive_above: str = ""  # printed above its name

    @property
    def paper_case_files(self) -> int:
        """Of how many the paper was counted."""
        return sum(case_file.sheets is not None for case_file in self.case_files)

    @property
    def papers_to_come(self) -> int:
        """Of how many the paper is still to be received."""
        return sum(case_file.paper_to_come for case_file in self.case_files)


def print_handover(
    handover: Handover, target: Path, *, signer: Signer, at: dt.datetime, press: Press = PRESS
) -> None:
    """Print the minutes with their lists and sign for the archive: a PDF/A-2b at ``target``.

    The giver signs what comes out of this. Source: NĐ 30/2020/NĐ-CP, Phụ lục V.
    Raises what ``render`` and ``Signer.sign_pdf`` raise.
    """
    print_signed(
        TEMPLATE,
        _data(handover, at),
        target,
        signer=signer,
        at=at,
        said=SignatureWords(_words("reason"), handover.place, "ChuKyBenNhan"),
        press=press,
    )


def case_file_list(handover: Handover) -> TableForm:
    """Mục lục hồ sơ, tài liệu nộp lưu: its columns are those of the decree."""
    rows = [
        FormRow(
            (
                str(number),
                case_file.notation,
                case_file.title,
                case_file.period,
                case_file.term,
                _amount(case_file),
                "; ".join([case_file.note or case_file.code, *_no_paper_yet(case_file)]),
            )
        )
        for number, case_file in enumerate(handover.case_files, start=1)
    ]
    permanent = sum(case_file.permanent for case_file in handover.case_files)
    return TableForm(
        issuer=handover.archive,
        issuer_above=handover.archive_above,
        name=_words("case-list.heading"),
        about=[handover.block, _words("case-list.under", number=handover.number)],
        columns=_columns("case-list", (0.7, 1.4, 3.3, 1.6, 1.2, 1.1, 2.1), centred=(0, 3, 5)),
        rows=rows,
        totals=[
            _total("case-list", len(rows)),
            _words(
                "case-list.terms",
                permanent=words.count(permanent),
                fixed=words.count(len(rows) - permanent),
            ),
        ],
        wide_from=9,
        sheet=_words("case-list.sheet"),
    )


def document_list(case_file: ListedCaseFile, *, archive: str, above: str) -> TableForm:
    """Mục lục văn bản, tài liệu trong hồ sơ."""
    rows = [
        FormRow(
            (
                str(number),
                document.number_and_symbol,
                document.date,
                document.subject,
                document.author,
                document.pages,
                document.note,
            )
        )
        for number, document in enumerate(case_file.documents, start=1)
    ]
    return TableForm(
        issuer=archive,
        issuer_above=above,
        name=_words("document-list.heading"),
        about=[case_file.title, _words("document-list.under", code=case_file.code)],
        columns=_columns("document-list", (0.7, 1.7, 1.5, 3.2, 1.9, 1.0, 1.2), centred=(0, 2, 5)),
        rows=rows,
        totals=[_total("document-list", len(rows)), *_of_these(case_file.documents)],
        wide_from=9,
        sheet=_words("document-list.sheet"),
    )


def handover_form(handover: Handover, *, at: dt.datetime) -> TableForm:
    """The words of the minutes with the lists behind them, to be edited or counted elsewhere."""
    giver, receiver = _side("giver", handover.giver), _side("receiver", handover.receiver)
    day = words.day_in_words(clock.local(at).date())
    return TableForm(
        issuer=handover.archive,
        issuer_above=handover.archive_above,
        name=_words("heading"),
        about=[_words("about")],
        number=handover.number,
        place_and_date=f"{handover.place}, {day}",
        opening=[
            *handover.basis,
            _words("opening", day=day, archive=handover.archive),
            *(line for side in (giver, receiver) for line in (side["title"], *side["lines"])),
            _words("agree"),
            *contents_of(handover),
        ],
        columns=(),
        rows=(),
        totals=[_words("closing")],
        signers=[
            FormSigner(_words("giver.signs"), handover.giver.person),
            FormSigner(_words("receiver.signs"), handover.receiver.person),
        ],
        sheet=_words("heading"),
        behind=list(lists_of(handover)),
    )


def _columns(form: str, widths: Sequence[float], *, centred: Sequence[int]) -> list[FormColumn]:
    return [
        FormColumn(_words(f"{form}.heads.{at + 1}"), width, "center" if at in centred else "left")
        for at, width in enumerate(widths)
    ]


def _total(form: str, count: int) -> str:
    facts = {"count": words.count(count), "in_words": words.number_in_words(count)}
    return _words(f"{form}.total", **facts)


def _of_these(documents: Sequence[ListedDocument]) -> list[str]:
    """How many of the lines are no document of the case file's own that stands."""
    counted = {
        "elsewhere": sum(document.elsewhere for document in documents),
        "replaced": sum(document.replaced for document in documents),
        "moved": sum(document.moved for document in documents),
    }
    return [_words(f"of-these.{name}", count=words.count(n)) for name, n in counted.items() if n]


def lists_of(handover: Handover) -> Iterator[TableForm]:
    """The lists that lie behind the minutes, in their order."""
    yield case_file_list(handover)
    for case_file in handover.case_files:
        if case_file.documents:
            yield document_list(case_file, archive=handover.archive, above=handover.archive_above)


def contents_of(handover: Handover) -> list[str]:
    """The numbered points of the minutes (mục 1 to 5)."""
    cases = handover.case_files
    elsewhere = sum(len(case.documents) - case.given for case in cases)
    return [
        _words("block", block=handover.block),
        _words("period", period=_period(cases)),
        _words("amount"),
        _paper(handover),
        _electronic(cases),
        *([_words("of-these.elsewhere", count=words.count(elsewhere))] if elsewhere else []),
        _words("condition", condition=handover.condition or _complete(handover)),
        _words("listed"),
    ]


def _paper(handover: Handover) -> str:
    """What was received on paper, and of how many case files it is still to come."""
    received = _words(
        "paper",
        boxes=words.count(handover.boxes),
        cases=words.count(handover.paper_case_files),
        sheets=words.count(sum(case_file.sheets or 0 for case_file in handover.case_files)),
    )
    to_come = handover.papers_to_come
    if not to_come:
        return received if handover.paper_case_files else _words("no-paper")
    later = _words("paper-later", cases=words.count(to_come))
    return f"{received} {later}" if handover.paper_case_files else _words("paper-none", later=later)


def _electronic(cases: Sequence[ListedCaseFile]) -> str:
    """Of what files were handed over: case files on paper alone do not count."""
    if not any(case.files for case in cases):
        return _words("no-electronic")
    return _words(
        "electronic",
        cases=words.count(sum(case.files > 0 for case in cases)),
        documents=words.count(sum(case.electronic for case in cases)),
        files=words.count(sum(case.files for case in cases)),
    )


def _complete(handover: Handover) -> str:
    """All that is listed, but for paper that is still to come; and how its files lie."""
    to_come = handover.papers_to_come
    sentence = _words("complete-but", cases=words.count(to_come)) if to_come else _words("complete")
    files = any(case_file.files for case_file in handover.case_files)
    return f"{sentence}; {_words('files-sound')}" if files else sentence


def _no_paper_yet(listed: ListedCaseFile) -> list[str]:
    return [_words("no-paper-yet")] if listed.paper_to_come else []


def _period(cases: Sequence[ListedCaseFile]) -> str:
    years = [
        year for case in cases for year in (case.first_year, case.last_year) if year is not None
    ]
    if not years:
        return _words("no-period")
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} - {last}"


def _amount(listed: ListedCaseFile) -> str:
    """Sheets of paper where they were counted, else pages; nothing where nobody counted any."""
    if listed.sheets:
        return _words("sheets", count=words.count(listed.sheets))
    return _words("pages", count=words.count(listed.pages)) if listed.pages else ""


def _data(handover: Handover, at: dt.datetime) -> dict[str, object]:
    day = words.day_in_words(clock.local(at).date())
    return {
        "title": _words("title", number=handover.number),
        "issuer": handover.archive,
        "issuer_above": handover.archive_above,
        "number": handover.number,
        "place_and_date": f"{handover.place}, {day}",
        "heading": _words("heading"),
        "about": _words("about"),
        "basis": list(handover.basis),
        "opening": _words("opening", day=day, archive=handover.archive),
        "sides": [_side("giver", handover.giver), _side("receiver", handover.receiver)],
        "agree": _words("agree"),
        "contents": contents_of(handover),
        "closing": _words("closing"),
        "signatures": [
            _signature("giver", handover.giver, box=False),
            _signature("receiver", handover.receiver, box=True),
        ],
        "lists": [_list(table_form) for table_form in lists_of(handover)],
    }


def _list(form: TableForm) -> dict[str, object]:
    return {
        "heading": form.name,
        "about": form.about[0],
        "under": form.about[1],
        "heads": [column.head for column in form.columns],
        "widths": [column.width for column in form.columns],
        "centred": [
            at for at, form_column in enumerate(form.columns) if form_column.align == "center"
        ],
        "rows": [list(row.cells) for row in form.rows],
        "totals": list(form.totals),
    }


class _SideSaid(TypedDict):
    title: str
    lines: list[str]


def _side(key: str, side: Side) -> _SideSaid:
    return {
        "title": _words(f"{key}.title", body=side.body),
        "lines": [
            _words("person", person=side.person),
            _words("position", position=side.position),
        ],
    }


def _signature(key: str, side: Side, *, box: bool) -> dict[str, object]:
    how = "signed" if box else "to-sign"
    return {"title": _words(f"{key}.signs"), "how": _words(how), "name": side.person, "box": box}


def _words(key: str, **facts: object) -> str:
    """Words of the papers; an official paper is in Vietnamese."""
    return messages.text(f"forms.handover.{key}", "vi", **facts)
