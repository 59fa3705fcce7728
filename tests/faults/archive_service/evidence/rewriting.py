"""What an operator who writes rows needs: a sealed log before, and plain statements."""

from archive_service.evidence.sealing import seal_log
from archive_service.services import Services
from tests.worlds.archive import OPERATOR


def sealed(services: Services) -> None:
    """States up to now are in the log, below a checkpoint."""
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint


def change(services: Services, *statements: object) -> None:
    """Rows changed or taken away, all at once."""
    with services.writing() as session:
        for statement in statements:
            session.execute(statement)  # type: ignore[call-overload]  # an update or a delete
