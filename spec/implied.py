"""The responses and headers that docs/api-style.md implies. The bundler adds them, so that paths.yaml shows only what
is an operation's own.
"""

import sys
from collections.abc import Callable
from typing import Any

Operation = dict[str, Any]
# Returns the reference to a component of a file under spec/shared/: reference("responses", "NotFound").
Reference = Callable[[str, str], dict[str, str]]

CONDITIONS = {"IfMatch", "IfNoneMatch"}
LIMIT_HEADERS = {"X-RateLimit-Limit": "RateLimitLimit", "X-RateLimit-Remaining": "RateLimitRemaining", "X-RateLimit-Reset": "RateLimitReset"}
PAGE_HEADERS = {"Link": "Link", "X-Total-Count": "TotalCount", "X-Total-Count-Estimated": "TotalCountEstimated"}


def complete(document: dict[str, Any], reference: Reference) -> None:
    """Adds what is implied to every operation. Exits if an operation repeats it."""
    tags = {tag["name"]: tag for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "operationId" in operation:
                defaults = tags[operation["tags"][0]]
                add_responses(operation, statuses(path, method, operation, defaults), reference)
                add_headers(operation, method, operation.get("x-rate-limit", defaults["x-rate-limit"]), reference)


def parameters(operation: Operation) -> set[str]:
    """Returns the names of the shared parameters."""
    targets = (parameter.get("$ref", "") for parameter in operation.get("parameters", []))
    return {target.rpartition("/")[2].removesuffix("Required") for target in targets}


def statuses(path: str, method: str, operation: Operation, defaults: dict[str, Any]) -> dict[str, str]:
    """Returns the statuses that are implied, each with the name of its shared response."""

    def extension(name: str) -> Any:
        return operation.get(name, defaults.get(name))

    shared = parameters(operation)
    uses_database = extension("x-budget")["sql_round_trips"] > 0
    is_read = method == "get" and bool(CONDITIONS & shared)
    not_modified = "ListNotModified" if "x-page" in operation else "NotModified"
    implied = {
        "304": not_modified if is_read else None,
        "401": "Unauthorized" if operation.get("security", True) else None,
        "403": "Forbidden" if extension("x-authz")["who"] != "public" else None,
        "404": "NotFound" if "{" in path else None,
        "412": "PreconditionFailed" if CONDITIONS & shared else None,
    }
    if not operation.get("x-lenient"):
        implied |= {"400": "BadRequest", "414": "UriTooLong"}
        if uses_database:
            implied |= {"500": "ServerError", "503": "Unavailable"}
    if extension("x-rate-limit") != "none":
        implied["429"] = "TooManyRequests"
    if "requestBody" in operation:
        implied |= {"408": "RequestTimeout", "413": "PayloadTooLarge", "415": "UnsupportedMediaType"}
    if "IdempotencyKey" in shared:
        implied |= {"409": "Conflict", "422": "IdempotencyMismatch"}
    return {status: name for status, name in implied.items() if name}


def add_responses(operation: Operation, implied: dict[str, str], reference: Reference) -> None:
    """Adds the responses that an operation does not have of its own."""
    responses = operation["responses"]
    for status, name in implied.items():
        shared = reference("responses", name)
        if responses.get(status) == shared:
            sys.exit(f"{operation['operationId']}: remove {status} from paths.yaml, since it is implied")
        responses.setdefault(status, shared)
    operation["responses"] = dict(sorted(responses.items()))


def add_headers(operation: Operation, method: str, rate_limit: str, reference: Reference) -> None:
    """Adds headers to the responses that an operation has of its own."""
    shared = parameters(operation)
    has_tag = method in ("get", "put", "patch") and bool(CONDITIONS & shared)
    for status, response in operation["responses"].items():
        if "$ref" in response:
            continue
        first = {"X-Request-Id": "RequestId"}
        if rate_limit != "none":
            first |= LIMIT_HEADERS
        last: dict[str, str] = {}
        if status == "200" and has_tag:
            first["ETag"] = "ETag"
        if status == "200" and "x-page" in operation:
            first |= PAGE_HEADERS
        if status.startswith("2") and "IdempotencyKey" in shared:
            last["Idempotency-Replayed"] = "IdempotencyReplayed"
        own = response.get("headers", {})
        if repeated := own.keys() & (first | last).keys():
            names = ", ".join(sorted(repeated))
            sys.exit(f"{operation['operationId']}: remove {names} of {status} from paths.yaml, since it is implied")

        def referred(names: dict[str, str]) -> dict[str, Any]:
            return {header: reference("headers", name) for header, name in names.items()}

        # `headers` stands behind `description`, as where it is written.
        headers = referred(first) | own | referred(last)
        rest = {key: value for key, value in response.items() if key not in ("description", "headers")}
        operation["responses"][status] = {"description": response["description"], "headers": headers} | rest
