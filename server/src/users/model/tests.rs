//! Tests of the checks of user names and passwords.

use super::*;

#[test]
fn roles_include_those_before_them_and_keep_their_names() {
    assert!(Role::Admin > Role::Staff && Role::Staff > Role::User);
    for role in [Role::User, Role::Staff, Role::Admin] {
        assert_eq!(Role::named(role.name()), Some(role));
    }
    assert_eq!(Role::named("root"), None);
}
fn violations(username: &str, password: &str) -> Option<serde_json::Value> {
    match check_choices(Some(username), Some(password)) {
        Err(Error::Validation(_, details)) => Some(details["fields"].clone()),
        _ => None,
    }
}

#[test]
fn names_that_a_path_would_misread_are_refused() {
    let uuid = Uuid::now_v7();
    for (name, rule) in [
        ("12", "digits"),
        (&uuid.to_string(), "uuid"),
        (&uuid.simple().to_string(), "uuid"),
        ("me", "reserved"),
        ("ME", "reserved"),
    ] {
        assert_eq!(violations(name, "long and rare").expect(name)["username"][0]["rule"], rule, "{name}");
    }
    assert_eq!(violations("meg", "long and rare"), None);
}

#[test]
fn common_passwords_are_refused_whatever_their_case_and_together_with_the_name() {
    let reported = violations("1", "PassWord1").expect("is refused");
    assert_eq!(reported["password"][0]["rule"], "common");
    assert_eq!(reported["username"][0]["rule"], "digits");
    let is_usable = |common: &str| common.len() >= 8 && common == normal_form(common);
    assert!(COMMON_PASSWORDS.lines().all(is_usable) && COMMON_PASSWORDS.lines().count() >= 10_000);
    for common in ["trustno1", "Corvette", "QAZWSXEDC"] {
        assert!(violations("meg", common).is_some(), "{common}");
    }
}

#[test]
fn staff_change_users_and_only_admins_change_staff() {
    let user = |id, role| User {
        id: UserId(id),
        uuid: Uuid::nil(),
        username: String::new(),
        email: String::new(),
        role,
        first_name: String::new(),
        last_name: String::new(),
        phone: String::new(),
        location: None,
        avatar_url: None,
        address: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: None,
    };
    let principal = |id, role| Principal { id: UserId(id), uuid: Uuid::nil(), role, session: Uuid::nil() };
    let may = |(id, role), of| user(1, of).may_be_changed_by(&principal(id, role));
    assert!(may((1, Role::User), Role::User) && may((1, Role::Staff), Role::Staff));
    assert!(!may((2, Role::User), Role::User) && !may((2, Role::User), Role::Admin));
    assert!(may((2, Role::Staff), Role::User));
    assert!(!may((2, Role::Staff), Role::Staff) && !may((2, Role::Staff), Role::Admin));
    assert!(may((2, Role::Admin), Role::Staff) && may((2, Role::Admin), Role::Admin));
}
