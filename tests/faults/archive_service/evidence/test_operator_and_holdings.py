"""An operator with every key rewrites what is held, and what rows say of it and of people.

Each attack goes as far as the database, as all copies, or as all keys; before and after the
checkpoint that somebody outside keeps. It is named, or what it touched is not called proved.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.faults.archive_service.evidence.rewriting import change
from tests.worlds.archive import (
    COPIES,
    OPERATOR,
    copy_home,
    new_home,
    open_home,
    person,
    small_pdf_case,
)
from tests.worlds.clients import do_all
from tests.worlds.rewriting import (
    Reach,
    forge_trail,
    naming,
    planted,
    replace_original,
    retell,
)

# What the operator changed, told by digests and words; events that make it look lawful.
Change = tuple[Mapping[str, str], list[tuple[str, str, dict[str, str]]]]
Attack = Callable[[Services, Reach], Change]


def original(services: Services, reach: Reach) -> Change:
    return replace_original(services, reach=reach), []


def title(services: Services, reach: Reach) -> Change:
    return retell(services, {"Trạm bơm Khe Lạnh": "Trạm bơm Khe Nóng"}, reach=reach), []


def mode(services: Services, reach: Reach) -> Change:
    for kind in (CaseFile, Document):
        change(services, update(kind).values(mode="02"))
    return retell(services, {'"mode": "01"': '"mode": "02"'}, reach=reach), []


def term(services: Services, reach: Reach) -> Change:
    change(services, update(CaseFile).values(maintenance="07"))
    return retell(services, {'"maintenance": "05"': '"maintenance": "07"'}, reach=reach), []


def role(services: Services, reach: Reach) -> Change:
    assert reach in Reach
    change(services, update(Account).where(Account.name == "lan").values(role=Role.ADMIN))
    return {}, [("account:rights-changed", "lan", {"name": "lan"})]


def password(services: Services, reach: Reach) -> Change:
    assert reach in Reach
    change(services, update(Account).where(Account.name == "bach").values(password_hash="x"))
    return {}, [("account:password-changed", "bach", {"name": "bach"})]


def sealed(services: Services) -> Claim:
    """A checkpoint as an auditor outside keeps it."""
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    return Claim("witness auditor", made)


def stock(services: Services, folder: Path) -> None:
    folder.mkdir()
    (identifier,) = submit(
        small_pdf_case(folder), actor=person(services, "bach"), services=services
    )
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)


@pytest.mark.parametrize("sealed_before", [True, False], ids=["sealed before", "sealed after"])
@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("attack", [original, title, mode, term, role, password])
def test_what_is_held_and_rows_rewritten_are_seen_or_not_called_proved(
    tmp_path: Path, attack: Attack, reach: Reach, *, sealed_before: bool
) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        first = sealed(services)
        stock(services, tmp_path / "sent")
        held = sealed(services) if sealed_before else first
        assert prove_trail(services, witnesses=[held]).ok
        whole = 0 if sealed_before else held.checkpoint.size  # so many events stay as they are
        renamed, lawful = attack(services, reach)
        if reach is not Reach.KEYS:
            rows = check_catalogue(services, actor=OPERATOR)
            assert not rows.ok
            return
        people = {name: str(person(services, name).account_id) for name in ("lan", "bach")}

        def forged(events: list[AuditEvent]) -> list[AuditEvent]:
            told = [planted(events[-1], tag, "admin", data) for tag, _, data in lawful]
            for event, (_, name, _) in zip(told, lawful, strict=True):
                event.subject_id = people[name]
            return [*events[:whole], *naming(renamed)(events[whole:]), *told]

        forge_trail(services, forged)
        assert check_catalogue(services, actor=OPERATOR).ok  # nothing inside is left to tell
        inside, seen = prove_trail(services), prove_trail(services, witnesses=[held])
    assert (inside.ok, inside.outside) == (True, 0)
    if sealed_before:
        assert str(seen.first_bad).startswith(("forked: witness", "rolled-back: witness"))
    else:
        assert (seen.verdict, seen.outside) == ("proved-in-part", whole)


@pytest.mark.parametrize("sealed_before", [True, False], ids=["sealed before", "sealed after"])
@pytest.mark.parametrize("reach", Reach)
def test_a_home_put_back_is_seen_or_not_called_proved(
    tmp_path: Path, reach: Reach, *, sealed_before: bool
) -> None:
    home = new_home(tmp_path / "home")
    with open_home(home) as services:
        first = sealed(services)
    back = copy_home(home, tmp_path / "yesterday")
    with open_home(home) as services:
        stock(services, tmp_path / "sent")
        held = sealed(services) if sealed_before else first
    if reach is Reach.ROWS:
        for copy in COPIES:
            shutil.rmtree(back / copy)
            shutil.copytree(home / copy, back / copy)
    elif reach is Reach.COPIES:
        shutil.rmtree(back / "keys")
        shutil.copytree(home / "keys", back / "keys")
    with open_home(back) as services:
        inside, seen = prove_trail(services), prove_trail(services, witnesses=[held])
    if reach is Reach.ROWS:
        assert not inside.ok
        return
    assert (inside.ok, inside.outside) == (True, 0)
    if sealed_before:
        assert seen.first_bad == f"rolled-back: witness auditor {held.checkpoint.size}"
    else:  # what was lost since is of nobody outside
        assert seen.outside == held.checkpoint.size
