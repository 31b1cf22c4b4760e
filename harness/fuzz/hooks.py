"""Hooks of the fuzz run. They adjust values to rules that no schema can express, restore credentials that test cases have
invalidated, and accept refusals that the contract documents. No operation, check or status is excluded."""

import atexit
import json
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.media_types import YAML_MEDIA_TYPES

sys.path.insert(0, str(Path(__file__).parent))
from people import People  # noqa: E402
from rules import Contract, Satisfier, israeli_id  # noqa: E402

# Share of positive cases in which values are adjusted to their rules; the others are sent as generated.
OFTEN = 0.85
LISTED_FOR = 40
# Tags of operations that may invalidate a login.
TOUCHES_ACCOUNTS = {"auth", "sandbox", "users"}

random = Random(int(os.environ.get("FUZZ_SEED", "1")))

schemathesis.openapi.format("israeli-id", st.integers(min_value=0).map(israeli_id))
schemathesis.openapi.format("phone", st.from_regex(r"\+1650253[0-9]{4}", fullmatch=True))
# A visible character first, then anything but surrogates. Names also exclude control and format characters.
VISIBLE = st.characters(categories=("L", "Nd", "P", "S"), exclude_characters="\u115f\u1160\u3164\uffa0\u2800")
schemathesis.openapi.format("visible", st.builds(str.__add__, VISIBLE, st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=18)))
schemathesis.openapi.format("name", st.builds(str.__add__, VISIBLE, st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=18)))


# The contract describes bodies other than JSON as text.
@schemathesis.deserializer(*YAML_MEDIA_TYPES, "text/html", "text/javascript")
def text(_: Any, response: Any) -> str:
    return response.content.decode("utf-8")


class Run:
    """State of the hooks during a run."""

    def __init__(self, schema: Any) -> None:
        self.contract = Contract(schema.raw_schema)
        self.people = People(schema.get_base_url().rstrip("/"))
        self.satisfier = Satisfier(self.contract, random, self.row, lambda: self.people.principal.password)
        self.made: dict[str, list[str]] = defaultdict(list)
        self.refreshes: list[str] = []
        self.listed: dict[str, tuple[int, list[int]]] = {}
        self.calls = 0
        # Number of the call that last reset the dataset or replaced the principal, and of each operation's last success.
        self.put_back = 0
        self.succeeded: dict[str, int] = {}
        self.accepted: dict[str, int] = defaultdict(int)
        atexit.register(self.tell)

    def tell(self) -> None:
        told = {"accepted": self.accepted, "resets": self.people.resets, "minted": self.people.minted}
        Path(os.environ["FUZZ_FOLDER"], "hooks.json").write_text(json.dumps(told, indent=1), encoding="utf-8")

    def ids(self, collection: str) -> list[int]:
        until, ids = self.listed.get(collection, (0, []))
        if until <= self.calls:
            answer = self.people.call("GET", collection, self.people.principal, params={"limit": 100})
            rows = answer.json() if answer.status_code == 200 else []
            rows = rows.get("results", rows.get("data", [])) if isinstance(rows, dict) else rows
            ids = [row["id"] for row in rows]
            self.listed[collection] = (self.calls + LISTED_FOR, ids)
        return ids

    def row(self, name: str) -> int | None:
        """Returns the id of an object that a field may refer to."""
        if re.fullmatch("user(Id|_id)", name) and random.random() < 0.7:
            return self.people.principal.id
        collection = self.contract.collection_of(name)
        ids = self.ids(collection) if collection else []
        return random.choice(ids) if ids else None

    def path_value(self, case: Any, name: str) -> str | None:
        """Returns an existing id for a path parameter. For changes, prefers an object that this principal has created."""
        collection = self.contract.collection_of(name)
        if collection is None:
            return None
        if name == "user" and case.method != "GET" and self.people.principal.name == "user":
            # Users may change only themselves.
            return str(self.people.principal.id)
        made = self.made[collection]
        if made and case.method != "GET" and random.random() < 0.9:
            return random.choice(made[-20:])
        row = self.row(name)
        return None if row is None else str(row)


runs: dict[int, Run] = {}


def run_of(case: Any) -> Run:
    schema = case.operation.schema
    if id(schema) not in runs:
        runs[id(schema)] = Run(schema)
    return runs[id(schema)]


