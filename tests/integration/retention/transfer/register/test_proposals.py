"""Registers that are proposed by themselves, terms of other laws, and who is reminded."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.document import NextActDocument
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.notice import Notice
from archive_service.domain.transfer.transfer import Transfer
from archive_service.law import RuleSetError
from archive_service.services import Services
from archive_service.worker import run_one
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Amendment, Approval, PaperSent, Registration
from retention.transfer.partners.changing import add_partner
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.refusals import TransferUnreadError
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer
from retention.transfer.register import composing
from retention.transfer.register.proposals import PROPOSE_JOB
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import RECEIVER, approved, make_permanent

YEAR = clock.today().year
HEAD_OF_FILE = """
[rule_set]
code = "transfer-terms"
title = "Thời hạn theo luật khác"
instrument = "Luật thử nghiệm"
article = "Điều 1"
valid_from = 2020-01-01
source = "test"
certainty = "test"
"""


def look(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, PROPOSE_JOB)
    assert run_one(services, names=(PROPOSE_JOB,)) == "done"


def registers(services: Services) -> list[TransferDocument]:
    lan = person(services, "lan")
    return list(reversed(register_acts.list_all(services, actor=lan)))


def notices(services: Services, kind: str) -> list[Notice]:
    with services.read_only() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind)))


def know_receiver(services: Services) -> None:
    with services.unit_of_work() as uow:
        own = services.signer().certificate
        facts = PartnerFacts(name=RECEIVER, receives=True, certificates=[own])
        code = services.settings.archive.code
        add_partner("TTLT.SL", facts, own_code=code, actor=person(services, "quantri"), uow=uow)
        uow.commit()


def own_terms(services: Services, rows: str) -> None:
    file = Path(services.settings.home, "rule_sets", "transfer_terms.toml")
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEAD_OF_FILE + rows, encoding="utf-8")


def test_a_register_is_proposed_once_and_read_before_the_head_decides(services: Services) -> None:
    lan = person(services, "lan")
    add_agency_head(services)
    head = person(services, HEAD)
    make_permanent(services, OPEN_CODE, submitted=YEAR - 5)
    look(services)
    assert registers(services) == []
    assert notices(services, "transfer-due")[0].facts == {"count": 1}
    know_receiver(services)
    look(services)
    look(services)
    (made,) = registers(services)
    assert (made.state, made.composed_by, made.partner) == (
        "draft", WORKER.account, RECEIVER,
    )  # fmt: skip
    assert made.next == [NextActDocument(act="amend", role="archivist", needs=[])]
    assert all(notice.read_at for notice in notices(services, "transfer-due"))
    make_permanent(services, RESTRICTED_CODE, submitted=YEAR - 5)
    look(services)
    (made,) = registers(services)
    assert made.counts == {"listed": 2}
    row = UUID(str(made.id))
    with pytest.raises(TransferUnreadError):
        register_acts.approve(services, row, Approval(), actor=head)
    told = register_acts.amend(services, row, Amendment(drop=[RESTRICTED_CODE]), actor=lan)
    assert (told.composed_by, told.edition, told.counts) == ("lan", 2, {"listed": 1})
    assert register_acts.approve(services, row, Approval(), actor=head).state == "approved"
    look(services)
    assert [register.counts for register in registers(services)] == [{"listed": 1}, {"listed": 1}]


def test_form_and_proposal_name_the_same_receiver(services: Services) -> None:
    lan = person(services, "lan")
    make_permanent(services, OPEN_CODE, RESTRICTED_CODE, submitted=YEAR - 5)

    def offered() -> str:
        return composing.default_receiver(services, SAMPLE_AGENCY.new_code, actor=lan)

    assert offered() == ""
    register_acts.register(services, Registration(codes=[OPEN_CODE], to="Lưu trữ cũ"), actor=lan)
    assert offered() == "Lưu trữ cũ"  # of the newest register, where no partner takes
    know_receiver(services)
    assert offered() == RECEIVER
    look(services)
    proposed = next(
        register for register in registers(services) if register.composed_by == WORKER.account
    )
    assert proposed.partner == RECEIVER
    assert composing.default_receiver(services, "H40.404", actor=lan) == ""


def test_another_law_lets_records_stay_for_thirty_years(services: Services) -> None:
    lan = person(services, "lan")
    make_permanent(services, OPEN_CODE, RESTRICTED_CODE, submitted=YEAR - 5)
    own_terms(services, '[[rule]]\narticle = "Điều 5"\nrules = ["QT-99"]\n')
    assert len(register_acts.due(services, actor=lan)) == 2
    own_terms(services, '[[rule]]\narticle = "Điều 5"\nrules = ["QT-02"]\n')
    assert register_acts.due(services, actor=lan) == []
    told = register_acts.register(services, Registration(codes=[OPEN_CODE], to=RECEIVER), actor=lan)
    assert told.items[0].due_on == dt.date(YEAR + 25, 12, 31)
    make_permanent(services, RESTRICTED_CODE, submitted=YEAR - 30)
    (due,) = register_acts.due(services, actor=lan)
    assert (due["code"], due["due_on"]) == (RESTRICTED_CODE, f"{YEAR}-12-31")


@pytest.mark.parametrize(
    "row",
    [
        'rules = ["QT-02"]',
        'article = "Điều 5"',
        'article = "Điều 5"\nrules = 3',
        'article = "Điều 5"\nrules = ["QT-02"]\nyears = 3',
    ],
    ids=["no-citation", "about-nobody", "no-list", "unknown"],
)
def test_terms_without_a_citation_or_about_nobody_are_refused(services: Services, row: str) -> None:
    own_terms(services, f"[[rule]]\n{row}\n")
    with pytest.raises(RuleSetError) as refused:
        register_acts.due(services, actor=person(services, "lan"))
    assert refused.value.facts["row"] == 1


def test_who_is_late_is_reminded_once(services: Services) -> None:
    add_agency_head(services)
    make_permanent(services, OPEN_CODE)
    row = approved(services, OPEN_CODE, head=HEAD)
    register_answer.note_sent(
        services, row, PaperSent(on=clock.today()), actor=person(services, "lan")
    )
    look(services)
    assert notices(services, "transfer-answer-late") == []
    with services.writing() as session:
        late = clock.today() - dt.timedelta(days=1)
        session.execute(update(Transfer).values(answer_due=late))
    look(services)
    told = notices(services, "transfer-answer-late")
    assert {notice.facts["on"] for notice in told} == {late.isoformat()}
    look(services)
    assert len(notices(services, "transfer-answer-late")) == len(told)
