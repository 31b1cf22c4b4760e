"""Tests of the refusals and failures that the hooks accept: `python3 -m unittest` in this folder."""

import copy
import tempfile
import unittest
from pathlib import Path
from typing import Any

from contract import Contract
from ledger import Ledger
from oracle import Oracle, Reply, digest
from rules import Account, Rules, Sent, keeps_format
from texts import normal_form

ID = {"type": "integer", "x-ref": "product"}
TEXT = {"type": "string"}


def operation(name: str, who: str = "public", *, body: Any = None, path: Any = (), given: Any = (), **more: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"operationId": name, "tags": ["shop"], "x-authz": {"who": who, "scope": "write"}, "x-given": list(given)}
    node["parameters"] = [{"name": it, "in": "path", "x-ref": kind, "schema": TEXT} for it, kind in path] + more.pop("parameters", [])
    if body:
        node["requestBody"] = {"content": {"application/json": {"schema": {"type": "object", "properties": body}}}}
    return node | more


PRODUCT = [("product", "product")]
DOCUMENT = {
    "x-semantic-rules": ["nul"],
    "tags": [{"name": "shop"}, {"name": "users"}, {"name": "auth"}],
    "paths": {
        "/users": {"get": operation("list_users"), "post": operation("create_user", body={"username": TEXT | {"x-semantic-rules": ["unique"]}})},
        "/users/{user}": {
            "get": operation("get_user", path=[("user", "user")]),
            "patch": operation("patch_user", "owner", path=[("user", "user")], body={
                "email": TEXT, "old_password": TEXT | {"x-semantic-rules": ["match"]}, "password": TEXT | {"x-semantic-rules": ["common", "username", "blank"]},
            }),
            "delete": operation("delete_user", "owner", path=[("user", "user")], tags=["users"]),
        },
        "/login": {"post": operation("log_in", body={"username": TEXT, "password": TEXT})},
        "/products": {
            "get": operation("list_products", parameters=[
                {"name": "page", "in": "query", "schema": {"type": "integer", "x-semantic-rules": ["reach"]}},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                {"name": "cursor", "in": "query", "schema": TEXT | {"x-semantic-rules": ["exclusive", "forged"]}},
                {"name": "If-None-Match", "in": "header", "schema": TEXT | {"pattern": "^[!-~]+$"}},
                {"name": "ids", "in": "query", "schema": {"type": "array", "items": ID | {"x-semantic-rules": ["missing"]}}},
            ], **{"x-page": {"default": 10, "most": 100}}),
            "post": operation("create_product", "user", body={
                "name": TEXT | {"x-semantic-rules": ["unique"]},
                "price": {"type": "number", "x-semantic-rules": ["multipleOf"], "x-decimal": {"multipleOf": 0.01}},
                "like": {"type": "array", "items": ID | {"x-semantic-rules": ["missing"]}},
                "likes": {"type": "array", "x-semantic-rules": ["exclusive"], "items": ID | {"x-semantic-rules": ["missing"]}},
                "lines": {"type": "array", "items": {"type": "object", "properties": {
                    "productId": ID | {"x-semantic-rules": ["missing"]}, "quantity": {"type": "integer", "x-semantic-rules": ["quantity"]},
                }}},
                "userId": {"type": "integer", "x-ref": "user"},
                "later": TEXT | {"x-semantic-rules": ["rule_to_come"]},
                "ends_at": TEXT | {"x-semantic-rules": ["future"]},
            }),
        },
        "/products/{product}": {
            "get": operation("get_product", path=PRODUCT),
            "patch": operation("patch_product", "owner", path=PRODUCT, body={"name": TEXT | {"x-semantic-rules": ["unique"]}, "id": {"x-same-as-path": "product"}}),
            "delete": operation("delete_product", "owner", path=PRODUCT),
        },
        "/products/{product}/rating": {
            "get": operation("get_rating", path=PRODUCT),
            "post": operation("rate", "user", path=PRODUCT),
            "delete": operation("delete_rating", "user", path=PRODUCT),
        },
        "/products/{product}/archive": {"post": operation("archive_product", "owner", path=PRODUCT)},
        "/products/{product}/publish": {"post": operation("publish_product", "owner", path=PRODUCT)},
        "/products/{product}/tags/{tag}": {"delete": operation("delete_product_tag", "owner", path=PRODUCT)},
        "/bag": {"get": operation("get_bag", "user"), "delete": operation("delete_bag", "user")},
        "/bag/items/{product}": {
            "put": operation("replace_bag_item", "user", path=PRODUCT), "delete": operation("delete_bag_item", "user", path=PRODUCT),
        },
        "/api-keys": {"post": operation("create_api_key", "user", tags=["keys"])},
        "/api-keys/{api_key}": {"get": operation("get_api_key", "user", path=[("api_key", "api_key")], tags=["keys"], **{"x-authz": {"who": "user", "scope": "read", "own": True}})},
        "/logout-all": {"post": operation("log_out_everywhere", "user", tags=["auth"])},
        "/reports": {"get": operation("list_reports", "staff")},
    },
    "components": {"schemas": {"State": {"x-state-machine": {"hidden": ["ARCHIVED"], "transitions": [
        {"name": "archive", "from": ["ACTIVE"], "to": "ARCHIVED"}, {"name": "publish", "from": ["ARCHIVED"], "to": "ACTIVE"},
    ]}}}},
}


