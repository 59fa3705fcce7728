"""A form that is a table, as a Word document: the layout of the printed one, and no more parts."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from archive_service.forms.table_form import FormRow, TableForm, said
from archive_service.text import nfc, unturned

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MADE = (2025, 1, 1, 0, 0, 0)  # every part bears it: equal input gives equal bytes
# Twentieths of a point: A4, margins of NĐ 30/2020 PL I.
_SHORT, _LONG, _LEFT, _OTHER = 11906, 16838, 1701, 1134
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEW_PAGE = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = (
    f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_RELATIONS = (
    f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def write_docx(form: TableForm, target: Path) -> None:
    """Write ``form`` to ``target``. Equal input gives equal bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        _add(parts, "[Content_Types].xml", [_TYPES])
        _add(parts, "_rels/.rels", [_RELATIONS])
        _add(parts, "word/document.xml", _document(form))


def _add(parts: zipfile.ZipFile, name: str, pieces: Sequence[str] | Iterator[str]) -> None:
    with parts.open(zipfile.ZipInfo(name, _MADE), "w") as out:
        for piece in pieces:
            out.write(piece.encode("utf-8"))


def _document(form: TableForm) -> Iterator[str]:
    yield f'{_DECLARATION}<w:document xmlns:w="{_WORD}"><w:body>'
    yield _head(form)
    yield _paragraph("", "left")
    yield from _named(form)
    for words in form.opening:
        yield _paragraph(words, "both")
    yield from _listed(form)
    if form.signers:
        yield _paragraph("", "left")
        yield _signers(form)
    if len(form.signers) != 1:
        yield _recipients(form)
    for table_form in form.behind:
        yield _NEW_PAGE
        yield from _named(table_form)
        yield from _listed(table_form)
    yield _section(form)
    yield "</w:body></w:document>"


def _named(form: TableForm) -> Iterator[str]:
    yield _paragraph(form.name.upper(), "center", bold=True)
    for words in form.about:
        yield _paragraph(words, "center", bold=True)


def _listed(form: TableForm) -> Iterator[str]:
    yield _paragraph("", "left")
    if form.columns:
        yield from _table(form)
        yield _paragraph("", "left")
    for words in form.totals:
        yield _paragraph(words, "both")


def _head(form: TableForm) -> str:
    """Issuer and state side by side, in a table without lines."""
    left = [form.issuer_above] if form.issuer_above else []
    number = said("number", number=form.number) if form.number else ""
    lines = [
        (
            "".join(_paragraph(words.upper(), "center") for words in left)
            + _paragraph(form.issuer.upper(), "center", bold=True),
            _paragraph(said("state"), "center", bold=True)
            + _paragraph(said("motto"), "center", bold=True),
        ),
        (
            _paragraph(number, "center"),
            _paragraph(form.place_and_date, "center", italic=True),
        ),
    ]
    return _bare([0.44, 0.56], [list(line) for line in lines], _inner(form))


def _signers(form: TableForm) -> str:
    cells = [
        (_paragraph(signer.on, "center", italic=True) if signer.on else "")
        + _paragraph(signer.position.upper(), "center", bold=True)
        + (_paragraph(signer.note, "center", italic=True) if signer.note else "")
        + _paragraph("", "center") * 4
        + _paragraph(signer.name, "center", bold=True)
        for signer in form.signers
    ]
    if len(cells) == 1:
        cells.insert(0, _recipients(form) or _paragraph("", "left"))
    return _bare([1 / len(cells)] * len(cells), [cells], _inner(form))


def _recipients(form: TableForm) -> str:
    """Below several signers, beside a lone one, as in the print."""
    if not form.recipients:
        return ""
    lines = "".join(_paragraph(f"- {receiver}", "left", size=22) for receiver in form.sent_to)
    return _paragraph(said("recipients"), "left", bold=True, italic=True, size=24) + lines


def _bare(shares: Sequence[float], rows: Sequence[Sequence[str]], width: int) -> str:
    widths = [round(width * share) for share in shares]
    body = "".join(
        "<w:tr>"
        + "".join(_cell(text, at) for text, at in zip(row, widths, strict=True))
        + "</w:tr>"
        for row in rows
    )
    return _table_begins(widths, lines=False) + body + "</w:tbl>"


def _table(form: TableForm) -> Iterator[str]:
    shares = sum(column.width for column in form.columns)
    widths = [round(_inner(form) * column.width / shares) for column in form.columns]
    yield _table_begins(widths, lines=True)
    yield _heads([column.head for column in form.columns], widths, bold=True)
    if form.numbered:
        numbers = [f"({at})" for at in range(1, len(widths) + 1)]
        yield _heads(numbers, widths, bold=False)
    for row in form.rows:
        yield _row(form, row, widths)
    yield "</w:tbl>"


def _table_begins(widths: Sequence[int], *, lines: bool) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    borders = f"<w:tblBorders>{_BORDERS}</w:tblBorders>" if lines else ""
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


def _heads(words: Sequence[str], widths: Sequence[int], *, bold: bool) -> str:
    """A row that is printed again on each page."""
    cells = "".join(
        _cell(_paragraph(word, "center", bold=bold, italic=not bold), width)
        for word, width in zip(words, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _row(form: TableForm, row: FormRow, widths: Sequence[int]) -> str:
    bold, italic = row.kind != "row", row.kind == "subheading"
    cells = "".join(
        _cell(_paragraph(words, column.align, bold=bold, italic=italic), width)
        for words, column, width in zip(row.cells, form.columns, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(content: str, width: int) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{content}</w:tc>'


def _paragraph(
    words: str, align: str, *, bold: bool = False, italic: bool = False, size: int = 26
) -> str:
    """``size`` in half points. Line breaks stay; what XML cannot hold is left out."""
    look = (
        '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>'
        + ("<w:b/>" if bold else "")
        + ("<w:i/>" if italic else "")
        + f'<w:sz w:val="{size}"/>'
    )
    lines = _UNFIT.sub("", unturned(nfc(words))).split("\n")
    text = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    run = f"<w:r><w:rPr>{look}</w:rPr>{text}</w:r>" if words else ""
    return f'<w:p><w:pPr><w:jc w:val="{align}"/></w:pPr>{run}</w:p>'


def _inner(form: TableForm) -> int:
    return (_LONG if form.lies_across else _SHORT) - _LEFT - _OTHER


def _section(form: TableForm) -> str:
    width, height, turned = _SHORT, _LONG, ""
    if form.lies_across:
        width, height, turned = _LONG, _SHORT, ' w:orient="landscape"'
    return (
        f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar w:top="{_OTHER}" '
        f'w:right="{_OTHER}" w:bottom="{_OTHER}" w:left="{_LEFT}" w:header="567" w:footer="567" '
        'w:gutter="0"/></w:sectPr>'
    )
