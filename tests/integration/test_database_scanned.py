"""What destroyed rows leave in the files of a database server, and when it is gone from them."""

from pathlib import Path

from sqlalchemy import Connection, text

from tests.factories.archive import Backends
from tests.factories.removing import claimed, do, iter_marked, open_with_erasers, states
from tests.faults.destruction_world import CODES, MARKS, stored_home
from tests.services.servers import PostgreSql


def test_tables_written_anew_hold_no_word_of_what_was_destroyed(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    mark = MARKS[0].encode()
    with open_with_erasers(stored_home(tmp_path, Backends(postgresql=postgresql))) as services:
        removal_id = claimed(services, CODES[0])
        do(services)
        assert states(services, removal_id)["rows"] == "gone"
        engine = services.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            tables = _tables_of(postgresql, connection)
            connection.execute(text("CHECKPOINT"))
            assert list(iter_marked(tables, mark)), "as docs/operations.md tells"
            connection.execute(text("VACUUM FULL"))
            connection.execute(text("CHECKPOINT"))
        assert list(iter_marked(tables, mark)) == []
        assert list(iter_marked(tables, MARKS[1].encode())), "the scan can find it"


def _tables_of(server: PostgreSql, connection: Connection) -> Path:
    """The folder of this database alone: the server holds those of other tests too."""
    number = connection.scalar(
        text("SELECT oid FROM pg_database WHERE datname = current_database()")
    )
    return Path(server.process.log).parent / "data" / "base" / str(number)