def fields(**violations: str) -> dict[str, Any]:
    found = {name.replace("__", "."): [{"rule": rule, "message": "must"}] for name, rule in violations.items()}
    return {"error": {"details": {"fields": found}}}


def details(**members: Any) -> dict[str, Any]:
    return {"error": {"details": members}}


class Judgement(unittest.TestCase):
    """A worker of one user, `ada` with id 7; product 1 is from the start, and product 2 is its own."""

    role = "user"

    def setUp(self) -> None:
        self.contract = Contract(DOCUMENT)
        self.ledger = Ledger(self.contract, None, "w", {normal_form("Chair")})
        self.ledger.account(7, "ada", "user")
        self.ledger.seed("user", ["5"], 5, ["bob"])
        self.ledger.seed("product", ["1"], 5)
        self.calls = 100
        self.write("create_product", "/products", 201, made=("product", ["2", "uuid-2"], 7))
        self.account = Account(7, "ada", "secret-of-ada", self.role)
        self.account.seen_at = self.ledger.now
        self.oracle = Oracle(self.contract, self.ledger, self.account, is_closed=False)

    def write(self, name: str, path: str, status: int | None, made: Any = None, who: int | None = 7, worker: str = "w", **more: Any) -> int:
        """Records a write of a worker. Without a status it has no response yet."""
        self.calls += 1
        self.ledger.worker, own = worker, self.ledger.worker
        self.ledger.sent(self.calls, self.contract.operations[name], path, who, **more)
        if status is not None:
            described = dict(zip(("kind", "names", "owner"), made), aliases=[]) if made else None
            self.ledger.done(self.calls, status, described)
        self.ledger.worker = own
        return self.calls

    def judged(self, name: str, status: int, answer: Any = None, **sent: Any) -> str:
        """Returns the reason of an accepted refusal, or `FAULT`."""
        sent = {"who": 7, "path": "/x", **sent}
        verdict = self.oracle.refusal(self.contract.operations[name], Sent(**sent), Reply(status, {}, answer))
        self.assertTrue((verdict.reason is None) == bool(verdict.fault), verdict)
        return verdict.reason or "FAULT"

    def product(self, name: str, status: int, product: Any, **sent: Any) -> str:
        return self.judged(name, status, path_values={"product": product}, path=f"/products/{product}", **sent)


