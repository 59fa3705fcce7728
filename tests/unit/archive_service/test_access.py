"""Who may do what: the whole table, as people agreed on it, and the filter by agency."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from archive_service import access, messages
from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor, Role

HERE, THERE = UUID(int=1), UUID(int=2)

# Acts by roles; a change here is a change of rights and wants a reason.
ROLES = (
    "officer clerk archivist head agency-head station reader admin auditor operator worker partner "
    "agency-admin"
)
TABLE = """
    access-mode:confirm:       . . . x . . . . . . . . .
    access-request:decide:     . . . x x . . . . . . . .
    access-request:list:       x x x x x . x . x . . . .
    access-request:make:       x x x x x . x . . . . . .
    account:add:               . . . . . . . x . x . . x
    account:list:              . . . . . . . x . x . . x
    delegation:end:            x x x x x . . x . x . . .
    delegation:give:           . . x x x . . . . . . . .
    delegation:list:           x x x x x . . x x x . . .
    grant:end:                 . . x x x . . . . . . . .
    grant:give:                . . x x x . . . . . . . .
    grant:list:                x x x x x . x . x . . . .
    agency:add:                . . . . . . . x . x . . .
    agency:change:             . . . . . . . x . x . . .
    agency:list:               x x x x x x x x x x x . x
    announcement:make:         . . . . . . . x . x . . .
    answer:read:               x x x x x . . . . x . . .
    archive:drill:             . . . . . . . x x x x . .
    archive:upgrade:           . . . . . . . x . x . . .
    audit:acknowledge:         . . . x . . . x x . . . .
    audit:read:                . . . x . . . . x x . . .
    audit:seal:                . . . . . . . x . x x . .
    backup:make:               . . . . . . . x . x x . .
    backup:read:               . . x x . . . x x x . . .
    batch:create:              . . x x . x . . . x . . .
    batch:edit:                . . x x . x . . . x . . .
    batch:list:                . . x x . x . . . x . . .
    batch:read:                . . x x . x . . . x . . .
    batch:reject:              . . x x . x . . . x . . .
    batch:release:             . . x x . x . . . x . . .
    case-file:describe:        . . x x . . . . . . . . .
    case-file:export:          . . x x . . . . . x . . .
    case-file:history:         x x x x x . . . x x . . .
    case-file:list:            x x x x x . x . x x x . .
    case-file:read:            x x x x x . x . . x . . .
    collection:list:           x . x x x . . . x x . . .
    collection:publish:        . . x x . . . . . . . . .
    collection:urge:           . . x x x . . . . . . . .
    copy:add:                  . . . . . . . x . x . . .
    copy:issue:                . x . . . . . . . . . . .
    copy:list:                 . x x x x . . . x x . . .
    copy:renew:                . . . . . . . x . x . . .
    copy:retire:               . . . . . . . x . x . . .
    copy:sign:                 . x . . . . . . . . . . .
    copy:tell-medium:          . . . . . . . x . x . . .
    digitization:list:         . . x x . x . . . x . . .
    disposition:approve:       . . . . x . . . . . . . .
    disposition:ask-signature: . . x x x . . . . . . . .
    disposition:council:       . . x x . . . . . . . . .
    disposition:execute:       . . x x . . . . . . . . .
    disposition:list:          x x x x x . . . x x x . .
    disposition:number:        . x x x x . . . . . . . .
    disposition:propose:       . . x x . . . . . . . . .
    disposition:review:        . . x x . . . . . . . . .
    disposition:submit:        . . x x . . . . . . . . .
    disposition:vote:          x x x x x . . . . . . . .
    document:quarantine:       . . x x . . . . . x . . .
    document:release:          . . . x . . . . . x . . .
    draft:edit:                x . x . . . . . . . . . .
    fault:answer:              . . . . . . . x . x . . .
    fault:list:                . . . . . . . x . x . . .
    fault:report:              x x x x x x x x x x . . x
    file-plan:approve:         . . . . x . . . . . . . .
    file-plan:ask-signature:   . . x x x . . . . . . . .
    file-plan:import:          x x x . . . . x . x . . .
    file-plan:list:            x x x x x . x x x x x . .
    file-plan:open-entry:      x x x . . . . . . . . . .
    fixity:check:              . . x x . . . x x x x . .
    fixity:repair:             . . . . . . . x . x x . .
    fonds:keep:                . . x x . . . . . x . . .
    fonds:list:                . x x x x . . . x x x . .
    format:approve:            . . x x . . . . . . . . .
    format:list:               . . x x . . . x x x . . .
    format:propose:            . . x x . . . . . . . . .
    format:review:             . . x x . . . . . . . . .
    handover:list:             x x x x x . . . x x x . .
    handover:make:             . . x x . . . . . . x . .
    hold:lift:                 . . . x x . . . . . . . .
    hold:list:                 x x x x x . . . x x . . .
    hold:place:                . . . x x . . . . . . . .
    incident:list:             . . x x . . . x x x . . .
    incident:mark:             . . x x . . . x . x . . .
    incident:report:           . . . x . . . x . . . . .
    incident:take:             . . x x . . . x . x . . .
    index:read:                . . . . . . . x x x . . .
    index:rebuild:             . . . . . . . x . x . . .
    job:list:                  . . x x . . . x x x . . .
    job:retry:                 . . . . . . . x . x . . .
    keep-back:ask:             x . . . . . . . . . . . .
    keep-back:decide:          . . . x x . . . . . . . .
    keep-back:list:            x . x x x . . . x x . . .
    key:list:                  . . x x x . . x x x . . .
    late-entry:make:           . . x x . . . . . . . . .
    log:cosign:                . . . . . . . . . . . x .
    notice:list:               x x x x x x x x x . . . x
    opening:list:              . . x x x . . . x x . . .
    outage:list:               . . x x . . . . x x . . .
    outage:record:             . . x x . . . . . . . . .
    own-field:define:          . . x x . . . x . x . . .
    own-field:list:            x x x x x . x x x x x . .
    paper:keep:                . . x x . . . . . x . . .
    paper:list:                . . x x . . . . x x . . .
    partner:keep:              . . . . . . . x . x . . .
    partner:list:              . . x x . . . x x x . . .
    recall:ask:                x x x x x . . . . . . . .
    recall:decide:             . . x x . . . . . . . . .
    recall:list:               x x x x x . . . x x . . .
    register:close:            . . . x . . . . . . . . .
    register:read:             . . x x . . . . x x . . .
    report:make:               . . x x x . . . . . x . .
    report:read:               . . x x x . . . x x x . .
    rereading:adopt:           . . x x . . . . . . . . .
    rereading:list:            . . x x . . . . . x . . .
    rereading:propose:         . . x x . . . . . x . . .
    retention:adopt-schedule:  . . . x . . . . . . . . .
    retention:choose-rule:     . . x x . . . . . . . . .
    retention:event:           . . x x . . . . . . . . .
    retention:explain:         x x x x x . x x x x x . .
    retention:list-schedules:  . . x x x . . . x x . . .
    retention:load-schedule:   . . x x . . . . . . . . .
    retention:simulate:        . . x x . . . . . x . . .
    rights:confirm:            . . . x x . . . . . . . .
    rights:list:               . . . x x . . x x x . . x
    seal:hand-over:            . . . . x . . x . x . . .
    seal:use:                  . x . . . . . . . . . . .
    second-factor:confirm:     . . . x x . . . . . . . .
    review:confirm:            . . . x x . . . x . . . .
    review:list:               . . . x x . . . x x . . .
    search:                    x x x x x . x . . x . . .
    signing:answer:            x x x x x . . . x . . . .
    signing:list:              x x x x x . . . x x . . .
    signing:request:           x x x x x . . . . x . . .
    signing:sign:              x x x x x . . . . . . . .
    station:add:               . . . . . . . x . x . . .
    station:list:              . . x x . x . x . x . . .
    status:read:               . . x x . . . x x x . . .
    submission:accept:         . . x x . . . . . . . . .
    submission:create:         x . x . . . . . . x x . .
    submission:hand-over:      x . x . x . . . . . . . .
    submission:lift-mark:      . . . x . . . . . . . . .
    submission:list:           x . x x x . . . . x . . .
    submission:read:           x . x x x . . . . . . . .
    submission:recheck:        x . x x . . . . . x . . .
    submission:rescan:         . . x x . . . . . x . . .
    submission:return:         . . x x . . . . . . . . .
    submission:withdraw:       x . x . . . . . . . x . .
    term:edit:                 . . x x . . . . . . . . .
    term:list:                 . . x x . . . . x x . . .
    term:suggest:              x . x x . . . . x x . . .
    transfer:appoint:          . . x x . . . . . . . . .
    transfer:approve:          . . . . x . . . . . . . .
    transfer:compose:          . . x x . . . . . . . . .
    transfer:decide:           . . x x . . . . . . . . .
    transfer:deliver:          . . . . . . . . . . . x .
    transfer:exchange:         . . x x . . . . . . x . .
    transfer:list:             . x x x x . . . x x x . .
    transfer:receive:          . . x . . . . . . . x . .
    transfer:remove:           . . . . x . . . . . . . .
