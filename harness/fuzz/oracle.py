"""Judges refusals. A refusal of a valid request is accepted only for a reason that is true, as far as it can be known from
the contract and from what was sent before: never because the response says so.

A reason is a short text such as `400 unique`, by which accepted refusals are counted. Reasons that end in a question mark
could not be checked."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract import Contract, Operation
from ledger import SOMEBODY, USER, Ledger
from rules import Account, Rules, Sent

# Longest target that the server reads.
LONGEST_TARGET = 8192
# Members of a body, one of which is a secret.
CREDENTIALS = {"password", "refresh"}
# Seconds for which an access token is good for certain.
TOKEN_AGE = 14 * 60


@dataclass(frozen=True)
class Reply:
    """The parts of a response that are judged. Names of header fields are in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def details(self) -> dict[str, Any]:
        error = self.body.get("error") if isinstance(self.body, dict) else None
        details = error.get("details") if isinstance(error, dict) else None
        return details if isinstance(details, dict) else {}


@dataclass(frozen=True)
class Verdict:
    """The reason of an accepted refusal, or else the fault of the server."""

    reason: str | None
    fault: str = ""


def digest(method: str, path: str, query: Any, body: Any) -> str:
    """Returns a fingerprint of a request with an idempotency key."""
    text = json.dumps([method, path, query, body], sort_keys=True, default=str)
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


