"""What people call a browser, from what it says of itself (RFC 9110, 10.1.5)."""

import re

_LONGEST = 60  # characters of one that is not known
# The first that is found: most say that they are Chrome and Safari as well.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d+)")),
    ("Cốc Cốc", re.compile(r"\bcoc_coc_browser/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Headless)?(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"\bAndroid\b")),
    ("iOS", re.compile(r"\b(?:iPhone|iPad|iPod)\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


def browser_name(user_agent: str) -> str:
    """``Chrome 141, Windows``; of one that is not known the beginning of what it says."""
    found = ((name, version.search(user_agent)) for name, version in _BROWSERS)
    named = next((f"{name} {version[1]}" for name, version in found if version), "")
    system = next((name for name, says in _SYSTEMS if says.search(user_agent)), "")
    return ", ".join(filter(None, (named, system))) if named else user_agent[:_LONGEST]
