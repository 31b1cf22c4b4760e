//! Validation of ids, phone numbers and texts.

use agora_api::models::RegistryUser;
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{USERS, digest, noa, path, rules, with};

#[tokio::test]
async fn ids_of_five_to_nine_digits_with_the_right_check_digit_are_entered_as_they_are_sent() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for id in ["123456782", "00018", "000018", "0000018", "12344", "000012344", "100000009"] {
        let response = user.post(USERS).json(&with(noa(), "id", id)).await;
        assert_eq!(response.body_at::<RegistryUser>(201).id, id);
        assert_eq!(response.header("location"), path(id));
        assert_eq!(user.get(&path(id)).await.json(), with(noa(), "id", id), "leading zeros tell ids apart");
    }
}

#[tokio::test]
async fn ids_with_another_check_digit_are_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let before = digest(&app).await;
    let response = user.post(USERS).json(&with(noa(), "id", "123456789")).await;
    assert_json_snapshot!("wrong_check_digit", response.problem_at(400), {".request_id" => "[id]"});
    for id in ["123456781", "213456782", "00019", "000019", "12345", "987654321", "00000", "000000000"] {
        let problem = user.post(USERS).json(&with(noa(), "id", id)).await.problem_at(400);
        assert_eq!(rules(&problem), super::pairs(&[("id", "format")]), "{id}");
    }
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn an_id_is_a_text_of_five_to_nine_plain_digits() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for id in [
        "",
        " ",
        "0018",
        "0000000018",
        "1234567820",
        " 123456782",
        "123456782 ",
        "123456782\n",
        "\t00018",
        "12345678-2",
        "+00018",
        "0x018",
        "abcde",
        "٠٠٠١٨",
        "１２３４５６７８２",
        "123456782\u{200f}",
    ] {
        let problem = user.post(USERS).json(&with(noa(), "id", id)).await.problem_at(400);
        let reported = rules(&problem);
        assert!(reported.contains(&("id".to_owned(), "pattern".to_owned())), "{id:?}: {reported:?}");
        assert!(reported.iter().all(|(field, _)| field == "id"), "{id:?}: {reported:?}");
    }
    assert_eq!(app.database.count("select count(*) from registry_users").await, 0);
}

#[tokio::test]
async fn phones_are_those_that_libphonenumber_holds_valid() {
    let app = TestApp::start().await;
    let user = app.user().await;
    user.post(USERS).json(&noa()).await.body_at::<RegistryUser>(201);
    let changed = |phone: &str| user.patch(&path("123456782")).json(&json!({"phone": phone}));
    for phone in [
        "+97286377916",
        "+16502530000",
        "+972-8-637-7916",
        "+1 (650) 253-0000",
        "+1.650.253.0000",
        "+390612345678",
        "+80012345678",
    ] {
        assert_eq!(changed(phone).await.body_at::<RegistryUser>(200).phone, phone, "as it was sent");
    }
    for (pasted, kept) in [
        (" +97286377916\n", "+97286377916"),
        ("\u{202a}+97286377916\u{202c}", "+97286377916"),
        ("+972\u{a0}8\u{2011}637\u{2011}7916", "+972 8-637-7916"),
    ] {
        assert_eq!(changed(pasted).await.body_at::<RegistryUser>(200).phone, kept);
    }
    for phone in [
        "+972501234567",
        "+9728637791",
        "+972863779160",
        "+1650253000",
        "+15550100",
        "+999123456789",
        "+0",
        "+12",
    ] {
        let problem = changed(phone).await.problem_at(400);
        assert_eq!(rules(&problem), super::pairs(&[("phone", "format")]), "{phone}");
    }
}

#[tokio::test]
async fn a_phone_begins_with_a_plus_and_has_plain_digits() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for phone in [
        "",
        " ",
        "+",
        "86377916",
        "086377916",
        "97286377916",
        "0097286377916",
        "(+97286377916)",
        "+97286377916-",
        "+972\n86377916",
        "＋97286377916",
        "+٩٧٢٨٦٣٧٧٩١٦",
        "+1650CALLNOW",
        "+16502530000x1",
        "+16502530000;ext=1",
        "+1;phone-context=A;tel:",
        "tel:+16502530000",
        "+16502530000/+1650",
        "<b>+16502530000</b>",
    ] {
        let problem = user.post(USERS).json(&with(noa(), "phone", phone)).await.problem_at(400);
        let reported = rules(&problem);
        assert!(reported.contains(&("phone".to_owned(), "format".to_owned())), "{phone:?}: {reported:?}");
        assert!(reported.iter().all(|(field, _)| field == "phone"), "{phone:?}: {reported:?}");
    }
    let spread = "+1 - 650 - 253 - 0000";
    let problem = user.post(USERS).json(&with(noa(), "phone", spread)).await.problem_at(400);
    assert_eq!(rules(&problem), super::pairs(&[("phone", "maxLength")]));
    assert_eq!(app.database.count("select count(*) from registry_users").await, 0);
}

#[tokio::test]
async fn names_and_addresses_take_any_text_within_their_lengths() {
    let app = TestApp::start().await;
    let user = app.user().await;
    user.post(USERS).json(&noa()).await.body_at::<RegistryUser>(201);
    let changed = |body: Value| user.patch(&path("123456782")).json(&body);
    for text in ["x", "נועה לוי <b>&</b> 🌱", "' or 1=1 --", "  kept  "] {
        let record: RegistryUser = changed(json!({"name": text, "address": text})).await.body_at(200);
        assert_eq!((record.name.as_str(), record.address.as_str()), (text, text));
    }
    let longest = json!({"name": "é".repeat(100), "address": "é".repeat(255)});
    assert_eq!(changed(longest).await.status, 200, "characters, not bytes");
    for (member, length) in [("name", 101), ("address", 256)] {
        let problem = changed(json!({member: "x".repeat(length)})).await.problem_at(400);
        assert_eq!(rules(&problem), super::pairs(&[(member, "maxLength")]));
        for blank in [" ", "\t\n", "\u{a0}\u{2003}", "\u{200b}", "\u{3164}"] {
            let problem = changed(json!({member: blank})).await.problem_at(400);
            assert_eq!(rules(&problem), super::pairs(&[(member, "format")]), "{blank:?}");
        }
    }
}
