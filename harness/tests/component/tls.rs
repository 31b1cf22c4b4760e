//! TLS to PostgreSQL: `sslmode` and `sslrootcert` of a URL, for the server and for migrations.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use agora_harness::stack::{self, Stack};
use agora_harness::{Database, PRODUCTION, TestApp};

/// Creates a key and a certificate for `localhost`, signed by a new root.
fn make_certificates(folder: &Path) {
    let script = "set -e; cd \"$1\"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=root \
            -keyout root.key -out root.pem -addext basicConstraints=critical,CA:TRUE
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > server.ext
        openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other \
            -keyout other.key -out other.pem -addext basicConstraints=critical,CA:TRUE";
    let output = Command::new("sh").args(["-c", script, "sh"]).arg(folder).output().expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Starts a cluster that accepts TCP connections only with TLS.
async fn cluster(certificates: &Path) -> Stack {
    make_certificates(certificates);
    let stack = stack::tcp_cluster().expect("a cluster");
    let database = Database::from_url(&stack.connection().url("postgres")).await;
    let row = database.client().query_one("select current_setting('data_directory')", &[]).await;
    let data = row.expect("runs").get::<_, String>(0);
    let owner = std::fs::metadata(&data).expect("is there");
    for name in ["server.key", "server.pem"] {
        let path = Path::new(&data).join(name);
        std::fs::copy(certificates.join(name), &path).expect("can be copied");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("can be set");
        chown(&path, Some(owner.uid()), Some(owner.gid())).expect("can be given");
    }
    let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(Path::new(&data).join("pg_hba.conf"), rules).expect("can be written");
    for set in [
        "alter system set ssl_cert_file = 'server.pem'",
        "alter system set ssl_key_file = 'server.key'",
        "alter system set ssl = on",
        "select pg_reload_conf()",
    ] {
        database.client().batch_execute(set).await.expect("runs");
    }
    while database.count("select count(*) from pg_settings where name = 'ssl' and setting = 'on'").await == 0
    {
        tokio::task::yield_now().await;
    }
    stack
}

#[tokio::test]
async fn every_sslmode_means_what_libpq_says() {
    let folder = std::env::temp_dir().join(format!("agora-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("can be made");
    let stack = cluster(&folder).await;
    let superuser = stack.connection().url("postgres");
    let admin = Database::from_url(&superuser).await;
    let make = "create role migrator login createrole password 'geheim'";
    admin.client().batch_execute(make).await.expect("runs");
    admin.client().batch_execute("create database shop owner migrator").await.expect("runs");
    let port = stack.tcp().expect("listens").port;
    let url = |login: &str, host: &str, query: &str| format!("postgres://{login}@{host}:{port}/shop?{query}");
    let (root, other) = (folder.join("root.pem"), folder.join("other.pem"));
    let root = format!("sslrootcert={}", root.display());
    let other = format!("sslrootcert={}", other.display());
    let migrated = async |host: &str, query: &str| {
        let config = stack::config(&url("migrator:geheim", host, query), &[])?;
        agora::migrate(&config).await.map(drop).map_err(|error| error.to_string())
    };
    for (host, query, refusal) in [
        ("127.0.0.1", String::new(), None),
        ("127.0.0.1", "sslmode=prefer".to_owned(), None),
        ("127.0.0.1", "sslmode=require".to_owned(), None),
        ("127.0.0.1", format!("sslmode=verify-ca&{root}"), None),
        ("localhost", format!("sslmode=verify-full&{root}"), None),
        ("127.0.0.1", "sslmode=disable".to_owned(), Some("no encryption")),
        ("127.0.0.1", format!("sslmode=verify-full&{root}"), Some("certificate")),
        ("127.0.0.1", format!("sslmode=verify-ca&{other}"), Some("certificate")),
        ("127.0.0.1", format!("sslmode=require&{other}"), Some("certificate")),
        ("localhost", "sslmode=verify-full".to_owned(), Some("certificate")),
        ("localhost", "sslmode=verify-full&sslrootcert=/none".to_owned(), Some("sslrootcert")),
    ] {
        let outcome = migrated(host, &query).await;
        match refusal {
            None => assert_eq!(outcome, Ok(()), "{host} {query}"),
            Some(words) => {
                let reported = outcome.expect_err(&query);
                assert!(reported.contains(words) && !reported.contains("geheim"), "{query}: {reported}");
            }
        }
    }
    let shop = Database::from_url(&stack.connection().url("shop")).await;
    let make = "create role shopkeeper login password 'geheim' in role agora_app";
    shop.client().batch_execute(make).await.expect("runs");
    let served = url("shopkeeper:geheim", "localhost", &format!("sslmode=verify-full&{root}"));
    let app = TestApp::start_at(&served, shop, &PRODUCTION).await;
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
    let hidden = "select count(*) from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'shopkeeper' and ssl";
    assert!(app.database.count(hidden).await > 0, "the connections of the server are hidden");
    app.stop().await;
    drop(stack);
    std::fs::remove_dir_all(&folder).expect("can be removed");
}
