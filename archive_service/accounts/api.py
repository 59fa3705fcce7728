"""Tokens of accounts: made, listed, ended, rotated."""

from apiflask import APIBlueprint
from pydantic import BaseModel

from archive_service.accounts.tokens import (
    TokenList,
    end_token,
    list_tokens,
    make_token,
    rotate_token,
)
from archive_service.api.offered import offer
from archive_service.request import current_actor, services

bp = APIBlueprint("api_tokens", __name__, tag="tokens", url_prefix="/tokens")


class TokenQuery(BaseModel):
    """Those of one account; ``own``: of who asks."""

    account: str = ""
    own: bool = False


@bp.get("")
@bp.input(TokenQuery, location="query")
@bp.output(TokenList)
def list_all(query_data: TokenQuery) -> TokenList:
    """Tokens by account, the newest first; none is shown itself."""
    return list_tokens(
        services(), actor=current_actor(), account=query_data.account, own=query_data.own
    )


# An ``Idempotency-Key`` keeps no answer of these: it would hold the token.
offer(bp, "", make_token)
offer(bp, "/<uuid:token_id>/end", end_token)
offer(bp, "/<uuid:token_id>/rotate", rotate_token)
