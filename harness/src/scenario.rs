//! A server with all actors signed in. Any actor can call any operation with the examples of the contract, and all
//! changes can be undone.

use std::collections::BTreeMap;

use agora_api::{OPERATIONS, models};
use agora_runtime::{Access, Operation};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Setting, TestApp};
use crate::client::{Anonymous, Call, Client, TestResponse};
use crate::examples::{self, Example};
use crate::kinds::{self, Kind};
use crate::rows::{Rows, Versions, changed};
use crate::spec::{authz, resolved};
use crate::token_forge::TokenForge;

/// The kind of caller of an operation.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Actor {
    /// A client without credentials.
    Anonymous,
    /// The user that owns the resources of the examples.
    Owner,
    /// A user that owns none of these resources.
    Other,
    /// A staff user.
    Staff,
    /// An admin.
    Admin,
}

impl Actor {
    /// All actors.
    pub const ALL: [Self; 5] = [Self::Anonymous, Self::Owner, Self::Other, Self::Staff, Self::Admin];

    /// Returns an actor that may call the operation, or `None` if only OAuth clients may: none of the actors is one.
    #[must_use]
    pub fn allowed(operation: &Operation) -> Option<Self> {
        match operation.who {
            Access::Public => Some(Self::Anonymous),
            Access::User | Access::Owner => Some(Self::Owner),
            Access::Staff => Some(Self::Staff),
            Access::Admin => Some(Self::Admin),
            Access::Client => None,
        }
    }
}

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
    /// Starts a server with additional settings, signs all actors in, and makes [`Actor::Owner`] the owner of the
    /// examples' resources.
    ///
    /// # Panics
    /// If a step fails.
    pub async fn start(settings: &[Setting]) -> Self {
        Self::on(TestApp::start_with(settings).await).await
    }

    /// Signs all actors in on a running server, and makes [`Actor::Owner`] the owner of the examples' resources.
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
        let insert =
            "insert into sessions (id, user_id, expires_at) values ($1, $2, app_now() + interval '1 hour')";
        let database = self.app.database.client();
        database.execute(insert, &[&session, &person.id]).await.expect("a session can be made");
        Some(person.forge.token(&[("sid", json!(session)), ("scope", json!(scope))]))
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

    /// Creates the resource that an example needs, in the cases that can be derived from the contract:
    /// - The target of a DELETE is created with POST on the same path. If the path is a relation, which has no GET, PUT
    ///   also qualifies.
    /// - A resource with an id chosen by the client is created with POST on its collection.
    ///
    /// # Panics
    /// If the server rejects the request.
    pub async fn prepare(&self, example: &Example, actor: Actor) {
        let Some(maker) = maker(example) else { return };
        let mut created = examples::of_operation(maker).swap_remove(0);
        created.path.clone_from(&example.path);
        let response = self.send_as(&created, actor).await;
        assert!(response.status.is_success(), "{} before {}: {}", maker.id, example.name, response.text());
    }

    /// Returns `true` if the actor can GET the resource that the example's path identifies, up to and including
    /// `parameter`.
    pub async fn knows(&self, actor: Actor, example: &Example, parameter: &str) -> bool {
        let path = kinds::up_to(example.operation, parameter);
        let getter = OPERATIONS.iter().find(|known| known.method == "GET" && known.path == path);
        let Some(getter) = getter else { return false };
        let example = Example { path: example.path.clone(), ..examples::of_operation(getter).swap_remove(0) };
        self.send_as(&example, actor).await.status.is_success()
    }

    /// Returns the current versions of all rows.
    pub async fn versions(&self) -> Versions {
        self.rows.versions(&self.app.database).await
    }

    /// Restores the initial rows of all tables that have changed since `since`.
    pub async fn rewind(&self, since: &Versions) {
        let changed = changed(since, &self.versions().await);
        self.rows.rewind(&self.app.database, &changed).await;
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

/// Returns the operation that creates the resource of an example, if [`Scenario::prepare`] has to create it.
fn maker(example: &Example) -> Option<&'static Operation> {
    let operation = example.operation;
    let of_path = |method: &str, path: &str| {
        OPERATIONS.iter().copied().find(|known| known.path == path && known.method == method)
    };
    let collection = operation.path.rsplit_once("/{").and_then(|(path, parameter)| {
        let parameter = parameter.strip_suffix('}')?;
        let maker = of_path("POST", path)?;
        let body = examples::of_operation(maker).swap_remove(0).body?;
        (body.value.get(parameter).map(examples::text) == example.path.get(parameter).cloned())
            .then_some(maker)
    });
    let relation = || {
        let set = || of_path("PUT", operation.path).filter(|_| of_path("GET", operation.path).is_none());
        of_path("POST", operation.path).or_else(set).filter(|_| operation.method == "DELETE")
    };
    collection.or_else(relation)
}

/// Returns `true` if an operation is for the owner of the resource in its path, either alone or besides staff.
#[must_use]
pub fn is_of_owner(operation: &Operation) -> bool {
    operation.who == Access::Owner || authz(operation)["own"] == true
}

/// Makes a user the owner of the resources in the examples of all operations for owners.
async fn give_to(app: &TestApp, owner: &Person) {
    for operation in OPERATIONS.iter().filter(|operation| is_of_owner(operation)) {
        let example = examples::of_operation(operation).swap_remove(0);
        let owned = kinds::slots(operation).filter_map(|slot| Some((kinds::of_path(operation, slot)?, slot)));
        let owned: Vec<_> = owned.collect();
        assert!(!owned.is_empty(), "harness/src/kinds.rs does not know what {} is of", operation.path);
        for (kind, slot) in owned {
            give(app, kind, &example.path[slot], owner).await;
        }
    }
}

async fn give(app: &TestApp, kind: &Kind, id: &str, owner: &Person) {
    let Kind { table, owner: column, .. } = kind;
    if *column == "id" {
        return;
    }
    let give = format!("update {table} as thing set {column} = $2 where $1 in (id::text, uuid::text)");
    let given = app.database.client().execute(&give, &[&id, &owner.id]).await.expect("a thing can be given");
    assert_eq!(
        given, 1,
        "the dataset has nothing in {table} with the id {id}, which the contract's example names"
    );
}
