"""What a room gives has a type, and a door that only forwards to an act is a line of a table."""

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from archive_service.given import Act
from tests.guide.house.rooms import room_of
from tests.guide.sources import PACKAGES, ROOT, assert_none, nodes, place, python_files, tree

UNTYPED = ("dict[str, Any]", "Mapping[str, Any]")


def modules_of(files: list[Path], root: Path) -> dict[str, Path]:
    """The files by the dotted names of their modules."""
    return {
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }


def untyped(file: Path) -> set[str]:
    """The functions of a module that give such a dictionary, or several."""
    return {
        node.name
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and node.returns is not None
        if any(kind in ast.unparse(node.returns) for kind in UNTYPED)
    }


def named(file: Path, modules: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """The names of other modules that a module imports, or reads through its import of them."""
    known: dict[str, str] = {}
    for node in nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                if inside in modules:
                    known[alias.asname or alias.name] = inside
                else:
                    yield node.module, alias.name
    for node in nodes(file):
        owner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(node, ast.Attribute) and isinstance(owner, ast.Name) and owner.id in known:
            yield known[owner.id], node.attr


def handed_over(modules: Mapping[str, Path]) -> Iterator[str]:
    """Such functions that a module of another room names."""
    folders = {module for module, file in modules.items() if file.name == "__init__.py"}
    functions = {module: untyped(file) for module, file in modules.items()}
    for taker, file in modules.items():
        for giver, name in named(file, modules):
            strangers = room_of(giver, folders) != room_of(taker, folders)
            if strangers and name in functions.get(giver, ()):
                yield f"{giver}.{name} -> {taker}"


def test_no_room_gives_a_dictionary_of_anything_to_another() -> None:
    assert_none(handed_over(modules_of(python_files(*PACKAGES), ROOT)))


def test_a_dictionary_is_seen_however_it_is_taken(tmp_path: Path) -> None:
    written = {
        "ingest/drafts/acts.py": "def show(): ...\ndef told() -> list[dict[str, Any]]: ...",
        "ingest/drafts/views.py": "from ingest.drafts.acts import told",
        "ingest/uploads/by_name.py": "from ingest.drafts.acts import show, told",
        "ingest/uploads/by_module.py": "from ingest.drafts import acts as drafts\ndrafts.told()",
    }
    files = [tmp_path / name for name in ("ingest/drafts/__init__.py", *written)]
    files.append(tmp_path / "ingest/uploads/__init__.py")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written.get(file.relative_to(tmp_path).as_posix(), ""), "utf-8")
    assert sorted(handed_over(modules_of(files, tmp_path))) == [
        "ingest.drafts.acts.told -> ingest.uploads.by_module",
        "ingest.drafts.acts.told -> ingest.uploads.by_name",
    ]


_ASKED_BY = ("current_actor()", "actor", "cli.actor", "cli.writer")
_SPOKEN = ("language()", "cli.lang")


def act_of(call: ast.expr, taken: list[str]) -> ast.expr | None:
    """The act that is called with the services, what a handler is given, and who asks."""
    if not isinstance(call, ast.Call):
        return None
    given = [ast.unparse(each) for each in call.args]
    more = {each.arg: ast.unparse(each.value) for each in call.keywords}
    asked, spoken = more.pop("actor", ""), more.pop("lang", _SPOKEN[0])
    whole = given[:1] in (["services()"], ["cli.services"]) and given[1:] == taken
    return call.func if whole and not more and asked in _ASKED_BY and spoken in _SPOKEN else None


def told_by(body: list[ast.stmt]) -> ast.expr | None:
    """What the handler of a route gives back, once for an ``Idempotency-Key`` or always."""
    *before, last = body
    value = last.value if isinstance(last, ast.Return) else None
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "answer_once":
        made = value.args[1]
        if isinstance(made, ast.Lambda):
            value = made.body
        elif len(before) == 1 and isinstance(before[0], ast.FunctionDef):
            return told_by(before[0].body)
    return value if not before else None


def written(handler: ast.FunctionDef) -> list[ast.stmt]:
    """The body of a handler without its docstring, its imports, and its word for who asks."""
    return [
        line
        for line in handler.body
        if not isinstance(line, ast.ImportFrom)
        and ast.unparse(line) != "actor = current_actor()"
        and not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]


def named_act(module: ModuleType, handler: ast.FunctionDef, act: ast.expr) -> Act:
    """The act that a handler calls by a name of its module, or one that it imports itself."""
    lines: list[ast.stmt] = [line for line in handler.body if isinstance(line, ast.ImportFrom)]
    names = dict(vars(module))
    exec(compile(ast.Module(lines, []), handler.name, "exec"), names)  # noqa: S102 - our own lines
    return Act(eval(ast.unparse(act), names))  # noqa: S307 - a name of our own module


def forwarding_routes() -> Iterator[str]:
    """Routes that give the words of their address and one model to an act that tells a document."""
    for file, handler, decorators in handlers("api"):
        words = [each.arg for each in handler.args.args]
        act = act_of(told, words) if (told := told_by(written(handler))) else None
        if act is None or not any(each.startswith("bp.") for each in decorators):
            continue
        made = named_act(module_of(file), handler, act)
        kind = made.document
        model = f"bp.input({made.given.__name__}" if made.given else "bp.route"
        taken = any(each.startswith(model) for each in decorators) or not made.given
        if taken and BaseModel in getattr(kind, "__mro__", ()):
            yield place(file, handler)


def forwarding_commands() -> Iterator[str]:
    """Commands of a group that give their arguments to an act, and print what it tells."""
    for file, handler, decorators in handlers("commands"):
        body = written(handler)
        if not any(".command(" in each and "click" not in each for each in decorators):
            continue
        words = [each.arg for each in handler.args.args + handler.args.kwonlyargs]
        taken = [each for each in words if each not in ("cli", "as_json")]
        value = body[0].value if isinstance(body[0], ast.Assign) else None
        used = {
            each.id for line in body[1:] for each in ast.walk(line) if isinstance(each, ast.Name)
        }
        later = any("cli.services" in ast.unparse(line) for line in body[1:])
        if any("click.option(" in each for each in decorators) or ".exit(" in ast.unparse(handler):
            continue  # of these the act takes no model, or its exit code tells
        if value and act_of(value, taken) and not used & set(taken) and not later:
            yield place(file, handler)


def handlers(door: str) -> Iterator[tuple[Path, ast.FunctionDef, list[str]]]:
    """Functions of the doors of one kind, with their decorators as they are written."""
    for file in python_files(*PACKAGES):
        if door in (file.stem, file.parent.name):
            for node in tree(file).body:
                if isinstance(node, ast.FunctionDef) and written(node):
                    yield file, node, [ast.unparse(each) for each in node.decorator_list]


def module_of(file: Path) -> ModuleType:
    """The module of a file of ours."""
    return importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def test_a_route_that_only_forwards_is_offered() -> None:
    assert_none(forwarding_routes())


def test_a_command_that_only_forwards_is_offered() -> None:
    assert_none(forwarding_commands())


def test_what_only_forwards_is_known_by_its_body() -> None:
    forwards = "act(services(), code, json_data, actor=current_actor(), lang=language())"
    once = f"def made():\n    return {forwards}\nreturn answer_once(json_data, made)"
    for body in (f"return {forwards}", once, f"return answer_once(b, lambda: {forwards})"):
        told = told_by(ast.parse(body).body)
        assert told is not None
        assert act_of(told, ["code", "json_data"]) is not None
        assert act_of(told, ["code"]) is None
    assert told_by(ast.parse(f"other()\nreturn {forwards}").body) is None
