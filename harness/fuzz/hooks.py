"""Hooks of the fuzz run. They adjust values to rules that no schema can express, restore credentials that test cases have
invalidated, and accept refusals for reasons that are true. No operation, check or status is excluded."""

import atexit
import os
import sys
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import observations
from schemathesis.generation.overrides import Override

sys.path.insert(0, str(Path(__file__).parent))
from contract import Operation  # noqa: E402
from oracle import Reply, Verdict  # noqa: E402
from rules import Sent  # noqa: E402
from run import TOUCHES_ACCOUNTS, Run, json_of, lower  # noqa: E402
from texts import israeli_id  # noqa: E402
from validation import repeats  # noqa: E402

# Of a text in a response that only begins like a URL, Schemathesis makes an error that ends the run.
same_origin_path = observations._same_origin_path


def path_of_url(value: str, origin: tuple[str, str]) -> str | None:
    try:
        return same_origin_path(value, origin)
    except ValueError:
        return None


observations._same_origin_path = path_of_url

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


runs: dict[int, Run] = {}


def run_of(case: Any) -> Run:
    schema = case.operation.schema
    if id(schema) not in runs:
        runs[id(schema)] = Run(schema.raw_schema, schema.get_base_url().rstrip("/"))
        atexit.register(runs[id(schema)].save)
    return runs[id(schema)]


def operation_of(run: Run, case: Any) -> Operation | None:
    """Returns the operation of a case, or `None` if it has another method than the contract."""
    return run.contract.at(case.path, case.method)


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
    call = run.calls
    operation = operation_of(run, case)
    if operation is None:
        return
    is_anonymous, has_fresh_token = False, False
    if is_positive(case):
        is_anonymous = case._has_explicit_auth and run.is_anonymous(operation)
        if is_anonymous:
            case.headers.pop("Authorization", None)
        if run.is_adjusted(operation):
            has_fresh_token = adjust(run, operation, case)
            if not is_anonymous and run.is_raced(operation):
                run.race(operation, case.formatted_path, dict(case.query or {}), None if case.body is NOT_SET else case.body)
    body = None if case.body is NOT_SET else case.body
    path = case.formatted_path
    query = dict(case.query or {})
    sent = Sent(
        path=path,
        path_values=dict(case.path_parameters or {}),
        query=query,
        headers=lower(case.headers or {}),
        body=body,
        who=None if is_anonymous else run.me.id,
        call=call,
        digest=run.fingerprint(operation, path, query, body),
        is_anonymous=is_anonymous,
        own_credentials=not case._has_explicit_auth and "Authorization" in (case.headers or {}),
        has_fresh_token=has_fresh_token,
    )
    run.remember(case.id, operation, sent)
    run.record(operation, sent)


def linked_values(case: Any) -> Any:
    """Returns the values that links have set. Those of the examples may be replaced."""
    return case._override if case.meta.phase.name.value == "stateful" else Override()


def adjust(run: Run, operation: Operation, case: Any) -> bool:
    """Adjusts a valid case to the rules of its operation. Returns `True` if its body got a fresh refresh token."""
    run.ledger.read()
    linked = linked_values(case).path_parameters
    for name, kind in run.contract.path_kinds(operation).items():
        value = None if name in linked else run.target(operation, kind)
        if value is not None:
            case.path_parameters[name] = value
    run.prepare(operation, dict(case.path_parameters or {}))
    for parameter in run.contract.parameters(operation):
        name, schema = parameter["name"], run.contract.resolved(parameter["schema"])
        if parameter["in"] != "query" or name not in case.query:
            continue
        if "exclusive" in schema.get("x-semantic-rules", []) and len(case.query) > 1:
            del case.query[name]
        else:
            case.query[name] = run.satisfier.value(name, schema, case.query[name])
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    is_broken = "if-none-match" in run.contract.broken_headers(operation, lower(case.headers))
    if "If-None-Match" in case.headers and (is_broken or case.method not in ("GET", "HEAD")):
        case.headers["If-None-Match"] = '"none"'
    if "Idempotency-Key" in case.headers:
        key = f"{os.environ['FUZZ_WORKER']}-{run.calls}-{case.headers['Idempotency-Key']}"
        case.headers["Idempotency-Key"] = key[:255]
    return adjust_body(run, operation, case)


