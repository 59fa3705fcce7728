"""However many jobs are done, what is not done is told from those few alone."""

from archive_service.background_jobs.view import JobNarrowing, find_jobs, queues
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import counted, more_case_files, steps_of


def test_queues_are_told_from_jobs_that_are_not_done(services: Services) -> None:
    quan = person(services, "quan")
    few = steps_of(services, lambda: queues(services, actor=quan))
    more_case_files(services, 400)  # each with a job that is done
    assert steps_of(services, lambda: queues(services, actor=quan)) <= few + 300


def test_jobs_are_counted_beside_no_other_table_unless_words_are_sought(
    services: Services,
) -> None:
    quan = person(services, "quan")
    with counted(services) as seen:
        rows, total = find_jobs(services, JobNarrowing(), actor=quan, limit=200)
        _, of_code = find_jobs(services, JobNarrowing(text="H40.18"), actor=quan, limit=1)
    assert (len(rows), total >= of_code > 0) == (min(total, 200), True)
    counts = [one for one in seen if one.startswith("SELECT count(")]
    assert ["JOIN" in one for one in counts] == [False, True]


def test_a_late_page_is_found_from_the_nearer_end_in_an_index(services: Services) -> None:
    more_case_files(services, 300)
    quan = person(services, "quan")
    for narrowing in (JobNarrowing(), JobNarrowing(state="done", oldest_first=True)):
        all_of_them, total = find_jobs(services, narrowing, actor=quan, limit=1000)
        assert len(all_of_them) == total > 300
        with counted(services) as seen:
            late, _ = find_jobs(services, narrowing, actor=quan, limit=50, offset=total - 70)
            last, _ = find_jobs(services, narrowing, actor=quan, limit=50, offset=total - 20)
            none, _ = find_jobs(services, narrowing, actor=quan, limit=50, offset=total + 50)
        assert (late, last, none) == (all_of_them[-70:-20], all_of_them[-20:], [])
        for one in (it for it in seen if "OFFSET" in it):
            inner = one.partition("IN (SELECT")[2].partition("OFFSET")[0]
            assert inner.split()[:3] == ["job.id", "FROM", "job"]
            assert "JOIN" not in inner

        def first_page(narrowing: JobNarrowing = narrowing) -> None:
            find_jobs(services, narrowing, actor=quan, limit=50)

        def last_page(narrowing: JobNarrowing = narrowing, offset: int = total - 50) -> None:
            find_jobs(services, narrowing, actor=quan, limit=50, offset=offset)

        assert steps_of(services, last_page) <= steps_of(services, first_page) + 300
