"""The people behind the accounts that a page tells of: as they are called, one statement a list."""

from collections.abc import Mapping

from archive_service import messages
from archive_service.accounts.acts import display_names
from archive_service.domain.people.account import WORKER, masked
from archive_service.request import services
from archive_service.web.language import language


class People(dict[str | None, str]):
    """Account → name of its person; an account that is there no more stands for itself."""

    def __missing__(self, account: str | None) -> str:
        """Of nobody nothing."""
        return masked(account or "")


def people(rows: object, *fields: str) -> People:
    """Who the accounts in these fields are, of one row or of many."""
    each = rows if isinstance(rows, list | tuple) else [rows]
    accounts = {value for row in each for name in fields if (value := _field(row, name))}
    named = People({WORKER.account: messages.text("pages.case_file.system", language())})
    if accounts - named.keys():
        with services().read_only() as session:
            named.update(display_names(session, accounts))
    return named


def _field(row: object, name: str) -> str:
    value = row.get(name) if isinstance(row, Mapping) else getattr(row, name, "")
    return value if isinstance(value, str) else ""
