"""Names that some system cannot hold, or holds as another name; names themselves are kept."""

import re
from collections import Counter
from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from ingest.checks.port import CheckContext

_RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def check(context: CheckContext) -> Iterator[Finding]:
    """What would not survive a copy to another system, such as a reader's Windows disk."""
    alike = Counter(path.casefold() for path in context.files)
    for path in context.files:
        parts = path.split("/")
        if any(_RESERVED.fullmatch(part) for part in parts):
            yield Finding("names", "name-reserved", Severity.WARNING, path)
        if any(_FORBIDDEN.search(part) or part[-1] in " ." for part in parts):
            yield Finding("names", "name-not-portable", Severity.WARNING, path)
        if alike[path.casefold()] > 1:
            yield Finding("names", "name-differs-in-case", Severity.WARNING, path)
