"""Makes the whole sample: an agency, its file plan, and case files ready to be submitted."""

from dataclasses import dataclass
from pathlib import Path

from archive_service.demo.agency import SAMPLE_AGENCY, SampleAgency
from archive_service.demo.case_files import (
    make_born_digital,
    make_faulty,
    make_listed,
    make_scanned,
)
from archive_service.demo.papers import CaseText, read_case
from archive_service.demo.sheets import write_file_plan
from archive_service.forms.typst_form import FONTS
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.text import fold


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words printed on one page of case file B, with marks and without.

    ``document`` counts from 1 in the order of the list; ``page`` counts that document's images
    from 1.
    """

    text: str
    folded: str
    document: int
    page: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Where everything lies. ``a b c d e`` are folders to submit; ``c`` is faulty on purpose.

    ``d`` is a list without files; ``d_text`` is what its paper says. The term of ``e`` is over.
    """

    agency: SampleAgency
    file_plan: Path
    file_plan_year: int
    a: Path
    a_code: str
    b: Path
    b_code: str
    b_images: int
    c: Path
    c_code: str
    d: Path
    d_text: CaseText
    e: Path
    e_text: CaseText
    phrases: tuple[Phrase, ...]


def make_sample(
    target: Path, *, seed: int, authority: DemoAuthority | None = None, fonts: Path = FONTS
) -> Sample:
    """Make the sample in ``target``, which must be new or empty.

    The same seed gives the same bytes but for what has to be drawn: signatures and the salt of
    the encrypted PDF. The signatures come from ``authority``, else from one made in
    ``target/authority``.
    """
    agency = SAMPLE_AGENCY
    target.mkdir(parents=True, exist_ok=True)
    authority = authority or DemoAuthority.open_or_make(target / "authority")
    a, b, c, d, e = (read_case(f"case_{name}") for name in "abcde")
    keys = target / "keys"
    authority.issue_key(agency.subject_of(agency.heads[-1]), keys / "person.p12")
    authority.issue_key(agency.subject(), keys / "agency.p12")
    sample = Sample(
        agency=agency,
        file_plan=target / "Danh mục hồ sơ 2025.xlsx",
        file_plan_year=write_file_plan(target / "Danh mục hồ sơ 2025.xlsx", agency),
        a=target / "A",
        a_code=a.fields["code"],
        b=target / "B",
        b_code=b.fields["code"],
        b_images=sum(len(p.pages) + bool(p.blank_back_after) for p in b.papers),
        c=target / "C",
        c_code=c.fields["code"],
        d=target / "D",
        d_text=d,
        e=target / "E",
        e_text=e,
        phrases=_phrases(b),
    )
    person = open_pkcs12("pkcs12:person.p12", home=keys)
    seal = open_pkcs12("pkcs12:agency.p12", home=keys)
    for folder, text in ((sample.a, a), (sample.e, e)):
        make_born_digital(folder, text, agency, person=person, seal=seal, fonts=fonts)
    make_scanned(sample.b, b, agency, seed=seed, fonts=fonts)
    make_faulty(sample.c, c, agency, fonts=fonts)
    make_listed(sample.d, d, agency)
    return sample


def _phrases(case: CaseText) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(phrase["text"], fold(phrase["text"]), phrase["document"], phrase["page"])
        for phrase in case.phrases
    )
