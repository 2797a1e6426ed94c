"""What the layer contracts cannot say: sizes, names, the top level, quick start-up, the schemas."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from reconciler.config.schemas import schema_names
from reconciler.kinds import load_kinds

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "reconciler"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

LONGEST_MODULE, LONGEST_FUNCTION = 300, 50
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
MORE_THAN_A_DOCSTRING = {"reconciler", "reconciler/kinds", "reconciler/cli"}
HEAVY = {"httpx", "deepdiff", "jsonschema", "yaml", "rich", "starlette", "uvicorn"}
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "reconciler",
    "schemas",
    "examples",
    "tests",
    "state",
    "docs",
    "CHANGELOG.md",
    "LICENSE",
    "SECURITY.md",
    "CONTRIBUTING.md",
}


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def functions() -> Iterator[tuple[str, int]]:
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{name_of(module)}: {node.name}", node.end_lineno - node.lineno + 1


def test_no_module_is_longer_than_its_limit() -> None:
    every = [*MODULES, *TESTS]
    lines = {name_of(one): len(one.read_text(encoding="utf-8").splitlines()) for one in every}
    assert {name: size for name, size in lines.items() if size > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_its_limit() -> None:
    assert {name: size for name, size in functions() if size > LONGEST_FUNCTION} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = [(part, module) for module in MODULES for part in (module.stem, module.parent.name)]
    assert [name_of(module) for part, module in parts if part.strip("_") in EMPTY_NAMES] == []


def test_package_files_hold_only_a_docstring() -> None:
    longer = [
        name_of(module.parent)
        for module in MODULES
        if module.name == "__init__.py"
        and len(ast.parse(module.read_text(encoding="utf-8")).body) != 1
    ]
    assert set(longer) <= MORE_THAN_A_DOCSTRING


def test_every_module_says_what_it_is_for() -> None:
    silent = [m for m in MODULES if not ast.get_docstring(ast.parse(m.read_text("utf-8")))]
    assert [name_of(module) for module in silent] == []


def test_kinds_and_schemas_pair_up() -> None:
    with_schema = {
        name.removeprefix("kinds/") for name in schema_names() if name.startswith("kinds/")
    }
    assert with_schema == set(load_kinds())


def test_a_kind_is_one_file_that_is_called_like_it() -> None:
    files = {file.stem.rstrip("_") for file in (PACKAGE / "kinds").glob("[!_]*.py")}
    assert files == set(load_kinds())


def test_top_level_holds_nothing_unexpected() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what belongs to the project cannot be listed")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    entries = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {entry for entry in entries - TOP_LEVEL if not entry.startswith(".")} == set()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_heavy_library(option: str) -> None:
    code = (
        "import json, sys; from reconciler.cli import run; code = run(sys.argv[1:]);"
        "print(json.dumps([int(code), sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, option], capture_output=True, text=True, check=True
    )
    exit_code, modules = json.loads(done.stdout.splitlines()[-1])
    assert exit_code == 0
    assert {module.partition(".")[0] for module in modules} & HEAVY == set()


def schemas_seen_by(folder: Path) -> list[str]:
    """Ask the package below a folder, in a process of its own, which schemas it finds."""
    code = (
        "import json, reconciler.config.schemas as found;"
        "print(json.dumps([found.__file__, *found.schema_names()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, *names = json.loads(done.stdout)
    assert Path(file).is_relative_to(folder.resolve())
    return names


def copy_package(folder: Path, schemas: str) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "reconciler", ignore=ignored)
    shutil.copytree(ROOT / "schemas", folder / schemas)


@pytest.mark.parametrize(
    "schemas", ["schemas", "reconciler/schemas"], ids=["editable install", "wheel"]
)
def test_schemas_are_found_in_the_layout_of(schemas: str, tmp_path: Path) -> None:
    copy_package(tmp_path, schemas)
    assert schemas_seen_by(tmp_path) == list(schema_names())


def test_wheel_is_told_to_carry_the_schemas() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    forced = tools["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced == {"schemas": "reconciler/schemas"}


def test_built_wheel_carries_every_schema(tmp_path: Path) -> None:
    if find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: no wheel can be built without the network")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {f"reconciler/schemas/{name}.schema.json" for name in schema_names()} <= inside
