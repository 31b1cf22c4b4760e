"""Sends a scenario through Prism, a validating proxy, in front of the server.

Each operation is called with the examples of the contract, by several principals and on fresh data. Then it is called in
ways that it must refuse. Prism validates every request and response by the published document, and names its violations in
the header `sl-violations`. A response must have none. A request made of examples must have none either.

Two kinds of violations are judged here. The contract writes a nullable reference as `{type: object, nullable: true, allOf:
[$ref]}`, which generators and Schemathesis read as intended. By the letter of OpenAPI 3.0.3, `nullable` changes only the type
beside it, so that the schema in `allOf` still forbids null, and Prism reports it. A null at such a place counts as judged.
So does a 414 of an `x-lenient` operation: its description has it, but not its responses, since progenitor fails on two error
schemas (R44 of docs/api-style.md).
"""

import collections
import http.client
import itertools
import json
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from contract import Contract, Operation
from server import Process, Sandbox, free_port, wait_for

PRINCIPALS = ("johnd", "admin")
# What must exist before an operation can succeed.
GIVEN = {
    "delete_product_rating": ["rate_product"],
    "delete_registry_user": ["create_registry_user"],
    "patch_registry_user": ["create_registry_user"],
    "replace_registry_user": ["create_registry_user"],
}
# Operations without a 2xx through the proxy, with the reason.
NO_SUCCESS: dict[str, str] = {}
UNKNOWN = ("999999999", "00000000-0000-7000-8000-000000000000", "not an id!")
MAX_TARGET, MAX_BODY = 8 * 1024, 1024 * 1024
# Values of a wrong type for any member, one of them or both.
WRONG = ([True], {"a": 1})


@dataclass
class Totals:
    requests: int = 0
    faulty_requests: int = 0
    succeeded: set[str] = field(default_factory=set)
    statuses: set[tuple[str, int]] = field(default_factory=set)
    answers: collections.Counter[int] = field(default_factory=collections.Counter)
    judged: int = 0
    violations: list[str] = field(default_factory=list)


@dataclass
class Call:
    operation: Operation
    target: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: bytes
    violations: list[dict[str, Any]]

    def about(self, part: str) -> list[str]:
        """Returns the violations of the request or of the response."""
        return [f"{'.'.join(one['location'])}: {one['message']}" for one in self.violations if one["location"][0] == part]

    def is_null(self, steps: list[str]) -> bool:
        """Returns `True` if the body is null at a place."""
        value = json.loads(self.text)
        for step in steps:
            value = value[int(step) if isinstance(value, list) else step]
        return value is None


