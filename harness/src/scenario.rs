//! A server with all actors signed in. Any actor can call any operation with the examples of the contract, and all
//! changes can be undone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use agora_api::{OPERATIONS, models};
use agora_runtime::{Access, Operation};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::is_of_owner;
use crate::actor::Actor;
use crate::app::{Setting, TestApp};
use crate::client::{Anonymous, Call, Client, TestResponse};
use crate::examples::{self, Example, Ids};
use crate::kinds::{self, Kind};
use crate::rows::{Rows, Versions, changed};
use crate::spec::{self, resolved};
use crate::token_forge::TokenForge;

/// Deadline for the server to notice a new time, with headroom for a busy machine.
const CLOCK: Duration = Duration::from_secs(20);

/// A user that is signed in.
pub struct Person {
    /// The user's id.
    pub id: i64,
    /// The user's UUID.
    pub uuid: Uuid,
    /// The access token of the sign-in.
    pub access: String,
    /// Creates further access tokens of the user.
    pub forge: TokenForge,
    password: &'static str,
    refresh: String,
}

/// A function that returns a value of a signed-in user.
type Known = fn(&Person) -> &str;

/// Values of examples that are known only at run time, by the name of their member or of their schema.
const LIVE: &[(&str, Known)] =
    &[("RefreshToken", |person| &person.refresh), ("old_password", |person| person.password)];

/// A server, its signed-in users and a copy of its initial rows.
pub struct Scenario {
    /// The server.
    pub app: TestApp,
    client: Client<Anonymous>,
    people: BTreeMap<Actor, Person>,
    rows: Rows,
}

impl Scenario {
    /// Starts a server with additional settings, and signs all actors in. [`Actor::Owner`] owns the resources of the
    /// examples.
    ///
    /// # Panics
    /// If a step fails.
    pub async fn start(settings: &[Setting]) -> Self {
        Self::on(TestApp::start_with(settings).await).await
    }

    /// Signs all actors in on a running server. [`Actor::Owner`] owns the resources of the examples.
    ///
    /// # Panics
    /// If a step fails.
    pub async fn on(app: TestApp) -> Self {
        let logins = [
            (Actor::Owner, "johnd", "m38rmF$"),
            (Actor::Other, "mor_2314", "83r5^_"),
            (Actor::Staff, "staff", "agora-staff-1"),
            (Actor::Admin, "admin", "agora-admin-1"),
        ];
        let client = app.anonymous();
        let mut people = BTreeMap::new();
        for (actor, username, password) in logins {
            people.insert(actor, sign_in(&client, username, password).await);
        }
        give_to(&app, &people[&Actor::Owner]).await;
        // Payments wait, so that nothing but requests changes rows.
        let waits = "revoke update on payments from agora_app";
        app.database.client().batch_execute(waits).await.expect("runs");
        let rows = Rows::keep(&app.database).await;
        Self { app, client, people, rows }
    }

    /// Returns the signed-in user of an actor.
    ///
    /// # Panics
    /// For [`Actor::Anonymous`].
    #[must_use]
    pub fn person(&self, actor: Actor) -> &Person {
        &self.people[&actor]
    }

    /// Returns the refresh token of an actor.
    ///
    /// # Panics
    /// For [`Actor::Anonymous`].
    #[must_use]
    pub fn refresh_token(&self, actor: Actor) -> &str {
        &self.people[&actor].refresh
    }

    /// Creates a session for an actor, and returns an access token of it that is limited to `scope`. Returns `None` for
    /// [`Actor::Anonymous`].
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn token(&self, actor: Actor, scope: &str) -> Option<String> {
        let person = self.people.get(&actor)?;
        let session = Uuid::now_v7();
        let insert = "insert into sessions (id, user_id, user_agent, address, expires_at)
            values ($1, $2, 'okhttp/4.12.0', '203.0.113.7', app_now() + interval '1 hour')";
        let database = self.app.database.client();
        database.execute(insert, &[&session, &person.id]).await.expect("a session can be made");
        Some(person.forge.token(&[("sid", json!(session)), ("scope", json!(scope))]))
    }

