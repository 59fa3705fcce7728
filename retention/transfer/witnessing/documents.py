"""Who witnesses whom, as commands, programs and pages read it."""

from archive_service.document import Document


class WitnessedDocument(Document):
    """What is kept here of a partner's log: its last checkpoint; ``at``: when it was kept.

    ``trouble``: code of why its newest one was refused; ``None`` where it was not.
    """

    code: str
    name: str
    size: int
    root: str
    at: str | None
    trouble: str | None


class WitnessDocument(Document):
    """A partner that keeps our checkpoints: how long the log was that it cosigned last, and when.

    ``trouble``: code of what keeps it from cosigning; ``None`` where nothing does.
    """

    code: str
    name: str
    size: int
    at: str | None
    trouble: str | None


class WitnessingDocument(Document):
    """Our key as a witness, ``None`` until one is made; whom we witness, and who witnesses us."""

    key: str | None
    witnessed: list[WitnessedDocument]
    witnesses: list[WitnessDocument]

    def of(self, code: str) -> "tuple[WitnessedDocument | None, WitnessDocument | None]":
        """One partner: what we keep of its log, and what it cosigned of ours."""
        kept = (witnessed for witnessed in self.witnessed if witnessed.code == code)
        return next(kept, None), next(
            (witness for witness in self.witnesses if witness.code == code), None
        )
