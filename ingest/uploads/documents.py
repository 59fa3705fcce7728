"""JSON of uploads, as the contract names it."""

from uuid import UUID

from pydantic import BaseModel


class UploadDocument(BaseModel):
    """An upload that is not whole: of ``size`` bytes ``received`` are here."""

    id: UUID
    name: str
    size: int
    received: int


class UploadList(BaseModel):
    """Uploads of the account by name."""

    uploads: list[UploadDocument]


class StretchDocument(BaseModel):
    """The SHA-256 of a stretch of an upload."""

    sha256: str