class Invalid(Judgement):
    def test_a_400_without_violations_never_passes(self) -> None:
        for body in (None, {}, details(), {"error": {"details": {"fields": {}}}}, {"error": {"details": {"fields": {"name": []}}}}, details(oops=1), []):
            self.assertEqual(self.judged("create_product", 400, body), "FAULT", body)

    def test_a_rule_that_the_contract_does_not_name_never_passes(self) -> None:
        self.assertEqual(self.judged("create_product", 400, fields(name="reach"), body={"name": "x"}), "FAULT")
        self.assertEqual(self.judged("create_product", 400, fields(other="unique"), body={"name": "x"}), "FAULT")

    def test_one_true_violation_does_not_excuse_a_false_one(self) -> None:
        body = {"error": {"details": {"fields": {"name": [{"rule": "unique"}], "price": [{"rule": "multipleOf"}]}}}}
        self.assertEqual(self.judged("create_product", 400, body, body={"name": "Stool", "price": 1.005}), "FAULT")
        self.assertEqual(self.judged("create_product", 400, body, body={"name": "Chair", "price": 1.005}), "400 multipleOf and 400 unique")

    def test_rules_that_the_request_satisfies_are_faults(self) -> None:
        for field, rule, kept, broken in (
            ("price", "multipleOf", {"price": 19.99}, {"price": 19.999}),
            ("likes", "exclusive", {"likes": [1, 2], "like": [2, 1]}, {"likes": [1], "like": [2]}),
            ("likes", "exclusive", {"likes": [1]}, {"likes": [1], "like": []}),
            ("name", "nul", {"name": "x"}, {"name": "x\0"}),
        ):
            self.assertEqual(self.judged("create_product", 400, fields(**{field: rule}), body=kept), "FAULT", kept)
            self.assertEqual(self.judged("create_product", 400, fields(**{field: rule}), body=broken), f"400 {rule}", broken)

    def test_a_rule_without_a_check_is_counted_as_unverified(self) -> None:
        self.assertEqual(self.judged("create_product", 400, fields(later="rule_to_come"), body={"later": "x"}), "400 rule_to_come?")

    def test_header_fields_may_break_their_patterns(self) -> None:
        refused = lambda value: self.judged("list_products", 400, {"error": {"details": {"fields": {"If-None-Match": [{"rule": "pattern"}]}}}}, headers={"if-none-match": value})
        self.assertEqual((refused("a b"), refused("ab")), ("400 pattern", "FAULT"))

    def test_pages_and_cursors(self) -> None:
        self.assertEqual(self.judged("list_products", 400, fields(page="reach"), query={"page": 1000}), "FAULT")
        self.assertEqual(self.judged("list_products", 400, fields(page="reach"), query={"page": 1001}), "400 reach")
        self.assertEqual(self.judged("list_products", 400, fields(page="reach"), query={"page": "101", "limit": "100"}), "400 reach")
        self.assertEqual(self.judged("list_products", 400, fields(cursor="exclusive"), query={"cursor": "x"}), "FAULT")
        self.assertEqual(self.judged("list_products", 400, fields(cursor="exclusive"), query={"cursor": "x", "page": 1}), "400 exclusive")
        self.assertEqual(self.judged("list_products", 400, fields(cursor="forged"), query={"cursor": "start"}), "FAULT")
        self.assertEqual(self.judged("list_products", 400, fields(cursor="forged"), query={"cursor": "x"}), "400 forged?")

    def test_references_must_really_be_missing(self) -> None:
        one = lambda product: {"lines": [{"productId": product, "quantity": 1}]}
        self.assertEqual(self.judged("create_product", 400, details(missing=[1]), body=one(1)), "FAULT", "it exists")
        self.assertEqual(self.judged("create_product", 400, details(missing=[9]), body=one(1)), "FAULT", "it was not sent")
        self.assertEqual(self.judged("create_product", 400, details(missing=[]), body=one(1)), "FAULT")
        self.assertEqual(self.judged("create_product", 400, details(missing=[9]), body=one(9)), "400 missing?", "never heard of")
        self.write("delete_product", "/products/1", 204)
        self.assertEqual(self.judged("create_product", 400, details(missing=[1]), body=one(1)), "400 missing")
        self.assertEqual(self.judged("list_products", 400, details(missing=[1]), query={"ids": "1,2"}), "400 missing")

    def test_quantities_must_be_those_that_were_sent(self) -> None:
        body = {"lines": [{"productId": 1, "quantity": 3}, {"productId": 2, "quantity": -5}]}
        self.assertEqual(self.judged("create_product", 400, details(productId=2, quantity=-5), body=body), "400 quantity")
        self.assertEqual(self.judged("create_product", 400, details(productId=1, quantity=3), body=body), "FAULT")
        self.assertEqual(self.judged("create_product", 400, details(productId=1, quantity=-5), body=body), "FAULT")

    def test_passwords(self) -> None:
        refused = lambda rule, value, **more: self.judged(
            "patch_user", 400, fields(password=rule), body={"password": value, **more}, path_values={"user": "7"})
        self.assertEqual(refused("common", "Password1"), "400 common")
        self.assertEqual(refused("common", "kettle-drum-94-xyzzy"), "FAULT")
        self.assertEqual(refused("username", "ADA"), "400 username")
        self.assertEqual(refused("username", "kettle-drum-94-xyzzy"), "FAULT")
        self.assertEqual(refused("blank", "kettle"), "FAULT")
        self.assertEqual(refused("blank", "\u200b" * 8), "400 blank?")

    def test_the_current_password(self) -> None:
        refused = lambda user, **body: self.judged("patch_user", 400, fields(old_password="match"), body=body, path_values={"user": user})
        self.assertEqual(refused("7", old_password="secret-of-ada", email="a@example.com"), "FAULT")
        self.assertEqual(refused("ada", old_password="wrong", email="a@example.com"), "400 match")
        self.assertEqual(refused("7", email="a@example.com"), "400 match", "it is required")
        self.assertEqual(refused("7", phone="1"), "FAULT", "it is not required")
        self.assertEqual(refused("5", old_password="wrong", email="a@example.com"), "FAULT", "another account")

    def test_formats_and_days(self) -> None:
        for name, value, kept in (
            ("israeli-id", "123456782", True), ("israeli-id", "123456789", False), ("phone", "+16502530000", True), ("phone", "+1", None),
            ("name", "Ada", True), ("visible", " ", None), ("", "2024-02-29", True), ("", "2023-02-29", False), ("", "0000-02-29", True),
            ("", "9999-12-31T23:59:59-01:00", None), ("email", "x", None),
        ):
            self.assertEqual(keeps_format(name, value), kept, (name, value))

    def test_a_repeated_id_must_differ_from_the_path(self) -> None:
        refused = lambda value: self.judged("patch_product", 400, fields(id="path"), body={"id": value}, path_values={"product": "2"})
        self.assertEqual((refused(2), refused(3)), ("FAULT", "400 path"))


