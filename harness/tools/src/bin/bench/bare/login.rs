//! Sign-in: finds the account, verifies the password by Argon2id, and inserts a session. Tokens are not signed: that takes
//! microseconds, hashing milliseconds.

use std::sync::LazyLock;

use agora_api::models;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use axum::body::Bytes;
use axum::extract::State;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Bare, Json, json, labelled, rows};

static FIND_BY_LOGIN: LazyLock<&str> = LazyLock::new(|| labelled("users.find_by_login"));
static INSERT_SESSION: LazyLock<&str> = LazyLock::new(|| labelled("credentials.insert_session"));

/// Allows one hash at a time, as the server does on two cores: parallel hashes would only compete for cache and memory.
static HASHING: Semaphore = Semaphore::const_new(1);

pub(super) async fn login(State(bare): State<Bare>, body: Bytes) -> Json {
    let body: models::Credentials = serde_json::from_slice(&body).expect("a body that the contract takes");
    // The connection is returned to the pool before hashing, as in the server.
    let found = rows(&bare.client().await, &FIND_BY_LOGIN, [&body.username]).await;
    let account = found.first().expect("only users that are there sign in");
    let hash: String = account.get("password_hash");
    let expected = hash.clone();
    // The hash itself contains its parameters.
    let permit = HASHING.acquire().await.expect("is never closed");
    let is_right = tokio::task::spawn_blocking(move || {
        let expected = PasswordHash::new(&expected).expect("a PHC text");
        Argon2::default().verify_password(body.password.as_bytes(), &expected).is_ok()
    });
    assert!(is_right.await.expect("hashing ends"), "only right passwords are sent");
    drop(permit);
    let (session, user): (Uuid, i64) = (Uuid::now_v7(), account.get("id"));
    let opened = rows(&bare.client().await, &INSERT_SESSION, [&session, &user, &hash]).await;
    assert_eq!(opened.len(), 1, "a session begins");
    let user = models::LoginUser {
        id: user,
        uuid: account.get("uuid"),
        username: account.get("username"),
        role: models::Role::User,
    };
    json(&models::Login { access: session.to_string(), refresh: session.to_string(), user })
}
