"""Every table of the schema: with what its rows are compared, or why with nothing.

A table that is new is named here too, or this fails. What is not compared stands in
``docs/security.md`` as well.
"""

from itertools import chain

from archive_service.domain.tables import METADATA
from archive_service.keeping.fixity.decided_rows import DECISIONS
from archive_service.keeping.fixity.told_kinds import LISTS, TOLD, WHOLE
from archive_service.keeping.fixity.told_rows import ONLY_BY_ACTS, WITH_ACTS
from tests.faults.archive_service.evidence.compared.changed_tables import (
    EVENTS,
    LOG,
    PACKAGE,
    SECURITY,
    told_by_acts,
)

# Made again from what is compared, or found again by reading the copies and asking the stores.
DERIVED = {
    "copy_state": "fixity reads the copies themselves",
    "copy_to_sign": "only a file of its document is sealed, and that is compared with the package",
    "doubtful_page": "read from the texts of pages",
    "fixity_pass": "how far a pass is; the next one reads all again",
    "fixity_trouble": "the next pass finds it again",
    "format_identification": "identified again from the bytes",
    "format_registry": "signatures of formats as they ship",
    "hold_lock": "read back from the stores",
    "index_in_use": "the index is made anew from the rows",
    "malware_scan": "scanned again from the bytes",
    "page_reading": "read again from the images",
    "rehashed": "bytes are read again at each renewal, its act has the root",
    "schedule": "run at the latest after the longest period",
    "term_name": "spellings of terms, for finding alone",
    "waiting_document": "found again from what was submitted",
    "watched_key": "keys and certificates are looked at again",
    "what_if": "a trial, from which nothing follows",
    "what_if_item": "a trial, from which nothing follows",
}
# Not compared, and what follows from it.
WORK = "work under way: its outcome becomes a version or an act, and has its event"
PEOPLE = "help for people at work: nothing is decided by it"
TRIES = "of a moment: who signs in, or what was sent twice"
TOLD_ELSEWHERE = "what it says stands signed in a paper, or in events, which are the evidence"
NOT_COMPARED = {
    "account_application": "an account that comes of it is compared, as every other",
    "announcement": PEOPLE,
    "backup_run": TOLD_ELSEWHERE,
    "callback": PEOPLE,
    "delivery_refusal": TOLD_ELSEWHERE,
    "description_item": TOLD_ELSEWHERE,
    "edxml_answer": TOLD_ELSEWHERE,
    "fault_report": PEOPLE,
    "file_plan_amendment": WORK,
    "form_number": TOLD_ELSEWHERE,
    "idempotent_request": TRIES,
    "incident_duty": TOLD_ELSEWHERE,
    "incident_note": TOLD_ELSEWHERE,
    "job": WORK,
    "kept_search": PEOPLE,
    "known_browser": TRIES,
    "mail_run": PEOPLE,
    "migration_item": WORK,
    "notice": PEOPLE,
    "old_password": TRIES,
    "opening_record": "readings of open records: kept for a term, and beside the trail",
    "paper_box": "the paper half: whoever keeps the boxes sees what is in them",
    "paper_movement": "the paper half: whoever keeps the boxes sees what is in them",
    "paper_part": "the paper half: whoever keeps the boxes sees what is in them",
    "passkey_question": TRIES,
    "past_submission": "counts of what was given back",
    "reading_pace": TRIES,
    "removal_place": TOLD_ELSEWHERE,
    "report": TOLD_ELSEWHERE,
    "rereading_item": WORK,
    "rescan_ticket": WORK,
    "retired_holding": "what lies on the medium of a copy that is used no more",
    "rights_gain": "what was gained is compared at the account",
    "scan_document": WORK,
    "scan_edit": WORK,
    "scan_page": WORK,
    "scan_source": WORK,
    "search_day": PEOPLE,
    "shelf_mark": PEOPLE,
    "sign_in_try": TRIES,
    "station": "what it sends waits on the desk; its account and token are compared",
    "submission_draft": WORK,
    "submission_packet": WORK,
    "transfer_medium": TOLD_ELSEWHERE,
    "transfer_partner_day": WORK,
    "transfer_sending": WORK,
    "word_correction": WORK,
}


# Of which a row may stand that no act tells of.
MAY_BE_UNTOLD = {
    "case_file": "what is here is compared with its package; one that is gone has its removal",
    "description_batch": "what was changed in many case files is compared with their packages",
    "disposition_item": "the digest of the list that was decided on names its items",
    "hold": "one more hold keeps more; one that is gone, the trail tells",
    "paper_handover": "the paper half: whoever keeps the boxes sees what is in them",
    "recall": "goes with what it was of, and changes nothing but by a version",
    "transfer_appointment": "a day for handing over, from which nothing follows",
    "transfer_item": "asked by its ordinal, with the act of the register",
    "transfer_message": "signed by its sender",
}


def test_every_table_is_compared_or_told_why_not() -> None:
    decided = {decision.rows.__tablename__ for decision in DECISIONS}
    compared = PACKAGE | LOG | EVENTS | told_by_acts() | decided
    assert compared.isdisjoint(DERIVED)
    assert compared.isdisjoint(NOT_COMPARED)
    assert DERIVED.keys().isdisjoint(NOT_COMPARED)
    assert compared | DERIVED.keys() | NOT_COMPARED.keys() == set(METADATA.tables)


def test_every_row_that_acts_tell_of_is_asked_for_its_act_or_told_why_not() -> None:
    asked = {rows.__tablename__ for _, rows, _ in WITH_ACTS}
    asked |= {rows.__tablename__ for _, _, rows in ONLY_BY_ACTS}
    whole, lists = chain.from_iterable(WHOLE.values()), chain.from_iterable(LISTS.values())
    asked |= {part.owner.class_.__tablename__ for part in whole}
    asked |= {told_list.owner.class_.__tablename__ for told_list in lists}
    kinds = {kind.__tablename__ for parts in TOLD.values() for _, kind in parts}
    assert asked.isdisjoint(MAY_BE_UNTOLD)
    assert kinds - asked == MAY_BE_UNTOLD.keys()


def test_what_no_comparison_sees_is_told_to_whoever_relies_on_it() -> None:
    _, _, told = SECURITY.read_text("utf-8").partition("## What no comparison sees")
    untold = sorted(name for name in NOT_COMPARED if f"`{name}`" not in told)
    assert not untold
