"""An archive whose stamps were renewed once, and whose objects were hashed anew after that."""

import datetime as dt
import shutil
from pathlib import Path

from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.renewing import renew_stamps
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.outside.trees import renew_trees
from archive_service.evidence.sealing import seal_log
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.reading_again import read_everything
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import stamp_service


def renewed_home(place: Path, root: str) -> Path:
    """The home below ``place``; the root of its stamps lies beside it in a file ``root``."""
    home = stocked_home(place / "home")
    with stamp_service(days=20, strong=True) as service:
        service.trusted_in(home)
        shutil.copy(home / "trust" / f"stamps-{service.port}.crt", place / root)
        write_settings(home, read_settings(home) | {"timestamp": {"url": service.url}})
        shipped = Path("config/rule_sets/stamp_algorithms.toml").read_text("utf-8")
        own = home / "rule_sets" / "stamp_algorithms.toml"
        own.parent.mkdir(exist_ok=True)
        with open_home(home) as services:
            assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
            assert stamp_log(services, actor=WORKER)
            service.lasts(1500)
            assert renew_stamps(services, actor=WORKER).renewed == 1
            entry, last = 'digest = "sha256"\n', dt.datetime.now(dt.UTC).date()
            last += dt.timedelta(days=30)
            own.write_text(shipped.replace(entry, f"{entry}last_day = {last}\n"), "utf-8")
            read_everything(services)
            assert renew_trees(services, actor=WORKER)
    return home