def adjust_body(run: Run, operation: Operation, case: Any) -> bool:
    schema = run.contract.body(operation)
    if not schema or not isinstance(case.body, dict):
        return False
    body = run.satisfier.body(operation, case.body, dict(case.path_parameters or {}))
    members = set(schema.get("properties", {}))
    is_fresh = False
    if not linked_values(case).body:
        # Valid credentials are not in the schema either.
        if members == {"username", "password"}:
            body |= {"username": run.me.username, "password": run.me.password}
        elif members == {"refresh"}:
            token = run.refreshes.pop() if run.refreshes and run.random.random() < 0.3 else None
            fresh = None if token else run.people.refresh_token()
            is_fresh = fresh is not None
            body["refresh"] = token or fresh or body["refresh"]
    case.body = body
    return is_fresh


def reply_of(response: Any) -> Reply:
    return Reply(response.status_code, lower(response.headers), json_of(response))


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    run = run_of(case)
    if case.id not in run.requests:
        return
    operation, sent = run.requests[case.id]
    size = len(response.request.body or b"")
    sent = Sent(**{**vars(sent), "target": response.request.path_url, "size": size})
    run.remember(case.id, operation, sent)
    reply = reply_of(response)
    run.settle(operation, sent, reply)
    if is_positive(case):
        run.count(case.id, operation, sent, response.status_code)
    is_good = 200 <= response.status_code < 300
    if is_good and isinstance(reply.body, dict) and "refresh" in reply.body and not sent.is_anonymous:
        run.refreshes = [*run.refreshes[-9:], reply.body["refresh"]]
    if is_good and is_positive(case) and run.lacks_anonymous(operation):
        run.repeat_anonymously(operation, response.request)
    touches = is_good and operation.method != "GET" and operation.tag in TOUCHES_ACCOUNTS
    if touches or (response.status_code == 401 and is_positive(case) and not sent.is_anonymous):
        run.ledger.read()
        if touches or run.ledger.touched_at(run.me.id) > run.me.seen_at:
            look_after(run, case)


def look_after(run: Run, case: Any) -> None:
    before = [person.id for person in run.people.watched]
    run.people.look_after(case.operation.schema, case.body, run.ledger.now)
    for person in run.people.watched:
        if person.id not in before:
            run.refreshes.clear()
            run.ledger.account(person.id, person.username, person.role)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Drops failures that are none, each for a reason that is true by what happened before."""
    run = run_of(case)
    if case.id not in run.requests:
        return True
    operation, sent = run.requests[case.id]
    verdict = judged(run, operation, sent, failure, case, response)
    if verdict.reason:
        run.accepted[operation.id][verdict.reason] += 1
        return False
    if verdict.fault:
        failure.message += f"\n\n{verdict.fault}"
    run.faults.append(f"{operation.id}: {verdict.fault or failure.title}")
    failure.message += f"\n\nRepeat with: {os.environ['FUZZ_REPEAT']}"
    return True


def judged(run: Run, operation: Operation, sent: Sent, failure: Any, case: Any, response: Any) -> Verdict:
    kind = type(failure).__name__
    reply = reply_of(response)
    if kind == "RejectedPositiveData" and response.status_code < 500:
        return run.oracle.refusal(operation, sent, reply)
    if kind == "EnsureResourceAvailability":
        return run.oracle.availability(operation, sent, reply)
    if kind == "ObjectLevelAuthorizationViolation":
        return run.oracle.read_by_peer(operation, sent)
    if kind == "UseAfterFree":
        method, _, freed = failure.free.strip("`").partition(" ")
        deletion = run.contract.at(failure.operation.partition(" ")[2], method)
        return run.oracle.use_after_free(deletion, freed, sent) if deletion else Verdict(None)
    if kind == "AcceptedNegativeData":
        # Schemathesis does not count these as refusals.
        if response.status_code in (413, 414):
            return run.oracle.refusal(operation, sent, reply)
        return accepted_body(run, operation, sent, case, reply)
    return Verdict(None)


def accepted_body(run: Run, operation: Operation, sent: Sent, case: Any, reply: Reply) -> Verdict:
    """Judges a success with an invalid body: the server reads bodies in a wider sense than the schema says."""
    others = [it for it in ParameterLocation if it != ParameterLocation.BODY and case.meta.is_negative_at(it)]
    if others or not case.meta.is_negative_at(ParameterLocation.BODY) or not run.bodies.is_valid(operation, sent.body):
        return Verdict(None)
    if not repeats(run.contract, operation, sent.body, reply.body):
        return Verdict(None, "a member that may only repeat the stored value has another one")
    return Verdict("2xx to numbers as text, ids as objects, or stored values")
