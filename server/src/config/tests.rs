//! Tests of accepted and refused environments.

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
fn production_announces_documentation_only_where_enabled() {
    let url = ("DATABASE_URL", "postgres://agora@db/agora");
    assert!(!read(&[url]).expect("is usable").api_docs_enabled);
    assert!(read(&[url, ("API_DOCS_ENABLED", "true")]).expect("is usable").api_docs_enabled);
    assert!(!read(&[("API_DOCS_ENABLED", "0")]).expect("is usable").api_docs_enabled);
    let reported = read(&[("API_DOCS_ENABLED", "perhaps")]).expect_err("is refused").to_string();
    assert!(reported.contains("API_DOCS_ENABLED"));
}

#[test]
fn every_refusal_names_its_variable_and_all_are_reported_together() {
    let wrong = [
        ("AGORA_BIND", "x"),
        ("DATABASE_POOL_SIZE", "0"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "ftp://x"),
        ("CORS_ORIGINS", "shop"),
        ("LOG_LEVEL", "a=b=c"),
    ];
    let reported = read(&wrong).expect_err("is refused").to_string();
    for (variable, _) in wrong {
        assert!(reported.contains(variable), "{reported}");
    }
}

#[test]
fn production_refuses_what_is_missing_or_open() {
    let vars = [("DATABASE_URL", "postgres://agora:geheim@db/agora"), ("CORS_ORIGINS", "*")];
    let config = read(&vars).expect("is usable, for migrating");
    let reported = config.check_for_serving().expect_err("is refused").to_string();
    assert!(
        reported.contains("JWT_PRIVATE_KEY")
            && reported.contains("CORS_ORIGINS")
            && reported.contains("PUBLIC_URL")
    );
    assert!(!reported.contains("geheim"));
}

/// Returns all refusals that prevent a server from starting.
fn all_refusals(source: Source) -> Vec<String> {
    let (config, mut lines) = Config::from_source(source);
    lines.extend(config.check_for_serving().err().map(|error| error.0).unwrap_or_default());
    lines
}

#[test]
fn one_setting_is_reported_once_however_it_is_refused() {
    let missing = std::env::temp_dir().join("agora-no-such-file");
    let missing = missing.to_str().expect("a path in UTF-8");
    let production = [("AGORA_PROFILE", "production"), ("CORS_ORIGINS", "*")];
    let required = ["DATABASE_URL", "JWT_PRIVATE_KEY", "PUBLIC_URL", "CORS_ORIGINS"];
    let source = |vars: &[(&str, &str)]| Source {
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Source::default()
    };
    let check = |source: Source, name: &str| {
        let lines = all_refusals(source);
        for setting in required.into_iter().chain([name]) {
            let count = lines.iter().filter(|line| line.starts_with(setting)).count();
            assert_eq!(count, 1, "{setting} where {name} is refused: {lines:#?}");
        }
    };
    for (name, texts) in NEARLY_RIGHT.iter().filter(|(name, _)| *name != "AGORA_PROFILE") {
        for (odd, _) in texts.iter().filter(|(_, normal)| normal.is_none()) {
            let others = production.into_iter().filter(|(given, _)| given != name);
            check(source(&others.chain([(*name, *odd)]).collect::<Vec<_>>()), name);
        }
    }
    for name in settings::IN_FILES {
        let by_file = format!("{name}_FILE");
        let file = (&*by_file, missing);
        check(source(&[&production[..], &[file]].concat()), name);
        check(source(&[&production[..], &[file, (name, "x")]].concat()), name);
    }
}

#[test]
fn a_database_whose_url_is_refused_is_still_meant() {
    let lines = all_refusals(Source {
        vars: [("DATABASE_URL".to_owned(), "mysql://agora@db/agora".to_owned())].into(),
        ..Source::default()
    });
    let names: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["DATABASE_URL", "JWT_PRIVATE_KEY", "PUBLIC_URL", "PAYMENT_PROVIDER"], "{lines:#?}");
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
        let (_, reported) = read(ours);
        assert!(
            reported.len() == 1 && reported[0].contains(ours) && !reported[0].contains("geheim"),
            "{reported:?}"
        );
        let profile = (OsString::from("AGORA_PROFILE"), OsString::from("production"));
        let (config, _) = Config::from_os_vars([profile, (OsString::from(ours), odd())]);
        let lines = config.check_for_serving().expect_err("more is missing").0;
        let setting = ours.trim_end_matches("_FILE");
        assert!(lines.iter().all(|line| !line.starts_with(setting)), "{ours}: {lines:?}");
    }
    assert!(read("SOMETHING_ELSE").1.is_empty());
}

