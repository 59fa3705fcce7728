"""Canonical XML as we write it while reading, beside libxml2's."""

import io

import pytest
from lxml import etree

from archive_service import messages
from archive_service.signing.xml.canonical import C14N, EXCLUSIVE, Canonical, Method
from archive_service.signing.xml.events import XmlBrokenError, XmlForbiddenError, read_events

DOCUMENTS = [
    "<a/>",
    '<?xml version="1.0"?>\n<!-- b -->\n<?go on?>\n<a b="1" a="2">x</a>\n<!-- after -->\n<?end?>',
    '<e:a xmlns:e="urn:e" xmlns="urn:d" xmlns:z="urn:z" z:q="1" e:b="2" a="3"><b><e:c/></b></e:a>',
    '<a xmlns="urn:d"><b xmlns=""><c xmlns="urn:d" xml:lang="vi"/></b></a>',
    '<a xmlns:x="urn:1"><b xmlns:x="urn:2" x:k="v"><c xmlns:x="urn:1" x:k="v"/></b></a>',
    "<a k='&quot;&#9;&#10;&#13;&lt;&amp;>\n'>&lt;&amp;&gt;&#13;\r\n\"<![CDATA[<&>]]></a>",
    "<a>Quyết định số 12/QĐ-UBND <!-- ghi chú --> của Ủy ban</a>",
    '<a xmlns:u="urn:unused"><b u:k="1"><c xmlns:u="urn:unused"/></b></a>',
]


def ours(text: str, method: Method) -> bytes:
    written: list[bytes] = []
    read_events(io.BytesIO(text.encode()), Canonical(written.append, method))
    return b"".join(written)


@pytest.mark.parametrize("text", DOCUMENTS)
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("comments", [False, True])
def test_the_canonical_form_is_that_of_libxml2(
    text: str, *, exclusive: bool, comments: bool
) -> None:
    tree = etree.ElementTree(etree.fromstring(text.encode()))
    theirs = etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=comments)
    assert ours(text, Method(exclusive=exclusive, comments=comments)) == theirs


def test_prefixes_that_are_listed_are_kept_by_the_exclusive_form() -> None:
    text = '<a xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v"><b/></a>'
    tree = etree.ElementTree(etree.fromstring(text))
    theirs = etree.tostring(
        tree, method="c14n", exclusive=True, inclusive_ns_prefixes=["u"], with_comments=False
    )
    assert ours(text, Method(exclusive=True, prefixes=frozenset({"u"}))) == theirs


@pytest.mark.parametrize(
    ("algorithm", "exclusive", "comments"),
    [
        (C14N, False, False),
        (f"{C14N}#WithComments", False, True),
        (EXCLUSIVE, True, False),
        (f"{EXCLUSIVE}WithComments", True, True),
    ],
)
def test_a_method_is_known_by_its_algorithm(
    algorithm: str, *, exclusive: bool, comments: bool
) -> None:
    assert Method.of(algorithm) == Method(exclusive=exclusive, comments=comments)


def test_another_algorithm_is_not_known() -> None:
    assert Method.of("http://www.w3.org/2010/xml-c14n2") is None


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        "<a>" * 200 + "</a>" * 200,
    ],
)
def test_entities_and_depth_without_end_are_refused(text: str) -> None:
    with pytest.raises(XmlForbiddenError):
        ours(text, Method())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cut-off"),
        ("<a><b", "cut-off"),
        ("<a></b>", "tags"),
        ("<a>&x;</a>", "entity"),
        ("<a/><b/>", "more-behind"),
        ("<a b='1' b='2'/>", "attribute-twice"),
        ("<?xml version='1.0' encoding='x-nix'?><a/>", "encoding"),
        ("<a><</a>", "syntax"),
    ],
)
def test_what_is_not_well_formed_is_told(text: str, reason: str) -> None:
    with pytest.raises(XmlBrokenError) as refused:
        ours(text, Method())
    assert refused.value.facts["reason"] == reason
    for lang in messages.LANGUAGES:
        said = messages.error("xml-broken", lang, refused.value.facts).message
        assert messages.text(f"labels.xml-faults.{reason}", lang) in said
