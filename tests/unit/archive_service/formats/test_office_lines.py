"""Marks of secrecy where office programs print them: capitals, margins, sheets, far pages."""

import zipfile
from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here

CAPITALS = "<w:r><w:rPr><w:caps/></w:rPr><w:t>mật</w:t></w:r>"
PLAIN = '<w:r><w:rPr><w:caps w:val="0"/></w:rPr><w:t>mật</w:t></w:r>'
STYLED = '<w:pPr><w:pStyle w:val="Dau2"/></w:pPr><w:r><w:t>tối mật</w:t></w:r>'
STYLES = (
    '<w:styles xmlns:w="urn:w"><w:style w:styleId="Dau2"><w:basedOn w:val="Dau"/></w:style>'
    '<w:style w:styleId="Dau"><w:rPr><w:caps/></w:rPr></w:style></w:styles>'
)
BREAK = '<w:r><w:br w:type="page"/></w:r>'
MANY = "".join(f"<w:p><w:r><w:t>Dòng {number}</w:t></w:r></w:p>" for number in range(200))
SHARED = "".join(f"<si><t>Dòng {number}</t></si>" for number in range(200))
ODF_STYLE = (
    '<s:style xmlns:s="urn:s" s:name="P1"><s:text-properties s:text-transform="uppercase"/>'
    "</s:style>"
)


def word(*paragraphs: str, many: bool = False) -> str:
    said = "".join(f"<w:p>{paragraph}</w:p>" for paragraph in paragraphs)
    return f'<w:document xmlns:w="urn:w">{MANY if many else ""}{said}</w:document>'


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def level_of(folder: Path, parts: dict[str, str], name: str = "a.docx") -> str:
    types = '<Types><Override PartName="/w/main.bin" ContentType="a/b.main+xml"/></Types>'
    with zipfile.ZipFile(folder / name, "w") as package:
        package.writestr("[Content_Types].xml", types)
        for part, text in parts.items():
            package.writestr(part, text)
    return read_mark_here(folder / name, identify_here(folder / name, name))


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        ({"word/document.xml": word(CAPITALS)}, "MẬT"),
        ({"word/document.xml": word(PLAIN)}, ""),
        ({"word/document.xml": word(STYLED), "word/styles.xml": STYLES}, "TỐI MẬT"),
        ({"word/document.xml": word(STYLED)}, ""),
        ({"word/header1.xml": word('<w:pict><v string="x"/></w:pict>')}, ""),
        ({"word/header1.xml": word('<w:r><textpath string="MẬT"/></w:r>')}, "MẬT"),
        ({"word/document2.xml": word(run("MẬT"))}, "MẬT"),
        ({"w/main.bin": word(run("MẬT"))}, "MẬT"),
        ({"a.bin": word(run("MẬT")), "customXml/item1.xml": word(run("MẬT"))}, ""),
        ({"word/header1.xml": "<p>", "word/document.xml": word(run("MẬT"))}, "MẬT"),
        ({"ppt/slideMasters/slideMaster1.xml": word(run("MẬT"))}, "MẬT"),
    ],
)
def test_words_are_read_as_they_are_printed(
    tmp_path: Path, parts: dict[str, str], level: str
) -> None:
    assert level_of(tmp_path, parts) == level


@pytest.mark.parametrize(
    ("paragraphs", "level"),
    [
        ([run("x"), BREAK, run("TỐI MẬT"), run("CỘNG HÒA")], "TỐI MẬT"),
        ([run("x"), BREAK + run("TỐI MẬT"), run("CỘNG HÒA")], "TỐI MẬT"),
        (["<w:pPr><w:pageBreakBefore/></w:pPr>" + run("MẬT"), run("CỘNG HÒA")], "MẬT"),
        (["<w:pPr><w:sectPr/></w:pPr>" + run("x"), run("MẬT"), run("CỘNG HÒA")], "MẬT"),
        (["", run("MẬT"), "", run("x")], "MẬT"),
        ([run("MẬT"), run("x")], ""),
        (["", run("MẬT"), "", run("TỐI MẬT"), ""], ""),
    ],
)
def test_far_below_a_mark_stands_alone(tmp_path: Path, paragraphs: list[str], level: str) -> None:
    assert level_of(tmp_path, {"word/document.xml": word(*paragraphs, many=True)}) == level


def test_far_below_tables_name_the_levels(tmp_path: Path) -> None:
    table = f"<w:tbl><w:p/><w:p>{run('MẬT')}</w:p><w:p/></w:tbl>"
    text = word(many=True).replace("</w:document>", f"{table}</w:document>")
    assert level_of(tmp_path, {"word/document.xml": text}) == ""


