"""A mark that is seen as such though the file has it in small letters, or in a file within it."""

import base64
import io
import zipfile
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here

PAGE = "<html><body>{}</body></html>"
OFFICE = "http://schemas.openxmlformats.org"
RELATED = f"{OFFICE}/officeDocument/2006/relationships"
WEB_PAGE = PAGE.format("<p>MẬT</p>").encode()
LETTER = (
    b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(WEB_PAGE)
)


UPPER = 'style="text-transform:uppercase"'
CLASS = ".k {text-transform:uppercase}"
FIRMLY = ".k {text-transform:uppercase !important}"


def mark_of(path: Path) -> str:
    return read_mark_here(path, identify_here(path, path.name))


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        ('<p style="color:red; text-transform: uppercase">Mật</p><p>x</p>', "MẬT"),
        ("<p style='font-variant:small-caps'><b>tối</b> mật</p>", "TỐI MẬT"),
        ("<style>td.dau, h1 {text-transform:uppercase}</style><table><td class='a dau'>mật", "MẬT"),
        ("<style>#dau {text-transform:UPPERCASE}</style><div id=dau><br>Mật</div>", "MẬT"),
        ("<style>@media print{p.dau{font-variant:small-caps}}</style><p class=dau>Mật", "MẬT"),
        ('<p style="text-transform:uppercase">tối&nbsp;mật</p>', "TỐI MẬT"),
        ('<p style="text-transform:uppercase">K&iacute;nh gửi &lt;p></p><p>Mật</p>', ""),
        ("<style>.dau {text-transform:uppercase}</style><p class=khac>Mật</p>", ""),
        ('<p style="text-transform:uppercase">Kính gửi<p>Mật<p>x', ""),
        ('<p style="text-transform:uppercase">Bí mật</p>', ""),
        ("<p>Mật</p>", ""),
        (f"<div {UPPER}>Kính gửi<p style='text-transform:none'>Mật</p></div>", ""),
        (f"<div {UPPER}>Kính gửi<p style='text-transform:inherit'>Mật</p></div>", "MẬT"),
        (f"<div {UPPER}><p style='text-transform:none'>Kính gửi</p><p>Mật</p></div>", "MẬT"),
        (f"<style>p.k {{text-transform:none}}</style><div {UPPER}><p class=k>Mật</p></div>", ""),
        (f"<style>.k {{text-transform:none}}</style><p class=k {UPPER}>Mật</p>", "MẬT"),
        ("<style>p {text-transform:uppercase} .k {text-transform:none}</style><p class=k>Mật", ""),
        (f"<p {UPPER}><span style='font-variant:normal'>Mật</span></p>", "MẬT"),
        (f"<style>#x .k {{text-transform:none}} {CLASS}</style><p class=k>Mật", "MẬT"),
        (f"<style>{CLASS} #x .k {{text-transform:none}}</style><p class=k>Mật", "MẬT"),
        (f"<style>/* k */{CLASS}</style><p class=k>Mật", "MẬT"),
        (f"<style>{CLASS} /* .k {{text-transform:none}} */</style><p class=k>Mật", "MẬT"),
        (f"<style>{CLASS}</style><p class=k title='text-transform:none'>Mật", "MẬT"),
        (f"<style>{CLASS}</style><p class=k style='x-text-transform:none'>Mật", "MẬT"),
        (f"<style>{FIRMLY}</style><p class=k style='text-transform:none'>Mật", "MẬT"),
        (f"<style>{CLASS}</style><p class=k style='text-transform:none !important'>Mật", ""),
        (f"<title>Công văn</title><style><!-- {CLASS} --></style><p class=k>Mật", "MẬT"),
        (f"<p>x y<style>p {{text-transform:none}}</style><div {UPPER}><p>Mật", ""),
    ],
)
def test_a_web_page_is_read_as_its_style_prints_it(tmp_path: Path, body: str, mark: str) -> None:
    page = tmp_path / "a.html"
    page.write_text(PAGE.format(body), "utf-8")
    assert mark_of(page) == mark