class Taken(Judgement):
    def conflict(self, name: str) -> str:
        return self.judged("create_product", 409, fields(name="unique"), body={"name": name}, call=self.calls)

    def test_a_free_name_is_not_taken(self) -> None:
        self.assertEqual(self.conflict("Stool"), "FAULT")
        self.assertEqual(self.conflict("CHAIR"), "409 unique", "of the demonstration data")
        self.assertEqual(self.conflict("fuzz-staff-1"), "409 unique", "of a worker")

    def test_a_name_is_taken_by_a_write_that_has_not_failed(self) -> None:
        self.write("create_product", "/products", 400, unique={"name": "stool"})
        self.assertEqual(self.conflict("Stool"), "FAULT", "the other write failed")
        self.write("create_product", "/products", None, unique={"name": "stool"}, worker="other")
        self.assertEqual(self.conflict("Stool"), "409 unique", "the other write is under way")

    def test_a_request_does_not_take_a_name_from_itself(self) -> None:
        self.write("create_product", "/products", None, unique={"name": "stool"})
        self.assertEqual(self.conflict("Stool"), "FAULT")

    def test_a_409_must_have_details(self) -> None:
        self.assertEqual(self.judged("create_product", 409, details()), "FAULT")
        self.assertEqual(self.judged("create_product", 409, details(limit=100)), "409 limit?")


