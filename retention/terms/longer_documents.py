"""Which documents of a mixed case file ask for a longer term than its own rule.

Source:
    Luật Lưu trữ 33/2024/QH15, Điều 15 k4.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import law
from archive_service.domain.case_files.document import Document
from retention.terms.rules import OTHER_PERIOD, RetentionRule, years_of


@dataclass(frozen=True, slots=True)
class Forcing:
    """A document whose declared term is the one that its case file is kept for.

    ``maintenance`` is the code that it bears, ``years`` its term; ``None`` is permanent.
    """

    ordinal: int
    number: str
    symbol: str
    title: str
    maintenance: str
    years: int | None
    citation: str


def forcing_documents(session: Session, case_file_id: UUID, rule: RetentionRule) -> list[Forcing]:
    """Those that ask for the term to which the rule was raised, in their order.

    None where it stands as it was; beside a term that counts from an event those that ask for the
    least that it may come to.
    """
    if rule.raised_from is None and rule.least is None:
        return []
    asked = rule.years if rule.raised_from is not None else rule.least
    query = select(
        Document.ordinal,
        Document.code_number,
        Document.code_notation,
        Document.subject,
        Document.maintenance,
    ).where(
        Document.case_file_id == case_file_id,
        Document.maintenance.is_not(None),
        Document.maintenance.not_in(("", OTHER_PERIOD)),
    )
    citation = law.code_list("maintenance").meta.citation
    return [
        Forcing(ordinal, number or "", symbol or "", title, code, asked, citation)
        for ordinal, number, symbol, title, code in session.execute(
            query.order_by(Document.ordinal)
        )
        if code is not None and years_of(code) == asked
    ]
