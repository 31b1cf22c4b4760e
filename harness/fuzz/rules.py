"""Evaluates the rules that no schema can express (`x-semantic-rules`), independently of the server. A rule is kept
(`True`), broken (`False`), or not known to be either (`None`): only a certain result accuses the server."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from contract import OWN_FORMATS, Contract, Operation, Schema
from ledger import USER, Ledger
from texts import common_passwords, is_visible, israeli_sum, normal_form

RESERVED = {"me"}
START = "start"
# What `page` x `limit` may reach.
REACH = 10_000


@dataclass
class Account:
    """The account that sends the requests."""

    id: int
    username: str
    password: str
    role: str
    # Time of the ledger at which its sessions were last seen to be good, and the moment of its token.
    seen_at: int = 0
    signed_in_at: float = field(default_factory=time.monotonic)

    def token_age(self) -> float:
        return time.monotonic() - self.signed_in_at


@dataclass(frozen=True)
class Sent:
    """A request. Names of header fields are in lower case."""

    path: str = ""
    path_values: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    # Path with the query, as sent.
    target: str = ""
    # Length of the body.
    size: int = 0
    # Account, number of the call, and fingerprint.
    who: int | None = None
    call: int = 0
    digest: str = ""
    is_anonymous: bool = False
    # The test case sets its own `Authorization`.
    own_credentials: bool = False
    # The refresh token in the body comes from a sign-in for this request.
    has_fresh_token: bool = False

    @property
    def key(self) -> str | None:
        return self.headers.get("idempotency-key")


def is_shown(value: Any) -> bool:
    """Returns `True` unless the value is a text without a visible character."""
    return not isinstance(value, str) or any(map(is_visible, value))


class Rules:
    """The rules, for requests of one account."""

    def __init__(self, contract: Contract, ledger: Ledger, account: Account) -> None:
        self.contract = contract
        self.ledger = ledger
        self.account = account
        self._checks: dict[str, Callable[..., bool | None]] = {
            "nul": self._nul,
            "digits": each(lambda text: not re.fullmatch("[0-9]+", text)),
            "uuid": each(is_no_uuid),
            "reserved": each(lambda text: text.lower() not in RESERVED),
            "blank": each(lambda text: True if any(map(is_visible, text)) else None),
            "common": each(lambda text: normal_form(text) not in passwords()),
            "username": self._username,
            "match": self._match,
            "missing": self._exist,
            "exists": self._exist,
            "quantity": each_number(lambda number: number >= 1),
            "maximum": self._maximum,
            "reach": self._reach,
            "format": self._format,
            "forged": each(lambda text: True if text == START else None),
            "exclusive": self._exclusive,
            "multipleOf": self._multiple,
            "required": lambda operation, sent, name, found: True if any(is_shown(value) for _, value in found) else None,
            "stored": self._stored,
            "path": self._same_as_path,
            "unique": self._unique,
            "future": each(is_future),
        }

    def is_kept(self, rule: str, name: str, operation: Operation, sent: Sent) -> bool | None:
        """Returns `True` if a request satisfies a rule at a field. Without a check for the rule it is not known."""
        check = self._checks.get(rule)
        return check(operation, sent, name, self.found(operation, sent, name)) if check else None

    def found(self, operation: Operation, sent: Sent, name: str) -> list[tuple[Schema, Any]]:
        """Returns the slots of a field with their values. The name is a path in the body, a parameter, or the last part of
        a path in the body."""
        schema, value = self.contract.body(operation), sent.body
        for part in name.split("."):
            schema = self.contract.resolved(schema)
            if isinstance(value, dict) and part in value:
                schema, value = schema.get("properties", {}).get(part, {}), value[part]
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                schema, value = schema.get("items", {}), value[int(part)]
            else:
                break
        else:
            return [(self.contract.resolved(schema), value)]
        for place, values in (("query", sent.query), ("path", sent.path_values), ("header", sent.headers)):
            slot = self.contract.parameter(operation, place, name)
            key = name.lower() if place == "header" else name
            if slot and key in values:
                return [(self.contract.resolved(slot["schema"]), values[key])]
        last = name.rpartition(".")[2]
        slots = self.contract.slots(self.contract.body(operation), sent.body) if "." not in name else ()
        return [(schema, value) for at, schema, value in slots if at == last]

    def is_kept_in_details(self, rule: str, details: dict[str, Any], operation: Operation, sent: Sent) -> bool | None:
        """Evaluates a rule that a refusal states by the members of `details`, with the values that broke it."""
        slots = list(self.contract.slots(self.contract.body(operation), sent.body))
        for parameter in self.contract.parameters(operation):
            if parameter["in"] == "query" and parameter["name"] in sent.query:
                value = listed(self.contract.resolved(parameter["schema"]), sent.query[parameter["name"]])
                slots.extend(self.contract.slots(parameter["schema"], value, parameter["name"]))
        marked = [(schema, value) for _, schema, value in slots if rule in schema.get("x-semantic-rules", [])]
        reported = details[rule]
        if isinstance(reported, list):
            # Ids: each one must have been sent, and must not exist.
            wrong = [(schema, value) for schema, value in marked if id_of(value) in reported]
            if not reported or {id_of(value) for _, value in wrong} != set(reported):
                return True
            return any_kept(self._checks[rule](operation, sent, "", [slot]) for slot in wrong)
        # Members of one object that was sent.
        whole = (value for _, _, value in slots if isinstance(value, dict))
        if not any(all(member in value and value[member] == wanted for member, wanted in details.items()) for value in whole):
            return True
        return any_kept(self._checks[rule](operation, sent, "", [slot]) for slot in marked if slot[1] == reported)

    def has_good_credentials(self, sent: Sent) -> bool | None:
        """Returns `True` if a body has the credentials of the account."""
        body = sent.body if isinstance(sent.body, dict) else {}
        if {"username", "password"} <= body.keys():
            return (body["username"], body["password"]) == (self.account.username, self.account.password)
        return True if sent.has_fresh_token else None

    def _is_own(self, operation: Operation, sent: Sent) -> bool | None:
        """Returns `True` if a request changes the account itself."""
        kinds = self.contract.path_kinds(operation)
        named = [str(value).lower() for name, value in sent.path_values.items() if name in kinds and kinds[name].name == USER]
        if not named:
            return True
        own = self.ledger.find(USER, self.account.id)
        names = {str(self.account.id), self.account.username.lower(), *(own.names if own else ())}
        if named[0] in names:
            return True
        return False if own and self.ledger.find(USER, named[0]) not in (None, own) else None

    def _nul(self, operation: Operation, sent: Sent, name: str, found: list[Any]) -> bool:
        return not any("\0" in text for text in texts([sent.body, sent.query, sent.path_values]))

    def _username(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        names = {normal_form(self.account.username)}
        if isinstance(sent.body, dict) and isinstance(sent.body.get("username"), str):
            names.add(normal_form(sent.body["username"]))
        forms = {normal_form(value) for _, value in found if isinstance(value, str)}
        if forms & names:
            return False
        # The name of another account that is changed may be any that was ever sent.
        return True if not any(self.ledger.is_taken("username", form) for form in forms) else None

    def _match(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        is_own = self._is_own(operation, sent)
        if is_own is False:
            return True
        if is_own is None or self.ledger.touched_at(self.account.id) > self.account.seen_at:
            return None
        if found:
            return [value for _, value in found] == [self.account.password]
        # The current password is required only if one of these changes.
        return not {"email", "password"} & sent.body.keys() if isinstance(sent.body, dict) else None

    def _exist(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        live = [self._is_known(schema["x-ref"], id_of(value)) for schema, value in found if "x-ref" in schema]
        return None if not live or None in live and False not in live else all(live)

    def _is_known(self, kind: str, name: Any) -> bool | None:
        """Returns `True` if a resource exists and anyone may refer to it, and `None` if that is not certain."""
        thing = self.ledger.find(kind, name)
        return None if thing and thing.was_hidden else self.ledger.is_live(kind, name)

    def _maximum(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        values = [value for _, value in found if isinstance(value, int)]
        most = min((schema["maximum"] for schema, _ in found if "maximum" in schema), default=None)
        # PATCH adds to stored values.
        return None if most is None or operation.method == "PATCH" or sum(values) > most else True

    def _reach(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        try:
            limit = int(sent.query.get("limit", self.contract.page_size(operation)))
            return all(int(page) * limit <= REACH for _, page in found)
        except (TypeError, ValueError):
            return None

    def _format(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        return any_kept(keeps_format(schema.get("format", ""), value) for schema, value in found)

    def _exclusive(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        """A member excludes others of the same kind unless they have the same ids, and a cursor a page."""
        if not found:
            return True
        if name in sent.query:
            pages = [key for key in sent.query if "reach" in self.contract.rules(operation).get(key, set())]
            return not pages
        schema = self.contract.resolved(self.contract.body(operation)).get("properties", {})
        kind = self.contract.ref(schema.get(name, {}))
        lists = [value for key, value in sent.body.items() if key in schema and kind and self.contract.ref(schema[key]) == kind]
        if not all(isinstance(value, list) for value in lists):
            return None
        return len({frozenset(map(id_of, value)) for value in lists}) <= 1

    def _multiple(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        steps = [(Decimal(str(schema.get("x-decimal", {}).get("multipleOf", 1))), value) for schema, value in found]
        return all(Decimal(str(value)) % step == 0 for step, value in steps if isinstance(value, (int, float)))

    def _stored(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        return None if found else True

    def _same_as_path(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool | None:
        pairs = [(sent.path_values.get(schema["x-same-as-path"]), value) for schema, value in found if "x-same-as-path" in schema]
        return all(str(wanted) == str(value) for wanted, value in pairs)

    def _unique(self, operation: Operation, sent: Sent, name: str, found: list[tuple[Schema, Any]]) -> bool:
        last = name.rpartition(".")[2]
        return not any(self.ledger.is_taken(last, value, sent.call) for _, value in found if isinstance(value, str))


@lru_cache(maxsize=1)
def passwords() -> set[str]:
    return common_passwords()


def any_kept(results: Iterator[bool | None]) -> bool | None:
    """Returns `False` if one of the results is, else `None` if one is, else `True`."""
    known = list(results)
    return False if False in known else None if None in known else True


def each(check: Callable[[str], bool | None]) -> Callable[..., bool | None]:
    """Checks the texts of a field. An absent field keeps the rule."""
    return lambda operation, sent, name, found: any_kept(check(value) for _, value in found if isinstance(value, str))


def each_number(check: Callable[[int], bool]) -> Callable[..., bool | None]:
    return lambda operation, sent, name, found: any_kept(check(value) for _, value in found if isinstance(value, (int, float)))


def is_future(text: str) -> bool | None:
    """Compares a time with now. The clock of the sandbox can be ahead by ten years."""
    year, now = int(text[:4]) if text[:4].isdigit() else 0, datetime.now(UTC).year
    return True if year > now + 11 else False if year < now else None


def is_no_uuid(text: str) -> bool | None:
    try:
        return None if str(uuid.UUID(text)) != text.lower() else False
    except ValueError:
        return True


def keeps_format(name: str, value: Any) -> bool | None:
    if not isinstance(value, str):
        return None
    if name == "israeli-id":
        digits = value.zfill(9)
        return value.isascii() and value.isdigit() and 5 <= len(value) <= 9 and digits.strip("0") != "" and israeli_sum(digits) % 10 == 0
    if name == "phone":
        return True if re.fullmatch(r"\+1650253[0-9]{4}", value) else None
    if name in OWN_FORMATS:
        is_plain = value.isascii() and value.isprintable() and value.strip() != ""
        return True if is_plain else None
    if not name:
        return keeps_day(value)
    return None


def keeps_day(value: str) -> bool | None:
    """A date, or a date-time. At the first and last day an offset may lead to another year."""
    try:
        day = date.fromisoformat(value[:10].replace("0000", "0004", 1) if value.startswith("0000") else value[:10])
    except ValueError:
        return False
    is_clear = len(value) == 10 or (":60" not in value and 1 < day.year < 9999 and not value.startswith("0000"))
    return True if is_clear else None


def listed(schema: Schema, value: Any) -> Any:
    """Returns the list that the text of a query parameter is, with numbers as numbers."""
    if schema.get("type") != "array" or isinstance(value, list):
        return value
    return [int(part) if part.lstrip("-").isdigit() else part for part in str(value).split(",")]


def id_of(value: Any) -> Any:
    """Returns an id that may also be in an object."""
    return value.get("id") if isinstance(value, dict) else value


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.items() for text in texts(list(item)))
    elif isinstance(value, list):
        yield from (text for item in value for text in texts(item))