class Keys(Judgement):
    def keyed(self, status: int, key: str, name: str, **headers: str) -> str:
        mark = digest("POST", "/products", {}, {"name": name})
        call = self.write("create_product", "/products", None, key=key, digest=mark)
        sent = Sent(who=7, headers={"idempotency-key": key}, call=call, digest=mark)
        reply = Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, details())
        return self.oracle.refusal(self.contract.operations["create_product"], sent, reply).reason or "FAULT"

    def test_a_422_needs_another_request_with_the_key(self) -> None:
        self.assertEqual(self.keyed(422, "k", "Stool"), "FAULT", "the first use")
        self.assertEqual(self.keyed(422, "k", "Stool"), "FAULT", "the same request")
        self.assertEqual(self.keyed(422, "k", "Table"), "422 key used before")
        self.assertEqual(self.keyed(422, "other", "Bench"), "FAULT", "another key")

    def test_keys_of_others_do_not_count(self) -> None:
        self.write("create_product", "/products", 201, who=5, key="k", digest="x")
        self.assertEqual(self.keyed(422, "k", "Stool"), "FAULT")

    def test_a_422_without_a_key_is_a_fault(self) -> None:
        self.assertEqual(self.judged("create_product", 422, None), "FAULT")

    def test_a_key_in_use_must_be_in_use(self) -> None:
        self.assertEqual(self.keyed(409, "k", "Stool", retry_after="1"), "FAULT")
        self.assertEqual(self.keyed(409, "k", "Stool", retry_after="1"), "409 key in use")

    def test_a_stored_response_needs_the_same_request(self) -> None:
        self.assertEqual(self.keyed(409, "k", "Stool", idempotency_replayed="true"), "FAULT")
        self.assertEqual(self.keyed(409, "k", "Stool", idempotency_replayed="true"), "409 stored")


