"""One mistake in a sound PDF/A: told where veraPDF fails it, and nothing where it passes."""

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
CLAIMS: Mapping[str, Literal["a-1b", "a-2b", "a-4"]] = {"1b": "a-1b", "2b": "a-2b", "4": "a-4"}
GO = Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]))


def root(**entries: Any) -> Change:
    return lambda pdf: [pdf.Root.__setitem__(f"/{key}", one) for key, one in entries.items()]


def page(**entries: Any) -> Change:
    return lambda pdf: [
        pdf.pages[0].obj.__setitem__(f"/{key}", one) for key, one in entries.items()
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
        given = {f"/{key}": one for key, one in entries.items()}
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


CHANGES: Mapping[str, Change] = {
    "nothing": root(),
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
HEADS = {"head-1.4": b"%PDF-1.4", "head-1.7": b"%PDF-1.7", "head-2.0": b"%PDF-2.0"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Verdict, PdfaJudgement]]:
    """By claim and change: what veraPDF says, in one start of it, and what we say."""
    folder = tmp_path_factory.mktemp("claims")
    files: list[Path] = []
    for claim, standard in CLAIMS.items():
        sound = folder / f"{claim}.pdf"
        sound.write_bytes(typst.compile(SOURCE, format="pdf", pdf_standards=[standard]))
        for name, change in CHANGES.items():
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
    assert {told.flavour for told, _ in judged.values()} == set(CLAIMS), "all were read"
    wrong = [
        f"{name}: veraPDF {'passes' if told.passed else 'fails'} it, here {here.broken}"
        for name, (told, here) in judged.items()
        if told.passed == bool(here.broken)
    ]
    assert not wrong, "\n".join(wrong)
    failed = [name for name, (told, _) in judged.items() if not told.passed]
    assert len(failed) > len(judged) / 3, "there are mistakes among them"
