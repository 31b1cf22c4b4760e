"""The writes of all workers of a run, in the order in which they were sent: a file to which each worker appends. A
refusal is judged by what really happened, so a worker must know what the others have created, deleted or used."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from contract import Contract, Operation
from texts import normal_form

# A worker, and its number of the call.
Call = tuple[str, int]
# Kind of the resources that are accounts.
USER = "user"
# Tag of the operations that put the database back or move its clock.
SANDBOX = "sandbox"
# Ended by whatever ends the sessions of its user.
API_KEY = "api_key"
# Ended also by a refresh token that is sent twice, and without a token of its user.
SESSION = "session"
# Start of the names of the workers' accounts.
OF_WORKERS = "fuzz-"
# Owner of a resource that was transferred: two transfers may have been at once.
SOMEBODY = -1
# Most resources that are looked at to find recent ones.
LOOKED_AT = 500


@dataclass
class Thing:
    """A resource: its ids, the id of the account that owns it, if known, and the times of its creation and deletion."""

    names: set[str]
    owner: int | None
    made_at: int
    deleted_at: int | None = None
    # Deletions without a response so far.
    ending: set[Call] = field(default_factory=set)
    # Transfers without a response so far.
    moving: set[Call] = field(default_factory=set)
    # Set if only its owner and staff know of it, and if that may ever have been so.
    hidden: bool = False
    was_hidden: bool = False

    @property
    def holder(self) -> int | None:
        """Returns the owner, or `SOMEBODY` during a transfer."""
        return SOMEBODY if self.moving else self.owner


class Ledger:
    """A worker's view of the ledger."""

    def __init__(self, contract: Contract, path: Path | None, worker: str, texts: Set[str] = frozenset()) -> None:
        self.contract = contract
        self.path = path
        self.worker = worker
        # Normal forms of texts that were in the database from the start.
        self.texts = set(texts)
        # Number of events so far, which is the time of this view.
        self.now = 0
        self._offset = 0
        self._sent: dict[Call, dict[str, Any]] = {}
        self._things: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._aliases: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._in_order: dict[str, list[Thing]] = defaultdict(list)
        # Times of deletions by a name that is not known, and such deletions without a response so far.
        self._unclear: dict[str, int] = defaultdict(lambda: -1)
        self._blind: dict[str, set[Call]] = defaultdict(set)
        self._taken: dict[tuple[str, str], set[Call]] = defaultdict(set)
        self._keys: dict[tuple[int | None, str], dict[Call, str]] = defaultdict(dict)
        self._relations: dict[tuple[int | None, str], bool] = {}
        self._touched: dict[int, int] = defaultdict(lambda: -1)
        self._all_touched = -1
        # Accounts of the workers, which no worker chooses to change.
        self.accounts: set[str] = set()
        # Those of staff and admins, which users cannot see.
        self.staff: set[int] = set()

    # Writing

    def sent(self, call: int, operation: Operation, path: str, who: int | None, **more: Any) -> None:
        """Records a write before it is sent. `unique` has its texts that must be unique by the names of their members,
        `key` and `digest` are of its idempotency key, and `hands_over` is set if it may change an owner."""
        self._write({"w": self.worker, "n": call, "op": operation.id, "path": path, "who": who, **more})

    def done(self, call: int, status: int, made: dict[str, Any] | None = None) -> None:
        """Records a response. `made` has kind, names, aliases and owner of the resource that was created."""
        self._write({"w": self.worker, "n": call, "status": status, **({"made": made} if made else {})})

    def account(self, number: int, username: str, role: str) -> None:
        """Records an account of a worker."""
        self._write({"w": self.worker, "n": 0, "account": number, "username": username, "role": role})

    def seed(self, kind: str, names: list[str], owner: int | None, aliases: list[str] = [], is_new: bool = False) -> None:
        """Adds a resource that was there from the start, or has been seen just now. Only this view has it."""
        # Before the next event.
        at = self.now + 1 if is_new else 0
        known = next((self._things[kind][name.lower()] for name in names if name.lower() in self._things[kind]), None)
        if known is None:
            self._add(kind, names, aliases, owner, at)
        elif known.deleted_at is None:
            known.made_at = max(known.made_at, at)

    def _write(self, event: dict[str, Any]) -> None:
        if self.path is None:
            self._apply(event)
            return
        # A line is one write to a file opened for appending, so lines of several workers never mix.
        with open(self.path, "ab", buffering=0) as file:
            file.write(json.dumps(event).encode() + b"\n")

    # Applying

    def read(self) -> None:
        """Applies what has been written since the last call."""
        if self.path is None or not self.path.exists():
            return
        with open(self.path, "rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._apply(json.loads(line))

    def _add(self, kind: str, names: list[str], aliases: list[str], owner: int | None, at: int, hidden: bool = False) -> None:
        thing = Thing({name.lower() for name in names}, owner, at, hidden=hidden, was_hidden=hidden)
        self._things[kind].update(dict.fromkeys(thing.names, thing))
        self._aliases[kind].update(dict.fromkeys(map(normal_form, aliases), thing))
        self._in_order[kind].append(thing)

    def _apply(self, event: dict[str, Any]) -> None:
        self.now += 1
        call = (event["w"], event["n"])
        if "account" in event:
            self.accounts.add(str(event["account"]))
            if event["role"] != "user":
                self.staff.add(event["account"])
            if not self.find(USER, event["account"]):
                self._add(USER, [str(event["account"])], [event["username"]], event["account"], self.now)
            return
        if "status" not in event:
            self._apply_sent(call, event)
            return
        sent = self._sent.pop(call, None)
        if sent is None:
            return
        operation = self.contract.operations[sent["op"]]
        kind = self.contract.kind_of_target(operation)
        target = self._target(operation, sent)
        if kind:
            self._blind[kind.name].discard(call)
        if target:
            target.ending.discard(call)
            target.moving.discard(call)
        if 200 <= event["status"] < 300:
            self._apply_success(operation, sent, event.get("made"), target)
            return
        for name, form in sent.get("unique", {}).items():
            self._taken[name, form].discard(call)

    def _apply_sent(self, call: Call, sent: dict[str, Any]) -> None:
        self._sent[call] = sent
        for name, form in sent.get("unique", {}).items():
            self._taken[name, form].add(call)
        if "key" in sent:
            self._keys[sent["who"], sent["key"]][call] = sent["digest"]
        operation = self.contract.operations[sent["op"]]
        kind = self.contract.kind_of_target(operation)
        if operation.method == "DELETE" and kind:
            target = self._target(operation, sent)
            (target.ending if target else self._blind[kind.name]).add(call)
        elif kind and sent.get("hands_over") and (moved := self._target(operation, sent)):
            moved.moving.add(call)
        if self.contract.hides(operation):
            for thing in self._in_path(operation, sent["path"]):
                thing.was_hidden = True

    def _apply_success(self, operation: Operation, sent: dict[str, Any], made: dict[str, Any] | None, target: Thing | None) -> None:
        if operation.tag == SANDBOX:
            # The dataset is put back, or time has passed, so that nothing known before holds.
            for known in (self._things, self._aliases, self._in_order, self._relations, self._taken):
                known.clear()
            self._all_touched = self.now
            return
        if made:
            self._add(made["kind"], made["names"], made["aliases"], made["owner"], self.now, made.get("hidden", False))
        hides = self.contract.hides(operation)
        if hides is not None:
            for thing in self._in_path(operation, sent["path"]):
                thing.hidden = hides
        kind = self.contract.kind_of_target(operation)
        if kind and target:
            if operation.method == "DELETE":
                target.deleted_at = self.now
            if sent.get("hands_over"):
                target.owner = SOMEBODY
            self._aliases[kind.name].update({form: target for form in sent.get("unique", {}).values()})
        elif kind and operation.method == "DELETE":
            self._unclear[kind.name] = self.now
        if not operation.is_item:
            self._relations[sent["who"], self._canonical(operation, sent["path"])] = operation.method != "DELETE"
        if kind and kind.name == USER:
            if target and target.owner is not None:
                self._touched[target.owner] = self.now
            else:
                self._all_touched = self.now
        elif operation.tag == "auth" and sent["who"] is not None:
            self._touched[sent["who"]] = self.now

    def _target(self, operation: Operation, sent: dict[str, Any]) -> Thing | None:
        kind = self.contract.kind_of_target(operation)
        return self.find(kind.name, sent["path"].rpartition("/")[2]) if kind else None

    def _in_path(self, operation: Operation, path: str) -> Iterator[Thing]:
        """Yields the resources that a path identifies."""
        kinds = self.contract.path_kinds(operation)
        for slot, part in zip(operation.path.split("/"), path.split("/")):
            kind = kinds.get(slot.strip("{}"))
            thing = self.find(kind.name, part) if kind else None
            if thing:
                yield thing

    # Asking

    def find(self, kind: str, name: Any) -> Thing | None:
        """Returns a resource by an id or an alias."""
        return self._things[kind].get(str(name).lower()) or self._aliases[kind].get(normal_form(str(name)))

    def recent(self, kind: str, most: int, fits: Callable[[Thing], bool]) -> list[Thing]:
        """Returns the newest resources of a kind that exist and fit."""
        newest = islice(reversed(self._in_order[kind]), LOOKED_AT)
        return list(islice((it for it in newest if fits(it) and self._is_certain(kind, it)), most))

    def is_live(self, kind: str, name: Any) -> bool | None:
        """Returns `True` if a resource exists, `False` if it was deleted, and `None` if neither is certain."""
        # An alias is a name that can change hands.
        thing = self._things[kind].get(str(name).lower())
        if thing is None:
            return None
        if thing.deleted_at is not None:
            return False
        if kind == SESSION:
            return None
        return True if self._is_certain(kind, thing) else None

    def _is_certain(self, kind: str, thing: Thing) -> bool:
        if thing.deleted_at is not None or thing.ending or self._blind[kind] or self._unclear[kind] >= thing.made_at:
            return False
        if kind == USER or thing.holder is None:
            return True
        if kind in (API_KEY, SESSION) and self.touched_at(thing.holder) >= thing.made_at:
            return False
        # What belongs to an account ends with it.
        owner = self.find(USER, thing.holder)
        return owner is not None and self._is_certain(USER, owner)

    def is_taken(self, name: str, value: str, apart_from: int | None = None) -> bool:
        """Returns `True` if a text may be in use: it was there from the start, or a write with it has not failed. The
        call `apart_from` of this worker does not count."""
        form = normal_form(value)
        return form in self.texts or form.startswith(OF_WORKERS) or bool(self._taken[name, form] - {(self.worker, apart_from)})

    def other_uses(self, who: int | None, key: str, digest: str, apart_from: int) -> tuple[bool, bool]:
        """Returns two booleans: an account has used a key for another request; it has used it for the same one."""
        digests = [it for call, it in self._keys[who, key].items() if call != (self.worker, apart_from)]
        return any(it != digest for it in digests), digest in digests

    def has_relation(self, who: int | None, operation: Operation, path: str) -> bool:
        """Returns `True` if an account has created what is below a resource, such as a rating, and not deleted it."""
        return self._relations.get((who, self._canonical(operation, path)), False)

    def _canonical(self, operation: Operation, path: str) -> str:
        """Returns a path with one name for each resource."""
        kinds = self.contract.path_kinds(operation)
        parts = []
        for slot, part in zip(operation.path.split("/"), path.split("/")):
            kind = kinds.get(slot.strip("{}"))
            thing = self.find(kind.name, part) if kind else None
            parts.append(min(thing.names) if thing else part)
        return "/".join(parts)

    def touched_at(self, account: int | None) -> int:
        """Returns the time of the last change that may have ended the sessions of an account. A change without a
        response counts as just made."""
        for sent in self._sent.values():
            operation = self.contract.operations[sent["op"]]
            kind = self.contract.kind_of_target(operation)
            if operation.tag == SANDBOX:
                return self.now
            if kind and kind.name == USER:
                target = self._target(operation, sent)
                if target is None or target.owner in (None, SOMEBODY, account):
                    return self.now
        return max(self._touched[account] if account is not None else -1, self._all_touched)
