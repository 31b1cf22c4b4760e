"""State of a worker: which requests it has sent, which resources it may use, and what it has accepted."""

import json
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests

from contract import ANONYMOUS, Contract, Kind, Operation
from ledger import USER, Ledger, Thing
from oracle import Oracle, Reply, digest
from people import DEADLINE, People
from rules import Sent
from satisfier import Satisfier
from texts import normal_form, seeded_texts
from validation import Bodies

# Tags of operations that may invalidate a login.
TOUCHES_ACCOUNTS = {"auth", "sandbox", "sessions", "users"}
# Share of valid cases in which values are adjusted to their rules, once one of the operation has succeeded.
OFTEN = 0.85
# Share of valid cases that are sent without credentials where any caller may, once one has succeeded.
RARELY = 0.1
# A random choice is made among so many of the newest resources.
RECENT = 20
MEETING = 2
# Requests are remembered for the checks of their responses.
REMEMBERED = 2000
# Members of a representation with the id of the account that it belongs to.
OWNERS = ("userId", "user_id", "owner", "created_by")
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# Share of valid writes that are sent several times at once before the case itself, once one has succeeded, and the number
# of copies. Workers alone meet too rarely to find a missing lock.
RACES = 0.05
COPIES = 4


class Run:
    """A worker's run."""

    def __init__(self, document: dict[str, Any], base: str) -> None:
        worker = os.environ["FUZZ_WORKER"]
        self.random = Random(int(os.environ["FUZZ_SEED"]))
        self.contract = Contract(document)
        self.people = People(base)
        self.me = self.people.principal
        self.ledger = Ledger(self.contract, Path(os.environ["FUZZ_LEDGER"]), worker, seeded_texts())
        self.satisfier = Satisfier(self.contract, self.ledger, self.random, self.pick, lambda: self.me.password)
        self.oracle = Oracle(self.contract, self.ledger, self.me, os.environ["FUZZ_CLOSED"] == "1")
        self.bodies = Bodies(self.contract)
        self.refreshes: list[str] = []
        self.calls = 0
        self.requests: dict[str, tuple[Operation, Sent]] = {}
        self.counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        self.accepted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.faults: list[str] = []
        # Statuses of the copies of requests, by operation.
        self.races: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._last: tuple[str, list[int], bool] | None = None
        self._read_lists()

    def save(self) -> None:
        figures = {
            "counts": self.counts,
            "accepted": self.accepted,
            "faults": self.faults,
            "races": self.races,
            "minted": self.people.minted,
            "resets": self.people.resets,
        }
        Path(os.environ["FUZZ_FOLDER"], "hooks.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")

    # Resources

    def _read_lists(self) -> None:
        """Reads what there is from the start."""
        for kind in self.contract.kinds.values():
            self._read_list(kind)
        for person in self.people.watched:
            self.ledger.account(person.id, person.username, person.role)
        self.ledger.read()

    def _read_list(self, kind: Kind, is_new: bool = False) -> None:
        listing = self.contract.at(kind.collection, "GET")
        if not listing or "{" in kind.collection:
            return
        getter = self.contract.at(kind.item, "GET")
        answer = self.people.call("GET", kind.collection, self.me, params={"limit": 100})
        rows = answer.json() if answer.status_code == 200 else []
        rows = rows.get("results", rows.get("data", [])) if isinstance(rows, dict) else rows
        for row in rows:
            names = [str(row[name]) for name in ("id", "uuid") if name in row]
            owner = row["id"] if kind.name == USER else owner_of(row)
            if listing.own or (owner is None and getter and getter.own):
                owner = self.me.id
            self.ledger.seed(kind.name, names, owner, [row["username"]] if "username" in row else [], is_new)

    def target(self, operation: Operation, kind: Kind) -> str | None:
        """Returns a name of a resource that the operation may be called with. Creates one if there is none."""
        is_own = operation.own or (operation.who == "owner" and self.me.role == "user") or self._prefers_own(operation)
        if kind.name == USER and is_own:
            return str(self.me.id)
        makes = [self.contract.operations[name] for name in operation.given]
        is_new = any(it == self.contract.creator(kind) for it in makes) and self.random.random() < 0.5
        found = self._recent(kind, is_own, operation)
        thing = self._chosen(found) if found and not is_new else self.make(kind)
        return self.random.choice(sorted(thing.names)) if thing else None

    def _chosen(self, found: list[Thing]) -> Thing:
        """Chooses one of the newest in half of the cases, so that workers meet at the same resource."""
        return self.random.choice(found[:MEETING] if self.random.random() < 0.5 else found)

    def _prefers_own(self, operation: Operation) -> bool:
        """In a closed directory a user mostly asks for what is visible."""
        is_hidden = operation.closed and self.oracle.is_closed and self.me.role == "user"
        return is_hidden and (not self.has_succeeded(operation, "user") or self.random.random() < OFTEN)

    def _recent(self, kind: Kind, is_own: bool, operation: Operation | None) -> list[Thing]:
        is_change = operation is not None and operation.method != "GET"
        # The demonstration data are not deleted: later cases need them.
        is_deletion = operation is not None and operation.method == "DELETE" and operation.is_item

        def fits(thing: Thing) -> bool:
            if is_own and thing.holder != self.me.id or is_deletion and thing.made_at == 0:
                return False
            # A body may not refer to a draft, not even to the caller's own.
            if thing.hidden and (operation is None or thing.holder != self.me.id):
                return False
            return not (is_change and kind.name == USER and thing.names & self.ledger.accounts)

        return self.ledger.recent(kind.name, RECENT, fits)

    def pick(self, kind: str) -> Any:
        """Returns the id of a resource that a member may refer to."""
        if kind == USER and (self.me.role == "user" or self.random.random() < 0.5):
            return self.me.id
        if kind not in self.contract.kinds:
            return None
        found = self._recent(self.contract.kinds[kind], False, None)
        thing = self._chosen(found) if found else self.make(self.contract.kinds[kind])
        names = sorted(thing.names, key=len) if thing else []
        return (int(names[0]) if names[0].isdigit() else names[0]) if names else None

    def make(self, kind: Kind) -> Thing | None:
        """Creates a resource by the example of the contract, or finds one that no operation creates."""
        creator = self.contract.creator(kind)
        if creator is None:
            self._read_list(kind, is_new=True)
            found = self._recent(kind, False, None)
            return self._chosen(found) if found else None
        if self.me.role not in creator.callers():
            return None
        location = self.perform(creator, {})
        return self.ledger.find(kind.name, location.rpartition("/")[2]) if location else None

    def prepare(self, operation: Operation, values: dict[str, Any]) -> None:
        """Calls the operations of `x-given` that work on the same path, or below what each account has one of."""
        for given in map(self.contract.operations.__getitem__, operation.given):
            parameters = {it["name"] for it in self.contract.parameters(given) if it["in"] == "path"}
            if parameters and not values and self.contract.is_of_own(given):
                # The operation takes all that the account has put there.
                chosen = {name: self.target(given, kind) for name, kind in self.contract.path_kinds(given).items()}
                if None not in chosen.values():
                    self.perform(given, chosen)
            elif parameters and parameters <= values.keys():
                path = filled(given.path, values)
                if given.is_item or not self.ledger.has_relation(self.me.id, given, path):
                    self.perform(given, values)

    def perform(self, operation: Operation, values: dict[str, Any]) -> str | None:
        """Calls an operation with its example. Returns the `Location` of what it has created."""
        body = self.satisfier.body(operation, self.contract.example(operation), values)
        path = filled(operation.path, values)
        self.calls += 1
        call = self.calls
        sent = Sent(path=path, path_values=values, body=body, who=self.me.id, call=call)
        self.record(operation, sent)
        headers = {"Idempotency-Key": f"{os.environ['FUZZ_WORKER']}-{call}"} if self._needs_key(operation) else {}
        answer = self.people.call(operation.method, path, self.me, headers=headers, **({} if body is None else {"json": body}))
        content = json_of(answer)
        self.settle(operation, sent, Reply(answer.status_code, lower(answer.headers), content))
        self.ledger.read()
        return answer.headers.get("location") if answer.status_code == 201 else None

    def is_raced(self, operation: Operation) -> bool:
        """Decides whether copies of a request are sent at once."""
        if operation.method not in UNSAFE or operation.tag in TOUCHES_ACCOUNTS or not self.has_succeeded(operation, self.me.role):
            return False
        return operation.id not in self.races or self.random.random() < RACES

    def race(self, operation: Operation, path: str, query: dict[str, Any], body: Any) -> None:
        """Sends a request several times at once. Any response but a 5xx will do. Of several requests to create what must be
        unique, at most one may succeed."""
        headers = {"Authorization": f"Bearer {self.me.access}"}
        content = {} if body is None else {"json": body}
        copies = []
        for _ in range(COPIES):
            self.calls += 1
            copies.append(Sent(path=path, body=body, who=self.me.id, call=self.calls))
            self.record(operation, copies[-1])

        def send(_: Sent) -> Any:
            # Not in the session, which is not for several threads.
            return requests.request(operation.method, self.people.base + path, headers=headers, params=query, timeout=DEADLINE, **content)

        with ThreadPoolExecutor(COPIES) as threads:
            answers = list(threads.map(send, copies))
        for sent, answer in zip(copies, answers):
            self.settle(operation, sent, Reply(answer.status_code, lower(answer.headers), json_of(answer)))
            self.races[operation.id][answer.status_code] += 1
            if answer.status_code >= 500:
                self.faults.append(f"{operation.id}: {answer.status_code} to one of {COPIES} requests at once")
        created = [answer for answer in answers if answer.status_code == 201]
        if operation.method == "POST" and len(created) > 1 and self._unique(operation, body):
            self.faults.append(f"{operation.id}: {len(created)} requests at once were given the same unique value: {body}")
        self.ledger.read()

    def _needs_key(self, operation: Operation) -> bool:
        return bool(self.contract.parameter(operation, "header", "Idempotency-Key").get("required"))

    # The ledger

    def record(self, operation: Operation, sent: Sent) -> None:
        """Records a request before it is sent."""
        if operation.method not in UNSAFE:
            return
        unique = self._unique(operation, sent.body)
        more = {"unique": unique} if unique else {}
        if sent.key is not None:
            more |= {"key": sent.key, "digest": sent.digest}
        if self._receivers(operation, sent.body):
            more["hands_over"] = True
        self.ledger.sent(sent.call, operation, sent.path, sent.who, **more)

    def _unique(self, operation: Operation, body: Any) -> dict[str, str]:
        """Returns the texts of a body that must be unique."""
        names = self.contract.unique_members | {self.contract.natural_key(operation)}
        slots = self.contract.slots(self.contract.body(operation), body)
        return {name: normal_form(value) for name, _, value in slots if name in names and isinstance(value, str)}

    def settle(self, operation: Operation, sent: Sent, reply: Reply) -> None:
        """Records the response."""
        if operation.method not in UNSAFE:
            return
        made = None
        location = urlsplit(reply.headers.get("location", "")).path
        kind = self.contract.kind_of_path(location) if reply.status == 201 else None
        if kind:
            body = reply.body if isinstance(reply.body, dict) else {}
            name = location.rpartition("/")[2]
            is_whole = str(body.get("id")) == name
            names = {name, *(str(body[key]) for key in ("id", "uuid") if is_whole and key in body)}
            owner = next(iter(self._receivers(operation, sent.body)), sent.who)
            if kind.name == USER:
                owner = body.get("id")
            aliases = [body["username"]] if is_whole and isinstance(body.get("username"), str) else []
            made = {"kind": kind.name, "names": sorted(names), "aliases": aliases, "owner": owner}
            if body.get("state") in self.contract.hidden_states:
                made["hidden"] = True
        self.ledger.done(sent.call, reply.status, made)

    def _receivers(self, operation: Operation, body: Any) -> list[Any]:
        """Returns the accounts that a body refers to: the resource may become theirs."""
        slots = self.contract.slots(self.contract.body(operation), body)
        return [value for _, schema, value in slots if schema.get("x-ref") == USER and isinstance(value, int)]

    # Counts

    def remember(self, case: str, operation: Operation, sent: Sent) -> None:
        self.requests[case] = (operation, sent)
        if len(self.requests) > REMEMBERED:
            del self.requests[next(iter(self.requests))]

    def has_succeeded(self, operation: Operation, principal: str) -> bool:
        return self.counts[operation.id][principal][1] > 0

    def count(self, case: str, operation: Operation, sent: Sent, status: int) -> None:
        """Counts a valid request. A request that is repeated with new credentials counts once."""
        if self._last and self._last[0] == case:
            _, count, was_good = self._last
            count[0] -= 1
            count[1] -= was_good
        count = self.counts[operation.id][ANONYMOUS if sent.is_anonymous else self.me.role]
        is_good = 200 <= status < 300
        count[0] += 1
        count[1] += is_good
        self._last = (case, count, is_good)

    def is_anonymous(self, operation: Operation) -> bool:
        """Decides whether a case is sent without credentials."""
        if ANONYMOUS not in operation.callers() or not self.has_succeeded(operation, self.me.role):
            return False
        return not self.has_succeeded(operation, ANONYMOUS) or self.random.random() < RARELY

    def lacks_anonymous(self, operation: Operation) -> bool:
        """Returns `True` if an operation without a body has succeeded with credentials only, although it needs none."""
        return not self.contract.body(operation) and ANONYMOUS in operation.callers() and not self.has_succeeded(operation, ANONYMOUS)

    def repeat_anonymously(self, operation: Operation, request: Any) -> None:
        """Sends a request again without credentials: some operations have no further case."""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        answer = self.people.call(request.method, request.path_url, headers=headers)
        count = self.counts[operation.id][ANONYMOUS]
        count[0] += 1
        count[1] += 200 <= answer.status_code < 300

    def is_adjusted(self, operation: Operation) -> bool:
        """Decides whether the values of a case are adjusted to their rules."""
        return not self.has_succeeded(operation, self.me.role) or self.random.random() < OFTEN

    def fingerprint(self, operation: Operation, path: str, query: Any, body: Any) -> str:
        return digest(operation.method, path, query, body)


def owner_of(row: dict[str, Any]) -> int | None:
    owner = next((row[name] for name in OWNERS if name in row), None)
    return owner.get("id") if isinstance(owner, dict) else owner


def filled(path: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value[0] if isinstance(value, list) else value for name, value in headers.items()}


def json_of(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
