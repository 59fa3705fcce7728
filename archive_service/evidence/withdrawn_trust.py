"""Papers that the demo's authority signed or stamped, before it was taken out of trust."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import Act

WITHDRAWN = "demo-trust-withdrawn"  # kind of the act that tells of it


def withdrawn_papers(session: Session, archive: str) -> frozenset[str]:
    """Their digests, as the acts of the archive with this code tell them; most often none."""
    acts = select(Act.document).where(Act.subject_id == archive, Act.kind == WITHDRAWN)
    return frozenset(
        paper["sha256"] for document in session.scalars(acts) for paper in document["papers"]
    )
