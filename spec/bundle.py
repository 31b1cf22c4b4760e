"""Bundles the files under spec/ into one document: `bundle.py SPEC FOLDER` writes

- FOLDER/contract.json: the complete document, for the server, the tests and the fuzz run. Parameters and responses are
  inlined.
- FOLDER/openapi.yaml and FOLDER/openapi.json: the published document in two formats. References are kept. Tags with
  `x-published: false` are omitted, because clients need no pages and sandbox operations.
- FOLDER/source.json: the complete document with references, for the generator of the server.

Responses and headers that the rules imply are added (implied.py) if the spec has a folder shared/.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from implied import complete

SECTIONS = ["schemas", "parameters", "headers", "responses"]
# Shared schemas that the runtime provides as types. The generator of the server gives path parameters these types.
TYPES = {f"#/components/schemas/{name}": name for name in ("ResourceId", "UserRef")}
FORM = "application/x-www-form-urlencoded"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# Strings that are numbers in YAML 1.2 but not in YAML 1.1, which the library implements.
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+")


class Loader(yaml.SafeLoader):
    """Resolves scalars as in YAML 1.2: `on` and dates are strings."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", "true|false", "tf"),
    ("null", "null|~|", "n~"),
    ("int", "[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), [*first, ""] if tag == "null" else list(first))


class Dumper(yaml.SafeDumper):
    """Writes block style, with lists indented by two spaces and without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def represent_text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if NUMBER.fullmatch(text) else None)


Dumper.add_representer(str, represent_text)


class Bundle:
    """Collects the files of a spec as components of one document."""

    def __init__(self, root: Path) -> None:
        self.files: dict[Path, Any] = {}
        self.sources: dict[tuple[str, str], tuple[Path, str]] = {}
        self.components: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
        self.document = self.walk(self.read(root), root)
        shared = root.parent / "shared"
        if shared.is_dir():
            complete(self.document, lambda section, name: {"$ref": self.component(shared / f"{section}.yaml", name)})
        own = self.document.pop("components", {})
        for section, named in own.items():
            self.components.setdefault(section, {}).update(named)
        self.document["components"] = {
            section: dict(sorted(named.items())) for section, named in self.components.items() if named
        }

    def read(self, path: Path) -> Any:
        if path not in self.files:
            self.files[path] = yaml.load(path.read_text(encoding="utf-8"), Loader)
        return self.files[path]

    def walk(self, node: Any, file: Path) -> Any:
        if isinstance(node, list):
            return [self.walk(item, file) for item in node]
        if not isinstance(node, dict):
            return node
        target = node.get("$ref")
        if not isinstance(target, str):
            return {key: self.walk(member, file) for key, member in node.items()}
        name, _, pointer = target.partition("#/")
        where = (file.parent / name).resolve() if name else file
        if pointer.startswith("components/"):
            return dict(node)
        if where.stem == "paths":
            return self.walk(self.read(where)[pointer], where)
        return {"$ref": self.component(where, pointer)}

    def component(self, file: Path, name: str) -> str:
        section = file.stem
        if section not in SECTIONS:
            sys.exit(f"{file}: file name is not a section of components")
        source = self.sources.setdefault((section, name), (file, name))
        if source != (file, name):
            sys.exit(f"{section}/{name} is defined in both {source[0]} and {file}")
        if name not in self.components[section]:
            self.components[section][name] = {}
            self.components[section][name] = self.walk(self.read(file)[name], file)
        return f"#/components/{section}/{name}"


def pointed(document: dict[str, Any], target: str) -> Any:
    found: Any = document
    for step in target.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def inlined(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document with parameters and responses inlined."""

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith(("#/components/parameters/", "#/components/responses/")):
            return walk(pointed(document, target))
        return {key: walk(member) for key, member in node.items()}

    whole = walk(document)
    for section in ["parameters", "responses"]:
        whole["components"].pop(section, None)
    return whole


def typed(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document with `x-rust-type` on path parameters of which the runtime provides the type, and on decimals in
    the query.

    Forms are declared as JSON: the runtime reads both into the same tree, and the generator would make a parameter of each
    member of a form.
    """

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        if FORM in node:
            node = {"application/json": node[FORM]}
        schema = node.get("schema", {})
        known = TYPES.get(schema.get("$ref", "")) if node.get("in") == "path" else None
        if node.get("in") == "query" and "x-decimal" in (pointed(document, schema["$ref"]) if "$ref" in schema else schema):
            known = "DecimalNumber"
        return {key: walk(member) for key, member in node.items()} | ({"x-rust-type": known} if known else {})

    return walk(document)


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    mapped = node.get("mapping") if isinstance(node.get("mapping"), dict) else {}
    own |= {target for target in mapped.values() if isinstance(target, str)}
    return own.union(*map(references, node.values()))


def published(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document without unpublished tags and the components that only they use."""
    hidden = {tag["name"] for tag in document.get("tags", []) if tag.get("x-published") is False}
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        kept = {
            key: member
            for key, member in item.items()
            if key not in METHODS or not hidden.intersection(member.get("tags", []))
        }
        if METHODS & kept.keys():
            paths[path] = kept
    tags = [tag for tag in document.get("tags", []) if tag["name"] not in hidden]
    used: set[str] = set()
    fresh = references(paths)
    while fresh:
        used |= fresh
        fresh = set().union(*(references(pointed(document, target)) for target in fresh)) - used
    components = {
        section: {
            name: value
            for name, value in named.items()
            if section == "securitySchemes" or f"#/components/{section}/{name}" in used
        }
        for section, named in document["components"].items()
    }
    return document | {"tags": tags, "paths": paths, "components": {key: named for key, named in components.items() if named}}


def as_json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def main(spec: str, folder: str) -> None:
    document = Bundle(Path(spec).resolve()).document
    tree = published(document)
    text = yaml.dump(tree, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    # The YAML must parse to the same tree by the rules of 1.1 and 1.2.
    for loader in (Loader, yaml.SafeLoader):
        if yaml.load(text, loader) != tree:
            sys.exit(f"{spec}: the written YAML does not parse to the bundled document")
    out = Path(folder)
    (out / "contract.json").write_text(as_json(inlined(document)), encoding="utf-8")
    (out / "openapi.json").write_text(as_json(tree), encoding="utf-8")
    (out / "openapi.yaml").write_text(text, encoding="utf-8")
    (out / "source.json").write_text(as_json(typed(document)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
