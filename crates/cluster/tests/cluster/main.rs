//! Tests of the public API: a cluster is created, reopened, locked against a second server, killed and left running.

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use agora_cluster::{Cluster, Connection, Error, Settings};

use fixture::{Holder, Scratch, ask, eventually, is_alive, query, start};

#[test]
fn a_new_cluster_starts_and_answers() {
    let scratch = Scratch::new("new");
    let begin = Instant::now();
    let mut cluster = start(&scratch.settings());
    eprintln!("new cluster: {:?}", begin.elapsed());
    assert!(cluster.is_running());
    assert!(cluster.tcp().is_none());
    assert_eq!(ask(&cluster, "show server_encoding"), "UTF8");
    let locale = "select datcollate || ' ' || datctype from pg_database where datname = 'postgres'";
    assert_eq!(ask(&cluster, locale), "C C.UTF-8");
    assert_eq!(ask(&cluster, "select lower('ÉCLAIR')"), "éclair");
    assert_eq!(ask(&cluster, "show listen_addresses"), "");
    assert_eq!(ask(&cluster, "show fsync"), "off");
    let pid = cluster.pid();
    cluster.stop().expect("stop the cluster");
    assert!(!is_alive(pid));
}

#[test]
fn ctrl_c_does_not_reach_postgres() {
    let scratch = Scratch::new("group");
    let cluster = start(&scratch.settings());
    let pid = cluster.pid().to_string();
    // A terminal signals its foreground process group, and a group has the id of its first process.
    let group = Command::new("ps").args(["-o", "pgid=", "-p", &pid]).output();
    let group = group.expect("run ps").stdout;
    assert_eq!(String::from_utf8_lossy(&group).trim(), pid);
}

#[test]
fn an_existing_cluster_keeps_its_data() {
    let scratch = Scratch::new("existing");
    let settings = Settings::new(scratch.0.join("data"));
    let begin = Instant::now();
    let cluster = start(&settings);
    eprintln!("new durable cluster: {:?}", begin.elapsed());
    assert_eq!(ask(&cluster, "show fsync"), "on");
    ask(&cluster, "create table kept as select 42 as answer");
    drop(cluster);
    let begin = Instant::now();
    let mut reports = Vec::new();
    let cluster =
        Cluster::start(&settings, &mut |line| reports.push(line.to_owned())).expect("start it again");
    eprintln!("existing cluster: {:?}", begin.elapsed());
    assert_eq!(ask(&cluster, "select answer from kept"), "42");
    assert_eq!(reports, Vec::<String>::new(), "an ordinary start has nothing to report");
}

#[test]
fn tcp_asks_for_the_password() {
    let scratch = Scratch::new("tcp");
    let settings = Settings {
        tcp: true,
        parameters: vec![("max_connections".to_owned(), "17".to_owned())],
        ..scratch.settings()
    };
    let cluster = start(&settings);
    let tcp = cluster.tcp().expect("a TCP connection").clone();
    assert_eq!(query(&tcp, "show max_connections"), Ok("17".to_owned()));
    assert_eq!(ask(&cluster, "show port"), tcp.port.to_string());
    let wrong = Connection { password: Some("wrong".to_owned()), ..tcp };
    let refused = query(&wrong, "select 1").expect_err("a wrong password is refused");
    assert!(refused.contains("password authentication failed"), "{refused}");
}

#[test]
fn a_second_start_on_the_same_folder_is_refused() {
    let scratch = Scratch::new("second");
    let holder = Holder::start(&scratch.settings().data);
    let refused = Cluster::start(&scratch.settings(), &mut |_| {}).expect_err("the folder is held");
    let text = refused.to_string();
    let Error::Locked { folder, holder: pid } = refused else {
        panic!("{text}");
    };
    assert_eq!(folder, scratch.settings().data);
    assert_eq!(pid, Some(holder.process.id()));
    assert!(text.contains("AGORA_DATA_DIR"), "{text}");
    holder.kill();
    start(&scratch.settings());
}

