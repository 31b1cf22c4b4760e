"""Validates bodies by the contract's schemas, in the wider sense in which the server reads them: a decimal number may be
text, an id may be an object with it, and a stored value may be sent back."""

import re
from typing import Any

import jsonschema_rs

from contract import Contract, Operation, Schema


def modern(schema: Any) -> Any:
    """Translates a schema of OpenAPI 3.0 to JSON Schema."""
    if isinstance(schema, list):
        return [modern(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    translated = {key: value if key in ("enum", "example", "required") else modern(value) for key, value in schema.items()}
    for bound in ("Minimum", "Maximum"):
        if translated.pop("exclusive" + bound, False) is True:
            translated["exclusive" + bound] = translated.pop(bound.lower())
    if translated.pop("nullable", False):
        return {"anyOf": [translated, {"type": "null"}]}
    return translated


class Bodies:
    """Validators of request bodies, compiled when first needed."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._validators: dict[str, Any] = {}

    def is_valid(self, operation: Operation, body: Any) -> bool:
        """Returns `True` if a body is valid in the wider sense."""
        schema = self.contract.body(operation)
        if operation.id not in self._validators:
            components = modern(self.contract.document.get("components", {}))
            whole = {**modern(schema), "components": components}
            self._validators[operation.id] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[operation.id].is_valid(self._plain(schema, body))

    def _plain(self, schema: Schema, value: Any) -> Any:
        schema = self.contract.resolved(schema)
        if isinstance(value, list):
            return [self._plain(schema.get("items", {}), item) for item in value]
        if schema.get("x-id-or-object") and isinstance(value, dict) and value.keys() <= {"id", "name"}:
            return value.get("id")
        pattern = schema.get("x-decimal", {}).get("pattern")
        if pattern and isinstance(value, str) and re.search(pattern, value):
            return float(value)
        if isinstance(value, dict):
            owned = self.contract.owned(schema)
            members = schema.get("properties", {})
            return {key: self._plain(members.get(key, {}), item) for key, item in value.items() if key not in owned}
        return value


def repeats(contract: Contract, operation: Operation, body: Any, answer: Any) -> bool:
    """Returns `True` if the members of a body that may only repeat stored values are in the response with those values."""
    if not isinstance(body, dict) or not isinstance(answer, dict):
        return True
    owned = contract.owned(contract.body(operation)) & body.keys() & answer.keys()
    return all(is_same(body[name], answer[name]) for name in owned)


def is_same(sent: Any, stored: Any) -> bool:
    """Compares values. Texts may differ in case and, as moments, in their form."""
    if isinstance(sent, str) and isinstance(stored, str):
        moment = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]")
        return sent.lower() == stored.lower() or bool(moment.search(sent) and moment.search(stored))
    return sent == stored