def sheet(rows: str, rest: str = "") -> str:
    return f"<worksheet><sheetData><row>{rows}</row></sheetData>{rest}</worksheet>"


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        ({"xl/workbook.xml": '<w><sheets><sheet name="MẬT"/></sheets></w>'}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c t="str"><f>A1</f><v>TỐI MẬT</v></c>')}, "TỐI MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c t="str"><f>A1</f><v>MẬT_x000D_</v></c>')}, "MẬT"),
        ({"xl/sharedStrings.xml": "<sst><si><t>MẬT_x000D_\n</t></si></sst>"}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>"MẬT"</f><v/></c>')}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>COUNTIF(A:A,"MẬT")</f><v>1</v></c>')}, ""),
        ({"xl/worksheets/a.xml": sheet('<c><f>CONCATENATE("M","ẬT")</f></c>')}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>UPPER("tối mật")</f><v>x</v></c>')}, "TỐI MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>"M"&amp;UNICHAR(7852)&amp;"T"</f></c>')}, "MẬT"),
        (
            {
                "xl/worksheets/a.xml": sheet(
                    '<c r="A1" t="inlineStr"><is><t>M</t></is></c><c r="B1"><f>A1&amp;"ẬT"</f></c>'
                )
            },
            "MẬT",
        ),
        ({"xl/worksheets/a.xml": sheet('<c><f>IF(A1="MẬT",1,0)</f></c>')}, ""),
        ({"xl/worksheets/a.xml": sheet('<c><f>"MẬT"&amp;" ONG"</f></c>')}, ""),
        ({"xl/worksheets/a.xml": sheet('<c><f>IF(1=1,"MẬT","")</f></c>')}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>IF("a"&lt;&gt;"A","MẬT","x")</f></c>')}, ""),
        ({"xl/worksheets/a.xml": sheet('<c><f>CHOOSE(2,"x","M"&amp;"ẬT")</f></c>')}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>IF(AND(TRUE(),NOT(0)),"MẬT")</f></c>')}, "MẬT"),
        ({"xl/worksheets/a.xml": sheet('<c><f>IF(OR(FALSE,"x"),"MẬT")</f></c>')}, ""),
        (
            {
                "xl/worksheets/a.xml": sheet(
                    '<c t="inlineStr"><is><t>x</t></is></c>' * 200,
                    '<headerFooter><oddHeader>&amp;C&amp;"Arial,Bold"&amp;14MẬT&amp;RTrang &amp;P'
                    "</oddHeader></headerFooter>",
                )
            },
            "MẬT",
        ),
        (
            {
                "xl/worksheets/a.xml": sheet('<c t="s"><v>200</v></c>'),
                "xl/sharedStrings.xml": f"<sst>{SHARED}<si><t>MẬT</t></si></sst>",
            },
            "MẬT",
        ),
        (
            {
                "xl/worksheets/a.xml": sheet('<c t="s"><v>0</v></c>' * 200 + "<c><v>200</v></c>"),
                "xl/sharedStrings.xml": f"<sst>{SHARED}<si><t>MẬT</t></si></sst>",
            },
            "",
        ),
    ],
)
def test_sheets_are_looked_through(tmp_path: Path, parts: dict[str, str], level: str) -> None:
    assert level_of(tmp_path, parts, "a.xlsx") == level


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("&quot;MẬT&quot;;;;", "MẬT"),
        ("0;&quot;TỐI &quot;\\M\\Ậ\\T", "TỐI MẬT"),
        ("[$MẬT-42A]", "MẬT"),
        ("#,##0 &quot;đ&quot;;[Red]-0", ""),
        ("0 &quot;kg mật&quot;", ""),
    ],
)
def test_a_format_of_numbers_may_write_a_mark(tmp_path: Path, code: str, level: str) -> None:
    style = f'<styleSheet><numFmts><numFmt formatCode="{code}"/></numFmts></styleSheet>'
    assert level_of(tmp_path, {"xl/styles.xml": style}, "a.xlsx") == level


def test_capitals_and_names_of_opendocument(tmp_path: Path) -> None:
    text = f'<d xmlns:t="urn:t">{ODF_STYLE}<t:p t:style-name="P1">mật</t:p></d>'
    assert level_of(tmp_path, {"content.xml": text}, "a.odt") == "MẬT"
    given = """<d xmlns:t="urn:t"><t:table-cell t:formula='of:=UPPER("mật")'/></d>"""
    assert level_of(tmp_path, {"content.xml": given}, "b.ods") == "MẬT"
    named = '<d xmlns:t="urn:t"><t:table t:name="MẬT"><t:p>1</t:p></t:table></d>'
    assert level_of(tmp_path, {"content.xml": named}, "a.ods") == "MẬT"
