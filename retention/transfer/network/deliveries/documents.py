"""Deliveries of other archives by network, as their programs read them."""

from pydantic import BaseModel

from archive_service.document import Document


class DeliveryInDocument(Document):
    """A transfer as it comes in: ``wanted`` packages are to come, ``receiving``: they are taken.

    ``minutes_sha256`` is that of the minutes with the signatures given so far, null before them.

    ``register_sequence`` of the newest register that is here, ``answer_sequence`` of its answer.

    ``batch_bytes`` of ``batch_packages`` packages may come in one request; an older archive tells
    neither, and takes one by one.

    ``sequence`` of the newest manifest, ``is_newest``: it is the one that was sent now.
    """

    id: str
    number: str
    state: str
    sequence: int
    wanted: int
    receiving: bool
    register_sequence: int
    answer_sequence: int
    reply_sequence: int
    minutes_sha256: str | None
    is_newest: bool
    batch_bytes: int
    batch_packages: int


class PackageInDocument(Document):
    """A package and the bytes of it that are here."""

    ordinal: int
    file: str
    size_bytes: int
    sha256: str
    received: int


class PackageInList(BaseModel):
    """Packages that are wanted, in their order."""

    packages: list[PackageInDocument]
