"""Tokens, one's own sessions and passkeys, rights changed, gained and delegated, and who leaves."""

from http import HTTPStatus

from apiflask import APIBlueprint
from pydantic import BaseModel

from archive_service.accounts.adding import AccountList, list_all_accounts, make_account
from archive_service.accounts.applications.acts import (
    ask_for_account,
    grant_application,
    list_applications,
    refuse_application,
)
from archive_service.accounts.applications.documents import (
    AccountApplicationList,
    AccountWish,
    AccountWishReceipt,
)
from archive_service.accounts.changing.acts import change_rights, show_rights
from archive_service.accounts.changing.documents import RightsDocument
from archive_service.accounts.delegations.acts import (
    end_delegation,
    hand_duties,
    list_delegations,
)
from archive_service.accounts.delegations.documents import DelegationList
from archive_service.accounts.gains.acts import confirm_gain, list_gains, refuse_gain
from archive_service.accounts.gains.documents import GainList
from archive_service.accounts.leaving.acts import leave, show_leaving
from archive_service.accounts.leaving.documents import LeavingDocument
from archive_service.accounts.oidc.bindings import (
    BindingDocument,
    bind_account,
    end_binding,
    show_binding,
)
from archive_service.accounts.own_sessions import SessionList, end_session, list_sessions
from archive_service.accounts.pages.bounded import place_of_request
from archive_service.accounts.passkeys.acts import list_passkeys, remove_passkey
from archive_service.accounts.passkeys.documents import PasskeyList
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


@bp.get("/account/sessions")
@bp.output(SessionList)
def list_own_sessions() -> SessionList:
    """One's own sessions that go on, and one's last five sign-ins."""
    return list_sessions(services(), actor=current_actor())


offer(bp, "/account/sessions/<session_name>/end", end_session)


@bp.get("/account/passkeys")
@bp.output(PasskeyList)
def list_own_passkeys() -> PasskeyList:
    """One's own passkeys, with their last use; a browser makes and shows them at the pages."""
    return list_passkeys(services(), actor=current_actor())


offer(bp, "/account/passkeys/<uuid:passkey_id>/remove", remove_passkey)


@bp.get("/rights-gains")
@bp.output(GainList)
def list_rights_gains() -> GainList:
    """What waits for a second person, the earliest first; then what was decided."""
    return list_gains(services(), actor=current_actor())


offer(bp, "/rights-gains/<uuid:gain_id>/confirm", confirm_gain)
offer(bp, "/rights-gains/<uuid:gain_id>/refuse", refuse_gain)


@bp.get("/accounts")
@bp.output(AccountList)
def list_every_account() -> AccountList:
    """Accounts by name: all, or those of the agency of who asks."""
    return list_all_accounts(services(), actor=current_actor())


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


@bp.get("/account-applications")
@bp.output(AccountApplicationList)
def list_all_applications() -> AccountApplicationList:
    """Who asks for an account, the earliest due first; then those that were answered."""
    return list_applications(services(), actor=current_actor())


# The same as of ``/accounts``.
offer(bp, "/account-applications/<uuid:application_id>/grant", grant_application)
offer(bp, "/account-applications/<uuid:application_id>/refuse", refuse_application)


@bp.get("/accounts/<name>/leaving")
@bp.output(LeavingDocument)
def show_leaving_of(name: str) -> LeavingDocument:
    """Everything that is open with a person, before they leave; nothing is changed."""
    return show_leaving(services(), name, actor=current_actor())


offer(bp, "/accounts/<name>/leave", leave)
offer(bp, "/accounts/<name>/rename", rename)
offer(bp, "/accounts/<name>/unlock", unlock)


@bp.get("/accounts/<name>/rights")
@bp.output(RightsDocument)
def show_rights_of(name: str) -> RightsDocument:
    """The rights of an account, and what is open with its person; nothing is changed."""
    return show_rights(services(), name, actor=current_actor())


offer(bp, "/accounts/<name>/rights", change_rights)


@bp.get("/accounts/<name>/binding")
@bp.output(BindingDocument)
def show_binding_of(name: str) -> BindingDocument:
    """Whom an account is at the identity provider: one's own, or another's."""
    return show_binding(services(), name, actor=current_actor())


offer(bp, "/accounts/<name>/binding", bind_account)
offer(bp, "/accounts/<name>/binding/end", end_binding)


@bp.get("/delegations")
@bp.output(DelegationList)
def list_all_delegations() -> DelegationList:
    """Duties handed to colleagues, one's own or all, the newest first."""
    return list_delegations(services(), actor=current_actor())


offer(bp, "/delegations", hand_duties)
offer(bp, "/delegations/<uuid:delegation_id>/end", end_delegation)
