//! Reads a password for the command line. Never from an argument: every user of the machine can list those.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, stdin};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::SecretString;

/// Reads the first line of a file, of standard input for `-`, or of the terminal with echo switched off.
///
/// # Errors
/// A message with the remedy when there is no password.
pub fn read(file: Option<&Path>) -> Result<SecretString, String> {
    match file {
        Some(path) if path.as_os_str() != "-" => {
            let opened = File::open(path);
            first_line(opened.map_err(|error| format!("{} cannot be read ({error})", path.display()))?)
        }
        Some(_) => first_line(stdin().lock()),
        None if stdin().is_terminal() => asked(),
        None => Err("no password: use --password-file with a file, or - for standard input".to_owned()),
    }
}

fn first_line(source: impl Read) -> Result<SecretString, String> {
    let mut line = String::new();
    BufReader::new(source).read_line(&mut line).map_err(|error| format!("no password: {error}"))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() { Err("the password is empty".to_owned()) } else { Ok(password.to_owned().into()) }
}

fn asked() -> Result<SecretString, String> {
    let failed =
        |error: rustix::io::Errno| format!("the terminal cannot be read ({error}): use --password-file");
    let terminal = stdin();
    let before = tcgetattr(&terminal).map_err(failed)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Now, &silent).map_err(failed)?;
    eprint!("Password: ");
    let password = first_line(terminal.lock());
    eprintln!();
    tcsetattr(&terminal, OptionalActions::Now, &before).map_err(failed)?;
    password
}
