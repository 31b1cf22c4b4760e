"""Adjusts values to the rules that their schemas name, so that most requests are accepted."""

import re
import string
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Any

from contract import OWN_FORMATS, Contract, Operation, Schema
from ledger import Ledger
from rules import RESERVED, START, keeps_format, listed
from texts import is_visible, israeli_id

DIGITS_OR_UUID = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Most characters that are kept of a text that must be unique: every such text may have at least 100.
KEPT = 89


class Satisfier:
    """Adjusts the values of one account's requests. `pick` returns the id of a resource of a kind, and `password` the
    password of the account."""

    def __init__(self, contract: Contract, ledger: Ledger, random: Random, pick: Callable[[str], Any], password: Callable[[], str]):
        self.contract = contract
        self.ledger = ledger
        self.random = random
        self.pick = pick
        self.password = password
        self.by_rule: dict[str, Callable[[str, Schema, Any], Any]] = {
            "digits": self._name,
            "uuid": self._name,
            "reserved": self._name,
            "blank": self._visible,
            "username": self._uncommon,
            "common": self._uncommon,
            "match": lambda _, schema, value: self.password(),
            "missing": self._reference,
            "exists": self._reference,
            "quantity": lambda _, schema, value: value % 50 + 1 if isinstance(value, int) else value,
            "reach": lambda _, schema, value: value % 50 + 1 if isinstance(value, int) else value,
            "format": self._day,
            "forged": lambda _, schema, value: START,
            "unique": self._unique,
            "future": lambda _, schema, value: f"{self.random.randint(2100, 9998)}-{value[5:7]}-01{value[10:]}" if is_time(value) else value,
            "multipleOf": lambda _, schema, value: round(value, 2) if isinstance(value, float) else value,
        }

    def body(self, operation: Operation, value: Any, path: dict[str, Any]) -> Any:
        """Returns a body that satisfies the rules, with a new id where the client chooses it. `path` has the values of the
        path parameters."""
        schema = self.contract.body(operation)
        value = self.value("", schema, value)
        if isinstance(value, dict):
            repeated = {name: member.get("x-same-as-path") for name, member in schema.get("properties", {}).items()}
            value |= {name: path[repeated[name]] for name in value if repeated.get(name) in path}
        key = self.contract.natural_key(operation)
        if isinstance(value, dict) and key in value and self.ledger.is_taken(key, str(value[key])):
            schema = self.contract.resolved(self.contract.body(operation)["properties"][key])
            is_israeli = schema.get("format") == "israeli-id"
            value[key] = israeli_id(self.random.randrange(10**8)) if is_israeli else self._unique(key, schema, value[key])
        return value

    def value(self, name: str, schema: Schema, value: Any) -> Any:
        schema = self.contract.resolved(schema)
        if isinstance(value, dict):
            return self._object(schema, value)
        rules = schema.get("x-semantic-rules", [])
        if schema.get("type") == "array" and isinstance(value, str) and value:
            return ",".join(str(item) for item in self.value(name, schema, listed(schema, value)))
        if isinstance(value, list):
            items = [self.value(name, schema.get("items", {}), item) for item in value]
            return list(dict.fromkeys(items)) if schema.get("uniqueItems") and all(map(is_scalar, items)) else items
        if isinstance(value, str):
            value = value.replace("\0", "")
            if schema.get("format") == "phone" and not keeps_format("phone", value):
                value = f"+1650253{self.random.randrange(10**4):04}"
            elif schema.get("format") in OWN_FORMATS and any(unicodedata.category(letter).startswith("C") for letter in value):
                value = "".join(letter for letter in value if letter.isprintable()).strip() or "visible"
        # Most products have some units left.
        if name == "quantity" and isinstance(value, int) and schema.get("minimum") == 1:
            value = value % 3 + 1
        # Steps of the clock are mostly short: they add up, and a long one ends every session and order.
        if name == "advance_seconds" and isinstance(value, int):
            value = value % 60 + 1
        for rule in rules:
            value = self.by_rule[rule](name, schema, value) if rule in self.by_rule else value
        return value

    def _object(self, schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
        members = schema.get("properties", {})
        rules = {key: self.contract.resolved(member).get("x-semantic-rules", []) for key, member in members.items()}
        owned = self.contract.owned(schema)
        kept = {key: self.value(key, members.get(key, {}), item) for key, item in value.items() if key not in owned}
        # A member that excludes another is mostly removed.
        excluding = {key for key in kept if "exclusive" in rules.get(key, []) and len(kept) > 1}
        kept = {key: item for key, item in kept.items() if key not in excluding or self.random.random() < 0.2}
        # Null for a whole member must mostly repeat what is stored.
        if "stored" in schema.get("x-semantic-rules", []) and self.random.random() < 0.8:
            kept = {key: item for key, item in kept.items() if item is not None}
        if "required" in schema.get("x-semantic-rules", []):
            absent = {key: self.contract.resolved(member).get("example") for key, member in members.items() if key not in kept}
            kept |= {key: example for key, example in absent.items() if example is not None}
        # Some changes need the current password.
        kept |= {key: self.password() for key in members if "match" in rules[key]}
        return kept

    def _name(self, _: str, schema: Schema, value: Any) -> Any:
        if not isinstance(value, str) or not (DIGITS_OR_UUID.fullmatch(value) or value.lower() in RESERVED):
            return value
        return "u" + value[:149]

    def _unique(self, name: str, schema: Schema, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        local, at, domain = value.rpartition("@")
        mark = f"{self.random.getrandbits(40):010x}"
        return f"{mark}{at}{domain}" if at else value[:KEPT] + "-" + mark

    def _visible(self, _: str, schema: Schema, value: Any) -> Any:
        return value if not isinstance(value, str) or any(map(is_visible, value)) else "visible-" + value[8:]

    def _uncommon(self, _: str, schema: Schema, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 16:
            return value
        return value + "".join(self.random.choices(string.ascii_letters, k=12))

    def _reference(self, name: str, schema: Schema, value: Any) -> Any:
        found = self.pick(schema["x-ref"]) if "x-ref" in schema and value is not None else None
        return value if found is None else found

    def _day(self, _: str, schema: Schema, value: Any) -> Any:
        day = f"{self.random.randint(0, 9999):04}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"
        return day + self.random.choice(["", "T23:59:59Z", "T00:00:00.5+14:00"])


def is_time(value: Any) -> bool:
    """Returns `True` for a text with the form of a time."""
    return isinstance(value, str) and bool(re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value))


def is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool, type(None)))
