"""One mistake in a sound PDF/A: told where veraPDF fails it, and nothing where it passes."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pytest
import typst
from pikepdf import Array, Dictionary, Name, ObjectStreamMode

from archive_service.formats.pdf.pdfa_claim import PdfaJudgement, judge_pdfa_here
from tests.services.tools import Verdict, verapdf

Change = Callable[[pikepdf.Pdf], object]
SOURCE = b'#set document(title: "A")\n= A\nB #link("https://example.org")[c] #rect(fill: red)[d]\n'
CLAIMS: Mapping[str, Literal["a-1b", "a-2a", "a-2b", "a-3b", "a-4"]] = {
    "1b": "a-1b", "2a": "a-2a", "2b": "a-2b", "3b": "a-3b", "4": "a-4",
}  # fmt: skip
GO = Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]))


def root(**entries: Any) -> Change:
    return lambda pdf: [pdf.Root.__setitem__(f"/{key}", entry) for key, entry in entries.items()]


def page(**entries: Any) -> Change:
    return lambda pdf: [
        pdf.pages[0].obj.__setitem__(f"/{key}", entry) for key, entry in entries.items()
    ]


def annotation(kind: Name = Name.Link, **entries: Any) -> Change:
    """One more on the page; ``F=None`` leaves its flags out."""

    def change(pdf: pikepdf.Pdf) -> None:
        told = {"F": 4, "Rect": Array([10, 10, 50, 50]), "Border": Array([0, 0, 0])} | entries
        given = {f"/{key}": one for key, one in told.items() if one is not None}
        made = pdf.make_indirect(Dictionary({"/Type": Name.Annot, "/Subtype": kind} | given))
        pdf.pages[0].obj.Annots = Array([*pdf.pages[0].obj.get("/Annots", Array()), made])

    return change


def field(**entries: Any) -> Change:
    """A field of a form, drawn."""

    def change(pdf: pikepdf.Pdf) -> None:
        look = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        told = {"FT": Name.Tx, "T": "a", "AP": Dictionary(N=look)} | entries
        annotation(Name.Widget, **told)(pdf)
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].obj.Annots[-1]]))

    return change


def state(*, is_used: bool = True, **entries: Any) -> Change:
    """A graphics state of the page."""

    def change(pdf: pikepdf.Pdf) -> None:
        resources = pdf.pages[0].obj.Resources
        known = resources.get("/ExtGState", Dictionary())
        given = {f"/{key}": entry for key, entry in entries.items()}
        known["/GX"] = pdf.make_indirect(Dictionary({"/Type": Name.ExtGState} | given))
        resources.ExtGState = known
        pdf.pages[0].contents_add(b"\nq /GX gs 0 0 5 5 re f Q\n" if is_used else b"\nq Q\n")

    return change


def image(**entries: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        told = {"ColorSpace": Name.DeviceRGB} | entries
        made = pdf.make_stream(
            b"\x00" * 12, Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2,
            BitsPerComponent=8, **told,
        )  # fmt: skip
        pdf.pages[0].obj.Resources.XObject = Dictionary(IX=made)
        pdf.pages[0].contents_add(b"\nq 50 0 0 50 10 10 cm /IX Do Q\n")

    return change


def masked(pdf: pikepdf.Pdf) -> None:
    mask = pdf.make_stream(
        b"\x80" * 4, Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2,
        BitsPerComponent=8, ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    image(SMask=mask)(pdf)


def drawn(content: bytes, *, is_meant: bool = False) -> Change:
    """The page draws this alone, without an output intent unless it ``is_meant``."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(content)
        gone = ["/Group", "/Resources"] + ([] if is_meant else ["/OutputIntents"])
        for owner in (pdf.Root, page):
            for key in gone:
                if key in owner:
                    del owner[key]
        page.Resources = Dictionary()

    return change


