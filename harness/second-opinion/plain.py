"""Runs Schemathesis as published: without hooks, without a configuration file, with a token in a header.

All checks are on. Three of them expect what a schema can say; their failures are judged here:

- `positive_data_acceptance` expects that a valid request is accepted. It may be refused by a rule of `x-semantic-rules` that
  the document names for the operation, for a value that breaks the `pattern` of its header (Schemathesis 4.32 sends `0` for
  headers with a pattern), by `If-Match` (412), and for a reused `Idempotency-Key` (422).
- `negative_data_rejection` expects one of a few statuses. Any 4xx is a refusal: 413, 414 and 415 too.
- `use_after_free` expects 404 after a DELETE. One that returns 200 with the resource, not 204, leaves it there: who deletes
  their own rating of a product can still read the others.

`object_level_authorization` has nothing to compare with one token; the component tests compare all principals.
"""

import base64
import collections
import itertools
import json
import pathlib
import re
import subprocess
from dataclasses import dataclass, field
from typing import Any

from contract import Contract, Operation
from server import Sandbox

# Operations that end the caller's session. Each has a run of its own, because the token stays the same for a whole run.
ENDING = ("log_out_everywhere", "change_password", "delete_user")
HOME = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Totals:
    requests: int = 0
    succeeded: set[str] = field(default_factory=set)
    tested: set[str] = field(default_factory=set)
    judged: collections.Counter[str] = field(default_factory=collections.Counter)
    violations: list[str] = field(default_factory=list)


def breaks_pattern(contract: Contract, operation: Operation, name: str, headers: dict[str, list[str]]) -> bool:
    """Returns `True` if a header was sent with a value that does not match the pattern of its schema."""
    for parameter in operation.parameters:
        if parameter["in"] == "header" and parameter["name"] == name:
            pattern = contract.resolved(parameter["schema"]).get("pattern")
            return bool(pattern) and any(not re.search(pattern, value) for value in headers.get(name, []))
    return False


def refused_by(contract: Contract, operation: Operation, status: int, problem: Any, headers: dict[str, list[str]]) -> str | None:
    """Returns the documented reason of a refused request that keeps its schema, or `None`."""
    error = problem.get("error", {}) if isinstance(problem, dict) else {}
    if status == 412 and any(operation.has_header(name) and name in headers for name in ("If-Match", "If-None-Match")):
        return "condition"
    if status == 422 and error.get("code") == "IDEMPOTENCY_MISMATCH" and "Idempotency-Key" in headers:
        return "reused key"
    details = error.get("details") or {}
    if status != 400 or not details:
        return None
    rules = contract.rules(operation)
    if "fields" not in details:
        # The shapes of FakeStore: `{"missing": [999]}`, `{"productId": 1, "quantity": -5}`.
        return next((member for member in details if member in rules), None)
    reasons = set()
    for name, faults in details["fields"].items():
        for fault in faults:
            if fault["rule"] == "pattern" and breaks_pattern(contract, operation, name, headers):
                reasons.add("pattern of a header")
            elif fault["rule"] in rules:
                reasons.add(fault["rule"])
            else:
                return None
    return " and ".join(sorted(reasons)) or None


