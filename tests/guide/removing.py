"""Every way in which a line of Python makes files go: by any name that it gives them."""

import ast
from collections.abc import Iterator, Sequence

REMOVES = "removes"  # a file or folder is gone, moved or replaced, or another program may do so
WRITES = "writes"  # a file is made, or what it held is gone
STORE = "store"  # what lies in a copy is replaced or deleted

# A dotted name, through whatever it was imported as.
_NAMED = {
    REMOVES: {
        *(f"os.{one}" for one in ("remove", "unlink", "rmdir", "removedirs", "rename", "renames")),
        *(f"os.{one}" for one in ("replace", "truncate", "ftruncate", "system", "popen")),
        *(f"shutil.{one}" for one in ("rmtree", "move")),
        *(f"subprocess.{one}" for one in ("run", "call", "check_call", "check_output", "Popen")),
        "pathlib.Path.unlink", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
    },
    WRITES: {
        *(f"shutil.{one}" for one in ("copy", "copy2", "copyfile", "copyfileobj", "copytree")),
        "io.FileIO", "mmap.mmap",
    },
}  # fmt: skip
_SPAWNS = ("os.exec", "os.spawn", "os.posix_spawn")
# A method of whatever it is called on.
_METHODS = {
    REMOVES: {"unlink", "rmdir", "rename", "rmtree", "removedirs", "hardlink_to", "symlink_to"},
    WRITES: {"write_bytes", "write_text", "truncate"},
    STORE: {
        "heal", "remove_object", "remove_objects", "remove_bucket", "delete_objects",
        "delete_object", "compose_object", "fput_object",
    },
}  # fmt: skip
_HIDDEN = {"getattr", "attrgetter", "methodcaller"}
_MODULES = {"os", "posix", "shutil", "subprocess"}
_OPENING = {"O_TRUNC", "O_WRONLY", "O_RDWR"}


def ways_out(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.AST, str, str]]:
    """``(node, kind, name)`` of each, in the order of the tree."""
    known = _imported(nodes)
    for node in nodes:
        yield from ((node, kind, name) for kind, name in _of(node, known))


def _imported(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What each imported name stands for, dotted."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for name in node.names:
                found[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for name in node.names:
                found[name.asname or name.name] = f"{node.module}.{name.name}"
    for node in nodes:  # another name for it: ``system = os``
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Name) and node.value.id in found:
                    found[target.id] = found[node.value.id]
    return found


def _of(node: ast.AST, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ImportFrom):
        if any(name.name == "*" for name in node.names):
            yield REMOVES, f"{node.module}.*"
        for name in node.names:
            yield from _named(f"{node.module}.{name.name}")
    elif isinstance(node, ast.Attribute):
        yield from _named(dotted := _dotted(node, known))
        if dotted.partition(".")[0] not in _MODULES:
            yield from ((kind, node.attr) for kind, names in _METHODS.items() if node.attr in names)
    elif isinstance(node, ast.Call):
        yield from _called(node, known)


def _called(node: ast.Call, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else _dotted(node.func, known)
    name = name.rpartition(".")[2]
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    words = [expr.value for expr in given if isinstance(expr, ast.Constant)]
    keywords = {keyword.arg for keyword in node.keywords}
    if name in _HIDDEN:
        wanted = {one for names in _METHODS.values() for one in names}
        wanted |= {one.rpartition(".")[2] for names in _NAMED.values() for one in names}
        yield from ((REMOVES, f"{name} {word}") for word in words if word in wanted)
        if node.args and _dotted(node.args[0], known) in _MODULES:
            yield REMOVES, f"{name} of a module"
    elif name in {"import_module", "__import__"}:
        yield from ((REMOVES, f"{name} {word}") for word in words if word in _MODULES)
    elif name == "replace" and isinstance(node.func, ast.Attribute):
        if {"size", "sha256"} & keywords:
            yield STORE, name
        elif len(node.args) == 1 and not keywords and not _is_dataclass(node, known):
            yield REMOVES, name
    elif "DELETE" in words:
        yield STORE, "DELETE"
    elif name in {"open", "fdopen"}:
        yield from _opened(node, known)


def _is_dataclass(node: ast.Call, known: dict[str, str]) -> bool:
    return _dotted(node.func, known) in {"dataclasses.replace", "copy.replace"}


def _opened(node: ast.Call, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """With a mode that writes, or one that is not told here."""
    flags = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"]
    if _dotted(node.func, known) in {"open", "io.open"}:
        given += node.args[1:2]
    else:
        given += [arg for arg in node.args if isinstance(arg, ast.Constant)]
    told = [str(expr.value) if isinstance(expr, ast.Constant) else "w" for expr in given]
    modes = [one for one in told if set(one) <= set("rwxabt+")]
    if any(set(mode) & set("wxa+") for mode in modes) or flags & _OPENING:
        yield WRITES, "open"


def _named(dotted: str) -> Iterator[tuple[str, str]]:
    dotted = dotted.replace("posix.", "os.", 1) if dotted.startswith("posix.") else dotted
    yield from ((kind, dotted) for kind, names in _NAMED.items() if dotted in names)
    if dotted.startswith(_SPAWNS):
        yield REMOVES, dotted


def _dotted(node: ast.AST, known: dict[str, str]) -> str:
    """``system.remove`` after ``import os as system``: ``os.remove``; else its words."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, known)}.{node.attr}"
    return ""
