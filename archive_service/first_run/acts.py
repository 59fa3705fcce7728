"""What was answered is put in place; every step may be repeated after a call that was killed."""

import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from archive_service.accounts.acts import add_account, kept_account
from archive_service.accounts.passwords import make_password
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.first_run.answers import Answers, Person
from archive_service.services import Services
from archive_service.setup.acts import Made
from archive_service.signing.trust.roots import LIST, AnchorRole, certificate_in
from archive_service.storage.durable import write_whole

_KEY = "archive.p12"


class SetupKeyDiffersError(ConflictError):
    """The home has another key already; it is not overwritten."""


def place_key(answers: Answers, home: Path) -> list[str]:
    """The key file and its passphrase below the home, for their owner alone; the answer names it.

    Raises:
        SetupKeyDiffersError: another key lies there.
    """
    if not answers.key.startswith("pkcs12:"):
        return []
    made: list[str] = []
    given = home / urlsplit(answers.key).path
    if not given.is_relative_to(home):
        target = home / "keys" / _KEY
        beside = given.with_suffix(".pass")
        answers.passphrase = answers.passphrase or (beside if beside.is_file() else None)
        content = given.read_bytes()
        if target.is_file() and target.read_bytes() != content:
            raise SetupKeyDiffersError(file=target)
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, content, mode=0o600)
            made.append(str(target))
        given, answers.key = target, f"pkcs12:keys/{_KEY}"
    if answers.passphrase is not None:
        beside = given.with_suffix(".pass")
        content = answers.passphrase.read_bytes()
        if not beside.is_file() or beside.read_bytes() != content:
            write_whole(beside, content, mode=0o600)
            made.append(str(beside))
    return made


def place_roots(answers: Answers, home: Path) -> list[str]:
    """Certificates below ``trust`` of the home; its list names whose signatures they stand for."""
    folder = home / "trust"
    made: list[str] = []
    for file, role in [
        *((state_root, AnchorRole.STATE) for state_root in answers.state_roots),
        *((root, AnchorRole.UNLISTED) for root in answers.roots),
    ]:
        der, _ = certificate_in(file)
        print_ = sha256(der).hexdigest()
        target = folder / f"{print_[:16]}.der"
        folder.mkdir(parents=True, exist_ok=True)
        if not target.is_file():
            write_whole(target, der)
            made.append(str(target))
        if role is AnchorRole.STATE:
            _enlist(folder / LIST, target.name, role, print_, file.stem)
    return made


def add_people(services: Services, people: Sequence[Person], *, actor: Actor, made: Made) -> None:
    """An account for each who has none yet; ``AccountExistsError`` for a name of another role."""
    with services.unit_of_work() as uow:
        for person in people:
            if kept_account(uow.session, person.account, role=person.role) is not None:
                continue
            password = make_password()
            account = add_account(
                person.account,
                role=person.role,
                actor=actor,
                uow=uow,
                display_name=person.name,
                password=password,
            )
            made.accounts.append(account)
            made.passwords[account.name] = password
        uow.commit()


def _enlist(file: Path, name: str, role: AnchorRole, print_: str, title: str) -> None:
    """One row more in the home's list of roots, where it has none of this file."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    if any(row.get("file") == name for row in tomllib.loads(text).get("anchor", [])):
        return
    shown = title.replace("\\", "").replace('"', "")
    row = (
        f'[[anchor]]\nname = "{shown}"\nrole = "{role.value}"\nfile = "{name}"\n'
        f'sha256 = "{print_}"\nsource = "archive setup"\n'
    )
    write_whole(file, "\n".join(filter(None, (text, row))).encode())
