"""Rules that no schema can express: reads them from `x-semantic-rules`, adjusts values to them, and checks that refusals
name them."""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

DIGITS_OR_UUID = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
RESERVED = {"me"}
# Formats defined by the contract. The server reports violations of them as the rule `format`.
OWN_FORMATS = {"israeli-id", "name", "phone", "visible"}

Schema = dict[str, Any]


class Contract:
    """The parts of the bundled document that the hooks need."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.everywhere = set(document.get("x-semantic-rules", []))
        self._named: dict[tuple[str, str], dict[str, set[str]]] = {}

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

    def operation(self, path: str, method: str) -> Schema:
        return self.document["paths"].get(path, {}).get(method.lower(), {})

    def parameters(self, path: str, method: str) -> Iterator[tuple[str, str, Schema]]:
        """Yields place, name and schema of each parameter."""
        for parameter in map(self.resolved, self.operation(path, method).get("parameters", [])):
            yield parameter["in"], parameter["name"], self.resolved(parameter["schema"])

    def breaks_pattern(self, path: str, method: str, headers: Mapping[str, Any]) -> bool:
        """Returns `True` if the value of a header field does not match the pattern of its schema."""
        return any(
            place == "header" and "pattern" in schema and name in headers and not re.search(schema["pattern"], str(headers[name]))
            for place, name, schema in self.parameters(path, method)
        )

    def body(self, path: str, method: str) -> Schema:
        content = self.operation(path, method).get("requestBody", {}).get("content", {})
        return self.resolved(next((media["schema"] for media in content.values()), {}))

    def rules(self, path: str, method: str) -> dict[str, set[str]]:
        """Returns the rules of an operation by field name."""
        key = (path, method.lower())
        if key not in self._named:
            named: dict[str, set[str]] = {}
            for _, name, schema in self.parameters(path, method):
                self._collect(name, schema, named)
            self._collect("", self.body(path, method), named)
            named.setdefault("", set()).update(self.operation(path, method).get("x-semantic-rules", []))
            self._named[key] = named
        return self._named[key]

    def _collect(self, name: str, schema: Schema, named: dict[str, set[str]]) -> None:
        schema = self.resolved(schema)
        named.setdefault(name, set()).update(schema.get("x-semantic-rules", []))
        if schema.get("format") in OWN_FORMATS:
            named[name].add("format")
        if "x-same-as-path" in schema:
            named[name].add("path")
        if "x-same-as-stored" in schema:
            named[name].add("stored")
        if "items" in schema:
            self._collect(name, schema["items"], named)
        for member, inner in schema.get("properties", {}).items():
            self._collect(member, inner, named)

    def is_named(self, path: str, method: str, problem: Any) -> bool:
        """Returns `True` if every rule in a refusal is one that the contract names for this operation."""
        details = problem.get("error", {}).get("details") if isinstance(problem, dict) else None
        if not isinstance(details, dict) or not details:
            return False
        named = self.rules(path, method)
        fields = details.get("fields")
        if not isinstance(fields, dict):
            # The shapes of FakeStore: `{"missing": [999]}`, `{"productId": 1, "quantity": -5}`.
            return any(member in rules for member in details for rules in named.values())
        return all(
            fault.get("rule") in self.everywhere | set().union(*(named.get(part, set()) for part in ["", *field.split(".")]))
            for field, faults in fields.items()
            for fault in faults
        )

    def owned(self, schema: Schema) -> set[str]:
        """The members that may only repeat what is stored."""
        return {name for name, member in schema.get("properties", {}).items() if "x-same-as-stored" in member}

    def repeats(self, path: str, method: str, body: Any) -> bool:
        """Whether a body has what may only repeat what is stored, or an object in place of an id. Generators leave the first
        out, since it is `readOnly`, and know nothing of the second; accepted is only what is stored."""
        schema = self.body(path, method)
        members = schema.get("properties", {})
        lists = {name for name, member in members.items() if self.resolved(member.get("items", {})).get("x-id-or-object")}
        return isinstance(body, dict) and (
            not self.owned(schema).isdisjoint(body)
            or any(isinstance(item, dict) for name in lists & body.keys() if isinstance(body[name], list) for item in body[name])
        )

    def has_decimal_text(self, path: str, method: str, body: Any) -> bool:
        """Returns `True` if a body has a decimal number as text, which is accepted in place of the number."""
        members = self.body(path, method).get("properties", {})
        decimals = {name: self.resolved(schema).get("x-decimal", {}).get("pattern") for name, schema in members.items()}
        return isinstance(body, dict) and any(
            pattern and isinstance(body.get(name), str) and re.search(pattern, body[name]) for name, pattern in decimals.items()
        )

    def collection_of(self, name: str) -> str | None:
        """Returns the path that lists the objects a field refers to: `productId`, `user_id`, `categories`, a path parameter."""
        noun = re.sub(r"(_id|Id|_ids|Ids)$", "", name)
        for path in self.document["paths"]:
            parent, _, last = path.rpartition("/")
            if last == f"{{{noun}}}" and self.operation(parent, "get"):
                return parent
            if last == noun and f"{path}/{{" in "".join(self.document["paths"]) and self.operation(path, "get"):
                return path
        return None


class Satisfier:
    """Adjusts values to the rules that their schemas name."""

    def __init__(self, contract: Contract, random: Random, row: Callable[[str], int | None], password: Callable[[], str]):
        self.contract = contract
        self.random = random
        self.row = row
        self.by_rule: dict[str, Callable[[str, Any], Any]] = {
            "digits": self._name,
            "uuid": self._name,
            "reserved": self._name,
            "blank": self._visible,
            "username": self._uncommon,
            "common": self._uncommon,
            "match": lambda _, value: password() if isinstance(value, str) else value,
            "missing": self._reference,
            "exists": self._reference,
            "quantity": self._few,
            "reach": self._few,
            "format": self._day,
            "forged": lambda _, value: "start",
            "unique": self._unique,
            "multipleOf": lambda _, value: round(value, 2) if isinstance(value, float) else value,
        }

    def value(self, name: str, schema: Schema, value: Any) -> Any:
        schema = self.contract.resolved(schema)
        rules = schema.get("x-semantic-rules", [])
        if isinstance(value, dict):
            members = schema.get("properties", {})
            owned = self.contract.owned(schema)
            kept = {key: self.value(key, members.get(key, {}), item) for key, item in value.items() if key not in owned}
            # What excludes another member goes as often as it stays.
            excluding = {key for key in kept if "exclusive" in members.get(key, {}).get("x-semantic-rules", [])}
            kept = {key: item for key, item in kept.items() if key not in excluding or self.random.random() < 0.5}
            if "required" in rules:
                absent = {key: self.contract.resolved(member).get("example") for key, member in members.items() if key not in kept}
                kept |= {key: example for key, example in absent.items() if example is not None}
            return kept
        if isinstance(value, list):
            items = [self.value(name, schema.get("items", {}), item) for item in value]
            return list(dict.fromkeys(items)) if schema.get("uniqueItems") and all(map(is_scalar, items)) else items
        if isinstance(value, str):
            value = value.replace("\0", "")
        for rule in rules:
            value = self.by_rule[rule](name, value) if rule in self.by_rule else value
        return value

    def _name(self, _: str, value: Any) -> Any:
        if not isinstance(value, str) or not (DIGITS_OR_UUID.fullmatch(value) or value.lower() in RESERVED):
            return value
        return "u" + value[:149]

    def _unique(self, _: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        local, at, domain = value.rpartition("@")
        mark = f"{self.random.getrandbits(40):010x}"
        # Every text with this rule may have at least 100 characters.
        return f"{mark}{at}{domain}" if at else value[:89] + "-" + mark

    def _visible(self, _: str, value: Any) -> Any:
        return value if not isinstance(value, str) or value.isascii() and value.strip() else "visible-" + value[8:]

    def _uncommon(self, _: str, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 16:
            return value
        return value + "".join(self.random.choices(string.ascii_letters, k=12))

    def _reference(self, name: str, value: Any) -> Any:
        row = self.row(name)
        return value if row is None else row

    def _few(self, _: str, value: Any) -> Any:
        return value % 50 + 1 if isinstance(value, int) else value

    def _day(self, _: str, value: Any) -> Any:
        day = f"{self.random.randint(0, 9999):04}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"
        return day + self.random.choice(["", "T23:59:59Z", "T00:00:00.5+14:00"])


def is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool, type(None)))


def israeli_id(serial: int) -> str:
    """Returns eight digits and a check digit. It makes the sum (weights 1 and 2, digits of products added) a multiple of 10."""
    eight = f"{serial % 10**8:08}"
    total = sum(sum(map(int, str(int(digit) * (index % 2 + 1)))) for index, digit in enumerate(eight))
    return eight + str(-total % 10)
