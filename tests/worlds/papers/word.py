"""Word documents as tests need them: tables of cells, with whatever else stands in the part."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell(text: str, *, span: int = 1, merged: str = "") -> str:
    """One cell; ``merged`` is "restart" or "continue" of a vertical merge."""
    properties = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if merged:
        properties += f'<w:vMerge w:val="{merged}"/>'
    lines = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{lines}</w:tc>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table; a cell that is not markup yet is a text."""
    lines = ["".join(one if one.startswith("<w:tc>") else cell(one) for one in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{line}</w:tr>" for line in lines) + "</w:tbl>"


def write_word(
    target: Path, *parts: str, before: str = "", relations: Sequence[tuple[str, str]] = ()
) -> Path:
    """A .docx of these tables and paragraphs; ``before`` stands above the root element.

    ``relations`` are kind and address of what lies elsewhere.
    """
    body = "".join(
        part if part.startswith("<") else f"<w:p><w:r><w:t>{escape(part)}</w:t></w:r></w:p>"
        for part in parts
    )
    document = f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", document)
        if relations:
            rows = "".join(
                f'<Relationship Id="r{at}" Type="http://x/{kind}" Target="{address}" '
                'TargetMode="External"/>'
                for at, (kind, address) in enumerate(relations)
            )
            made.writestr(
                "word/_rels/document.xml.rels",
                f'<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>',
            )
    return target