#[test]
fn every_invalid_proxy_is_reported() {
    let reported =
        read(&[("TRUSTED_PROXIES", "10.0.0.0/8, ::1, 10.0.0.1/8, proxy")]).expect_err("is refused").0;
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(reported.iter().all(|line| line.starts_with("TRUSTED_PROXIES contains ")), "{reported:?}");
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
        (String::new(), 1),
    ] {
        assert_eq!(read(&[("AGORA_SECRETS", &text)]).expect(&text).secrets.len(), count, "{text}");
    }
    let odd = ["short", "signing-key", ",", &long[0][1..], &format!("{0},{0}", long[0])];
    for odd in odd {
        let reported = read(&[("AGORA_SECRETS", odd)]).expect_err(odd).to_string();
        assert!(
            reported.contains("AGORA_SECRETS") && (odd.len() < 5 || !reported.contains(odd)),
            "{reported}"
        );
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    let url = "postgres://agora:geheim@db/agora";
    let config = read(&[
        ("JWT_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----"),
        ("AGORA_SECRETS", "geheim-geheim-geheim-geheim-geheim"),
        ("DATABASE_URL", url),
        ("DATABASE_MIGRATE_URL", &url.replace("agora:", "owner:")),
    ]);
    let reported = format!("{:?}", config.expect("is usable"));
    assert!(!reported.contains("geheim") && !reported.contains("postgres://"), "{reported}");
}

type Texts = &'static [(&'static str, Option<&'static str>)];

