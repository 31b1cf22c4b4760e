//! Users are updated with the body that was read, with or without an address.

use agora_harness::TestApp;
use serde_json::{Value, json};

use super::{DIGEST, USERS, ada, created, path, with};

#[tokio::test]
async fn a_user_without_an_address_is_changed_as_they_were_read() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let mut body = ada();
    for name in ["address", "name", "phone"] {
        body.as_object_mut().expect("an object").remove(name);
    }
    let path = path(&created(&staff, &body).await);
    let read = staff.get(&path).await;
    assert_eq!(read.json()["address"], Value::Null);
    for call in [staff.put(&path), staff.patch(&path)] {
        let same = call.json(&read.json()).await;
        assert_eq!((same.status.as_u16(), same.text()), (200, read.text()));
    }
    let changed = with(read.json(), &json!({"location": "London"}));
    let after = staff.put(&path).json(&changed).await.json();
    assert_eq!(after, with(changed, &json!({"updated_at": after["updated_at"]})));
}

#[tokio::test]
async fn null_removes_no_address_and_an_address_has_no_id_here() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let path = format!("{USERS}/1");
    let read = user.get(&path).await.json();
    let before = app.database.count(DIGEST).await;
    let address = with(read["address"].clone(), &json!({"id": 1}));
    for (members, field, rule) in [
        (json!({"location": "London", "address": null}), "address", "stored"),
        (json!({"location": "London", "address": address}), "address.id", "unknown"),
    ] {
        let whole = with(read.clone(), &members);
        for call in [user.put(&path).json(&whole), user.patch(&path).json(&members)] {
            let response = call.await;
            assert_eq!(response.status, 400, "{members}: {}", response.text());
            assert_eq!(response.json()["error"]["details"]["fields"][field][0]["rule"], rule, "{members}");
        }
    }
    assert_eq!(app.database.count(DIGEST).await, before);
}