    /// Creates an API key of an actor by the server, and returns its secret.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn api_key(&self, actor: Actor, scopes: &[&str]) -> String {
        let token = self.token(actor, "write").await.unwrap_or_default();
        let body = json!({"name": Uuid::now_v7(), "scopes": scopes});
        let call = self.client.with_token(&token).post("/api/v1/api-keys").json(&body);
        let created: models::CreatedApiKey = call.until_served().await.body_at(201);
        created.secret
    }

    /// Builds the request of an example with an access token, but does not send it. Values known only at run time are
    /// those of `actor`, which need not be the user of the token.
    #[must_use]
    pub fn call(&self, example: &Example, actor: Actor, token: Option<&str>) -> Call {
        let example = self.filled(example, actor);
        match token {
            Some(token) => example.call(&self.client.with_token(token)),
            None => example.call(&self.client),
        }
    }

    /// Sends the request of [`Scenario::call`], and retries it while the server is busy.
    pub async fn send(&self, example: &Example, actor: Actor, token: Option<&str>) -> TestResponse {
        self.call(example, actor, token).until_served().await
    }

    /// Sends an example as an actor, in a new session with only the scope that the operation requires.
    pub async fn send_as(&self, example: &Example, actor: Actor) -> TestResponse {
        let token = self.token(actor, example.operation.scope).await;
        self.send(example, actor, token.as_deref()).await
    }

    /// Creates what an example needs by the operations of its `x-given`, and returns the example with the ids of the
    /// created resources. Those operations act on the resources that the example's path identifies.
    ///
    /// # Panics
    /// If the server rejects one of these requests.
    pub async fn prepare(&self, example: &Example, actor: Actor) -> Example {
        let mut created = Ids::new();
        for given in spec::given(example.operation) {
            let by = if may_prepare(example.operation, given) { Some(actor) } else { Actor::allowed(given) };
            let by = by.unwrap_or(actor);
            let mut request = examples::of_operation(given).swap_remove(0);
            request.refer(&example.ids());
            request.refer(&created);
            let response = self.send_as(&request, by).await;
            let reported = (given.id, &example.name, response.text());
            assert!(response.status.is_success(), "{} before {}: {}", reported.0, reported.1, reported.2);
            created.extend(response.created());
        }
        let mut example = example.clone();
        example.refer(&created);
        example
    }

    /// Returns the current versions of all rows.
    pub async fn versions(&self) -> Versions {
        self.rows.versions(&self.app.database).await
    }

    /// Restores the initial rows of all tables that have changed since `since`.
    pub async fn rewind(&self, since: &Versions) {
        let changed = changed(since, &self.versions().await);
        self.rows.rewind(&self.app.database, &changed).await;
        if changed.iter().any(|table| table == "app_clock") {
            self.wait_for_the_clock().await;
        }
    }

    /// Waits until the server has noticed that the time was put back: its tokens are of that time again.
    async fn wait_for_the_clock(&self) {
        let deadline = Instant::now() + CLOCK;
        loop {
            let token = self.token(Actor::Owner, "read").await.unwrap_or_default();
            if self.client.with_token(&token).get("/api/v1/auth/me").await.status == 200 {
                return;
            }
            assert!(Instant::now() < deadline, "the server's clock is not put back");
        }
    }

    /// Returns a client without credentials.
    #[must_use]
    pub fn client(&self) -> &Client<Anonymous> {
        &self.client
    }

    /// Fills in the values that are known only at run time. [`Actor::Anonymous`] gets those of the owner.
    fn filled(&self, example: &Example, actor: Actor) -> Example {
        let mut example = example.clone();
        let person = self.people.get(&actor).unwrap_or(&self.people[&Actor::Owner]);
        if let Some(body) = &mut example.body {
            fill(body.schema, "", &mut body.value, person);
        }
        example
    }
}

fn fill(schema: &'static Value, name: &str, value: &mut Value, person: &Person) {
    let component = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    if let Some((_, live)) = LIVE.iter().find(|(word, _)| *word == name || Some(*word) == component) {
        *value = Value::from(live(person));
        return;
    }
    let schema = resolved(schema);
    for (name, value) in value.as_object_mut().into_iter().flatten() {
        fill(&schema["properties"][name.as_str()], name, value, person);
    }
}

async fn sign_in(client: &Client<Anonymous>, username: &str, password: &'static str) -> Person {
    let body = json!({"username": username, "password": password});
    let call = client.call(Method::POST, "/api/v1/auth/login").json(&body);
    let login: models::Login = call.until_served().await.body_at(200);
    let forge = TokenForge::like(&login.access);
    Person {
        id: login.user.id,
        uuid: login.user.uuid,
        access: login.access,
        forge,
        password,
        refresh: login.refresh,
    }
}

/// Returns `true` if the caller of an operation also creates what it needs: its own resources. A resource of somebody
/// else, which staff change, is created by [`Actor::allowed`].
fn may_prepare(operation: &Operation, given: &Operation) -> bool {
    operation.who == Access::User && matches!(given.who, Access::User | Access::Public)
}

/// Makes a user the owner of the resources in the examples of all operations for owners, if they have none in the
/// dataset. Others must belong to the user already, so that the examples hold in every new sandbox.
async fn give_to(app: &TestApp, owner: &Person) {
    for operation in OPERATIONS.iter().filter(|operation| is_of_owner(operation)) {
        let example = examples::of_operation(operation).swap_remove(0);
        let owned = kinds::slots(operation).filter_map(|slot| Some((kinds::of_path(operation, slot)?, slot)));
        let owned: Vec<_> = owned.collect();
        assert!(!owned.is_empty(), "no slot of {} refers to an owned kind", operation.path);
        for (kind, slot) in owned {
            let (Kind { table, owner: column, .. }, id) = (kind, &example.path[slot]);
            let give = format!(
                "update {table} set {column} = coalesce({column}, $2) where $1 in ({}) and coalesce({column}, $2) = $2",
                kind.names()
            );
            let given = app.database.client().execute(&give, &[id, &owner.id]).await;
            let given = given.expect("rows can be updated");
            assert_eq!(given, 1, "{}: {id} of {table} does not belong to the owner", operation.id);
        }
    }
}