#[test]
fn the_postgres_of_a_killed_server_is_stopped_and_its_data_kept() {
    let scratch = Scratch::new("killed");
    let holder = Holder::start(&scratch.settings().data);
    let left_over = holder.kill();
    assert!(is_alive(left_over), "it outlives its server");
    let mut reports = Vec::new();
    let cluster =
        Cluster::start(&scratch.settings(), &mut |line| reports.push(line.to_owned())).expect("start again");
    assert!(!is_alive(left_over));
    assert!(reports.iter().any(|line| line.contains(&left_over.to_string())), "{reports:?}");
    assert_eq!(ask(&cluster, "select 1"), "1");
}

#[test]
fn a_stale_pid_file_of_another_process_does_not_matter() {
    let scratch = Scratch::new("stale");
    let mut cluster = start(&scratch.settings());
    cluster.kill().expect("kill PostgreSQL");
    drop(cluster);
    let path = scratch.settings().data.join("cluster/pgdata/postmaster.pid");
    let text = fs::read_to_string(&path).expect("a killed PostgreSQL leaves its pid file");
    let (_, rest) = text.split_once('\n').expect("several lines");
    let mut other = Command::new("sleep").arg("60").spawn().expect("start another process");
    fs::write(&path, format!("{}\n{rest}", other.id())).expect("write the pid file");
    let cluster = start(&scratch.settings());
    assert_eq!(ask(&cluster, "select 1"), "1");
    assert!(is_alive(other.id()), "the other process is let alone");
    other.kill().expect("end the other process");
    other.wait().expect("wait for the other process");
}

#[test]
fn an_initdb_cut_short_leaves_nothing_half_made() {
    let scratch = Scratch::new("partial");
    let partial = scratch.settings().data.join("cluster.partial-0badcafe/pgdata");
    fs::create_dir_all(&partial).expect("create what an initdb left");
    fs::write(partial.join("PG_VERSION"), "9\n").expect("write a file");
    let cluster = start(&scratch.settings());
    assert_eq!(ask(&cluster, "select 1"), "1");
    assert!(!partial.exists());
}

#[test]
fn a_killed_cluster_recovers_on_the_same_connection() {
    let scratch = Scratch::new("restart");
    let settings = Settings { tcp: true, ..scratch.settings() };
    let mut cluster = start(&settings);
    let (connection, tcp) = (cluster.connection().clone(), cluster.tcp().cloned());
    let backends = ask(&cluster, "select string_agg(pid::text, ' ') from pg_stat_activity");
    cluster.kill().expect("kill PostgreSQL");
    assert!(!cluster.is_running());
    assert!(query(&connection, "select 1").is_err());
    assert!(!backends.split(' ').any(|pid| is_alive(pid.parse().expect("a process id"))));
    cluster.restart().expect("start it again");
    assert!(cluster.is_running());
    assert_eq!((cluster.connection(), cluster.tcp()), (&connection, tcp.as_ref()));
    assert_eq!(ask(&cluster, "select 1"), "1");
    let before = cluster.pid();
    cluster.restart().expect("restart a running one");
    assert_ne!(cluster.pid(), before);
    assert_eq!(ask(&cluster, "select 1"), "1");
}

#[test]
fn postgres_killed_from_outside_is_noticed_and_started_anew() {
    let scratch = Scratch::new("outside");
    let mut cluster = start(&scratch.settings());
    let kill = Command::new("kill").args(["-KILL", &cluster.pid().to_string()]).status();
    assert!(kill.expect("run kill").success());
    eventually("the end of PostgreSQL", || !cluster.is_running());
    drop(cluster);
    // Backend processes of the killed server may still be exiting.
    let cluster = start(&scratch.settings());
    assert_eq!(ask(&cluster, "select 1"), "1");
}

#[test]
fn a_postgres_that_cannot_start_reports_its_log() {
    let scratch = Scratch::new("bad");
    let settings =
        Settings { parameters: vec![("shared_buffers".to_owned(), "much".to_owned())], ..scratch.settings() };
    let error = Cluster::start(&settings, &mut |_| {}).expect_err("the setting is wrong");
    let text = error.to_string();
    assert!(matches!(error, Error::Died { .. }), "{text}");
    assert!(text.contains("shared_buffers") && text.contains("postgres.log"), "{text}");
    start(&scratch.settings());
}