class Missing(Judgement):
    def test_what_exists_is_not_missing(self) -> None:
        for product in ("1", "2", "uuid-2", "UUID-2"):
            self.assertEqual(self.product("get_product", 404, product), "FAULT", product)

    def test_what_was_deleted_is_missing(self) -> None:
        self.write("delete_product", "/products/uuid-2", 204)
        self.assertEqual(self.product("get_product", 404, "2"), "404 deleted")

    def test_strangers_do_not_know_of_what_was_archived(self) -> None:
        self.write("archive_product", "/products/1/archive", 409, who=5)
        self.assertEqual(self.product("get_product", 404, "1"), "404 hidden?")
        self.write("archive_product", "/products/1/archive", 200, who=5)
        self.assertEqual(self.product("get_product", 404, "1"), "404 hidden")
        self.write("publish_product", "/products/1/publish", 200, who=5)
        self.assertEqual(self.product("get_product", 404, "1"), "404 hidden?", "both may have been at once")
        self.write("archive_product", "/products/2/archive", 200)
        self.assertEqual(self.product("get_product", 404, "2"), "FAULT", "its owner knows of it")

    def test_what_others_may_have_removed_is_not_certain(self) -> None:
        self.assertEqual(self.product("delete_product_tag", 404, "2"), "404 nothing below?")
        self.assertEqual(self.product("delete_product_tag", 404, "99"), "404 unknown id?")

    def test_what_is_below_ones_own_resource_ends_with_it(self) -> None:
        item = lambda name, status, **more: self.judged(name, status, path_values={"product": "2"}, path="/bag/items/2", **more)
        self.write("replace_bag_item", "/bag/items/2", 200)
        self.assertEqual(item("delete_bag_item", 404), "404 nothing below?", "another worker may have emptied the bag")
        self.assertEqual(item("delete_bag_item", 412, headers={"if-match": "*"}), "412 nothing below?")
        self.assertEqual(item("replace_bag_item", 412), "FAULT", "without a condition")
        self.assertEqual(self.judged("get_bag", 404, path="/bag"), "FAULT")

    def test_a_failed_deletion_deletes_nothing(self) -> None:
        self.write("delete_product", "/products/2", 412)
        self.assertEqual(self.product("get_product", 404, "2"), "FAULT")

    def test_a_deletion_under_way_or_by_another_name_is_not_certain(self) -> None:
        call = self.write("delete_product", "/products/2", None, worker="other")
        self.assertEqual(self.product("get_product", 404, "2"), "404 deleted?")
        self.ledger.worker = "other"
        self.ledger.done(call, 500)
        self.ledger.worker = "w"
        self.assertEqual(self.product("get_product", 404, "2"), "FAULT")
        self.write("delete_product", "/products/uuid-1", 204)
        self.assertEqual(self.product("get_product", 404, "1"), "404 deleted?")

    def test_what_belongs_to_an_account_ends_with_it(self) -> None:
        self.write("delete_user", "/users/5", 204)
        self.assertEqual(self.product("get_product", 404, "1"), "404 deleted?")
        self.assertEqual(self.product("get_product", 404, "2"), "FAULT")

    def test_keys_end_with_the_sessions_of_their_user(self) -> None:
        self.write("create_api_key", "/api-keys", 201, made=("api_key", ["k1"], 7))
        get = lambda: self.judged("get_api_key", 404, path_values={"api_key": "k1"})
        self.assertEqual(get(), "FAULT")
        self.write("log_out_everywhere", "/logout-all", 200, who=5)
        self.assertEqual(get(), "FAULT")
        self.write("log_out_everywhere", "/logout-all", 200)
        self.assertNotEqual(get(), "FAULT")

    def test_times_that_must_be_in_the_future(self) -> None:
        judged = lambda time: self.judged("create_product", 400, fields(ends_at="future"), body={"ends_at": time})
        self.assertEqual(judged("2020-01-01T00:00:00Z"), "400 future")
        self.assertEqual(judged("2126-01-01T00:00:00Z"), "FAULT")

    def test_users_do_not_see_staff(self) -> None:
        self.ledger.account(9, "staff", "staff")
        self.assertEqual(self.judged("get_user", 404, path_values={"user": "9"}), "404 account of staff")
        self.assertEqual(self.judged("get_user", 404, path_values={"user": "7"}), "FAULT")

    def test_what_is_handed_over_may_end_with_its_new_owner(self) -> None:
        call = self.write("patch_product", "/products/2", None, worker="other", hands_over=True)
        self.assertEqual(self.product("get_product", 404, "2"), "404 deleted?")
        self.assertEqual(self.product("patch_product", 403, "2"), "403 unknown owner?")
        self.ledger.worker = "other"
        self.ledger.done(call, 409)
        self.ledger.worker = "w"
        self.assertEqual(self.product("get_product", 404, "2"), "FAULT")

    def test_unknown_ids_are_counted_as_unverified(self) -> None:
        self.assertEqual(self.product("get_product", 404, "99"), "404 unknown id?")

    def test_what_is_below_must_have_been_created(self) -> None:
        rating = lambda product="1": self.judged("delete_rating", 404, path_values={"product": product}, path=f"/products/{product}/rating")
        self.write("rate", "/products/2/rating", 201)
        self.assertEqual(rating("uuid-2"), "FAULT", "another name of the same product")
        self.assertEqual(rating(), "404 nothing below")
        self.write("rate", "/products/1/rating", 201)
        self.assertEqual(rating(), "FAULT")
        self.write("delete_rating", "/products/1/rating", 200)
        self.assertEqual(rating(), "404 nothing below")
        self.assertEqual(self.judged("get_rating", 404, path_values={"product": "1"}, path="/products/1/rating"), "FAULT")


