"""The invented agency of the sample, with its people."""

import datetime as dt
from dataclasses import dataclass

from archive_service.signing.port import SignerKind, Subject


@dataclass(frozen=True, slots=True)
class Official:
    """Who signs for the agency, from when to when."""

    name: str
    position: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class SampleAgency:
    """One agency under its old and its new identifier; ``new_since`` is when the new one began."""

    name: str
    short_name: str
    place: str
    superior: str
    superior_code: str
    old_code: str
    new_code: str
    new_since: dt.date
    heads: tuple[Official, ...]

    def head_on(self, day: dt.date) -> Official:
        """Who was head on ``day``; the first one for days before that."""
        return next((head for head in reversed(self.heads) if head.since <= day), self.heads[0])

    def subject(self) -> Subject:
        """Whom the agency's certificate names."""
        return Subject(
            name=self.name,
            organization=self.name,
            kind=SignerKind.AGENCY,
            identifier="MST:9900000018",
            locality=self.place,
        )

    def subject_of(self, official: Official) -> Subject:
        """Whom a person's certificate names."""
        return Subject(
            name=official.name,
            organization=self.name,
            kind=SignerKind.PERSON,
            identifier="CCCD:000000000118",
            title=official.position,
            locality=self.place,
        )


SAMPLE_AGENCY = SampleAgency(
    name="Sở Công trình tỉnh Sơn Lam",
    short_name="Sở Công trình",
    place="Sơn Lam",
    superior="Ủy ban nhân dân tỉnh Sơn Lam",
    superior_code="H40",
    old_code="000.00.18.H40",
    new_code="H40.18",
    new_since=dt.date(2020, 9, 15),
    heads=(
        Official("Hoàng Đình Lưu", "Giám đốc", dt.date(2008, 1, 1)),
        Official("Trần Minh Khôi", "Giám đốc", dt.date(2021, 6, 1)),
    ),
)