class Oracle:
    """Judges the refusals that one account has received."""

    def __init__(self, contract: Contract, ledger: Ledger, account: Account, is_closed: bool) -> None:
        self.contract = contract
        self.ledger = ledger
        self.account = account
        self.is_closed = is_closed
        self.rules = Rules(contract, ledger, account)

    def refusal(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        """Judges a response to a valid request that is neither 2xx nor 5xx."""
        self.ledger.read()
        replayed = self._replayed(sent, reply)
        if replayed:
            return replayed
        judge = {
            304: self._not_modified,
            400: self._invalid,
            401: self._unauthorized,
            403: self._forbidden,
            404: self._missing,
            409: self._conflict,
            412: self._precondition,
            413: self._too_large,
            414: self._too_long,
            422: self._other_key,
        }.get(reply.status)
        return judge(operation, sent, reply) if judge else Verdict(None, f"{reply.status} is never a response to a valid request")

    def _replayed(self, sent: Sent, reply: Reply) -> Verdict | None:
        """Judges a stored response: only the first request with the key was judged by the rules."""
        if reply.headers.get("idempotency-replayed") != "true":
            return None
        if sent.key is not None and self.ledger.other_uses(sent.who, sent.key, sent.digest, sent.call)[1]:
            return Verdict(f"{reply.status} stored")
        return Verdict(None, "the response is said to be stored, but the key was not used before for this request")

    def _not_modified(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if operation.method == "GET" and "if-none-match" in sent.headers:
            return Verdict("304 If-None-Match")
        return Verdict(None, "304 without If-None-Match")

    def _invalid(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        fields = reply.details.get("fields")
        if isinstance(fields, dict):
            return self._violations(operation, sent, fields, 400)
        return self._shape_of_fakestore(operation, sent, reply.details)

    def _violations(self, operation: Operation, sent: Sent, fields: dict[str, Any], status: int) -> Verdict:
        named = [(name, violation.get("rule")) for name, violations in fields.items() for violation in violations]
        if not named:
            return Verdict(None, f"{status} without a violation")
        reasons = set()
        for name, rule in named:
            # The contract names the rules of a 400; a 409 is about what is there.
            is_header = rule == "pattern" and name.lower() in self.contract.broken_headers(operation, sent.headers)
            if status == 400 and not is_header and not self.contract.names(operation, name, rule):
                return Verdict(None, f"the contract does not name the rule {rule!r} for {name!r}")
            is_kept = False if is_header else self.rules.is_kept(rule, name, operation, sent)
            if is_kept:
                return Verdict(None, f"the request satisfies the rule {rule!r} at {name!r}")
            reasons.add(f"{status} {rule}{'' if is_kept is False else '?'}")
        return Verdict(" and ".join(sorted(reasons)))

    def _shape_of_fakestore(self, operation: Operation, sent: Sent, details: dict[str, Any]) -> Verdict:
        """Judges `{"missing": [999]}` and `{"productId": 1, "quantity": -5}`."""
        rules = set().union(*self.contract.rules(operation).values())
        rule = next((member for member in details if member in rules), None)
        if rule is None:
            return Verdict(None, "400 that names no rule of the contract")
        is_kept = self.rules.is_kept_in_details(rule, details, operation, sent)
        if is_kept:
            return Verdict(None, f"the request satisfies the rule {rule!r}: {details}")
        return Verdict(f"400 {rule}{'' if is_kept is False else '?'}")

    def _unauthorized(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if sent.own_credentials:
            return Verdict("401 generated credentials")
        is_safe = self.ledger.touched_at(self.account.id) <= self.account.seen_at
        if operation.who == "public" and CREDENTIALS & self.contract.body(operation).get("properties", {}).keys():
            good = self.rules.has_good_credentials(sent)
            if good and is_safe:
                return Verdict(None, "the credentials in the body are good")
            return Verdict("401 credentials of the body" + ("" if good is False else "?"))
        if not is_safe:
            return Verdict("401 account changed")
        if self.account.token_age() > TOKEN_AGE:
            return Verdict("401 token of its age")
        return Verdict(None, "the access token is good")

    def _forbidden(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        role = self.account.role
        if sent.is_anonymous:
            return Verdict(None, "403 to an anonymous caller")
        if role not in operation.callers():
            return Verdict("403 role")
        others = [it for it in self._referred(operation, sent, USER) if str(it) != str(self.account.id)]
        if role == "user" and others:
            return Verdict("403 for another user")
        if role == "admin":
            return Verdict(None, "403 to an admin")
        if operation.who != "owner":
            return Verdict(None, "the role and the account may call this operation")
        for kind, value in self._path_things(operation, sent):
            thing = self.ledger.find(kind, value)
            if role == "staff" and kind == USER and (thing is None or thing.holder != self.account.id):
                return Verdict("403 account of staff?" if thing is None else "403 account of staff")
            if role == "user" and (thing is None or thing.holder != self.account.id):
                return Verdict("403 unknown owner?" if thing is None or thing.holder in (None, SOMEBODY) else "403 of another")
        return Verdict(None, "the resource is the caller's own, or any is for staff")

    def _missing(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        things = list(self._path_things(operation, sent))
        kinds = self.contract.path_kinds(operation)
        if sent.path_values.keys() - kinds.keys():
            return Verdict("404 of no kind?")
        for kind, value in things:
            thing = self.ledger.find(kind, value)
            if thing is None:
                return Verdict("404 unknown id?")
            if kind == USER and thing.owner in self.ledger.staff and (sent.is_anonymous or self.account.role == "user"):
                return Verdict("404 account of staff")
            is_hidden = (operation.closed and self.is_closed) or self._is_hidden_from_strangers(kind)
            hides = operation.own or (is_hidden and self.account.role == "user")
            if (hides or sent.is_anonymous) and thing.holder != self.account.id:
                return Verdict("404 of another")
            is_stranger = sent.is_anonymous or (self.account.role == "user" and thing.holder != self.account.id)
            if thing.was_hidden and is_stranger:
                return Verdict("404 hidden" if thing.hidden else "404 hidden?")
            is_live = self.ledger.is_live(kind, value)
            if not is_live:
                return Verdict("404 deleted" if is_live is False else "404 deleted?")
        if not operation.is_item and operation.method != "GET":
            # What an owner adds, staff may remove, and what is below the account's own resource ends with it.
            if operation.who != "user" or self.contract.is_of_own(operation):
                return Verdict("404 nothing below?")
            if not self.ledger.has_relation(sent.who, operation, sent.path):
                return Verdict("404 nothing below")
        return Verdict(None, "404 of what exists: " + ", ".join(f"{kind} {value}" for kind, value in things))

    def _conflict(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if "retry-after" in reply.headers:
            used = sent.key is not None and any(self.ledger.other_uses(sent.who, sent.key, sent.digest, sent.call))
            return Verdict("409 key in use") if used else Verdict(None, "the key is said to be in use, but only this request had it")
        fields = reply.details.get("fields")
        if isinstance(fields, dict):
            return self._violations(operation, sent, fields, 409)
        if not reply.details:
            return Verdict(None, "409 without details")
        return Verdict("409 " + " ".join(sorted(reply.details)) + "?")

    def _precondition(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if sent.headers.get("if-match", "*").strip() != "*":
            return Verdict("412 If-Match")
        if "if-match" in sent.headers and not operation.is_item and self.contract.is_of_own(operation):
            return Verdict("412 nothing below?")
        if operation.method != "GET" and sent.headers.get("if-none-match", '""').strip() == "*":
            return Verdict("412 If-None-Match")
        return Verdict(None, "the preconditions hold")

    def _too_large(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        limit = self.contract.body_limit(operation)
        if sent.size > limit:
            return Verdict("413 body")
        return Verdict(None, f"a body of {sent.size} bytes is not above the limit of {limit}")

    def _too_long(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if len(sent.target) > LONGEST_TARGET:
            return Verdict("414 target")
        return Verdict(None, f"a target of {len(sent.target)} bytes is not too long")

    def _other_key(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        if sent.key is not None and self.ledger.other_uses(sent.who, sent.key, sent.digest, sent.call)[0]:
            return Verdict("422 key used before")
        return Verdict(None, "the key was not used before for another request")

    def availability(self, operation: Operation, sent: Sent, reply: Reply) -> Verdict:
        """Judges a 404 of a resource that this worker has just created."""
        self.ledger.read()
        return self._missing(operation, sent, reply)

    def use_after_free(self, operation: Operation, freed: str, sent: Sent) -> Verdict:
        """Judges a success after a deletion of `freed` by `operation`."""
        self.ledger.read()
        if not operation.is_item:
            # What is below a resource has a representation as long as the resource exists.
            return Verdict("2xx after the deletion of a relation")
        kind = self.contract.kind_of_target(operation)
        thing = self.ledger.find(kind.name, freed.rpartition("/")[2]) if kind else None
        if kind and thing and thing.deleted_at is None and thing.made_at > 0:
            return Verdict("2xx after it was created again")
        return Verdict(None, f"{freed} was deleted, and not created again")

    def read_by_peer(self, operation: Operation, sent: Sent) -> Verdict:
        """Judges a success of a peer that reads what the account has created. Schemathesis takes a resource for shared only if
        the peer's list has it, and a list has pages."""
        self.ledger.read()
        if operation.own or operation.who not in ("public", "user") or (operation.closed and self.is_closed):
            return Verdict(None, "the resource is another user's")
        for kind, value in self._path_things(operation, sent):
            thing = self.ledger.find(kind, value)
            if self._is_hidden_from_strangers(kind) and (thing is None or thing.was_hidden):
                return Verdict(None, f"{kind} {value} is hidden, or may be")
        return Verdict("2xx of what every user may read")

    def _is_hidden_from_strangers(self, kind: str) -> bool:
        getter = self.contract.at(self.contract.kinds[kind].item, "GET")
        return getter is not None and getter.hidden

    def _path_things(self, operation: Operation, sent: Sent) -> Iterator[tuple[str, str]]:
        for name, kind in self.contract.path_kinds(operation).items():
            if name in sent.path_values:
                yield kind.name, str(sent.path_values[name])

    def _referred(self, operation: Operation, sent: Sent, kind: str) -> Iterator[Any]:
        """Yields the ids of a kind in the body."""
        for _, schema, value in self.contract.slots(self.contract.body(operation), sent.body):
            if schema.get("x-ref") == kind and not isinstance(value, (list, dict)):
                yield value
