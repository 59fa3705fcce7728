"""Compound files (OLE2) as Word to 2003 and Outlook write them, small and large streams in each."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _TABLE, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


@dataclass
class _Node:
    name: str
    data: bytes | None = None
    children: "dict[str, _Node]" = field(default_factory=dict)
    number: int = 0


def compound(streams: Mapping[str, bytes]) -> bytes:
    """The file with these streams, by paths with ``/`` between storages."""
    root = _Node("Root Entry")
    nodes = [root]
    for path, data in streams.items():
        at = root
        for name in path.split("/"):
            if name not in at.children:
                at.children[name] = _Node(name, number=len(nodes))
                nodes.append(at.children[name])
            at = at.children[name]
        at.data = data
    sectors: list[bytes] = []
    chain: list[int] = []
    starts: dict[int, int] = {}
    mini, mini_chain = bytearray(), list[int]()
    for node in nodes:
        if node.data is not None and len(node.data) < _CUTOFF:
            starts[node.number] = _placed(len(mini_chain), node.data, _MINI, mini_chain)
            mini += _padded(node.data, _MINI)
        elif node.data is not None:
            starts[node.number] = _stored(node.data, sectors, chain)
    mini_start = _stored(bytes(mini), sectors, chain)
    table_of_mini = _stored(struct.pack(f"<{len(mini_chain)}I", *mini_chain), sectors, chain)
    entries = b"".join(_entry(one, nodes, starts, mini_start, len(mini)) for one in nodes)
    directory = _stored(entries, sectors, chain)
    tables = 1
    while (len(chain) + tables) * 4 > tables * _SECTOR:
        tables += 1
    named = [len(chain) + at for at in range(tables)]
    chain += [_TABLE] * tables
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    sectors.append(struct.pack(f"<{len(chain)}I", *chain))
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    head += struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables)
    head += struct.pack("<IIIIIII", directory, 0, _CUTOFF, table_of_mini, 1, _END, 0)
    return head + struct.pack("<109I", *named, *[_FREE] * (109 - tables)) + b"".join(sectors)


def letter(
    subject: str, body: str, files: Mapping[str, bytes], within: str = ""
) -> dict[str, bytes]:
    """The streams of a letter of Outlook."""
    streams = {
        f"{within}__properties_version1.0": bytes(32),
        f"{within}__substg1.0_0037001F": subject.encode("utf-16-le"),
        f"{within}__substg1.0_1000001F": body.encode("utf-16-le"),
    }
    for number, (name, data) in enumerate(files.items()):
        storage = f"{within}__attach_version1.0_#{number:08X}"
        streams[f"{storage}/__substg1.0_3704001F"] = "TEP~1".encode("utf-16-le")
        streams[f"{storage}/__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{storage}/__substg1.0_37010102"] = data
    return streams


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


def _placed(first: int, data: bytes, size: int, chain: list[int]) -> int:
    count = max(1, -(-len(data) // size))
    chain += [*range(first + 1, first + count), _END]
    return first


def _stored(data: bytes, sectors: list[bytes], chain: list[int]) -> int:
    """Each stream in sectors of its own, with a free one before it."""
    sectors.append(b"\xee" * _SECTOR)
    chain.append(_FREE)
    data = _padded(data, _SECTOR) or bytes(_SECTOR)
    sectors.append(data)
    return _placed(len(chain), data, _SECTOR, chain)


def _entry(
    node: _Node, nodes: list[_Node], starts: dict[int, int], mini_start: int, mini_bytes: int
) -> bytes:
    siblings = next(
        (list(one.children.values()) for one in nodes if node in one.children.values()), []
    )
    at = siblings.index(node) if siblings else 0
    right = siblings[at + 1].number if at + 1 < len(siblings) else _NONE
    child = next((one.number for one in node.children.values()), _NONE)
    kind = 5 if node.number == 0 else 1 if node.data is None else 2
    name = node.name.encode("utf-16-le")
    start = mini_start if kind == 5 else starts.get(node.number, 0)
    size = mini_bytes if kind == 5 else len(node.data or b"")
    numbers = struct.pack("<HBBIII", len(name) + 2, kind, 1, _NONE, right, child)
    return name.ljust(64, b"\0") + numbers + bytes(36) + struct.pack("<IQ", start, size)
