"""The sheet beside packages for whoever receives them: what lies where, how it is verified with
public tools, and what is sent back. Its commands are run by ``test_transfer_guide.py``.
"""

import html
from collections.abc import Iterator

from archive_service import messages
from archive_service.domain.transfer import Transfer
from archive_service.transfer.folder import GUIDE, LIST, MANIFEST, MARK, PACKAGES, SUMS, Giver
from archive_service.transfer.papers import FILES

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
_STYLE = "body{font:16px/1.5 serif;max-width:60em;margin:2em auto;padding:0 1em}"
_MORE_STYLE = (
    "pre{background:#eee;padding:.5em;overflow:auto}td{vertical-align:top;padding:.2em .6em}"
)


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

    yield f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">\n<title>{said("title")}'
    yield f"</title><style>{_STYLE}</style></head><body>\n<h1>{said('title')}</h1>\n"
    yield f"<p>{said('what')}</p>\n<h2>{said('heads.files')}</h2>\n<table>\n"
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
