"""The chapter of the other archive: a historical one below the demo's home, known as a partner.

It is an archive of its own: settings, database, copies, keys and accounts lie in its own folder,
and go with the demo's home. Servers that variables name are the first archive's and never its.
"""

import shutil
from pathlib import Path
from typing import Any

from archive_service.bootstrap import open_services
from archive_service.demo.coming_in import enlist_sample_agency
from archive_service.demo.home import TRUST, mark_home
from archive_service.demo.people import HISTORICAL_PEOPLE, add_people
from archive_service.demo.stage import Stage, prove
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.settings import HOME_FILE, load_settings
from archive_service.setup.acts import FIRST_ADMIN, init_archive
from archive_service.signing.key_stores.kept import AUTHORITY
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts

FOLDER = "historical"  # below the demo's home
# By name: a browser keeps the first archive's session, at 127.0.0.1, apart from this one's.
LISTEN = "localhost:8001"
ADDRESS = f"http://{LISTEN}/"
_CODE = "H40.98"
_SETTINGS = """\
# Written by `archive demo`; read by every command on this home.
[archive]
code = "{code}"
name = "Lưu trữ lịch sử tỉnh {place}"
superior = "Sở Nội vụ tỉnh {place}"
place = "{place}"
role = "historical"

[timestamp]
url = "demo:"

[destruction]
unsigned = "Diễn tập trên dữ liệu mẫu, không bắt buộc đủ chữ ký"
"""


def acquaint(stage: Stage, operator: Actor) -> dict[str, Any]:
    """The historical archive is set up, and each of the two knows how the other signs."""
    services, agency = stage.services, stage.sample.agency
    home = services.settings.home / FOLDER
    mark_home(home)
    text = _SETTINGS.format(code=_CODE, place=agency.place)
    (home / HOME_FILE).write_text(text, encoding="utf-8")
    other = open_services(load_settings(home, variables=False))
    try:
        made = init_archive(other, actor=operator)
        enlist_sample_agency(other, agency, operator=operator)
        add_people(
            other,
            HISTORICAL_PEOPLE.items(),
            agency=agency.new_code,
            admin_password=made.passwords[FIRST_ADMIN],
            operator=operator,
        )
        _trust(services, other)
        _trust(other, services)
        _know_each_other(services, other, agency.new_code, operator=operator)
    finally:
        other.close()
    name = other.settings.archive.name
    stage.tell("second-archive", name=name, accounts=len(HISTORICAL_PEOPLE) + 1)
    stage.tell("partners", name=services.settings.archive.name, other=name)
    return {"home": str(home), "code": _CODE, "name": name}


def _trust(services: Services, other: Services) -> None:
    """Whom the other archive trusts to vouch for its keys is trusted here, too."""
    folder, whose = services.settings.home / TRUST, other.settings.archive.code
    own = f"{services.settings.archive.code}-"  # what an earlier demo laid there of this one
    folder.mkdir(exist_ok=True)
    for place in (AUTHORITY, Path(TRUST)):
        for file in (other.settings.home / place).glob("*.crt"):
            if not file.name.startswith(own):
                shutil.copy(file, folder / f"{whose}-{place.name}-{file.name}")


def _know_each_other(giver: Services, taker: Services, agency: str, *, operator: Actor) -> None:
    """The taker pins the giver's certificate and gives it a token; the giver keeps both."""
    ours, theirs = giver.settings.archive, taker.settings.archive
    gives = PartnerGiven(
        PartnerFacts(name=ours.name, gives=True),
        agencies=[agency],
        certificates=[("archive.crt", giver.signer().certificate.der)],
    )
    _, token = partners_acts.add(taker, ours.code, gives, actor=operator)
    prove(token, "the giver has a token for the other archive")
    takes = PartnerGiven(
        PartnerFacts(name=theirs.name, receives=True, url=ADDRESS.rstrip("/")),
        certificates=[("archive.crt", taker.signer().certificate.der)],
        token=(token or "").encode("ascii"),
    )
    partners_acts.add(giver, theirs.code, takes, actor=operator)
