"""Tokens, one's own sessions and passkeys, rights changed, gained and delegated, and who leaves."""

from http import HTTPMethod, HTTPStatus

from apiflask import APIBlueprint
from pydantic import BaseModel

from archive_service.accounts.adding import list_all_accounts, make_account
from archive_service.accounts.applications.acts import (
    ask_for_account,
    grant_application,
    list_applications,
    refuse_application,
)
from archive_service.accounts.applications.documents import (
    AccountWish,
    AccountWishReceipt,
)
from archive_service.accounts.changing.acts import change_rights, show_rights
from archive_service.accounts.delegations.acts import (
    end_delegation,
    hand_duties,
    list_delegations,
)
from archive_service.accounts.gains.acts import confirm_gain, list_gains, refuse_gain
from archive_service.accounts.leaving.acts import leave, show_leaving
from archive_service.accounts.oidc.bindings import (
    bind_account,
    end_binding,
    show_binding,
)
from archive_service.accounts.own_sessions import end_session, list_sessions
from archive_service.accounts.pages.bounded import place_of_request
from archive_service.accounts.passkeys.acts import list_passkeys, remove_passkey
from archive_service.accounts.renaming import rename
from archive_service.accounts.tokens import (
    TokenList,
    end_token,
    list_tokens,
    make_token,
    rotate_token,
)
from archive_service.accounts.unlocking import unlock
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.request import current_actor, services

bp = APIBlueprint("api_accounts", __name__, tag="accounts", url_prefix="")


class TokenQuery(BaseModel):
    """Those of one account; ``own``: of who asks."""

    account: str = ""
    own: bool = False


@bp.get("/tokens")
@bp.input(TokenQuery, location="query")
@bp.output(TokenList)
def list_all(query_data: TokenQuery) -> TokenList:
    """Tokens by account, the newest first; none is shown itself."""
    return list_tokens(
        services(), actor=current_actor(), account=query_data.account, own=query_data.own
    )


# An ``Idempotency-Key`` keeps no answer of these: it would hold the token.
offer(bp, "/tokens", make_token)
offer(bp, "/tokens/<uuid:token_id>/end", end_token)
offer(bp, "/tokens/<uuid:token_id>/rotate", rotate_token)
offer(bp, "/account/sessions", list_sessions, method=HTTPMethod.GET)
offer(bp, "/account/sessions/<session_name>/end", end_session)
offer(bp, "/account/passkeys", list_passkeys, method=HTTPMethod.GET)
offer(bp, "/account/passkeys/<uuid:passkey_id>/remove", remove_passkey)
offer(bp, "/rights-gains", list_gains, method=HTTPMethod.GET)
offer(bp, "/rights-gains/<uuid:gain_id>/confirm", confirm_gain)
offer(bp, "/rights-gains/<uuid:gain_id>/refuse", refuse_gain)
offer(bp, "/accounts", list_all_accounts, method=HTTPMethod.GET)


# An ``Idempotency-Key`` keeps no answer of it: it would hold the password.
offer(bp, "/accounts", make_account)


@bp.post("/account-applications")
@bp.input(AccountWish)
@bp.output(AccountWishReceipt, status_code=HTTPStatus.ACCEPTED)
def ask(json_data: AccountWish) -> AccountWishReceipt:
    """Ask for a reader's account, without one; whether the name is somebody's is not told.

    It waits for an answer. Nobody's requests are kept by an ``Idempotency-Key``.
    """
    return ask_for_account(services(), json_data, place=place_of_request(), lang=language())


offer(bp, "/account-applications", list_applications, method=HTTPMethod.GET)


# The same as of ``/accounts``.
offer(bp, "/account-applications/<uuid:application_id>/grant", grant_application)
offer(bp, "/account-applications/<uuid:application_id>/refuse", refuse_application)
offer(bp, "/accounts/<name>/leaving", show_leaving, method=HTTPMethod.GET)
offer(bp, "/accounts/<name>/leave", leave)
offer(bp, "/accounts/<name>/rename", rename)
offer(bp, "/accounts/<name>/unlock", unlock)
offer(bp, "/accounts/<name>/rights", show_rights, method=HTTPMethod.GET)
offer(bp, "/accounts/<name>/rights", change_rights)
offer(bp, "/accounts/<name>/binding", show_binding, method=HTTPMethod.GET)
offer(bp, "/accounts/<name>/binding", bind_account)
offer(bp, "/accounts/<name>/binding/end", end_binding)
offer(bp, "/delegations", list_delegations, method=HTTPMethod.GET)
offer(bp, "/delegations", hand_duties)
offer(bp, "/delegations/<uuid:delegation_id>/end", end_delegation)