def test_a_long_page_with_such_a_style_is_read_once(tmp_path: Path) -> None:
    """Each rule is looked for once, and not again from every letter of the page."""
    page = tmp_path / "a.html"
    style = "<style>h1 {text-transform:uppercase}</style>"
    page.write_text(PAGE.format(f"{style}<h1>Mật</h1>{'<p>Kính gửi</p>' * 60_000}"), "utf-8")
    assert mark_of(page) == "MẬT"


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        (r"{\caps kinh gui \{1}\par M\u7853?t\par", ""),
        (r"{\caps M\u7853?t}\par noi dung\par", "MẬT"),
        (r"\scaps m\u7853?t\par\plain noi dung\par", "MẬT"),
        (r"{\caps kinh gui}\par M\u7853?t\par", ""),
        (r"\caps kinh gui\caps0\par M\u7853?t\par", ""),
    ],
)
def test_rich_text_is_read_in_its_capitals(tmp_path: Path, body: str, mark: str) -> None:
    text = tmp_path / "a.rtf"
    text.write_text(rf"{{\rtf1\ansi {body}}}", "ascii")
    assert mark_of(text) == mark


def test_a_style_of_a_paragraph_rests_on_one_of_the_document(tmp_path: Path) -> None:
    """As LibreOffice writes a paragraph of such a style that is aligned by hand."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("style", "style"))
    )
    fo = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    family = 'style:family="paragraph"'
    styles = (
        f'<style:style style:name="Dau" {family}>'
        '<style:text-properties fo:text-transform="uppercase"/></style:style>'
    )
    own = f'<style:style style:name="P1" {family} style:parent-style-name="Dau"/>'
    words = '<text:p text:style-name="P1">Mật</text:p><text:p>Kính gửi</text:p>'
    paper = tmp_path / "a.odt"
    with zipfile.ZipFile(paper, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr(
            "styles.xml",
            f"<office:document-styles {names} {fo}><office:styles>{styles}</office:styles>"
            "</office:document-styles>",
        )
        package.writestr(
            "content.xml",
            f"<office:document-content {names}><office:automatic-styles>{own}"
            f"</office:automatic-styles><office:body><office:text>{words}</office:text>"
            "</office:body></office:document-content>",
        )
    assert mark_of(paper) == "MẬT"


def letter_with(*paragraphs: str, chunk: tuple[str, bytes] | None = None) -> bytes:
    """A DOCX, with a file of another format as part of its text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr(
            "[Content_Types].xml", f'<Types xmlns="{OFFICE}/package/2006/content-types"/>'
        )
        body = "".join(f"<w:p><w:r><w:t>{said}</w:t></w:r></w:p>" for said in paragraphs)
        package.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{OFFICE}/wordprocessingml/2006/main"><w:body>{body}'
            "</w:body></w:document>",
        )
        if chunk is not None:
            target, data = chunk
            package.writestr(
                "word/_rels/document.xml.rels",
                f'<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship '
                f'Id="a" Type="{RELATED}/aFChunk" Target="{target}"/></Relationships>',
            )
            package.writestr(target[1:] if target.startswith("/") else f"word/{target}", data)
    return packed.getvalue()


@pytest.mark.parametrize(
    "chunk",
    [
        ("a.html", WEB_PAGE),
        ("/word/afchunk1.dat", WEB_PAGE),
        ("b.mht", LETTER),
        ("c.rtf", rb"{\rtf1\ansi M\u7852?T\par}"),
        ("d.txt", "MẬT\r\nx".encode()),
        ("e.docx", letter_with("MẬT")),
    ],
)
def test_what_a_letter_takes_in_as_its_text_is_read(
    tmp_path: Path, chunk: tuple[str, bytes]
) -> None:
    paper = tmp_path / "a.docx"
    paper.write_bytes(letter_with("Kính gửi", chunk=chunk))
    assert mark_of(paper) == "MẬT"
