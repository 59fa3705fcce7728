"""An import contract: a library belongs to named rooms, and nobody else imports it."""

from fnmatch import fnmatchcase

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ReservedContract(Contract):
    """Like import-linter's ``protected``, for libraries that no module imports yet as well.

    Imports inside functions count like any other.
    """

    type_name = "reserved"
    protected_modules = fields.ListField(subfield=fields.StringField())
    allowed_importers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - theirs
        """See ``Contract.check``."""
        rooms: list[str] = list(self.allowed_importers)  # type: ignore[call-overload]  # a descriptor
        protected: list[str] = list(self.protected_modules)  # type: ignore[call-overload]  # likewise
        foreign = [
            f"{importer} -> {library}"
            for library in sorted(graph.modules)
            if any(library == one or library.startswith(f"{one}.") for one in protected)
            for importer in sorted(graph.find_modules_that_directly_import(library))
            if not any(
                fnmatchcase(importer, room) or fnmatchcase(importer, f"{room}.*") for room in rooms
            )
        ]
        output.verbose_print(verbose, f"{len(foreign)} imports from outside")
        return ContractCheck(kept=not foreign, metadata={"foreign": foreign})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """See ``Contract.render_broken_contract``."""
        for line in check.metadata["foreign"]:
            output.print_error(line, bold=False)
