"""A copy is filled by a job that is killed again and again, and counts only once it is whole."""

from pathlib import Path

import pytest

from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.keeping.copies.acts import add_copy
from archive_service.keeping.fixity.check import check_all
from archive_service.worker import work
from tests.faults.archive_service.keeping.copies import joining
from tests.worlds.archive import OPERATOR, new_home
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.holding import bytes_of, opened, take_in

KILLED = -9
STEP = {Moment.COMMIT: 1, Moment.PUBLISH: 1, Moment.WRITE: 9}


@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.long), 6], ids="by-{}".format)
@pytest.mark.parametrize("moment", list(STEP), ids=str)
def test_a_copy_killed_while_it_joins_goes_on_and_is_whole(
    moment: Moment, stride: int, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "home")
    with opened(home, *joining.COPIES[:2]) as services:
        take_in(services, tmp_path / "source", range(20, 23))
        work(services, until_empty=True)
    with opened(home, *joining.COPIES) as services:
        add_copy(services, "kho3", actor=OPERATOR)
    kills, at = 0, 1
    with WarmProcess() as warm:
        while warm.do(joining.fill, home, moment, at, log=tmp_path / "log") == KILLED:
            kills, at = kills + 1, at + STEP[moment] * stride
            assert kills < 40, (tmp_path / "log").read_text("utf-8")
    assert kills > 0
    with opened(home, *joining.COPIES) as services:
        work(services, until_empty=True)
        with services.read_only() as session:
            assert session.get_one(EnrolledCopy, "kho3").state is CopyStanding.ACTIVE
        first, second, third = (bytes_of(copy) for copy in services.copies)
        assert first == second == third
        assert not check_all(services, progress=lambda _share: None).troubles()
