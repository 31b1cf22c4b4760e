//! Runs a command with the PostgreSQL that tests need: `stack COMMAND [ARG ...]`. Exits with the command's status.

use std::process::{Command, ExitCode};

use agora_harness::DATABASE_VARIABLE as URL;
use agora_harness::stack::{self, Container, External, KIND_VARIABLE, Kind};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!(
            "usage: stack COMMAND [ARG ...]\nStarts a throw-away PostgreSQL, sets {URL}, runs COMMAND, stops it.\n\
             {KIND_VARIABLE}=containers takes one container, =private a cluster of the installed PostgreSQL, =external the \
             PostgreSQL of {URL}. Default: containers where an engine answers, else private."
        );
        return ExitCode::from(2);
    };
    match run(Command::new(program).args(arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("stack: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(command: &mut Command) -> Result<ExitCode, String> {
    let chosen = std::env::var(KIND_VARIABLE).ok();
    match Kind::choose(chosen.as_deref(), agora_cluster::engine_answers)? {
        Kind::Containers => {
            let container = Container::start().await?;
            on(container.url(), &format!("in a container of {}", container.image()), command).await
        }
        Kind::Private => {
            let cluster = stack::cluster().map_err(|error| error.to_string())?;
            on(&cluster.connection().url("postgres"), "a private cluster", command).await
        }
        Kind::External => {
            let external = External::take().await?;
            let code = on(external.url(), "an external one", command).await;
            external.clean().await?;
            code
        }
    }
}

/// Creates the template database, and runs the command to its end.
async fn on(url: &str, what: &str, command: &mut Command) -> Result<ExitCode, String> {
    eprintln!("stack: PostgreSQL {}, {what}", stack::version(url).await?);
    stack::make_template(url).await?;
    let status = command.env(URL, url).status();
    let status = status.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let deadlocked = stack::deadlocked(url).await?;
    if !deadlocked.is_empty() {
        return Err(format!("transactions of these databases deadlocked: {}", deadlocked.join(", ")));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
