"""What the acts on a batch tell."""

from archive_service.document import Document


class EditDone(Document):
    """One act on the desk that was done, undone or done again; ``edit`` is its number."""

    batch: str
    edit: int
    kind: str
    state: str


class BatchReleased(Document):
    """A batch whose pages lie where they belong; ``codes`` of what took them."""

    batch: str
    state: str
    pages: int
    documents: int
    codes: list[str]


class BatchRejected(Document):
    """A batch of which nothing was taken."""

    batch: str
    state: str
