"""Makes the typical calls of a new client, using only the generated types. Usage: scenario.py BASE"""

import json
import sys
import uuid

import agora_client
from agora_client.exceptions import ApiException


def refused(error: ApiException) -> agora_client.Problem:
    problem = agora_client.Problem.from_dict(json.loads(error.body or "null"))
    assert problem is not None
    return problem


def main(host: str) -> None:
    configuration = agora_client.Configuration(host=host)
    client = agora_client.ApiClient(configuration)
    auth, carts = agora_client.AuthApi(client), agora_client.CartsApi(client)
    categories, products = agora_client.CategoriesApi(client), agora_client.ProductsApi(client)
    account = agora_client.UserRegister(username="python", email="python@example.com", password="a-long-enough-secret")
    assert auth.register_user(account).username == "python"
    login = auth.log_in(agora_client.Credentials(username="johnd", password="m38rmF$"))
    configuration.access_token = login.access
    assert auth.get_me().username == "johnd"

    page = products.list_products(limit=5)
    assert len(page.results) == 5 and page.count >= 20
    assert products.list_products_by_categories(category_ids=[1, 2])
    assert [cart.id for cart in carts.list_carts(user_id=1)] == [1, 2]

    read = categories.get_category_with_http_info("3")
    etag = (read.headers or {})["etag"]
    try:
        categories.get_category("3", if_none_match=etag)
        raise AssertionError("304 is an exception of this client")
    except ApiException as error:
        assert error.status == 304, error

    key = str(uuid.uuid4())
    wanted = agora_client.CategoryCreate(name=f"made by Python {key}")
    category = categories.create_category(wanted, idempotency_key=key)
    again = categories.create_category_with_http_info(wanted, idempotency_key=key)
    assert again.data.id == category.id
    assert (again.headers or {})["idempotency-replayed"] == "true"

    name, changed = str(category.id), agora_client.CategoryPatch(name=f"changed by Python {key}")
    try:
        categories.patch_category(name, changed, if_match='"00000000000000000000000000000000"')
        raise AssertionError("a stale tag is refused")
    except ApiException as error:
        assert error.status == 412, error
    tag = (categories.get_category_with_http_info(name).headers or {})["etag"]
    assert categories.patch_category(name, changed, if_match=tag).name == changed.name

    draft = agora_client.ProductCreate(title="Chair", description="Of oak", price=99999.99, image="", categories=[category.id])
    product = products.create_product(draft)
    shown = products.get_product(str(product.id))
    assert shown.price == 99999.99
    # What was read goes back with a change.
    whole = shown.to_dict() | {"title": "Armchair", "categories": [one.id for one in shown.categories]}
    replace = agora_client.ProductReplace.from_dict(whole)
    assert replace is not None
    replaced = products.replace_product(str(product.id), replace)
    assert (replaced.title, replaced.categories) == ("Armchair", shown.categories)

    try:
        # The client checks lengths itself; only the server knows which names are in use.
        categories.create_category(agora_client.CategoryCreate(name="Electronics"))
        raise AssertionError("a name that is taken is refused")
    except ApiException as error:
        problem = refused(error)
        assert (error.status, problem.error.code) == (409, agora_client.ProblemCode.CONFLICT)
        fields = problem.error.details.fields
        assert fields is not None and fields["name"][0].rule == "unique"

    session = agora_client.RefreshCredential(refresh=login.refresh)
    auth.log_out(session)
    try:
        auth.refresh_token(session)
        raise AssertionError("the session has ended")
    except ApiException as error:
        assert error.status == 401, error


if __name__ == "__main__":
    main(sys.argv[1])
