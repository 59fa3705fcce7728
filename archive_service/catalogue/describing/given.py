"""What taking an edit back is given."""

from archive_service.given import Given


class UndoIn(Given):
    """Why; ``edition`` of the data that was seen."""

    reason: str
    edition: int | None = None
