//! The command line of Agora.
#![expect(clippy::doc_markdown, reason = "the doc comments are the texts of --help")]

mod password;

use std::path::PathBuf;
use std::process::ExitCode;

use agora::sandbox::{self, Sandbox};
use agora::{Config, ConfigError, Listeners, NewAdmin, Profile, Removed, ServeError};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// It takes a tenth off what a page of a list costs, and gives memory back after a rush.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Contract-first backend for an online marketplace.
///
/// All settings are environment variables; .env.example lists them.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    ///
    /// Without DATABASE_URL, starts a sandbox: finds PostgreSQL, creates a private cluster in AGORA_DATA_DIR (.agora), runs
    /// the migrations, loads the FakeStore dataset, and prints the URLs and demo accounts. With DATABASE_URL, uses the
    /// production profile unless AGORA_PROFILE is sandbox; run migrate first.
    ///
    /// On SIGTERM or Ctrl-C, completes the requests in flight and exits with 0.
    Serve,
    /// Check the settings, keys and database, print all problems, and exit.
    ///
    /// Checks what serve requires: valid settings and keys, and a database that is reachable, migrated and without
    /// published passwords. Changes nothing and prints no secrets. Exits with 0 if the server can start.
    Check,
    /// Run the pending migrations under a lock, and exit.
    ///
    /// Uses DATABASE_MIGRATE_URL, or DATABASE_URL if it is not set. The role must be able to create roles and own the
    /// schema. Without either, migrates the sandbox's cluster, which must be stopped.
    Migrate,
    /// Load the missing parts of the FakeStore dataset, and exit. Existing rows are kept.
    ///
    /// Uses the same variables as migrate. In the sandbox, runs the migrations first.
    Seed {
        /// Delete all data and load the dataset again. Works only with a sandbox database.
        #[arg(long)]
        flush: bool,
    },
    /// Create an admin account, such as the first one of a production database, and exit.
    ///
    /// Uses the same variables as migrate. Reads the password from --password-file, or prompts for it. The password must
    /// have 8 to 128 characters, and must not be a common password or equal the username.
    CreateAdmin {
        /// Username of the account.
        #[arg(long)]
        username: String,
        /// Email address of the account.
        #[arg(long)]
        email: String,
        /// File with the password on its first line, or - for standard input.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Delete idempotency keys after 24 hours, sessions one day after they ended and unpublished events after 7 days, and exit.
    ///
    /// Servers also do this every hour. Uses DATABASE_URL.
    CleanUp,
    /// Manage the keys that sign access tokens.
    Keys {
        #[command(subcommand)]
        command: Keys,
    },
    /// Print the OpenAPI 3.0 document that this server was built from.
    Openapi {
        /// Print JSON instead of YAML.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// Take the next step in the replacement of the signing key, print what to do then, and exit.
    ///
    /// Appends a new key to the file, which only verifies; moves it to the front, so that it signs; and removes the old one once
    /// nothing that it has signed is valid any more. Restart all servers after each step (docs/keys.md).
    Rotate {
        /// File with the keys; without it, that of JWT_PRIVATE_KEY_FILE, or else that of the sandbox in AGORA_DATA_DIR.
        #[arg(long)]
        file: Option<PathBuf>,
        /// Append and move the new key in one step: for a single server whose tokens no other service verifies.
        #[arg(long)]
        at_once: bool,
    },
}

/// The command line, with the table of settings where they are read.
fn command() -> clap::Command {
    let with_settings = |command: clap::Command| command.after_long_help(agora::settings_help());
    with_settings(Cli::command())
        .mut_subcommand("serve", with_settings)
        .mut_subcommand("check", with_settings)
}

fn main() -> ExitCode {
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    if let Command::Openapi { json } = cli.command {
        return print(if json { agora_api::DOCUMENT_JSON } else { agora_api::DOCUMENT_YAML });
    }
    let (config, refusals) = Config::examine();
    if matches!(cli.command, Command::Check) {
        return check(&config, refusals);
    }
    if !refusals.is_empty() {
        return fail(&ConfigError(refusals));
    }
    agora::start_logging(&config);
    agora::log_panics();
    for hint in &config.hints {
        progress(hint);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = config.workers {
        runtime.worker_threads(workers);
    }
    let outcome = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(run(&cli.command, config)),
        Err(error) => return fail(&error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn check(config: &Config, mut problems: Vec<String>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    problems.extend(runtime.block_on(agora::check(config)));
    for hint in &config.hints {
        progress(hint);
    }
    if !problems.is_empty() {
        return fail(&ConfigError(problems));
    }
    progress(match config.database_url {
        Some(_) => "settings, keys and database are valid",
        None => "settings are valid; the sandbox uses its own database",
    });
    ExitCode::SUCCESS
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("agora: {error}");
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "the document is what was asked for")]
fn print(document: &str) -> ExitCode {
    println!("{document}");
    ExitCode::SUCCESS
}

async fn run(command: &Command, config: Config) -> Result<(), ServeError> {
    let is_sandboxed = config.profile == Profile::Sandbox && config.database_migrate_url.is_none();
    match command {
        Command::Serve => serve(config).await,
        Command::Migrate if is_sandboxed => Sandbox::start(config, progress).await?.stop().await,
        Command::Seed { flush } if is_sandboxed => {
            let sandbox = Sandbox::start(config, progress).await?;
            let outcome = seed(&sandbox.config, *flush).await;
            sandbox.stop().await?;
            outcome
        }
        Command::Migrate => {
            let count = agora::migrate(&config).await?;
            eprintln!("agora: ran {count} migrations");
            Ok(())
        }
        Command::Seed { flush } => seed(&config, *flush).await,
        Command::CreateAdmin { username, email, password_file } => {
            let password = password::read(password_file.as_deref()).map_err(ServeError::Sandbox)?;
            let admin = NewAdmin { username: username.clone(), email: email.clone(), password };
            let id = agora::create_admin(&config, admin).await?;
            eprintln!("agora: created admin {username} (id {id})");
            Ok(())
        }
        Command::Keys { command: Keys::Rotate { file, at_once } } => {
            // An empty variable counts as not set.
            let of_setting = || std::env::var_os("JWT_PRIVATE_KEY_FILE").filter(|file| !file.is_empty());
            let file = file.clone().or_else(|| of_setting().map(PathBuf::from));
            progress(&agora::rotate_keys(&config, file.as_deref(), *at_once)?);
            Ok(())
        }
        Command::CleanUp if config.database_url.is_none() => {
            let sandbox = Sandbox::start(config, progress).await?;
            let outcome = clean_up(&sandbox.config).await;
            sandbox.stop().await?;
            outcome
        }
        Command::CleanUp => clean_up(&config).await,
        Command::Check | Command::Openapi { .. } => Ok(()),
    }
}

async fn clean_up(config: &Config) -> Result<(), ServeError> {
    match agora::clean_up(config).await? {
        Some(Removed { keys, sessions, events, bags }) => {
            progress(&format!(
                "deleted {keys} idempotency keys, {sessions} sessions and {events} unpublished events, and abandoned {bags} \
                 bags"
            ));
        }
        None => progress("another process is already cleaning up"),
    }
    Ok(())
}

async fn seed(config: &Config, is_flushed: bool) -> Result<(), ServeError> {
    if is_flushed { agora::flush(config).await } else { agora::seed(config).await }
}

fn progress(line: &str) {
    eprintln!("agora: {line}");
}

async fn serve(config: Config) -> Result<(), ServeError> {
    // Ready before anything slow: a Ctrl-C while the cluster starts still stops it in order.
    let stopped = stop_signal()?;
    if config.profile == Profile::Production {
        let listeners = Listeners::bind(&config).await?;
        return agora::serve(&config, listeners, stopped).await;
    }
    let sandbox = Sandbox::start(config, progress).await?;
    // After the cluster, so that a second server on one data folder is told so, and not that its port is taken.
    let outcome = serve_sandbox(&sandbox, stopped).await;
    sandbox.stop().await?;
    outcome
}

async fn serve_sandbox(sandbox: &Sandbox, stopped: impl Future<Output = ()>) -> Result<(), ServeError> {
    agora::seed(&sandbox.config).await?;
    let listeners = Listeners::bind(&sandbox.config).await?;
    let base = listeners.api_base().unwrap_or_default();
    eprintln!("{}", sandbox::welcome(&sandbox.config, &base, listeners.metrics_base().as_deref()));
    agora::serve(&sandbox.config, listeners, stopped).await
}

/// Resolves at SIGTERM or Ctrl-C. A second one ends the process at once: whoever sends it does not want to wait.
fn stop_signal() -> Result<impl Future<Output = ()>, ServeError> {
    let of = |kind| {
        signal(kind).map_err(|error| ServeError::Sandbox(format!("signals cannot be received: {error}")))
    };
    let (mut terminate, mut interrupt) = (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
    let mut signalled = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        signalled().await;
        tokio::spawn(async move {
            signalled().await;
            eprintln!("agora: stopped immediately by a second signal");
            std::process::exit(1);
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_describes_its_effect_and_settings() {
        command().debug_assert();
        for command in command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    #[test]
    fn help_has_the_settings_that_are_read() {
        for mut command in command().get_subcommands().cloned() {
            let is_expected = ["serve", "check"].contains(&command.get_name());
            let help = command.render_long_help().to_string();
            assert_eq!(help.contains("AGORA_SECRETS"), is_expected, "{help}");
        }
    }
}
