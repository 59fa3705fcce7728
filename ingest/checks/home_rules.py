"""A home's own files of rules: all of them are read before anything is checked by them."""

from pathlib import Path

from archive_service.home_rules import row_line, unreadable
from archive_service.law import RuleSetError
from ingest.checks.rules import SWITCHED, rules
from ingest.completeness.rules import own_files, read_set


def require_home_rules(home: Path) -> None:
    """Read every file of rules of the home that checks go by.

    Raises:
        HomeRulesError: the first that cannot be read, with its line.
    """
    for name in SWITCHED:
        rules(name, home=home)
    for file in own_files(home):
        try:
            read_set(file)
        except RuleSetError as wrong:
            number = wrong.facts["row"]
            line = row_line(file, number) if isinstance(number, int) else None
            raise unreadable(file, home, wrong, line=line) from wrong
