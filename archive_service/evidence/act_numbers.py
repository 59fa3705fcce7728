"""Numbers of the papers that go out as acts: counted by kind and year."""

import datetime as dt

from sqlalchemy import select

from archive_service import clock
from archive_service.db.numbers import draw_number
from archive_service.domain.keeping.act import Act, few_of
from archive_service.forms.numbers import format_number, parse_number
from archive_service.services import Services


def number_of_act(services: Services, kind: str, symbol: str, *, at: dt.datetime) -> str:
    """The number of a paper of ``at``, committed before it is printed.

    No double; a paper that cannot be printed after all leaves a gap. A rebuild brings the acts back
    and not the counter, which goes on after what they tell.
    """
    year = clock.local(at).year
    begins = dt.datetime(year, 1, 1, tzinfo=clock.LOCAL_ZONE)
    query = select(Act.document["number"].as_string()).where(few_of(kind), Act.at >= begins)
    with services.writing() as session:
        given = (parse_number(number).number for number in session.scalars(query))
        number = draw_number(session, kind, year, after=max(given, default=0))
    return format_number(number, symbol)