#[test]
fn a_cluster_of_another_major_version_is_not_touched() {
    let scratch = Scratch::new("major");
    drop(start(&scratch.settings()));
    let version = scratch.settings().data.join("cluster/pgdata/PG_VERSION");
    fs::write(&version, "9\n").expect("write the version");
    let error = Cluster::start(&scratch.settings(), &mut |_| {}).expect_err("no installation fits");
    let text = error.to_string();
    assert!(matches!(error, Error::WrongMajor { data: 9, .. }), "{text}");
    assert!(text.contains("Install PostgreSQL 9"), "{text}");
}

#[test]
fn a_long_path_gets_a_short_socket_folder_that_is_removed_again() {
    let scratch = Scratch::new("long");
    let settings = Settings { data: scratch.0.join("l".repeat(100)), ..scratch.settings() };
    let cluster = start(&settings);
    let socket = PathBuf::from(&cluster.connection().host);
    assert!(socket.starts_with("/tmp") && !socket.starts_with(&settings.data));
    assert_eq!(ask(&cluster, "select 1"), "1");
    drop(cluster);
    assert!(!socket.exists());

    let holder = Holder::start(&settings.data);
    let pid_file = settings.data.join("cluster/pgdata/postmaster.pid");
    let text = fs::read_to_string(pid_file).expect("a running PostgreSQL has a pid file");
    let left = PathBuf::from(text.lines().nth(4).expect("the socket's folder"));
    holder.kill();
    assert!(left.exists());
    start(&settings);
    assert!(!left.exists(), "the folder of a killed server is removed too");
}

/// Runs as root only: otherwise PostgreSQL runs as the current user, which can reach the folder.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_the_account_cannot_reach_is_replaced_and_that_is_said() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let scratch = Scratch::new("unreachable");
    if fs::metadata(&scratch.0).expect("look at the folder").uid() != 0 {
        return;
    }
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o700)).expect("close the folder");
    let mut reports = Vec::new();
    let cluster =
        Cluster::start(&scratch.settings(), &mut |line| reports.push(line.to_owned())).expect("start");
    let kept = PathBuf::from(ask(&cluster, "show data_directory"));
    let root = kept.ancestors().nth(2).expect("the folder of the cluster").to_owned();
    assert!(!kept.starts_with(&scratch.0), "{}", kept.display());
    assert!(reports[0].contains(&root.display().to_string()), "{reports:?}");
    assert!(scratch.settings().data.join("lock").exists(), "the lock stays where it was asked for");
    ask(&cluster, "create table kept as select 42 as answer");
    drop(cluster);
    let cluster = start(&scratch.settings());
    assert_eq!(ask(&cluster, "select answer from kept"), "42");
    drop(cluster);
    fs::remove_dir_all(root).expect("remove the folder");
}

/// Covers a folder from `mktemp -d`, which belongs to root and is private to it.
#[test]
fn a_private_data_folder_is_opened_just_far_enough() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("private");
    let settings = scratch.settings();
    fs::create_dir(&settings.data).expect("create the data folder");
    fs::set_permissions(&settings.data, fs::Permissions::from_mode(0o700)).expect("close the folder");
    let cluster = start(&settings);
    assert!(ask(&cluster, "show data_directory").starts_with(&settings.data.display().to_string()));
    let mode = |path: &Path| fs::metadata(path).expect("look at a folder").permissions().mode() & 0o777;
    assert_eq!(mode(&settings.data) & 0o066, 0);
    assert_eq!(mode(Path::new(&cluster.connection().host)), 0o700);
}

#[test]
fn without_postgres_all_four_remedies_are_shown() {
    let text = Error::NoPostgres.to_string();
    for remedy in
        ["DATABASE_URL", "apt-get install postgresql", "brew install", "start Docker", "--features download"]
    {
        assert!(text.contains(remedy), "{remedy}: {text}");
    }
}
