"""A query in old letters asks every engine what the same in Unicode asks."""

from archive_service.formats.convert.text import encode_legacy
from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import WORKS, entry, put, query


def pasted(text: str, encoding: str) -> str:
    return encode_legacy(text, encoding).decode("cp1252")


def test_it_finds_the_same_in_the_same_order(index: SearchIndex) -> None:
    for text in ("Trạm bơm Nà Sáng", "tram bom va cống", "Trám bờm"):
        put(index, text)
    wanted = [hit.case_file_id for hit in index.search(query("trạm bơm")).hits]
    for encoding in ("TCVN3", "VNI"):
        asked = ask(index, query(pasted("trạm bơm", encoding)))
        assert asked.query.words.encoding == encoding
        assert [hit.case_file_id for hit in index.search(asked.query).hits] == wanted
    assert len(wanted) == 3


def test_names_of_files_rank_as_no_title_and_stay_within_rights(index: SearchIndex) -> None:
    wanted = put(index, "Trạm bơm Nà Sáng", page=None)
    named = put(index, "tram-bom-na-sang.pdf", page=None, part="file-names:", document_title="A")
    asked = query("trạm bơm nà sáng", by="document")
    first, second = index.search(asked).hits
    assert (first.case_file_id, second.case_file_id) == (wanted, named)
    assert second.part == "file-names:"
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    before = index.search(query("nà sáng", visible=visible, by="document"))
    hidden = entry(wanted, "na-sang.pdf", page=None, part="file-names:", mode="03")
    put(index, hidden.text, page=None, part=hidden.part, mode="03")
    assert index.search(query("nà sáng", visible=visible, by="document")) == before
