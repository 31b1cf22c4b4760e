"""Reads operations, examples and semantic rules from the published document."""

import json
import pathlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "generated/openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")
SUBSCHEMAS = ("allOf", "anyOf", "oneOf")
# Formats that other tools know. All others are rules of this contract.
COMMON_FORMATS = {"int32", "int64", "float", "double", "byte", "binary", "date", "date-time", "email", "password", "uri", "uuid"}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    node: dict[str, Any]
    # Resolved, those of the path included.
    parameters: tuple[dict[str, Any], ...]
    # The only media type and its object, or nothing.
    media: str | None
    content: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    def has_header(self, name: str) -> bool:
        return any(one["in"] == "header" and one["name"] == name for one in self.parameters)


class Contract:
    def __init__(self, path: pathlib.Path = DOCUMENT) -> None:
        self.document = json.loads(path.read_text())
        self.operations = [
            self._operation(path, item, method)
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def resolved(self, node: Any) -> dict[str, Any]:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            node = target
        return node if isinstance(node, dict) else {}

    def _operation(self, path: str, item: dict[str, Any], method: str) -> Operation:
        node = item[method]
        parameters = [self.resolved(one) for one in [*item.get("parameters", []), *node.get("parameters", [])]]
        content = self.resolved(node.get("requestBody", {})).get("content", {})
        media, body = next(iter(content.items()), (None, {}))
        return Operation(node["operationId"], method.upper(), path, node, tuple(parameters), media, body)

    def example(self, parameter: dict[str, Any]) -> Any:
        """Returns the example of a parameter, or of its schema."""
        return parameter.get("example", self.resolved(parameter["schema"]).get("example"))

    def body(self, operation: Operation) -> Any:
        """Returns the example of the request body."""
        content = operation.content
        named = [self.resolved(one).get("value") for one in content.get("examples", {}).values()]
        fallback = named[0] if named else self.resolved(content.get("schema", {})).get("example")
        return content.get("example", fallback)

    def target(self, operation: Operation, **others: str) -> str:
        """Returns the path with the examples of its parameters, or with other values."""
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                value = others.get(parameter["name"], str(self.example(parameter)))
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
        return path

    def nullable_wrapper(self, operation: Operation, status: int, steps: list[str]) -> bool:
        """Returns `True` if the schema at this place of a response is a reference that `allOf` makes nullable."""
        content = self.resolved(operation.node["responses"].get(str(status), {})).get("content", {})
        schema = self.resolved(next(iter(content.values()), {}).get("schema"))
        for step in steps:
            while "allOf" in schema:
                schema = self.resolved(schema["allOf"][0])
            schema = self.resolved(schema["items"] if "items" in schema else schema.get("properties", {}).get(step))
        return schema.get("nullable") is True and "allOf" in schema

    def rules(self, operation: Operation) -> set[str]:
        """Returns the semantic rules of an operation, its parameters and its body. A schema cannot express these."""
        named = set(self.document.get("x-semantic-rules", [])) | set(operation.node.get("x-semantic-rules", []))
        for schema in [*(one["schema"] for one in operation.parameters), operation.content.get("schema", {})]:
            self._collect(schema, named)
        return named

    def _collect(self, schema: Any, named: set[str]) -> None:
        schema = self.resolved(schema)
        named.update(schema.get("x-semantic-rules", []))
        named.update({"format"} if schema.get("format", "date") not in COMMON_FORMATS else set())
        # Values that must repeat another one.
        named.update({"path"} if "x-same-as-path" in schema else set())
        named.update({"stored"} if "x-same-as-stored" in schema else set())
        inner = [*schema.get("properties", {}).values(), *(one for key in SUBSCHEMAS for one in schema.get(key, []))]
        for one in [*inner, schema.get("items", {})]:
            if one:
                self._collect(one, named)