/// Slightly wrong texts of each setting, with the normalized value, or `None` if the text must be refused.
const NEARLY_RIGHT: &[(&str, Texts)] = &[
    ("AGORA_PROFILE", &[("Production", Some("Production")), ("prod", None), ("sandbox,", None)]),
    (
        "AGORA_BIND",
        &[
            ("0.0.0.0:80", Some("0.0.0.0:80")),
            (":8000", None),
            ("8000", None),
            ("localhost:8000", None),
            ("http://127.0.0.1:8000", None),
        ],
    ),
    ("AGORA_METRICS_BIND", &[("OFF", Some("None")), ("no", Some("None")), ("on", None), ("9464", None)]),
    (
        "AGORA_MAX_CONNECTIONS",
        &[
            (" 4096 ", Some("4096")),
            ("4k", None),
            ("4_096", None),
            ("+4096", None),
            ("0", None),
            ("65537", None),
        ],
    ),
    ("AGORA_CONNECTIONS_PER_ADDRESS", &[("64", Some("64")), ("0", None), ("-1", None), ("unlimited", None)]),
    ("AGORA_IDLE_SECONDS", &[("75", Some("75")), ("75s", None), ("1.5", None), ("0", None)]),
    (
        "AGORA_RECEIVE_SECONDS",
        &[("1", Some("1")), ("100", Some("100")), ("101", None), ("10s", None), ("0", None)],
    ),
    (
        "AGORA_DRAIN_SECONDS",
        &[("0", Some("0")), ("300", Some("300")), ("5000", None), ("5s", None), ("-1", None)],
    ),
    ("AGORA_WORKERS", &[("2", Some("2")), ("0", None), ("auto", None)]),
    ("AGORA_DATA_DIR", &[("/var/lib/agora", Some("\"/var/lib/agora\"")), ("~/agora", None)]),
    (
        "DATABASE_URL",
        &[
            ("postgresql://a@b/c", Some("[REDACTED]")),
            ("host=db dbname=agora", Some("[REDACTED]")),
            ("mysql://a@b/c", None),
            ("postgress://a@b/c", None),
            ("db:5432/agora", None),
        ],
    ),
    (
        "DATABASE_MIGRATE_URL",
        &[("postgres://a@b/c", Some("[REDACTED]")), ("jdbc:postgresql://db/agora", None)],
    ),
    ("DATABASE_POOL_SIZE", &[("16", Some("16")), ("16.0", None), ("many", None)]),
    (
        "PUBLIC_URL",
        &[
            ("HTTPS://Api.Example.com:443/", Some("https://api.example.com")),
            ("https://x/shop/", Some("/shop")),
            ("api.example.com", None),
            ("https://x?a", None),
            ("ftp://x", None),
        ],
    ),
    (
        "TRUSTED_PROXIES",
        &[
            ("10.0.0.0/8, ::1", Some("10.0.0.0/8")),
            ("10.0.0.1/8", None),
            ("0.0.0.0/0", None),
            ("proxy", None),
        ],
    ),
    (
        "ALLOWED_HOSTS",
        &[
            ("API.Example.com.", Some("[\"api.example.com\"]")),
            ("localhost:8000, ::1", Some("[\"localhost:8000\", \"[::1]\"]")),
            ("[::1]:8000", Some("[\"[::1]:8000\"]")),
            ("https://api.example.com", None),
            ("api.example.com/shop", None),
            ("*.example.com", None),
            ("*", None),
            ("u@x", None),
            ("x:99999", None),
            ("x:", None),
            ("a b", None),
        ],
    ),
    (
        "CORS_ORIGINS",
        &[
            ("HTTPS://Shop.Example.com:443/", Some("[\"https://shop.example.com\"]")),
            ("shop.example.com", None),
            ("https://shop.example.com/app", None),
            ("null", None),
        ],
    ),
    (
        "JWT_PRIVATE_KEY",
        &[
            ("-----BEGIN PRIVATE KEY-----\\nAA\\n-----END PRIVATE KEY-----", Some("[REDACTED]")),
            ("/run/secrets/key.pem", None),
            ("MC4CAQAwBQYDK2VwBCIE", None),
        ],
    ),
    (
        "AGORA_SECRETS",
        &[
            ("signing-keys", Some("[REDACTED]")),
            ("signing_keys", None),
            ("change-me", None),
            ("/run/secrets/agora", None),
        ],
    ),
    (
        "JWT_ISSUER",
        &[
            ("https://api.example.com", Some("\"https://api.example.com\"")),
            ("a, b", None),
            ("my shop", None),
        ],
    ),
    ("JWT_AUDIENCE", &[("shop", Some("\"shop\"")), ("shop,admin", None)]),
    (
        "LOG_LEVEL",
        &[
            ("WARN", Some("\"WARN\"")),
            ("info,agora::auth=debug", Some("\"info,agora::auth=debug\"")),
            ("tokio_postgres=warn,info", Some("\"tokio_postgres=warn,info\"")),
            ("warning", None),
            ("agroa=debug", None),
            ("agora::oauth=debug", None),
            ("agora:debug", None),
            ("debug,,info", None),
        ],
    ),
    ("LOG_FORMAT", &[("JSON", Some("Json")), ("text", None), ("xml", None)]),
    ("AGORA_CURRENCY", &[("EUR", Some("\"EUR\"")), ("eur", None), ("EURO", None), ("€", None)]),
    (
        "ORDER_CONFIRM_SECONDS",
        &[("1", Some("1")), ("300", Some("300")), ("0", None), ("301", None), ("5m", None)],
    ),
    ("ORDER_MAX_PENDING", &[("1", Some("1")), ("65536", Some("65536")), ("0", None), ("65537", None)]),
    (
        "ORDER_MAX_UNITS",
        &[("1000000000", Some("1000000000")), ("0", None), ("1000000001", None), ("1,000", None)],
    ),
    (
        "PAYMENT_PROVIDER",
        &[
            ("Pseudo", Some("Pseudo")),
            ("https://pay.example.com/v1/", Some("Http(\"https://pay.example.com/v1\")")),
            ("pay.example.com", None),
            ("ftp://pay.example.com", None),
            ("https://user:secret@pay.example.com", None),
            ("https://pay.example.com?key=secret", None),
        ],
    ),
    ("PAYMENT_SECRET", &[("sk_live_1", Some("[REDACTED]")), ("two words", None)]),
    (
        "RATE_LIMIT_ANONYMOUS",
        &[("1", Some("1")), ("1000000", Some("1000000")), ("0", None), ("1000001", None)],
    ),
    ("RATE_LIMIT_USER", &[("1200", Some("1200")), ("-1", None), ("off", None)]),
    ("RATE_LIMIT_CREDENTIALS", &[("30", Some("30")), ("30/m", None), ("0", None)]),
    ("OPEN_DIRECTORY", &[("On", Some("true")), ("enabled", None), ("2", None)]),
    ("REGISTRATION_OPEN", &[("NO", Some("false")), ("closed", None)]),
    ("REGISTRY_ENABLED", &[("TRUE", Some("true")), ("y", None)]),
    ("API_DOCS_ENABLED", &[("0", Some("false")), ("f", None)]),
];