class Report:
    """The report of one run: all cases with their checks, requests and responses."""

    def __init__(self, contract: Contract, path: pathlib.Path) -> None:
        self.contract = contract
        self.operations = {operation.label: operation for operation in contract.operations}
        self.events = [json.loads(line) for line in path.read_text().splitlines()]

    def add_to(self, totals: Totals, run: str) -> None:
        for event in self.events:
            error = event.get("NonFatalError") or event.get("FatalError")
            # A run of one operation has no links to follow.
            if error and error["value"]["type"] != "NoLinksFound":
                totals.violations.append(f"{run}: Schemathesis could not test: {json.dumps(error)[:600]}")
            recorder = event.get("ScenarioFinished", {}).get("recorder", {})
            for key, interaction in recorder.get("interactions", {}).items():
                self._add_case(totals, run, recorder, key, interaction)

    def _add_case(self, totals: Totals, run: str, recorder: dict[str, Any], key: str, interaction: dict[str, Any]) -> None:
        case = recorder["cases"][key]["value"]
        label = f"{case['method']} {case['path']}"
        response = interaction.get("response")
        totals.requests += 1
        if response is None:
            totals.violations.append(f"{run}: {label}: no response")
            return
        if label in self.operations:
            totals.tested.add(label)
            if 200 <= response["status_code"] < 300:
                totals.succeeded.add(label)
        for check in recorder.get("checks", {}).get(key, []):
            if check["status"] == "success":
                continue
            reason = self._reason(check["name"], label, response, interaction["request"]["headers"])
            if reason:
                totals.judged[reason] += 1
            else:
                totals.violations.append(self._describe(run, label, check, interaction))

    def _reason(self, check: str, label: str, response: dict[str, Any], headers: dict[str, list[str]]) -> str | None:
        status = response["status_code"]
        if check == "negative_data_rejection":
            return f"refused with {status}" if 400 <= status < 500 else None
        if check == "use_after_free":
            path = label.partition(" ")[2]
            deletion = self.operations.get(f"DELETE {path}")
            return "deletion of a part" if deletion and "204" not in deletion.node["responses"] else None
        if check != "positive_data_acceptance" or label not in self.operations:
            return None
        try:
            problem = json.loads(decoded(response.get("content")))
        except ValueError:
            return None
        return refused_by(self.contract, self.operations[label], status, problem, headers)

    def _describe(self, run: str, label: str, check: dict[str, Any], interaction: dict[str, Any]) -> str:
        failure = check.get("failure_info", {}).get("failure", {})
        request, response = interaction["request"], interaction["response"]
        return "\n    ".join(
            [
                f"{run}: {label}: {check['name']}: {failure.get('title')}",
                str(failure.get("message"))[:800].replace("\n", "\n    "),
                f"{request['method']} {request['uri'][:300]} {decoded(request.get('body'))[:300]}",
                f"{response['status_code']} {decoded(response.get('content'))[:600]}",
            ]
        )


def decoded(content: dict[str, str] | None) -> str:
    return base64.b64decode((content or {}).get("$base64", "")).decode(errors="replace")


def run(program: str, sandbox: Sandbox, contract: Contract, folder: pathlib.Path, arguments: list[str]) -> Totals:
    """Tests all operations as an administrator and as a user, and each operation that ends sessions on its own."""
    totals = Totals()
    ids = {operation.name for operation in contract.operations}
    ending = [name for name in ENDING if name in ids]
    apart = list(itertools.chain.from_iterable(("--exclude-operation-id", name) for name in ending))
    for who in ("admin", "johnd"):
        one(program, sandbox, contract, folder, who, "all", [*apart, *arguments], totals)
        for name in ending:
            one(program, sandbox, contract, folder, who, name, ["--include-operation-id", name, *arguments], totals)
    missed = {operation.label for operation in contract.operations} - totals.tested
    totals.violations += [f"{label}: not tested" for label in sorted(missed)]
    return totals


def one(
    program: str,
    sandbox: Sandbox,
    contract: Contract,
    folder: pathlib.Path,
    who: str,
    what: str,
    arguments: list[str],
    totals: Totals,
) -> None:
    sandbox.reset()
    report = folder / f"{who}-{what}.ndjson"
    command = [program, "run", str(sandbox.document), "--url", sandbox.base, "--header", f"Authorization: Bearer {sandbox.token(who)}"]
    # Without `--continue-on-failure`, a refusal by a semantic rule would end the test of its operation.
    # Shrinking would repeat each of these refusals many times.
    command += ["--continue-on-failure", "--no-shrink", "--no-color", "--generation-database", "none", "--report-ndjson-path", str(report)]
    # In a folder of its own, where no configuration of ours is found.
    done = subprocess.run([*command, *arguments], cwd=folder, env=HOME, stdin=subprocess.DEVNULL, text=True, capture_output=True)
    report.with_suffix(".log").write_text(done.stdout + done.stderr)
    # 1 is for failed checks, which are judged by the report.
    if done.returncode not in (0, 1) or not report.is_file():
        raise SystemExit(f"Schemathesis ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    Report(contract, report).add_to(totals, f"{who}, {what}")
