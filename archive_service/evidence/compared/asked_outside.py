"""How many outside the settings ask to remember the trail, or to stamp it: fewer are an alarm.

Without them nothing is proved any more, and a verification that says so is easily taken for one
that always did. More of them are no difference.
"""

from archive_service.settings import Settings

_OF_NOBODY = ("none:", "demo:")  # stamps that are none, or of no value outside


def asked_outside(settings: Settings) -> dict[str, str]:
    """Of each setting how many it asks, in digits: neither folders nor addresses are told."""
    evidence, stamps = settings.evidence, settings.timestamp
    services = [url for url in (stamps.url, stamps.second_url) if not url.startswith(_OF_NOBODY)]
    asked = {
        "evidence.give_to": len(evidence.give_to),
        "evidence.mail_to": len(evidence.mail_to),
        "evidence.witnesses": len(evidence.witnesses),
        "evidence.witnesses_wanted": evidence.witnesses_wanted,
        "timestamp.services": len(services),
    }
    return {name: str(count) for name, count in asked.items()}


def asks_no_fewer(before: str, now: str) -> bool:
    """Whether both are such counts, and this is not the smaller one."""
    return before.isdecimal() and now.isdecimal() and int(now) >= int(before)