"""


@dataclass(frozen=True)
class Thing:
    """Something of an agency."""

    agency_id: UUID | None


def actor(role: Role, agency: UUID | None = None, scopes: frozenset[str] | None = None) -> Actor:
    return Actor("someone", role, agency, scopes=scopes)


def test_the_table_of_rights_is_as_agreed() -> None:
    roles = [Role(word) for word in ROLES.split()]
    agreed = {}
    for line in TABLE.strip().splitlines():
        act, _, marks = line.strip().rpartition(": ")
        told = zip(roles, marks.split(), strict=True)
        agreed[act] = {role.value for role, mark in told if mark == "x"}
    assert agreed == {act: {role.value for role in may} for act, may in access.ACTS.items()}
    assert set(roles) == set(Role)


def test_nobody_decides_over_custody_who_sets_up_or_audits() -> None:
    for role in (Role.ADMIN, Role.OPERATOR, Role.AUDITOR, Role.WORKER, Role.READER, Role.STATION):
        assert not access.may(actor(role), "submission:accept")
        assert not access.may(actor(role), "submission:return")


def test_a_file_plan_is_approved_by_the_head_of_its_agency_and_nobody_of_the_archive() -> None:
    assert [role for role in Role if access.may(actor(role), "file-plan:approve")] == [
        Role.AGENCY_HEAD
    ]
    head = actor(Role.AGENCY_HEAD, HERE)
    assert access.may(head, "file-plan:approve", Thing(HERE))
    assert not access.may(head, "file-plan:approve", Thing(THERE))


def test_the_administrator_sees_no_content() -> None:
    for act in ("search", "case-file:read", "case-file:list", "submission:read"):
        assert not access.may(actor(Role.ADMIN), act)


def test_an_officer_reaches_the_own_agency_only() -> None:
    officer = actor(Role.OFFICER, HERE)
    assert access.may(officer, "submission:withdraw", Thing(HERE))
    assert not access.may(officer, "submission:withdraw", Thing(THERE))
    assert not access.may(officer, "submission:withdraw", Thing(None))


def test_archive_staff_act_for_every_agency() -> None:
    for where in (HERE, THERE, None):
        assert access.may(actor(Role.ARCHIVIST), "submission:accept", Thing(where))


def test_a_token_does_only_what_its_scopes_say() -> None:
    bound = actor(Role.ARCHIVIST, scopes=frozenset({"submission:list"}))
    assert access.may(bound, "submission:list")
    assert not access.may(bound, "submission:accept")


def test_a_scope_gives_no_right_that_the_role_lacks() -> None:
    bound = actor(Role.READER, scopes=frozenset({"submission:accept"}))
    assert not access.may(bound, "submission:accept")


def test_a_refusal_names_act_and_account() -> None:
    with pytest.raises(ActNotAllowedError) as refused:
        access.require(actor(Role.READER), "submission:accept")
    assert refused.value.facts["act"] == "submission:accept"
    access.require(actor(Role.HEAD), "submission:accept")


def test_a_refusal_names_the_roles_that_may_in_words() -> None:
    with pytest.raises(ActNotAllowedError) as refused:
        access.require(actor(Role.READER), "submission:accept")
    assert refused.value.facts["roles"] == [Role.ARCHIVIST, Role.HEAD]
    for lang in messages.LANGUAGES:
        said = messages.error(refused.value.code, lang, refused.value.facts).message
        words = messages.labels("roles", lang)
        assert f"{words['archivist']}, {words['head']}." in said
        for act in access.ACTS:
            told = [str(role) for role in access.people_of(act)]
            assert told
            assert set(told) <= words.keys()


def test_a_refusal_beyond_the_own_agency_names_no_role() -> None:
    with pytest.raises(ActNotAllowedError) as refused:
        access.require(actor(Role.OFFICER, HERE), "submission:withdraw", Thing(THERE))
    assert refused.value.facts["roles"] == []
    said = messages.error(refused.value.code, "en", refused.value.facts).message
    assert said.endswith("may not do this.")


def test_an_act_that_is_in_no_table_is_a_bug() -> None:
    with pytest.raises(KeyError):
        access.may(actor(Role.HEAD), "submission:paint")


@pytest.mark.parametrize(
    ("who", "condition"),
    [
        (actor(Role.ARCHIVIST), "1 = 1"),
        (actor(Role.OFFICER, HERE), f"submission.agency_id = '{HERE.hex}'"),
        (actor(Role.READER), "0 = 1"),
    ],
    ids=["staff see all", "an officer sees the own agency's", "a reader sees none"],
)
def test_the_same_answer_stands_in_a_query(who: Actor, condition: str) -> None:
    visible = access.visible(who, "submission:list", Submission.agency_id)
    said = (
        select(Submission.id)
        .where(visible)
        .compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    )
    assert str(said).partition("WHERE ")[2].strip() == condition


def test_a_reader_reads_what_is_public_and_the_agency_more() -> None:
    assert access.modes_visible(actor(Role.READER)) == frozenset({"01"})
    assert not access.may_read_mode(actor(Role.READER), "02")
    assert access.may_read_mode(actor(Role.READER), "01")
    assert access.modes_visible(actor(Role.ARCHIVIST)) is None
    assert access.may_read_mode(actor(Role.OFFICER, HERE), "02")


def test_grave_acts_are_acts_and_ask_for_a_proof() -> None:
    assert set(access.ACTS) > access.PROVED_ANEW
    for act in access.PROVED_ANEW:
        role = next(iter(access.ACTS[act]))
        access.require(Actor("x", role), act)
        with pytest.raises(access.ProofOldError):
            access.require(Actor("x", role, must_prove=True), act)
