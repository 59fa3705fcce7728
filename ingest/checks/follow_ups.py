"""Findings that only follow from another one: mended with it, so nobody is asked to mend them."""

from collections.abc import Mapping, Sequence

from archive_service.domain.intake.finding import Finding
from ingest.channels.eark.package import POINTS_OUTSIDE

# By the code of a finding those that stand because nothing could be read where its link leads.
FOLLOWING: Mapping[str, frozenset[str]] = {
    POINTS_OUTSIDE: frozenset(
        {
            "package-not-described",
            "package-document-bare",
            "package-representation-bare",
            "package-file-of-no-document",
            "package-file-unlisted",
            "package-files-unlisted",
            "field-missing",
            "element-missing",
            "no-files",
            "documents-differ",
            "pages-differ",
        }
    ),
}


def without_follow_ups(found: Sequence[Finding]) -> list[Finding]:
    """The findings but those that follow from one that stands among them."""
    codes = {finding.code for finding in found}
    following = {code for cause in codes & FOLLOWING.keys() for code in FOLLOWING[cause]}
    return [finding for finding in found if finding.code not in following]
