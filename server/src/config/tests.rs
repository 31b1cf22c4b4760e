//! What is taken of the environment, and what is refused.

use super::*;

fn read(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn nothing_set_is_the_sandbox() {
    let config = read(&[]).expect("is usable");
    assert_eq!(config.profile, Profile::Sandbox);
    assert_eq!(config.bind.to_string(), "127.0.0.1:8000");
    assert_eq!(config.cors_origins, ["*"]);
    assert!(config.api_docs_enabled);
}

#[test]
fn documentation_is_told_in_production_only_where_it_is_asked_for() {
    let url = ("DATABASE_URL", "postgres://agora@db/agora");
    assert!(!read(&[url]).expect("is usable").api_docs_enabled);
    assert!(read(&[url, ("API_DOCS_ENABLED", "true")]).expect("is usable").api_docs_enabled);
    assert!(!read(&[("API_DOCS_ENABLED", "0")]).expect("is usable").api_docs_enabled);
    let told = read(&[("API_DOCS_ENABLED", "perhaps")]).expect_err("is refused").to_string();
    assert!(told.contains("API_DOCS_ENABLED"));
}

#[test]
fn every_refusal_names_its_variable_and_all_are_told_together() {
    let wrong = [
        ("AGORA_BIND", "x"),
        ("DATABASE_POOL_SIZE", "0"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "ftp://x"),
        ("CORS_ORIGINS", "shop"),
        ("LOG_LEVEL", "a=b=c"),
    ];
    let told = read(&wrong).expect_err("is refused").to_string();
    for (variable, _) in wrong {
        assert!(told.contains(variable), "{told}");
    }
}

#[test]
fn production_refuses_what_is_missing_or_open() {
    let vars = [("DATABASE_URL", "postgres://agora:geheim@db/agora"), ("CORS_ORIGINS", "*")];
    let config = read(&vars).expect("is usable, for migrating");
    let told = config.check_for_serving().expect_err("is refused").to_string();
    assert!(told.contains("JWT_PRIVATE_KEY") && told.contains("CORS_ORIGINS") && told.contains("PUBLIC_URL"));
    assert!(!told.contains("geheim"));
}

#[test]
fn every_switch_has_the_same_words() {
    for variable in ["OPEN_DIRECTORY", "REGISTRATION_OPEN", "REGISTRY_ENABLED", "API_DOCS_ENABLED"] {
        let value = |config: Config| match variable {
            "OPEN_DIRECTORY" => config.open_directory,
            "REGISTRATION_OPEN" => config.registration_open,
            "REGISTRY_ENABLED" => config.registry_enabled,
            _ => config.api_docs_enabled,
        };
        for (word, expected) in [
            ("on", true),
            ("TRUE", true),
            ("1", true),
            ("Yes", true),
            ("off", false),
            ("False", false),
            ("0", false),
            ("no", false),
        ] {
            assert_eq!(value(read(&[(variable, word)]).expect("is usable")), expected, "{variable}={word}");
        }
        assert!(read(&[(variable, "maybe")]).is_err(), "{variable}");
        let production = ("DATABASE_URL", "postgres://agora@db/agora");
        assert!(!value(read(&[production]).expect("is usable")), "{variable} is off in production");
        assert!(value(read(&[]).expect("is usable")), "{variable} is on in the sandbox");
    }
}

#[test]
fn origins_are_those_that_browsers_send_or_refused() {
    let origins = |text: &str| read(&[("CORS_ORIGINS", text)]).map(|config| config.cors_origins);
    for (text, normal) in [
        ("https://Shop.Example.com", "https://shop.example.com"),
        ("HTTPS://shop.example.com:443/", "https://shop.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://shop.example.com:80", "https://shop.example.com:80"),
    ] {
        assert_eq!(origins(text).expect(text), [normal], "{text}");
    }
    for odd in [
        "https://shop.example.com/app",
        "shop.example.com",
        "https://u@shop.example.com",
        "https://shop.example.com:99999",
        "https://*.example.com",
        "ftp://x",
        "https://x?y",
        "https://",
    ] {
        assert!(origins(odd).is_err(), "{odd}");
    }
}

#[cfg(unix)]
#[test]
fn variables_that_are_not_unicode_are_refused_by_name_where_they_are_ours() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = || OsString::from_vec(b"geheim\xff".to_vec());
    let read = |name: &str| Config::from_os_vars([(OsString::from(name), odd())]);
    for ours in ["DATABASE_URL", "JWT_PRIVATE_KEY_FILE", "CORS_ORIGINS"] {
        let (_, told) = read(ours);
        assert!(told.len() == 1 && told[0].contains(ours) && !told[0].contains("geheim"), "{told:?}");
    }
    assert!(read("SOMETHING_ELSE").1.is_empty());
}

