"""What is told of another archive in words, the same from a page and a program."""

from typing import Annotated

from pydantic import Field, StringConstraints

from archive_service.given import Given
from retention.transfer.partners.rules import PartnerFacts

_Digest = Annotated[str, StringConstraints(to_lower=True)]
_Line = Annotated[str, StringConstraints(strip_whitespace=True)]


class PartnerWords(Given):
    """What is told is changed; what is left out stays as it is."""

    name: str | None = None
    gives: bool | None = None
    receives: bool | None = None
    witnesses: bool | None = None
    witnessed: bool | None = None
    witness_key: _Line | None = None
    url: _Line | None = None
    plain_http: bool | None = None
    quota_bytes: int | None = Field(default=None, ge=0)
    drop_certificates: list[_Digest] = Field(default=[], max_length=20)

    def facts(self) -> PartnerFacts:
        """The same, as the rules take it."""
        return PartnerFacts(**{name: getattr(self, name) for name in PartnerWords.model_fields})
