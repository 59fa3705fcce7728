"""Killed in every act on the way of an addition: accepted, built, published, receipt."""

import json
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from archive_service.packaging.model import RecordStatus
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.faults.ingest.acceptance import additions
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped

KILLED = -signal.SIGKILL
MOST_ACTS = 20
MOMENTS = (Moment.COMMIT, Moment.STAGE, Moment.PUBLISH, Moment.WRITTEN)
PLACE = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case file in custody, and a late document that was checked."""
    folder = tmp_path_factory.mktemp("addition")
    home = new_home(folder / "home")
    with open_home(home) as services:
        (identifier,) = submit(
            zipped(folder / "1.zip", sip(folder)), actor=person(services, "bach"), services=services
        )
        while run_one(services, subject_id=identifier, names=("check-submission",)):
            pass
        accept(services, identifier, actor=person(services, "lan"))
        work(services, until_empty=True)
        late = sip(folder, documents=1, record_status=RecordStatus.SUPPLEMENT)
        own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"}
        source = zipped(folder / "2.zip", with_fields(late, PLACE, **own))
        (two,) = submit(source, actor=person(services, "bach"), services=services)
        while run_one(services, subject_id=two, names=("check-submission",)):
            pass
    return home


Kills = list[tuple[Moment, int]]


def in_turn(number: int, there: Mapping[str, int]) -> Kills:
    """Where an act stages or publishes, and at a commit or a file of its; the first or the last."""
    wanted = (Moment.STAGE, Moment.PUBLISH, (Moment.COMMIT, Moment.WRITTEN)[number // 2 % 2])
    counted = [(moment, there[moment]) for moment in wanted if there.get(moment)]
    return [(moment, (1, last)[number % 2]) for moment, last in counted]


def test_an_addition_is_whole_or_not_there_after_a_kill_in_each_act(
    before: Path, tmp_path: Path
) -> None:
    assert set(killed_on_its_way(before, tmp_path, in_turn)) == set(MOMENTS)


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_addition_is_whole_or_not_there_after_any_kill(
    before: Path, tmp_path: Path, moment: Moment
) -> None:
    """Each act at its first moment of this kind, and at its last."""

    def both(_: int, there: Mapping[str, int]) -> Kills:
        last = there.get(moment, 0)
        return [(moment, at) for at in sorted({1, last})] if last else []

    assert killed_on_its_way(before, tmp_path, both)


def killed_on_its_way(
    before: Path, tmp_path: Path, wanted: Callable[[int, Mapping[str, int]], Kills]
) -> list[Moment]:
    """Kill each act where it is wanted, and restart; when it was killed indeed."""
    done, counts, log = tmp_path / "done", tmp_path / "counts", tmp_path / "log"
    kills, home = list[Moment](), before
    with WarmProcess() as warm:
        for number in range(MOST_ACTS):
            following = copy_home(home, tmp_path / f"after-{number}")
            code = warm.do(additions.one_act_counted, following, done, counts, log=log)
            assert code == 0, log.read_text("utf-8")
            if done.exists():
                break
            for moment, at in wanted(number, json.loads(counts.read_text("utf-8"))):
                killed = copy_home(home, tmp_path / f"killed-{number}-{moment}-{at}")
                told = warm.do(additions.one_act_under, killed, moment, at, log=log)
                assert told in (0, KILLED), log.read_text("utf-8")
                kills += [moment] if told == KILLED else []
                again = warm.do(additions.restart, killed, log=log)
                assert again == 0, log.read_text("utf-8")
            home = following
        assert done.exists(), "the way of an addition has no end"
        assert warm.do(additions.restart, home, log=log) == 0, log.read_text("utf-8")
    return kills
