"""The accounts of the demo: one for every role, and the file that tells their passwords."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from archive_service.accounts.acts import acting_as, add_account
from archive_service.accounts.passwords import make_password
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.domain.people.account import Actor, Role
from archive_service.notices.contact import Contact, change_account
from archive_service.services import Services
from archive_service.setup.acts import FIRST_ADMIN

# Role → name of the account, name of the person, whether it belongs to the agency.
PEOPLE: dict[Role, tuple[str, str, bool]] = {
    Role.OFFICER: ("canbo", "Vũ Hải Yến", True),
    Role.CLERK: ("vanthu", "Đỗ Thu Trang", True),
    Role.AGENCY_HEAD: ("thutruong", "Trần Minh Khôi", True),
    Role.AGENCY_ADMIN: ("quantricoquan", "Phạm Thu Hiền", True),
    Role.READER: ("docgia", "Lê Văn Sơn", True),
    Role.ARCHIVIST: ("luutru", "Nguyễn Thị Mai", False),
    Role.HEAD: ("phutrach", "Vũ Đức Thịnh", False),
    Role.STATION: ("tramso", "Trạm số hóa 1", False),
    Role.AUDITOR: ("kiemtra", "Bùi Quang Huy", False),
}
# Beside the officer of the same role: chairs the council on destructions, and signs its minutes.
COUNCIL_CHAIR = ("phogiamdoc", "Phan Đức Thuận", True)
HISTORICAL_PEOPLE: dict[Role, tuple[str, str, bool]] = {
    Role.ARCHIVIST: ("luutrulichsu", "Hoàng Minh Tâm", False),
    Role.HEAD: ("phutrachlichsu", "Đặng Quốc Bảo", False),
}
# As papers name them.
POSTS = {"thutruong": "Giám đốc", "luutru": "Lưu trữ viên", "phogiamdoc": "Phó Giám đốc"}
ACCOUNTS_FILE = "accounts.txt"
SECOND_FACTOR_FILE = "second-factor.txt"


def add_people(
    services: Services,
    people: Iterable[tuple[Role, tuple[str, str, bool]]],
    *,
    agency: str,
    admin_password: str,
    operator: Actor,
) -> None:
    """An account for each of ``people``, and ``accounts.txt`` in the home, with the first one's.

    The file is the owner's alone (mode 0600): ``NAME PASSWORD ROLE`` a line.
    """
    lines = [(FIRST_ADMIN, admin_password, Role.ADMIN)]
    agency_id = agency_id_of(services, agency)
    with services.unit_of_work() as uow:
        for role, (name, display_name, of_agency) in people:
            password = make_password()
            add_account(
                name,
                role=role,
                actor=operator,
                uow=uow,
                agency_id=agency_id if of_agency else None,
                display_name=display_name,
                password=password,
            )
            if name in POSTS:
                change_account(name, Contact(position=POSTS[name]), actor=operator, uow=uow)
            lines.append((name, password, role))
        uow.commit()
    target = services.settings.home / ACCOUNTS_FILE
    target.touch(mode=0o600)
    text = "".join(f"{name} {password} {role.value}\n" for name, password, role in lines)
    target.write_text(text, encoding="utf-8")


def write_second_factor(home: Path, made: Mapping[str, str]) -> None:
    """``NAME SECRET`` of the one who decides, for an authenticator; the owner's file alone."""
    target = home / SECOND_FACTOR_FILE
    target.touch(mode=0o600)
    target.write_text(f"{made['name']} {made['secret']}\n", encoding="utf-8")


def actors(services: Services, *, os_user: str) -> dict[Role, Actor]:
    """Each role's account as the one who acts."""
    names = {role: name for role, (name, _, _) in PEOPLE.items()} | {Role.ADMIN: FIRST_ADMIN}
    idle_days = services.settings.web.idle_account_days
    with services.read_only() as session:
        return {
            role: acting_as(session, name, os_user=os_user, idle_days=idle_days)
            for role, name in names.items()
        }


def read_accounts(home: Path) -> list[tuple[str, str, str]]:
    """``(name, password, role)`` of each line of ``accounts.txt``."""
    lines = (home / ACCOUNTS_FILE).read_text(encoding="utf-8").splitlines()
    return [(name, password, role) for name, password, role in map(str.split, lines)]
