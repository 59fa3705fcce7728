"""Whom the settings ask to remember the trail, to stamp it or to scan: one who is gone is an alarm.

Without them nothing is proved any more, and a verification that says so is easily taken for one
that always did; another in the place of one remembers nothing. More of them are no difference.
Each machine may have a scanner of its own: of that counts whether there is one.
"""

from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import urlsplit

from archive_service.settings import Settings

_OF_NOBODY = ("none:", "demo:")  # stamps that are none, or of no value outside
_LETTERS = 16  # of a digest: enough to tell a few names apart


def asked_outside(settings: Settings) -> dict[str, str]:
    """Of each setting how many it asks, in digits, and a digest of each: no folder, no address.

    Whoever asks a service by a new password asks the same one.
    """
    evidence, stamps = settings.evidence, settings.timestamp
    urls = [url for url in (stamps.url, stamps.second_url) if url not in _OF_NOBODY]
    return {
        "evidence.give_to": _digest_line(evidence.give_to),
        "evidence.mail_to": _digest_line(evidence.mail_to),
        "evidence.witnesses": _digest_line(evidence.witnesses),
        "evidence.witnesses_wanted": str(evidence.witnesses_wanted),
        "malware.scanner": str(int(settings.malware.url != "none:")),
        "timestamp.services": _digest_line(map(_without_password, urls)),
    }


def asks_no_fewer(before: str, now: str) -> bool:
    """Whether both are such states, and all of the first are among the second.

    Logs of old noted how many they were, and nothing else.
    """
    (count_before, *names_before), (count, *names) = (
        words.split() or [""] for words in (before, now)
    )
    are_counts = count_before.isdecimal() and count.isdecimal()
    return are_counts and int(count) >= int(count_before) and set(names_before) <= set(names)


def _digest_line(names: Iterable[str]) -> str:
    digests = [sha256(name.encode()).hexdigest()[:_LETTERS] for name in names]
    return " ".join([str(len(digests)), *sorted(digests)])


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
