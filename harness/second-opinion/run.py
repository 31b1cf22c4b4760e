#!/usr/bin/env python3
"""Compares a sandbox with the published document by tools that are not ours: plain Schemathesis (plain.py), and Prism as a
validating proxy (proxy.py). Fails on any violation. `run.py --program AGORA --schemathesis PROGRAM --prism PROGRAM`; further
options go to `schemathesis run` (`--seed 7`, `--max-examples 100`)."""

import argparse
import copy
import json
import pathlib
import re
import shutil
import signal
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "outside"))

import plain  # noqa: E402
import proxy  # noqa: E402
import server  # noqa: E402
from contract import DOCUMENT, Contract  # noqa: E402

FOLDER = HERE.parent.parent / "target/second-opinion"
PASSWORDS = {"johnd": "m38rmF$", "admin": "agora-admin-1"}
SHOWN = 20
# Test cases for each operation and phase, unless the arguments say otherwise.
MAX_EXAMPLES = "20"


class Sandbox(server.Sandbox):
    """A sandbox on the published document."""

    document = DOCUMENT

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def _post(self, path, body):
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.base + path, body, headers, method="POST")) as response:
            return response.read()

    def reset(self):
        self._post("/__sandbox/reset", None)

    def sign_in(self, who):
        return json.loads(self._post("/api/v1/auth/login", json.dumps({"username": who, "password": PASSWORDS[who]}).encode()))

    def token(self, who):
        return self.sign_in(who)["access"]


def planted(contract, folder):
    """Writes a document that demands a member which the server does not send, and returns its path."""
    document = copy.deepcopy(contract.document)
    content = document["paths"]["/health/live"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"type": "object", "required": ["no_such_member"]}
    path = folder / "planted.json"
    path.write_text(json.dumps(document))
    return path


def listed(name, violations):
    """Prints violations that differ by more than their numbers, and returns the number of all."""
    kinds = list({re.sub(r"\d+", "#", violation): violation for violation in violations}.values())
    for violation in kinds[:SHOWN]:
        print(f"{name}: VIOLATION: {violation}", flush=True)
    if len(violations) > SHOWN:
        print(f"{name}: {len(violations)} violations of {len(kinds)} kinds", flush=True)
    return len(violations)


def schemathesis(program, sandbox, contract, arguments):
    began = time.monotonic()
    document = planted(contract, FOLDER)
    sandbox.document = document
    try:
        only = ["--include-operation-id", "get_liveness", "--max-examples", "1", "--phases", "coverage"]
        seen = plain.Totals()
        plain.one(program, sandbox, Contract(document), FOLDER, "admin", "planted", only, seen)
    finally:
        sandbox.document = DOCUMENT
    totals = plain.run(program, sandbox, contract, FOLDER, ["--max-examples", MAX_EXAMPLES, *arguments])
    if not any("response_schema_conformance" in violation for violation in seen.violations):
        totals.violations.append("a planted violation is not seen")
    for reason, count in totals.judged.most_common():
        print(f"schemathesis: judged: {count} x {reason}", flush=True)
    failed = listed("schemathesis", totals.violations)
    missing = ", ".join(sorted({operation.label for operation in contract.operations} - totals.succeeded))
    print(
        f"schemathesis: {totals.requests} requests, {len(totals.tested)} of {len(contract.operations)} operations tested, "
        f"{len(totals.succeeded)} with 2xx{f' (not {missing})' if missing else ''}, "
        f"{sum(totals.judged.values())} refusals judged, {failed} violations, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return failed


def prism(program, sandbox, contract):
    began = time.monotonic()
    totals = proxy.run(program, sandbox, contract)
    if not proxy.sees_planted(program, sandbox, planted(contract, FOLDER)):
        totals.violations.append("a planted violation is not seen")
    failed = listed("prism", totals.violations)
    documented = {
        (operation.label, int(status)) for operation in contract.operations for status in operation.node["responses"]
    }
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(totals.answers.items()))
    print(f"prism: responses by status: {answers}", flush=True)
    print(
        f"prism: {totals.requests} requests ({totals.faulty_requests} of them faulty), "
        f"{len(totals.succeeded)} of {len(contract.operations)} operations with 2xx, "
        f"{len(totals.statuses & documented)} of {len(documented)} statuses seen, {totals.judged} judged, {failed} violations, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program agora")
    parser.add_argument("--schemathesis", required=True, help="the program schemathesis")
    parser.add_argument("--prism", required=True, help="the program prism")
    parser.add_argument("--only", choices=["schemathesis", "prism"], help="one of the two tools")
    known, others = parser.parse_known_args()
    # SIGTERM stops the sandbox, like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    contract, failed = Contract(), 0
    with Sandbox(str(pathlib.Path(known.program).resolve())) as sandbox:
        if known.only != "schemathesis":
            failed += prism(str(pathlib.Path(known.prism).resolve()), sandbox, contract)
        if known.only != "prism":
            failed += schemathesis(str(pathlib.Path(known.schemathesis).resolve()), sandbox, contract, others)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
