//! Runs a command on the stack that tests need: `stack COMMAND [ARG ...]`. Exits with the command's status.

use std::process::{Command, ExitCode};

use agora_harness::{DATABASE_VARIABLE, stack};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!(
            "usage: stack COMMAND [ARG ...]\nStarts a throw-away PostgreSQL, sets {DATABASE_VARIABLE}, runs COMMAND, stops it."
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

fn run(command: &mut Command) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let cluster = stack::cluster().map_err(|error| error.to_string())?;
    runtime.block_on(stack::make_template(&cluster))?;
    let version = cluster.installation().map_or("in a container", |installation| installation.version());
    eprintln!("stack: PostgreSQL {version}, a private cluster");
    let status = command.env(DATABASE_VARIABLE, cluster.connection().url("postgres")).status();
    drop(cluster);
    let status = status.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
