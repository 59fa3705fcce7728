"""What asking for a signature on a paper of a destruction is given."""

from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class SignatureIn(Given):
    """Who is to sign; ``with_seal``: a clerk with the agency's seal."""

    account: Annotated[str, Typed(may_be_blank=True)] = Field(description="Who is to sign.")
    with_seal: Annotated[bool, Typed(option="--seal")] = Field(
        default=False,
        description="With the seal of the agency, which a clerk puts.",
    )
