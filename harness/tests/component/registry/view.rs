//! The view `metadata_manager_user`, which the test suites of the registry's earlier users read and empty.

use agora_harness::{Database, TestApp};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::{USERS, entered, noa, path};

const ROWS: &str = "select id, name, phone, address from metadata_manager_user order by id";

async fn rows(client: &Client) -> Vec<[String; 4]> {
    let rows = client.query(ROWS, &[]).await.expect("the view can be read");
    rows.iter().map(|row| [row.get(0), row.get(1), row.get(2), row.get(3)]).collect()
}

/// Connects as a login that is a member of the application's role, like `DATABASE_URL` in production.
async fn as_login(database: &Database) -> Client {
    let url = database.login_url("agora_app").await;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("the login may connect");
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn the_view_shows_the_records_that_are_there() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert!(rows(app.database.client()).await.is_empty());
    for id in ["123456782", "00018"] {
        entered(&user, id).await;
    }
    let row = |id: &str| [id, "Noa Levi", "+97286377916", "Herzl 1, Beer Sheva"].map(str::to_owned);
    assert_eq!(rows(app.database.client()).await, [row("00018"), row("123456782")]);
    assert_eq!(user.delete(&path("00018")).await.status, 204);
    assert_eq!(rows(&as_login(&app.database).await).await, [row("123456782")]);
}

#[tokio::test]
async fn what_is_deleted_from_the_view_is_gone_from_the_api_and_may_be_entered_again() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let login = as_login(&app.database).await;
    for client in [app.database.client(), &login] {
        for id in ["123456782", "00018", "12344"] {
            entered(&user, id).await;
        }
        let deleted = client.execute("delete from metadata_manager_user where id = $1", &[&"00018"]).await;
        assert_eq!(deleted.expect("may delete"), 1);
        assert_eq!(user.get(&path("00018")).await.status, 404);
        assert_eq!(user.get(&format!("{USERS}/ids")).await.json(), json!(["123456782", "12344"]));
        let all = client.execute("delete from metadata_manager_user", &[]).await;
        assert_eq!(all.expect("may delete"), 2);
        assert_eq!(user.get(USERS).await.json(), json!([]));
        assert!(rows(client).await.is_empty());
        assert_eq!(client.execute("delete from metadata_manager_user", &[]).await.expect("may delete"), 0);
    }
    entered(&user, "123456782").await;
    assert_eq!(user.get(&path("123456782")).await.json(), noa());
    let kept = "select count(*) from registry_users where deleted_at is not null";
    assert_eq!(app.database.count(kept).await, 6, "marked, as the API does");
}

#[tokio::test]
async fn the_applications_role_does_nothing_else_by_the_view_and_deletes_no_row() {
    let app = TestApp::start().await;
    entered(&app.user().await, "123456782").await;
    let login = as_login(&app.database).await;
    for refused in [
        "insert into metadata_manager_user (id, name, phone, address) values ('00018', 'N', '+1', 'A')",
        "update metadata_manager_user set name = 'N'",
        "delete from registry_users",
        "truncate registry_users",
    ] {
        let error = login.batch_execute(refused).await.expect_err(refused);
        assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42501"), "{refused}");
    }
}

#[tokio::test]
async fn a_reset_of_the_sandbox_empties_the_registry() {
    let app = TestApp::start().await;
    entered(&app.user().await, "123456782").await;
    assert_eq!(app.anonymous().post("/__sandbox/reset").await.status, 204);
    assert_eq!(app.database.count("select count(*) from registry_users").await, 0);
    assert_eq!(app.user().await.get(USERS).await.json(), json!([]));
}