class Prism(Process):
    def __init__(self, command: str, document: pathlib.Path, sandbox: Sandbox, name: str) -> None:
        self.port = free_port()
        arguments = ["proxy", str(document), sandbox.base, "--port", str(self.port), "--verboseLevel", "warn"]
        super().__init__(name, [command, *arguments], sandbox.folder)

    def __enter__(self) -> "Prism":
        self.start()
        wait_for("Prism", self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        if self.child.poll() is not None:
            raise SystemExit(f"Prism has ended:\n{self.tail()}")
        try:
            return self.ask("GET", "/health/live", {}, None).status == 200
        except OSError:
            return False

    def ask(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return Answer(response.status, response.headers, text, json.loads(response.headers.get("sl-violations", "[]")))


class Scenario:
    def __init__(self, contract: Contract, sandbox: Sandbox, prism: Prism) -> None:
        self.contract, self.sandbox, self.prism = contract, sandbox, prism
        self.named = {operation.name: operation for operation in contract.operations}
        self.totals = Totals()
        self.sessions: dict[str, dict[str, str]] = {}
        self.renew()

    def renew(self) -> None:
        """Starts again from the seeded data, with new sessions."""
        self.sandbox.reset()
        self.sessions = {who: self.sandbox.sign_in(who) for who in PRINCIPALS}

    def run(self) -> Totals:
        for operation in self.contract.operations:
            for who in PRINCIPALS:
                if operation.method != "GET":
                    self.renew()
                for name in GIVEN.get(operation.name, []):
                    self.send(self.call(self.named[name], who))
                self.succeed(operation, who)
        self.renew()
        for operation in self.contract.operations:
            self.refuse(operation)
        labels = {operation.label: operation.name for operation in self.contract.operations}
        silent = {labels[label] for label in labels.keys() - self.totals.succeeded}
        self.totals.violations += [f"{name}: no 2xx" for name in sorted(silent - NO_SUCCESS.keys())]
        self.totals.violations += [f"{name}: succeeds, but NO_SUCCESS lists it" for name in sorted(NO_SUCCESS.keys() - silent)]
        return self.totals

    def call(self, operation: Operation, who: str | None) -> Call:
        """Makes a call from the examples."""
        body = self.contract.body(operation)
        if isinstance(body, dict) and "refresh" in body:
            body = body | {"refresh": self.sessions[who or "johnd"]["refresh"]}
        headers = {"Authorization": f"Bearer {self.sessions[who]['access']}"} if who else {}
        return Call(operation, self.contract.target(operation), body, headers)

    def send(self, call: Call, is_faulty: bool = False) -> Answer:
        body = call.raw
        headers = {"Accept": "application/json", **call.headers}
        if body is None and call.body is not None:
            body = json.dumps(call.body).encode()
        if body is not None and call.operation.media:
            headers.setdefault("Content-Type", call.operation.media)
        answer = self.prism.ask(call.operation.method, call.target, headers, body)
        self.totals.requests += 1
        self.totals.statuses.add((call.operation.label, answer.status))
        self.totals.answers[answer.status] += 1
        if 200 <= answer.status < 300:
            self.totals.succeeded.add(call.operation.label)
        judged = [one for one in answer.violations if self.is_judged(call.operation, answer, one)]
        self.totals.judged += len(judged)
        answer.violations = [one for one in answer.violations if one not in judged]
        faults = answer.about("response")
        if "X-Request-Id" not in answer.headers:
            faults.append(f"not from the server: {answer.text[:200]!r}")
        if answer.status >= 500:
            faults.append(answer.text[:300].decode(errors="replace"))
        if answer.about("request"):
            self.totals.faulty_requests += 1
            faults += [] if is_faulty else answer.about("request")
        shown = f"{call.operation.method} {call.target[:200]} {(body or b'')[:200]!r}: {answer.status}"
        self.totals.violations += [f"{shown}: {fault}" for fault in faults]
        return answer

    def is_judged(self, operation: Operation, answer: Answer, violation: dict[str, Any]) -> bool:
        place = violation["location"]
        if place == ["response"] and answer.status == 414:
            return operation.node.get("x-lenient") is True
        if place[:2] != ["response", "body"] or not violation["message"].endswith(" must be object"):
            return False
        return answer.is_null(place[2:]) and self.contract.nullable_wrapper(operation, answer.status, place[2:])

    def succeed(self, operation: Operation, who: str) -> None:
        """Calls an operation as its examples say, and again with its conditions or with the same key."""
        call = self.call(operation, who)
        query = {one["name"]: self.contract.example(one) for one in operation.parameters if one["in"] == "query"}
        if operation.has_header("Idempotency-Key"):
            call.headers["Idempotency-Key"] = f"second-opinion-{operation.name}"
        answer = self.send(call)
        if operation.has_header("Idempotency-Key"):
            self.send(call)
            self.send(Call(operation, call.target, {**call.body, **next(iter(changed(call.body)), {})}, call.headers), True)
        if operation.method == "GET":
            if operation.has_header("If-None-Match"):
                for tag in (answer.headers.get("ETag", "*"), "*"):
                    self.send(Call(operation, call.target, headers={**call.headers, "If-None-Match": tag}))
            for name, value in query.items():
                if value is not None:
                    self.send(Call(operation, f"{call.target}?{urlencode({name: written(value)})}", headers=call.headers))

    def refuse(self, operation: Operation) -> None:
        """Calls an operation in ways that it must refuse, or may ignore."""
        for call in self.faulty(operation):
            answer = self.send(call, True)
            if 200 <= answer.status < 300 and operation.method != "GET":
                self.renew()

    def faulty(self, operation: Operation) -> Iterator[Call]:
        good = self.call(operation, "johnd")
        target, body, headers = good.target, good.body, good.headers

        def call(target: str = target, body: Any = body, raw: bytes | None = None, **others: str) -> Call:
            # Sessions can be renewed between two calls.
            fresh = self.call(operation, "johnd").headers
            return Call(operation, target, body, {**fresh, **{name.replace("_", "-"): value for name, value in others.items()}}, raw)

        yield Call(operation, target, body)
        yield call(Authorization="Bearer not-a-token")
        yield call(Authorization="Basic am9obmQ6eA==")
        yield call(f"{target}?no_such_parameter=1")
        yield call(f"{target}?{'x' * MAX_TARGET}")
        for parameter in operation.parameters:
            name = parameter["name"]
            if parameter["in"] == "path":
                for value in UNKNOWN:
                    yield call(self.contract.target(operation, **{name: value}))
            if parameter["in"] == "query":
                for value in ("", "0", "-1", "nothing like it", "\N{SNOWMAN}" * 20, "9" * 30):
                    yield call(f"{target}?{urlencode({name: value})}")
        if operation.has_header("If-Match"):
            yield call(If_Match='"no-such-version"')
            yield call(If_Match="no quotes")
        if operation.has_header("If-None-Match"):
            yield call(If_None_Match="*")
            yield call(If_None_Match="no quotes")
        if operation.has_header("Idempotency-Key"):
            yield call(Idempotency_Key="k" * 256)
        if body is not None:
            yield from (call(body=other) for other in faulty_bodies(body))
            yield call(raw=b"x", Content_Type="text/plain")
            yield call(raw=b"", Content_Type="application/json")
            yield call(raw=b" " * (MAX_BODY + 1) + b"{}")


def changed(body: Any) -> Iterator[dict[str, Any]]:
    """Yields a member with another value of the same type."""
    for name, value in body.items():
        if isinstance(value, str):
            yield {name: f"{value}x"}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield {name: value - 1}
        elif isinstance(value, list):
            yield {name: []}


def faulty_bodies(body: Any) -> Iterator[Any]:
    yield from ({}, [], [body], "text", 7)
    if isinstance(body, dict):
        yield {**body, "no_such_member": 1}
        for name, wrong in itertools.product(body, (*WRONG, None, "", -1)):
            yield {**body, name: wrong}
        for name in body:
            yield {key: value for key, value in body.items() if key != name}


def written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def run(command: str, sandbox: Sandbox, contract: Contract) -> Totals:
    with Prism(command, sandbox.document, sandbox, "prism") as prism:
        return Scenario(contract, sandbox, prism).run()


def sees_planted(command: str, sandbox: Sandbox, document: pathlib.Path) -> bool:
    """Returns `True` if Prism reports a response that a changed document does not allow."""
    with Prism(command, document, sandbox, "prism-planted") as prism:
        return bool(prism.ask("GET", "/health/live", {}, None).about("response"))
