"""Values of very many documents: what a table has is looked up once, not for each field."""

from archive_service.catalogue.describing.fields import values_of
from archive_service.domain.case_files.document import Document
from tests.worlds.calls import calls


def test_the_columns_of_a_table_are_looked_up_once() -> None:
    document = Document(subject="Tờ trình", ordinal=1, kind="document")
    once = values_of(document)
    with calls() as seen:
        again = [values_of(document) for _ in range(50)]
    assert again == [once] * 50
    assert once["subject"] == "Tờ trình"
    assert (seen["values_of"], seen["_columns"], seen["column_of"]) == (50, 0, 0)
