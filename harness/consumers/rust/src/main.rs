//! Makes the typical calls of a new client, using only the generated types. Usage: scenario BASE

use std::fmt::Debug;

use futures::TryStreamExt;
use progenitor_client::{ByteStream, Error, ResponseValue};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::json;
use uuid::Uuid;

use client::{Client, types};

/// The client with builders.
mod client {
    progenitor::generate_api!(spec = "openapi.json", interface = Builder);
}

/// The client with positional arguments, the default of the macro. It is compiled only.
mod positional {
    progenitor::generate_api!("openapi.json");
}

/// Returns the status and the problem of a refusal. The client gives types to `application/json` only, so it leaves the
/// problem unread.
async fn refusal<T: Debug>(response: Result<ResponseValue<T>, Error<ByteStream>>) -> (u16, types::Problem) {
    let Err(Error::ErrorResponse(response)) = response else {
        panic!("not a documented refusal: {response:?}");
    };
    let status = response.status().as_u16();
    let body: Vec<u8> = response.into_inner_stream().map_ok(Vec::from).try_concat().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

fn header<'a, T>(response: &'a ResponseValue<T>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

fn ids(categories: &[types::ProductCategory]) -> Vec<i64> {
    categories.iter().map(|category| category.id.get() as i64).collect()
}

async fn browse(client: &Client) {
    let page = client.list_products().limit(5).send().await.unwrap();
    assert_eq!(page.results.len(), 5);
    assert!(page.count >= 20);
    let found = client.list_products_by_categories().category_ids([1, 2]).send().await.unwrap();
    assert!(!found.is_empty());
    let carts = client.list_carts().user_id(1).send().await.unwrap();
    assert_eq!(carts.iter().map(|cart| cart.id.get()).collect::<Vec<_>>(), [1, 2]);

    let read = client.get_category().category("3").send().await.unwrap();
    let unchanged = client.get_category().category("3").if_none_match(header(&read, "etag")).send().await;
    assert!(matches!(unchanged, Err(Error::UnexpectedResponse(response)) if response.status() == 304));
}

/// Creates a category twice with one key, and changes it on a condition.
async fn change_category(client: &Client) -> i64 {
    let key = Uuid::new_v4().to_string();
    let create = || {
        let name = format!("made by Rust {key}");
        client.create_category().idempotency_key(&*key).body_map(|body| body.name(name)).send()
    };
    let category = create().await.unwrap();
    let again = create().await.unwrap();
    assert_eq!(again.id.get(), category.id.get());
    assert_eq!(header(&again, "idempotency-replayed"), "true");

    let id = category.id.to_string();
    let name: types::CategoryPatchName = format!("changed by Rust {key}").parse().unwrap();
    let patch = || client.patch_category().category(&*id).body_map(|body| body.name(name.clone()));
    let (status, problem) =
        refusal(patch().if_match("\"00000000000000000000000000000000\"").send().await).await;
    assert_eq!((status, problem.error.code), (412, types::ProblemCode::PreconditionFailed));
    let current = client.get_category().category(&*id).send().await.unwrap();
    let changed = patch().if_match(header(&current, "etag")).send().await.unwrap();
    assert_eq!(changed.name, *name);
    category.id.get() as i64
}

async fn change_product(client: &Client, category: i64) {
    let draft = |body: types::builder::ProductCreate| {
        body.title("Chair").description("Of oak").price(99_999.99).image("").categories([category])
    };
    let product = client.create_product().body_map(draft).send().await.unwrap().id.to_string();
    let shown = client.get_product().product(&*product).send().await.unwrap();
    assert_eq!(shown.price.0, 99_999.99);
    // What was read goes back with a change.
    let mut whole = serde_json::to_value(&*shown).unwrap();
    whole["title"] = json!("Armchair");
    whole["categories"] = json!(ids(&shown.categories));
    let whole: types::ProductReplace = serde_json::from_value(whole).unwrap();
    let replaced = client.replace_product().product(&*product).body(whole).send().await.unwrap();
    assert_eq!((&*replaced.title, ids(&replaced.categories)), ("Armchair", vec![category]));

    let none = types::ProductPatch { categories: Some(types::CategoriesPatch(vec![])), ..Default::default() };
    let cleared = client.patch_product().product(&*product).body(none).send().await.unwrap();
    assert!(cleared.categories.is_empty());
}

/// Checks the limits in docs/clients.md: optional members that are null are not sent.
fn check_limits() {
    let user: types::UserPatch = serde_json::from_value(json!({ "location": null })).unwrap();
    assert_eq!(serde_json::to_string(&user).unwrap(), "{}", "the limits in docs/clients.md have changed");
}

async fn refuse(client: &Client) {
    // The client checks lengths itself. Only the server knows which names are in use.
    let invalid = client.create_category().body_map(|body| body.name("")).send().await;
    assert!(matches!(invalid, Err(Error::InvalidRequest(_))));
    let taken = client.create_category().body_map(|body| body.name("Electronics")).send().await;
    let (status, problem) = refusal(taken).await;
    assert_eq!((status, problem.error.code), (409, types::ProblemCode::Conflict));
    assert_eq!(*problem.error.details.fields["name"][0].rule, "unique");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    check_limits();
    let base = std::env::args().nth(1).expect("the address of a sandbox");
    let anonymous = Client::new(&base);
    let account = |body: types::builder::UserRegister| {
        body.username("rust").email("rust@example.com").password("a-long-enough-secret")
    };
    assert_eq!(anonymous.register_user().body_map(account).send().await.unwrap().username, "rust");
    let credentials = |body: types::builder::Credentials| body.username("johnd").password("m38rmF$");
    let login = anonymous.log_in().body_map(credentials).send().await.unwrap();
    let bearer = format!("Bearer {}", login.access).parse().unwrap();
    let http = reqwest::Client::builder().default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]));
    let client = Client::new_with_client(&base, http.build().unwrap());
    assert_eq!(client.get_me().send().await.unwrap().username, "johnd");

    browse(&client).await;
    let category = change_category(&client).await;
    change_product(&client, category).await;
    refuse(&client).await;

    let session = types::RefreshCredential { refresh: login.refresh.clone() };
    client.log_out().body(session.clone()).send().await.unwrap();
    let (status, _) = refusal(client.refresh_token().body(session).send().await).await;
    assert_eq!(status, 401);
}
