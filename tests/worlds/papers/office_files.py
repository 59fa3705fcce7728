"""Office files and letters as other programs make them: the parts that carry words."""

import zipfile
from email.message import EmailMessage
from pathlib import Path

import openpyxl

SENTENCE = "Quyết định phê duyệt dự toán sửa chữa trạm bơm Nà Sáng, ưu tiên đợt hạn hán"
_OOXML = "http://schemas.openxmlformats.org"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def packed(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def docx(path: Path, text: str = SENTENCE) -> Path:
    w = f'xmlns:w="{_OOXML}/wordprocessingml/2006/main"'
    heading = '<w:p><w:pPr><w:pStyle w:val="u1"/></w:pPr><w:r><w:t>II. Kết quả</w:t></w:r></w:p>'
    half = len(text) // 2
    body = f"<w:p><w:r><w:t>{text[:half]}</w:t></w:r><w:r><w:t>{text[half:]}</w:t></w:r></w:p>"
    styles = '<w:style w:styleId="u1"><w:name w:val="heading 1"/></w:style>'
    foot = "<w:p><w:r><w:t>Chú thích cuối trang</w:t></w:r></w:p>"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = f'<Override PartName="/word/document.xml" ContentType="{main}"/>'
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    parts = {
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{kinds}">{types}</Types>',
        "word/document.xml": f"<w:document {w}><w:body>{body}{heading}{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {w}>{styles}</w:styles>",
        "word/footnotes.xml": f"<w:footnotes {w}>{foot}</w:footnotes>",
    }
    return packed(path, parts)


def pptx(path: Path) -> Path:
    p, a, r = (
        f"{_OOXML}/{name}"
        for name in (
            "presentationml/2006/main",
            "drawingml/2006/main",
            "officeDocument/2006/relationships",
        )
    )
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"

    def related(*targets: str) -> str:
        told = "".join(
            f'<Relationship Id="r{n}" Target="{t}" Type="x"/>' for n, t in enumerate(targets)
        )
        return f'<Relationships xmlns="{rels}">{told}</Relationships>'

    def slide(text: str) -> str:
        return f'<p:sld xmlns:p="{p}" xmlns:a="{a}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>'

    order = '<p:sldIdLst><p:sldId r:id="r1"/><p:sldId r:id="r0"/></p:sldIdLst>'
    return packed(
        path,
        {
            "_rels/.rels": related("ppt/presentation.xml"),
            "ppt/presentation.xml": f'<p:x xmlns:p="{p}" xmlns:r="{r}">{order}</p:x>',
            "ppt/_rels/presentation.xml.rels": related("slides/slide1.xml", "slides/slide2.xml"),
            "ppt/slides/slide1.xml": slide("Trang sau"),
            "ppt/slides/slide2.xml": slide(SENTENCE),
            "ppt/slides/_rels/slide2.xml.rels": related("../notesSlides/notesSlide1.xml"),
            "ppt/notesSlides/notesSlide1.xml": slide("Lời người trình bày"),
        },
    )


def odf(path: Path, inside: str) -> Path:
    names = "".join(
        f' xmlns:{n}="{_ODF}:{u}"'
        for n, u in (
            ("office", "office:1.0"),
            ("text", "text:1.0"),
            ("table", "table:1.0"),
            ("draw", "drawing:1.0"),
        )
    )
    whole = f"<office:x{names}><office:body>{inside}</office:body></office:x>"
    return packed(path, {"content.xml": whole})


def xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_sheet("Dự toán").append(["STT", SENTENCE, 12500])
    book.save(path)
    return path


def rtf(path: Path) -> Path:
    said = "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in SENTENCE)
    path.write_text(f"{{\\rtf1\\ansi\\ansicpg1258{{\\fonttbl{{\\f0 Times;}}}}\\f0 {said}\\par}}")
    return path


def eml(path: Path) -> Path:
    message = EmailMessage()
    message["From"] = "bach@example.vn"
    message["Subject"] = "Gửi dự toán"
    message["Date"] = "Wed, 12 Mar 2025 08:30:00 +0700"
    message.set_content("Kính gửi phòng Tài chính")
    attached = docx(path.with_suffix(".docx")).read_bytes()
    message.add_attachment(attached, maintype="application", subtype="x", filename="dự toán.docx")
    path.write_bytes(message.as_bytes())
    return path