#[test]
fn every_odd_proxy_is_told() {
    let told = read(&[("TRUSTED_PROXIES", "10.0.0.0/8, ::1, 10.0.0.1/8, proxy")]).expect_err("is refused").0;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("TRUSTED_PROXIES names ")), "{told:?}");
    let proxies = |text| read(&[("TRUSTED_PROXIES", text)]).expect("is usable").trusted_proxies.len();
    assert_eq!((proxies("10.0.0.0/8, ::1"), proxies(""), proxies(",")), (2, 0, 0));
}

#[test]
fn a_drain_has_a_bound() {
    let drain = |text| read(&[("AGORA_DRAIN_SECONDS", text)]).map(|config| config.drain_seconds);
    assert_eq!((drain("0").ok(), drain("300").ok()), (Some(0), Some(300)));
    for odd in ["301", "18446744073709551615", "-1", "5s", "1.5"] {
        assert!(drain(odd).expect_err(odd).to_string().contains("from 0 to 300"), "{odd}");
    }
}

#[test]
fn a_level_that_would_log_nothing_is_refused() {
    for good in ["info", "WARN", "off", "agora=debug", "info,agora::access=warn", "agora=debug, info"] {
        assert!(read(&[("LOG_LEVEL", good)]).is_ok(), "{good}");
    }
    for odd in ["warning", "inf", "verbose", "agora", "info,agora", "agora=loud", "info,,debug"] {
        assert!(read(&[("LOG_LEVEL", odd)]).is_err(), "{odd}");
    }
}

#[test]
fn secrets_are_a_list_of_long_ones() {
    let long = ["a".repeat(32), "b".repeat(44)];
    for (text, count) in [
        (long[0].clone(), 1),
        (format!("signing-keys,{}", long[0]), 2),
        (format!("{}, {}\n", long[0], long[1]), 2),
        (format!("{}\nsigning-keys", long[1]), 2),
        (String::new(), 0),
    ] {
        assert_eq!(read(&[("AGORA_SECRETS", &text)]).expect(&text).secrets.len(), count, "{text}");
    }
    let odd = ["short", "signing-key", ",", &long[0][1..], &format!("{0},{0}", long[0])];
    for odd in odd {
        let told = read(&[("AGORA_SECRETS", odd)]).expect_err(odd).to_string();
        assert!(told.contains("AGORA_SECRETS") && (odd.len() < 5 || !told.contains(odd)), "{told}");
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    let url = "postgres://agora:geheim@db/agora";
    let config = read(&[
        ("JWT_PRIVATE_KEY", "geheim"),
        ("AGORA_SECRETS", "geheim-geheim-geheim-geheim-geheim"),
        ("DATABASE_URL", url),
        ("DATABASE_MIGRATE_URL", &url.replace("agora:", "owner:")),
    ]);
    let told = format!("{:?}", config.expect("is usable"));
    assert!(!told.contains("geheim") && !told.contains("postgres://"), "{told}");
}

#[test]
fn the_example_lists_every_variable_and_no_other() {
    let source = include_str!("../config.rs");
    let documented = source.lines().filter_map(|line| line.trim().strip_prefix("/// `")?.split('`').next());
    let read: BTreeSet<&str> = documented
        .filter(|name| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase()))
        .collect();
    let example = include_str!("../../../.env.example");
    let listed =
        example.lines().filter_map(|line| Some(line.trim_start_matches(['#', ' ']).split_once('=')?.0));
    let listed = listed.map(|name| name.trim_end_matches("_FILE"));
    let is_variable = |name: &&str| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase());
    let listed: BTreeSet<&str> =
        listed.filter(is_variable).filter(|name| *name != "AGORA_POSTGRES_IMAGE").collect();
    assert!(read.len() > 15);
    assert_eq!(listed, read);
}