def is_positive(case: Any) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Restores `requestBody` of links from `x-request-body`: client generators refuse an object as `requestBody`."""
    for path in raw_schema.get("paths", {}).values():
        for operation in path.values():
            for answer in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                for link in answer.get("links", {}).values():
                    if "x-request-body" in link:
                        link["requestBody"] = link.pop("x-request-body")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    run = run_of(case)
    run.calls += 1
    if not is_positive(case) or random.random() > OFTEN:
        return
    linked = case._override.path_parameters
    for place, name, schema in run.contract.parameters(case.path, case.method):
        if place == "path" and name not in linked:
            value = run.path_value(case, name)
            if value is not None:
                case.path_parameters[name] = value
        elif place == "query" and name in case.query:
            if "exclusive" in schema.get("x-semantic-rules", []) and len(case.query) > 1:
                del case.query[name]
            else:
                case.query[name] = run.satisfier.value(name, schema, case.query[name])
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if "If-None-Match" in case.headers and case.method not in ("GET", "HEAD"):
        case.headers["If-None-Match"] = '"none"'
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{run.calls}-{case.headers['Idempotency-Key']}"[:255]
    satisfy_body(run, case)


def satisfy_body(run: Run, case: Any) -> None:
    schema = run.contract.body(case.path, case.method)
    if not schema or not isinstance(case.body, dict):
        return
    body = run.satisfier.value("", schema, case.body)
    members = set(schema.get("properties", {}))
    if not case._override.body:
        # Valid credentials are not in the schema either.
        if members == {"username", "password"}:
            body |= {"username": run.people.principal.username, "password": run.people.principal.password}
        elif members == {"refresh"}:
            body["refresh"] = run.refreshes.pop() if run.refreshes else run.people.refresh_token() or body["refresh"]
    case.body = body


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    run = run_of(case)
    if not 200 <= response.status_code < 300 or response.request.method in ("GET", "HEAD"):
        return
    run.succeeded[case.operation.label] = run.calls
    path = response.request.path_url.split("?")[0]
    told = body_of(response)
    if isinstance(told, dict) and "refresh" in told:
        run.refreshes = [*run.refreshes[-9:], told["refresh"]]
    if response.status_code == 201 and "location" in response.headers:
        collection, _, name = response.headers["location"][0].rpartition("/")
        run.made[collection].append(name)
    if response.request.method == "DELETE":
        collection, _, name = path.rpartition("/")
        if name in run.made[collection]:
            run.made[collection].remove(name)
    if not TOUCHES_ACCOUNTS & set(case.operation.tags or []):
        return
    minted = run.people.minted
    run.people.look_after(case.operation.schema, case.body)
    if path.startswith("/__sandbox/reset") or run.people.minted > minted:
        run.put_back = run.calls
        run.made.clear()
        run.listed.clear()


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Drops false failures. Each needs a reason that the response itself shows."""
    run = run_of(case)
    reason = accepted(run, failure, case, response)
    if reason:
        run.accepted[reason] += 1
    return reason is None


def accepted(run: Run, failure: Any, case: Any, response: Any) -> str | None:
    kind = type(failure).__name__
    if kind == "RejectedPositiveData":
        if response.status_code == 400 and run.contract.is_named(case.path, case.method, body_of(response)):
            return "400 that names a rule of x-semantic-rules"
        # At the boundaries of `maxLength`, Schemathesis ignores `pattern` and still calls the values valid.
        if response.status_code == 400 and run.contract.breaks_pattern(case.path, case.method, case.headers):
            return "400 to a header field that its own pattern excludes"
        if response.status_code == 412 and case.headers.get("If-Match", "*") != "*":
            return "412 to an If-Match that does not hold"
        if response.status_code == 422 and "Idempotency-Key" in case.headers:
            return "422 to a key that was used for another request"
    if kind == "AcceptedNegativeData" and run.contract.has_decimal_text(case.path, case.method, case.body):
        return "a decimal number as text"
    if kind == "AcceptedNegativeData" and run.contract.repeats(case.path, case.method, case.body):
        return "what is stored, sent back"
    if kind == "EnsureResourceAvailability" and case.method == "DELETE" and not case.path.endswith("}"):
        return "404 of what is below a new thing, and was not made"
    if kind == "EnsureResourceAvailability" and run.put_back >= run.succeeded.get(failure.created_with, 0):
        return "404 after the dataset was put back or its owner replaced"
    if kind == "UseAfterFree" and run.put_back >= run.succeeded.get(failure.free.strip("`"), 0):
        return "there again after the dataset was put back or its owner replaced"
    return None


def body_of(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