#[test]
fn what_is_nearly_right_works_or_is_refused_with_the_remedy() {
    let names: Vec<&str> = settings::ALL.iter().map(|row| row.name()).collect();
    assert_eq!(NEARLY_RIGHT.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "each setting is here");
    for (row, (name, texts)) in settings::ALL.iter().zip(NEARLY_RIGHT) {
        for (text, normal) in *texts {
            let reported = read(&[(name, text)]);
            match normal {
                Some(normal) => {
                    assert!(reported.is_ok(), "{name}={text}");
                    let shown = row.shown(text.trim()).unwrap_or_default();
                    assert!(shown.contains(normal), "{name}={text}: {shown}");
                }
                None => {
                    let reported = reported.expect_err(text).to_string();
                    assert!(
                        reported.contains(&format!("{name} "))
                            && (reported.contains("set ") || reported.contains("name ")),
                        "{name}={text}: {reported}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_default_is_usable_and_its_own_normal_form() {
    for row in settings::ALL {
        let defaults = match row.default() {
            settings::ByDefault::Always(text) => vec![text],
            settings::ByDefault::ByProfile { sandbox, production } => vec![sandbox, production],
            settings::ByDefault::None(_) => Vec::new(),
        };
        for text in defaults {
            assert!(row.shown(text).is_some() || text.is_empty(), "{}={text}", row.name());
        }
    }
    read(&[("AGORA_PROFILE", "production")]).expect("is usable");
}

#[test]
fn quotes_around_a_value_do_not_count() {
    for text in ["\"warn\"", "'warn'", " \"warn\" "] {
        assert_eq!(read(&[("LOG_LEVEL", text)]).expect(text).log_level, "warn");
    }
    assert!(read(&[("LOG_LEVEL", "\"warn")]).is_err());
    assert_eq!(read(&[("LOG_LEVEL", "\"\"")]).expect("is not set").log_level, "info");
}

#[test]
fn a_variable_that_is_nearly_named_like_a_setting_is_reported() {
    let hints = |vars: &[(&str, &str)]| read(vars).expect("is usable").hints;
    for (name, known) in
        [("CORS_ORIGIN", "CORS_ORIGINS"), ("ALLOWED_HOST", "ALLOWED_HOSTS"), ("AGORA_BNID", "AGORA_BIND")]
    {
        let reported = hints(&[(name, "x")]);
        assert!(
            reported.len() == 1 && reported[0].starts_with(name) && reported[0].contains(known),
            "{reported:?}"
        );
    }
    let others = [
        ("AGORA_PORT", "tcp://10.0.0.1:80"),
        ("AGORA_SERVICE_HOST", "10.0.0.1"),
        ("LANG", "C"),
        ("AGORA_POSTGRES_IMAGE", "x"),
    ];
    assert_eq!(hints(&others), Vec::<String>::new());
    assert_eq!(hints(&[("CORS_ORIGIN", "x"), ("CORS_ORIGINS", "https://x")]), Vec::<String>::new());
}

#[test]
fn clients_that_count_as_one_are_reported() {
    let hints = |vars: &[(&str, &str)]| read(vars).expect("is usable").hints.len();
    let secure = ("PUBLIC_URL", "https://shop.example");
    assert_eq!(hints(&[secure]), 1);
    assert_eq!(hints(&[secure, ("TRUSTED_PROXIES", "10.0.0.0/8")]), 0);
    assert_eq!(hints(&[("PUBLIC_URL", "http://shop.example")]), 0);
}

#[test]
fn the_targets_of_filters_are_our_modules() {
    let modules = include_str!("../lib.rs").lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let expected: BTreeSet<&str> = modules.chain(["access", "request"]).collect();
    assert_eq!(BTreeSet::from(values::MODULES), expected);
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    let is_name = |name: &str| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase());
    let lines = include_str!("../../../.env.example").lines();
    let listed: Vec<(&str, &str)> = lines
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .filter(|(name, _)| is_name(name) && !settings::ELSEWHERE.contains(name))
        .collect();
    let names: Vec<&str> = listed.iter().map(|(name, _)| name.trim_end_matches("_FILE")).collect();
    let expected: Vec<&str> = settings::ALL.iter().map(|row| row.name()).collect();
    assert_eq!(names, expected, "in the order of the table");
    for (row, (name, text)) in settings::ALL.iter().zip(listed) {
        if let settings::ByDefault::Always(default) = row.default()
            && !default.is_empty()
            && name == row.name()
        {
            assert_eq!(text, default, "{name}");
        }
        assert!(text.is_empty() || name != row.name() || row.shown(text).is_some(), "{name}={text}");
    }
}

#[test]
fn help_has_every_setting() {
    let help = settings_help();
    for row in settings::ALL {
        assert!(help.contains(&format!("  {}", row.name())), "{}", row.name());
    }
}