class Forbidden(Judgement):
    def test_what_is_ones_own_is_not_forbidden(self) -> None:
        self.assertEqual(self.product("patch_product", 403, "2"), "FAULT")
        self.assertEqual(self.product("patch_product", 403, "1"), "403 of another")

    def test_roles(self) -> None:
        self.assertEqual(self.judged("list_reports", 403), "403 role")
        self.assertEqual(self.judged("create_product", 403, body={"name": "x"}), "FAULT")
        self.assertEqual(self.judged("create_product", 403, body={"userId": 7}), "FAULT")
        self.assertEqual(self.judged("create_product", 403, body={"userId": 5}), "403 for another user")

    def test_credentials(self) -> None:
        self.assertEqual(self.judged("create_product", 401), "FAULT", "the token is good")
        self.assertEqual(self.judged("log_in", 401, body={"username": "ada", "password": "secret-of-ada"}), "FAULT")
        self.assertEqual(self.judged("log_in", 401, body={"username": "ada", "password": "x"}), "401 credentials of the body")
        self.write("patch_user", "/users/7", 200, who=1, worker="other")
        self.assertEqual(self.judged("create_product", 401), "401 account changed")
        self.assertEqual(self.judged("log_in", 401, body={"username": "ada", "password": "secret-of-ada"}), "401 credentials of the body?")


class ForbiddenToStaff(Judgement):
    role = "staff"

    def test_staff_may_change_what_belongs_to_others(self) -> None:
        self.assertEqual(self.product("patch_product", 403, "1"), "FAULT")
        self.assertEqual(self.judged("patch_user", 403, path_values={"user": "5"}), "403 account of staff")
        self.assertEqual(self.judged("list_reports", 403), "FAULT")


class Conditions(Judgement):
    def test_preconditions_must_fail(self) -> None:
        condition = lambda **headers: self.product("patch_product", 412, "2", headers={key.replace("_", "-"): it for key, it in headers.items()})
        self.assertEqual(condition(), "FAULT")
        self.assertEqual(condition(if_match="*"), "FAULT")
        self.assertEqual(condition(if_none_match='"none"'), "FAULT")
        self.assertEqual(condition(if_match='"x"'), "412 If-Match")
        self.assertEqual(condition(if_none_match="*"), "412 If-None-Match")

    def test_other_statuses(self) -> None:
        self.assertEqual(self.judged("list_products", 304), "FAULT")
        self.assertEqual(self.judged("list_products", 304, headers={"if-none-match": "*"}), "304 If-None-Match")
        self.assertEqual(self.judged("list_products", 414, target="/products"), "FAULT")
        self.assertEqual(self.judged("list_products", 414, target="/products?" + "x" * 9000), "414 target")

    def test_only_a_large_body_is_413(self) -> None:
        self.assertEqual(self.judged("create_product", 413, size=1 << 20), "FAULT")
        self.assertEqual(self.judged("create_product", 413, size=(1 << 20) + 1), "413 body")
        for status in (405, 406, 408, 413, 415, 429, 431):
            self.assertEqual(self.judged("list_products", status), "FAULT", status)


class ReadByPeer(Judgement):
    def read(self, name: str, **values: str) -> str:
        verdict = self.oracle.read_by_peer(self.contract.operations[name], Sent(path_values=values))
        return verdict.reason or "FAULT"

    def test_what_belongs_to_a_user_is_read_by_no_other(self) -> None:
        self.write("create_api_key", "/api-keys", 201, made=("api_key", ["k1"], 7))
        self.assertEqual(self.read("get_api_key", api_key="k1"), "FAULT")
        self.assertEqual(self.read("patch_product", product="2"), "FAULT")

    def test_what_every_user_may_read_is_shared(self) -> None:
        self.assertEqual(self.read("get_product", product="2"), "2xx of what every user may read")

    def test_what_may_be_hidden_is_not_shared(self) -> None:
        document = copy.deepcopy(DOCUMENT)
        document["paths"]["/products/{product}"]["get"]["x-authz"]["hidden"] = True
        self.contract = Contract(document)
        self.oracle = Oracle(self.contract, self.ledger, self.account, is_closed=False)
        self.assertEqual(self.read("get_product", product="2"), "2xx of what every user may read")
        self.assertEqual(self.read("get_product", product="77"), "FAULT", "never seen")
        self.write("archive_product", "/products/2/archive", 200)
        self.assertEqual(self.read("get_product", product="2"), "FAULT")


