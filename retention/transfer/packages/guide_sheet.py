"""The sheet beside packages for whoever receives them: what lies where, how it is verified with
public tools, and what is sent back. Its commands are run by ``test_guide_sheet.py``.
"""

import html
from collections.abc import Iterator

from archive_service import messages
from archive_service.domain.transfer.transfer import Transfer
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.packages.folder import (
    GUIDE,
    LIST,
    MANIFEST,
    MARK,
    SUMS,
    Giver,
)
from retention.transfer.papers.kinds import FILES

# What each step is done with, in the folder of the medium; words are in the messages, by the name.
COMMANDS = {
    "sums": f"sha256sum --quiet --strict -c {SUMS}",
    "certificate": f"""{{
  echo "-----BEGIN CERTIFICATE-----"
  grep -o '<ds:X509Certificate>[^<]*' {MANIFEST} | head -n 1 | cut -d'>' -f2 | fold -w 64
  echo "-----END CERTIFICATE-----"
}} > "$WORK/giver.crt"
openssl x509 -in "$WORK/giver.crt" -noout -nameopt sep_comma_plus_space,utf8 \\
  -subject -issuer -dates -fingerprint -sha256""",
    "signature": f'xmlsec1 --verify --enabled-key-data x509 --trusted-pem "$ROOT" {MANIFEST}',
    "digests": f"""grep -o '<transfer:package [^>]*' {MANIFEST} |
  sed 's/.* file="\\([^"]*\\)".* medium="\\([^"]*\\)".* sha256="\\([^"]*\\)".*/\\2 \\3  \\1/' |
  grep "^$MEDIUM " | cut -d' ' -f2- | sha256sum --quiet --strict -c""",
    "packages": f"""for zip in {PACKAGES}/*.zip; do
  echo "$zip"
  mkdir -p "$WORK/$(basename "$zip" .zip)"
  unzip -q -o "$zip" -d "$WORK/$(basename "$zip" .zip)"
done""",
    "bags": """for bag in "$WORK"/*.bag/*/; do
  if [ -e "$bag/bagit.txt" ]; then bagit.py --validate "$bag"; fi
done""",
}
_FILES = {
    "manifest": MANIFEST,
    "packages": f"{PACKAGES}/",
    "list": LIST,
    "papers": f"{FILES['catalogue']}.pdf, {FILES['explanation']}.pdf",
    "sums": SUMS,
    "mark": MARK,
}
_INSIDE = ("mets", "case", "documents", "data", "aip")
_BACK = ("paper", "transfer", "receiver", "kept", "returned", "minutes")
_STYLE = """
:root { color-scheme: light dark; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 1rem/1.5 serif; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.15rem; }
table { border-collapse: collapse; width: 100%; }
td { border: 1px solid; padding: .3rem .5rem; vertical-align: top; }
pre { border: 1px solid; padding: .5rem; overflow-x: auto; }
tr, pre { break-inside: avoid; }
"""


def guide(row: Transfer, giver: Giver) -> bytes:
    """``GUIDE``: the same on each medium; Vietnamese, then a short form in English."""
    return "".join(_page(row, giver)).encode()


def _page(row: Transfer, giver: Giver) -> Iterator[str]:
    facts: dict[str, object] = {
        "number": row.name,
        "partner": row.partner,
        "giver": giver.archive_name,
        "code": giver.archive_code,
        "agency": giver.agency_name,
        "media": row.media,
        "guide": GUIDE,
    }

    def said(key: str, lang: str = "vi") -> str:
        return html.escape(messages.text(f"packages.transfer-guide.{key}", lang, **facts))

    yield '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{said('title')}</title><style>{_STYLE}</style></head><body>\n"
    yield f"<h1>{said('title')}</h1>\n<p>{said('what')}</p>\n"
    yield f"<h2>{said('heads.files')}</h2>\n<table>\n"
    for key, name in _FILES.items():
        yield f"<tr><td><code>{html.escape(name)}</code></td><td>{said(f'files.{key}')}</td></tr>\n"
    yield f"</table>\n<h2>{said('heads.steps')}</h2>\n<p>{said('verify')}</p>\n<ol>\n"
    for key, command in COMMANDS.items():
        yield f"<li><p>{said(f'steps.{key}')}</p>\n<pre>{html.escape(command)}</pre></li>\n"
    yield f"</ol>\n<p>{said('windows')}</p>\n"
    for part, begin, keys in (("inside", "package", _INSIDE), ("back", "answer", _BACK)):
        yield f"<h2>{said(f'heads.{part}')}</h2>\n<p>{said(begin)}</p>\n<ul>\n"
        yield "".join(f"<li>{said(f'{part}.{key}')}</li>\n" for key in keys)
        yield "</ul>\n"
    yield f'<section lang="en"><h2>{said("title", "en")}</h2>\n'
    yield "".join(f"<p>{said(key, 'en')}</p>\n" for key in ("what", "verify", "answer"))
    yield "</section>\n</body></html>\n"
