"""What was asked to be told of a submission, of the contract."""

from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.intake.callback import Callback
from archive_service.log import hide_secrets


class CallbackDocument(Document):
    """What was asked, and how far it is told; ``told_state`` is a state of the submission.

    Of ``url`` a token is left out: others than who asked may read it.
    """

    submission: UUID
    url: str
    told_state: str | None
    told_at: Moment | None
    attempts: int
    trouble: str | None

    @classmethod
    def of(cls, row: Callback) -> "CallbackDocument":
        """The document of a row, which has empty words for what there is none of."""
        return cls.of_row(
            row,
            submission=row.submission_id,
            url=hide_secrets(row.url),
            told_state=row.told_state or None,
            trouble=row.trouble or None,
        )