class UseAfterFree(Judgement):
    def after(self, deletion: str, freed: str) -> str:
        verdict = self.oracle.use_after_free(self.contract.operations[deletion], freed, Sent())
        return verdict.reason or "FAULT"

    def test_what_was_deleted_does_not_come_back(self) -> None:
        self.write("delete_product", "/products/2", 204)
        self.assertEqual(self.after("delete_product", "/products/2"), "FAULT")
        self.write("delete_product", "/products/1", 204)
        self.assertEqual(self.after("delete_product", "/products/1"), "FAULT")
        self.assertEqual(self.after("delete_product", "/products/77"), "FAULT", "never seen")

    def test_another_operation_excuses_nothing(self) -> None:
        self.write("delete_product", "/products/2", 204)
        self.write("create_product", "/products", 201, made=("product", ["3"], 7))
        self.write("rate", "/products/2/rating", 201)
        self.assertEqual(self.after("delete_product", "/products/2"), "FAULT")

    def test_what_was_created_again_is_there(self) -> None:
        self.write("delete_product", "/products/2", 204)
        self.write("create_product", "/products", 201, made=("product", ["2"], 7))
        self.assertEqual(self.after("delete_product", "/products/2"), "2xx after it was created again")

    def test_a_relation_has_a_representation_without_its_row(self) -> None:
        self.assertEqual(self.after("delete_rating", "/products/1/rating"), "2xx after the deletion of a relation")


class Availability(Judgement):
    def test_a_new_resource_is_there(self) -> None:
        sent = Sent(path="/products/2", path_values={"product": "2"}, who=7)
        judge = lambda: self.oracle.availability(self.contract.operations["get_product"], sent, Reply(404)).reason
        self.assertIsNone(judge())
        self.write("delete_product", "/products/2", 204, worker="other")
        self.assertEqual(judge(), "404 deleted")


class SharedLedger(unittest.TestCase):
    def test_workers_see_the_writes_of_each_other(self) -> None:
        contract = Contract(DOCUMENT)
        with tempfile.TemporaryDirectory() as folder:
            one, other = (Ledger(contract, Path(folder, "ledger"), name) for name in ("one", "other"))
            one.sent(1, contract.operations["create_product"], "/products", None, unique={"name": "stool"})
            other.read()
            self.assertTrue(other.is_taken("name", "Stool"))
            one.done(1, 201, {"kind": "product", "names": ["4"], "aliases": [], "owner": None})
            other.sent(1, contract.operations["delete_product"], "/products/4", None)
            other.read()
            self.assertIsNone(other.is_live("product", 4))
            other.done(1, 204)
            one.read()
            self.assertEqual((one.is_live("product", 4), one.now), (False, 4))
            with open(one.path, "a", encoding="utf-8") as file:
                file.write('{"w": "other"')
            one.read()
            self.assertEqual(one.now, 4, "a line without its end is not read")


class Callers(unittest.TestCase):
    def test_principals_are_those_of_x_authz(self) -> None:
        callers = {name: operation.callers() for name, operation in Contract(DOCUMENT).operations.items()}
        self.assertEqual(callers["list_reports"], ["staff", "admin"])
        self.assertEqual(callers["create_product"], ["user", "staff", "admin"])
        self.assertEqual(callers["get_product"], ["user", "staff", "admin", "anonymous"])

    def test_kinds_have_their_lists(self) -> None:
        kinds = Contract(DOCUMENT).kinds
        self.assertEqual({name: kind.collection for name, kind in kinds.items()}, {"user": "/users", "product": "/products", "api_key": "/api-keys"})

    def test_own_account(self) -> None:
        contract = Contract(DOCUMENT)
        ledger = Ledger(contract, None, "w")
        ledger.account(7, "ada", "user")
        rules = Rules(contract, ledger, Account(7, "ada", "x", "user"))
        is_own = lambda user: rules._is_own(contract.operations["patch_user"], Sent(path_values={"user": user}))
        self.assertEqual((is_own("7"), is_own("ADA"), is_own("8")), (True, True, None))


if __name__ == "__main__":
    unittest.main()
