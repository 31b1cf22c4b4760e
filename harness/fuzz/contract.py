"""The parts of the bundled document that the fuzz run needs: operations, who may call them, the kinds of resources that
their slots refer to (`x-ref`), and the semantic rules of each slot."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# Formats defined by the contract. The server reports violations of them as the rule `format`.
OWN_FORMATS = {"israeli-id", "name", "phone", "visible"}
# Principals with a login, from the least to the most powerful. The last one of `MAY` is added for public operations.
ROLES = ["user", "staff", "admin"]
MAY = {"public": ROLES, "user": ROLES, "owner": ROLES, "staff": ROLES[1:], "admin": ROLES[2:], "client": []}
ANONYMOUS = "anonymous"

Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """An operation of the contract."""

    id: str
    method: str
    path: str
    tag: str
    who: str
    # Resources of others do not exist for the caller: always (`own`), or in a closed directory (`closed`).
    own: bool
    closed: bool
    # Resources of others do not exist for strangers.
    hidden: bool
    given: tuple[str, ...]
    # Set if the path identifies a resource of a list, not a relation or a list.
    is_item: bool

    def callers(self) -> list[str]:
        """Returns the principals that may call the operation."""
        return [*MAY[self.who], *([ANONYMOUS] if self.who == "public" and not self.closed else [])]


@dataclass(frozen=True)
class Kind:
    """A kind of resource: the path of one, the parameter in it, and the path of the list."""

    name: str
    item: str
    parameter: str
    collection: str


class Contract:
    """The bundled document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.everywhere = set(document.get("x-semantic-rules", []))
        self._named: dict[str, dict[str, set[str]]] = {}

    def resolved(self, node: Any) -> Schema:
        """Resolves a reference, and the `allOf` of a single schema that makes it nullable."""
        while isinstance(node, dict) and ("$ref" in node or len(node.get("allOf", [])) == 1):
            if "$ref" not in node:
                node = node["allOf"][0]
                continue
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            node = target
        return node if isinstance(node, dict) else {}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """All operations by id."""
        of_tags = {tag["name"]: tag.get("x-authz", {}) for tag in self.document.get("tags", [])}
        found = {}
        for path, item in self.document["paths"].items():
            for method, node in item.items():
                if not isinstance(node, dict) or "operationId" not in node:
                    continue
                tag = node.get("tags", [""])[0]
                authz = node.get("x-authz", of_tags.get(tag, {}))
                found[node["operationId"]] = Operation(
                    id=node["operationId"],
                    method=method.upper(),
                    path=path,
                    tag=tag,
                    who=authz.get("who", "public"),
                    own=authz.get("own", False),
                    closed="closed" in authz,
                    hidden=authz.get("hidden", False),
                    given=tuple(node.get("x-given", [])),
                    is_item=path.endswith("}") and path.rpartition("/")[0] in self.document["paths"],
                )
        return found

    @cached_property
    def _machines(self) -> list[dict[str, Any]]:
        schemas = self.document.get("components", {}).get("schemas", {})
        return [schema["x-state-machine"] for schema in schemas.values() if "x-state-machine" in schema]

    @cached_property
    def hidden_states(self) -> set[str]:
        """The states in which only the owner and staff know of a resource."""
        return {state for machine in self._machines for state in machine.get("hidden", [])}

    def is_of_own(self, operation: Operation) -> bool:
        """Returns `True` for what is below a resource that each account has one of, such as its bag: a path without
        parameters that can be read and deleted."""
        parts = operation.path.split("{")[0].rstrip("/").split("/")
        above = ("/".join(parts[:length]) for length in range(2, len(parts) + 1))
        return any(path != operation.path and self.at(path, "GET") and self.at(path, "DELETE") for path in above)

    def hides(self, operation: Operation) -> bool | None:
        """Returns `True` if an operation leads to a hidden state, `False` if to another one, and `None` if to none."""
        for machine in self._machines:
            for transition in machine["transitions"]:
                if operation.id.startswith(f"{transition['name']}_"):
                    return transition["to"] in machine.get("hidden", [])
        return None

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], Operation]:
        return {(operation.path, operation.method): operation for operation in self.operations.values()}

    def at(self, path: str, method: str) -> Operation | None:
        return self._by_place.get((path, method.upper()))

    def node(self, operation: Operation) -> Schema:
        return self.document["paths"][operation.path][operation.method.lower()]

    def parameters(self, operation: Operation) -> Iterator[Schema]:
        return map(self.resolved, self.node(operation).get("parameters", []))

    def parameter(self, operation: Operation, place: str, name: str) -> Schema:
        found = (it for it in self.parameters(operation) if it["in"] == place and it["name"] == name)
        return next(found, {})

    def body(self, operation: Operation) -> Schema:
        content = self.node(operation).get("requestBody", {}).get("content", {})
        return self.resolved(next((media["schema"] for media in content.values()), {}))

    def example(self, operation: Operation) -> Any:
        """Returns the example of the body, or `None`."""
        content = self.node(operation).get("requestBody", {}).get("content", {})
        for media in content.values():
            named = [example["value"] for example in media.get("examples", {}).values() if "value" in example]
            return media["example"] if "example" in media else next(iter(named), None)
        return None

    def ref(self, slot: Schema) -> str | None:
        """Returns the kind that a parameter, a member of a body or the items of a list refer to."""
        schema = self.resolved(slot.get("schema", {}))
        slot = self.resolved(slot)
        holders = [slot, self.resolved(slot.get("items", {})), schema, self.resolved(schema.get("items", {}))]
        return next((holder["x-ref"] for holder in holders if "x-ref" in holder), None)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """All kinds of resources that can be listed or created, by name."""
        found = {}
        for operation in self.operations.values():
            collection, _, last = operation.path.rpartition("/")
            if operation.method != "GET" or not operation.is_item or not (self.at(collection, "GET") or self.at(collection, "POST")):
                continue
            name = self.ref(self.parameter(operation, "path", last[1:-1]))
            if name:
                found[name] = Kind(name, operation.path, last[1:-1], collection)
        return found

    @cached_property
    def _by_collection(self) -> dict[str, Kind]:
        return {kind.collection: kind for kind in self.kinds.values()}

    def kind_of_path(self, path: str) -> Kind | None:
        """Returns the kind of the resource with a path, such as that of a `Location`."""
        return self._by_collection.get(path.rpartition("/")[0])

    def kind_of_target(self, operation: Operation) -> Kind | None:
        """Returns the kind of the resource that the path ends in, if it ends in one."""
        return self.path_kinds(operation).get(operation.path.rpartition("/")[2].strip("{}")) if operation.is_item else None

    def path_kinds(self, operation: Operation) -> dict[str, Kind]:
        """Returns the kinds of the path parameters by name."""
        refs = {it["name"]: self.ref(it) for it in self.parameters(operation) if it["in"] == "path"}
        return {name: self.kinds[ref] for name, ref in refs.items() if ref in self.kinds}

    def creator(self, kind: Kind) -> Operation | None:
        return self.at(kind.collection, "POST")

    def natural_key(self, operation: Operation) -> str | None:
        """Returns the member of a body that becomes the id of the new resource, if clients choose it."""
        kind = self._by_collection.get(operation.path)
        is_member = kind and operation.method == "POST" and kind.parameter in self.body(operation).get("properties", {})
        return kind.parameter if is_member else None

    @cached_property
    def unique_members(self) -> set[str]:
        """Names of all members that must be unique."""
        schemas = self.document.get("components", {}).get("schemas", {}).values()
        members = (item for schema in schemas for item in schema.get("properties", {}).items())
        return {name for name, member in members if "unique" in self.resolved(member).get("x-semantic-rules", [])}

    def rules(self, operation: Operation) -> dict[str, set[str]]:
        """Returns the rules of an operation by field name."""
        if operation.id not in self._named:
            named: dict[str, set[str]] = {}
            for parameter in self.parameters(operation):
                self._collect(parameter["name"], parameter["schema"], named)
            self._collect("", self.body(operation), named)
            named.setdefault("", set()).update(self.node(operation).get("x-semantic-rules", []))
            self._named[operation.id] = named
        return self._named[operation.id]

    def _collect(self, name: str, schema: Schema, named: dict[str, set[str]]) -> None:
        schema = self.resolved(schema)
        rules = named.setdefault(name, set())
        rules.update(schema.get("x-semantic-rules", []))
        if schema.get("format") in OWN_FORMATS:
            rules.add("format")
        if "x-same-as-path" in schema:
            rules.add("path")
        if "x-same-as-stored" in schema:
            rules.add("stored")
        if "items" in schema:
            self._collect(name, schema["items"], named)
        for member, inner in schema.get("properties", {}).items():
            self._collect(member, inner, named)

    def names(self, operation: Operation, field: str, rule: str) -> bool:
        """Returns `True` if the contract names a rule for a field of an operation."""
        named = self.rules(operation)
        return rule in self.everywhere.union(*(named.get(part, set()) for part in ["", *field.split(".")]))

    def owned(self, schema: Schema) -> set[str]:
        """Returns the members that may only repeat stored values."""
        return {name for name, member in schema.get("properties", {}).items() if "x-same-as-stored" in member}

    def slots(self, schema: Schema, value: Any, name: str = "") -> Iterator[tuple[str, Schema, Any]]:
        """Yields name, schema and value of each part of a value. Items have the name of their list."""
        schema = self.resolved(schema)
        yield name, schema, value
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self.slots(schema.get("properties", {}).get(key, {}), item, key)
        elif isinstance(value, list):
            for item in value:
                yield from self.slots(schema.get("items", {}), item, name)

    def broken_headers(self, operation: Operation, headers: Mapping[str, Any]) -> list[str]:
        """Returns the header fields with values that do not match the patterns of their schemas. Names are in lower case."""
        declared = ((it["name"].lower(), self.resolved(it["schema"])) for it in self.parameters(operation) if it["in"] == "header")
        sent = ((name, schema["pattern"], str(headers[name])) for name, schema in declared if "pattern" in schema and name in headers)
        return [name for name, pattern, value in sent if not re.search(pattern, value)]

    def body_limit(self, operation: Operation) -> int:
        return self.node(operation).get("x-body-limit", 1 << 20)

    def page_size(self, operation: Operation) -> int:
        return self.node(operation).get("x-page", {}).get("default", 100)
