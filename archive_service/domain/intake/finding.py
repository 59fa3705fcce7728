"""Findings: what a check saw, with its place; the words come from the messages."""

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Severity(enum.StrEnum):
    """ERROR: only the sender can correct it. WARNING: a person looks. INFO: good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check. ``code`` names the message, ``facts`` fill it.

    ``place`` names the file and the field or page, such as "van-ban/01.pdf" or
    "Văn bản, dòng 3, issuedDate"; empty where the whole submission is meant.
    """

    check: str
    code: str
    severity: Severity
    place: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class FindingRow(Base):
    """A finding of a submission as it is kept; it becomes a PREMIS event of the package."""

    __tablename__ = "finding"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    check: Mapped[str] = mapped_column("check_name", String(60))
    code: Mapped[str] = mapped_column(String(80))
    severity: Mapped[Severity] = mapped_column()
    place: Mapped[str] = mapped_column(String(1000), default="")
    facts: Mapped[dict[str, Any]] = mapped_column()

    @classmethod
    def of(cls, finding: Finding, *, submission_id: UUID, ordinal: int) -> "FindingRow":
        """The row of one finding."""
        return cls(
            submission_id=submission_id,
            ordinal=ordinal,
            check=finding.check,
            code=finding.code,
            severity=finding.severity,
            place=finding.place,
            facts=finding.facts,
        )


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as it is kept in ``door_findings``."""
    return asdict(finding) | {"severity": finding.severity.value}


def of_json(kept: Mapping[str, Any]) -> Finding:
    """What ``as_json`` gave; keys beside those of a finding are left out."""
    named = {field.name: kept[field.name] for field in fields(Finding)}
    return Finding(**named | {"severity": Severity(kept["severity"])})