def packet(pattern: bytes, by: bytes) -> Change:
    """The XMP packet with this in the place of that."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Metadata.write(re.sub(pattern, by, pdf.Root.Metadata.read_bytes()))

    return change


def fonts_lack(key: str) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        for one in pdf.objects:
            if isinstance(one, Dictionary) and key in one:
                del one[key]

    return change


def intent(change: Callable[[Any], object], *, is_added: bool = False) -> Change:
    """Another profile in the output intent, or in one more."""

    def changed(pdf: pikepdf.Pdf) -> None:
        intents: Any = pdf.Root.OutputIntents
        data = bytearray(intents[0].DestOutputProfile.read_bytes())
        change(data)
        profile = pdf.make_stream(bytes(data), N=3)
        if is_added:
            dictionary = Dictionary(
                Type=Name.OutputIntent, S=Name.GTS_PDFX, DestOutputProfile=profile
            )
            dictionary.OutputConditionIdentifier = pikepdf.String("x")
            intents.append(dictionary)
        else:
            intents[0].DestOutputProfile = profile

    return changed


def form(**entries: Any) -> Change:
    """A form that the page paints."""

    def change(pdf: pikepdf.Pdf) -> None:
        told = {"Subtype": Name.Form, "BBox": Array([0, 0, 9, 9])} | entries
        made = pdf.make_stream(b"0 0 1 1 re n", Type=Name.XObject, **told)
        pdf.pages[0].obj.Resources.XObject = Dictionary(FX=made)
        pdf.pages[0].contents_add(b"\n/FX Do\n")

    return change


def layers(**view: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="A"))
        told = {"Name": "B", "Order": Array([layer])} | view
        shown = Dictionary({f"/{key}": one for key, one in told.items() if one is not None})
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=shown)

    return change


def attached(*lacks: str) -> Change:
    """A file that is told in full but for what it lacks."""

    def change(pdf: pikepdf.Pdf) -> None:
        day = Dictionary(ModDate="D:20250101000000Z")
        stream = pdf.make_stream(b"<a/>", Type=Name.EmbeddedFile, Params=day)
        if "Subtype" not in lacks:
            stream.Subtype = Name("/text/xml")
        told = {"F": "a.xml", "UF": "a.xml", "AFRelationship": Name.Data, "Desc": "a"}
        given = {f"/{key}": one for key, one in told.items() if key not in lacks}
        file = pdf.make_indirect(
            Dictionary({"/Type": Name.Filespec, "/EF": Dictionary(F=stream, UF=stream)} | given)
        )
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(["a.xml", file])))
        if "AF" not in lacks:
            pdf.Root.AF = Array([file])

    return change


def looking(*states: str, is_choice: bool = False, **entries: Any) -> Change:
    """A square with an appearance for each state."""

    def change(pdf: pikepdf.Pdf) -> None:
        look: Any = pdf.make_stream(
            b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])
        )
        shown = Dictionary(On=look) if is_choice else look
        looks = Dictionary({f"/{one}": shown for one in states})
        annotation(Name.Square, AP=looks, **entries)(pdf)

    return change


def lacking(*keys: str) -> Change:
    return lambda pdf: [pdf.Root.__delitem__(key) for key in keys if key in pdf.Root]


def more(content: bytes) -> Change:
    return lambda pdf: pdf.pages[0].contents_add(b"\n" + content + b"\n")


def act(kind: str, **entries: Any) -> Change:
    return root(OpenAction=Dictionary(S=Name(f"/{kind}"), **entries))


INLINE = b"q BI /W 1 /H 1 /BPC 8 /CS /G %s ID \x80 EI Q"
CHANGES: Mapping[str, Change] = {
    "nothing": root(),
    "packet-untyped": lambda pdf: pdf.Root.Metadata.__delitem__("/Type"),
    "packet-bytes": packet(rb'(<.xpacket begin="[^"]*")', rb'\1 bytes="1000"'),
    "level-small": packet(rb"conformance>([AB])<", rb"conformance>b<"),
    "property-own": packet(b"</rdf:Desc", b'<o:a xmlns:o="http://own.vn/">x</o:a></rdf:Desc'),
    "title-bare": packet(rb"(?s)<dc:title>.*?</dc:title>", b"<dc:title>A</dc:title>"),
    "title-other": lambda pdf: pdf.docinfo.__setitem__("/Title", "B"),
    "date-other": lambda pdf: pdf.docinfo.__setitem__("/CreationDate", "D:20200101000000Z"),
    "font-without-codes": fonts_lack("/ToUnicode"),
    "font-without-set": fonts_lack("/CIDSet"),
    "profile-same-twice": intent(lambda _: None),
    "profile-other": intent(lambda _: None, is_added=True),
    "profile-new": intent(lambda data: data.__setitem__(8, 4)),
    "profile-newer": intent(lambda data: data.__setitem__(8, 5)),
    "profile-empty": intent(lambda data: data.__setitem__(slice(0, 200), bytes(200))),
    "form": form(),
    "form-elsewhere": form(Ref=Dictionary(F="a.pdf", Page=0)),
    "form-program": form(Subtype=Name.PS),
    "form-with-program": form(Subtype2=Name.PS),
    "layers-told": layers(),
    "layers-without-name": layers(Name=None),
    "layers-unlisted": layers(Order=Array()),
    "layers-by-use": layers(AS=Array()),
    **{f"attached-without-{one}": attached(one) for one in ("AF", "UF", "AFRelationship")},
    "attached": attached(),
    "attached-without-type": attached("Subtype"),
    "look-pressed": looking("N", "D"),
    "look-chosen": looking("N", is_choice=True),
    "look-pale": looking("N", CA=0.5),
    "not-marked": lacking("/MarkInfo"),
    "not-tagged": lacking("/StructTreeRoot"),
    "language-in-words": root(Lang="tiếng Việt"),
    "intent-unknown": more(b"/Foo ri"),
    "intent-of-image": image(Intent=Name.Foo),
    "intent-of-state": state(RI=Name.Foo),
    "halftone": state(HT=Dictionary(Type=Name.Halftone, HalftoneType=6)),
    "inline": more(INLINE % b""),
    "inline-interpolated": more(INLINE % b"/I true"),
    "nested": more(b"q " * 30 + b"Q " * 30),
    "act-uri": act("URI", URI="http://a.vn"),
    "act-unknown": act("Foo"),
    "act-within": act("GoToE", D=Array([0, Name.Fit])),
    "page-large": page(MediaBox=Array([0, 0, 20000, 20000])),
    "version-old": root(Version=Name("/1.5")),
    "layers": root(OCProperties=Dictionary(OCGs=Array(), D=Dictionary(Name="x"))),
    "act-of-file": root(AA=Dictionary(WC=GO)),
    "act-of-page": page(AA=Dictionary(O=GO)),
    "form-to-draw": root(AcroForm=Dictionary(Fields=Array(), NeedAppearances=True)),
    "form-drawn": root(AcroForm=Dictionary(Fields=Array(), NeedAppearances=False)),
    "xfa": root(AcroForm=Dictionary(Fields=Array(), XFA=Array())),
    "rendering": root(NeedsRendering=True),
    "requirements": root(Requirements=Array()),
    "permissions": root(Perms=Dictionary(XX=Dictionary())),
    "presentations": root(Names=Dictionary(AlternatePresentations=Dictionary(Names=Array()))),
    "steps": page(PresSteps=Dictionary()),
    "link-without-flags": annotation(F=None),
    "link-not-printed": annotation(F=0),
    "link-hidden": annotation(F=6),
    "link-invisible": annotation(F=5),
    "link-unseen": annotation(F=36),
    "square-without-look": annotation(Name.Square),
    "square-without-size": annotation(Name.Square, Rect=Array([0, 0, 0, 0])),
    "movie": annotation(Name.Movie),
    "screen": annotation(Name.Screen),
    "field": field(),
    "act-of-field": field(A=GO),
    "acts-of-field": field(AA=Dictionary(F=GO)),
    "named-print": annotation(A=Dictionary(S=Name.Named, N=Name.Print)),
    "named-next": annotation(A=Dictionary(S=Name.Named, N=Name.NextPage)),
    "image": image(),
    "image-masked": masked,
    "image-alternates": image(Alternates=Array()),
    "image-opi": image(OPI=Dictionary()),
    "pale": state(ca=0.5),
    "opaque": state(ca=1.0),
    "pale-unused": state(is_used=False, ca=0.5),
    "mode-normal": state(BM=Name.Normal),
    "transfer": state(TR=Name.Identity),
    "transfer-unused": state(is_used=False, TR=Name.Identity),
    "group": page(Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)),
    "no-colour": drawn(b"q Q"),
    "grey-as-it-begins": drawn(b"0 0 5 5 re f"),
    "grey": drawn(b"0 g 0 0 5 5 re f"),
    "red": drawn(b"1 0 0 rg 0 0 5 5 re f"),
    "red-line": drawn(b"1 0 0 RG 0 0 m 5 5 l S"),
    "grey-meant": drawn(b"0 g 0 0 5 5 re f", is_meant=True),
    "red-meant": drawn(b"1 0 0 rg 0 0 5 5 re f", is_meant=True),
    "cyan-not-meant": drawn(b"1 0 0 0 k 0 0 5 5 re f", is_meant=True),
}  # fmt: skip
OF_PACKETS: Mapping[str, Change] = {
    "claim-under-other-name": packet(rb"pdfaid(?=[:=])", b"foo"),
    "claim-twice": packet(rb"(<pdfaid:part>\d</pdfaid:part>)", rb"\1\1"),
    "claim-in-blanks": packet(rb"<pdfaid:part>", b"<pdfaid:part> "),
    "claim-too-long": packet(rb"(<pdfaid:part>\d)", rb"\g<1>2"),
    "claim-with-comment": packet(rb"<pdfaid:part>", b"<pdfaid:part><!-- a -->"),
    "claim-with-more": packet(rb"<pdfaid:part>", b"<pdfaid:own>1</pdfaid:own><pdfaid:part>"),
    "level-missing": packet(
        rb"<pdfaid:(?:rev|conformance)>[^<]*</pdfaid:(?:rev|conformance)>", b""
    ),
    "level-unknown": packet(
        rb"<pdfaid:(?:rev|conformance)>[^<]*<(/pdfaid:)(?:rev|conformance)>",
        rb"<pdfaid:conformance>X<\1conformance>",
    ),
    "packet-cut": packet(rb"</rdf:RDF>.*", b""),
    "packet-with-bare-sign": packet(rb">saved<", b">a & b<"),
    "packet-with-control": packet(rb">saved<", b">a\x02b<"),
    "packet-behind-text": packet(rb"^", b"abc"),
    "packet-behind-line": packet(rb"^", b"\n\n"),
    "packet-in-utf-16": lambda pdf: pdf.Root.Metadata.write(
        pdf.Root.Metadata.read_bytes().decode().encode("utf-16")
    ),
    "about-of-old": packet(b"rdf:about=", b"about="),
}
ENDS = {"cr": (b"\r", b"\r"), "cr-alone-first": (b"\r", b"\r\n"), "blank": (b" \n", b"\n")}
HEADS = {"head-1.4": b"%PDF-1.4", "head-1.7": b"%PDF-1.7", "head-2.0": b"%PDF-2.0"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Verdict, PdfaJudgement]]:
    """By claim and change: what veraPDF says, in one start of it, and what we say."""
    folder = tmp_path_factory.mktemp("claims")
    files: list[Path] = []
    for claim, standard in CLAIMS.items():
        sound = folder / f"{claim}.pdf"
        sound.write_bytes(typst.compile(SOURCE, format="pdf", pdf_standards=[standard]))
        for name, change in {**CHANGES, **(OF_PACKETS if claim in "1b 2b 4" else {})}.items():
            if claim == "3b" and not name.startswith(("attached", "nothing")):
                continue  # as 2b but for what is attached
            with pikepdf.open(sound) as pdf:
                change(pdf)
                files.append(saved(pdf, folder / f"{claim}--{name}.pdf"))
        with pikepdf.open(sound) as pdf:
            files.append(
                saved(pdf, folder / f"{claim}--tables.pdf", tables=ObjectStreamMode.generate)
            )
            pdf.docinfo["/Author"] = "B"
            files.append(saved(pdf, folder / f"{claim}--author.pdf"))
        data = (folder / f"{claim}--nothing.pdf").read_bytes()
        end = data.index(b"\n", 9)
        heads = {name: head + data[8:] for name, head in HEADS.items()}
        heads["head-of-text"] = data[:9] + b"%abcd" + data[end:]
        for name, (one, two) in ENDS.items():
            heads[name] = data[:8] + one + b"%\xe2\xe3\xcf\xd3" + two + data[end + 1 :]
        heads["head-behind-lines"] = b"\n\n" + data
        heads["bytes-behind"], heads["line-behind"] = data + b"\nabc\n", data.rstrip() + b"\r\n"
        for name, changed in heads.items():
            files.append(folder / f"{claim}--{name}.pdf")
            files[-1].write_bytes(changed)
    return {
        told.path.stem: (told, judge_pdfa_here(told.path, told.path.stem.partition("--")[0]))
        for told in verapdf(files)
    }


def saved(
    pdf: pikepdf.Pdf, path: Path, *, tables: ObjectStreamMode = ObjectStreamMode.disable
) -> Path:
    pdf.save(path, object_stream_mode=tables, fix_metadata_version=False)
    return path


def test_each_mistake_is_told_as_verapdf_tells_it(
    judged: dict[str, tuple[Verdict, PdfaJudgement]],
) -> None:
    unread = [name for name, (told, _) in judged.items() if told.flavour not in CLAIMS]
    assert not unread, unread
    wrong = [
        f"{name}: veraPDF {'passes' if told.passed else 'fails'} it, here {here.broken}"
        for name, (told, here) in judged.items()
        if told.passed == bool(here.broken)
    ]
    assert not wrong, "\n".join(wrong)
    failed = [name for name, (told, _) in judged.items() if not told.passed]
    assert len(failed) > len(judged) / 3, "there are mistakes among them"
