//! Merges the contract coverage of tests and fuzz runs into an HTML page and a text file. Fails if a figure of the tests
//! is below the gate: figures may only rise. Run it by `./justw coverage`.

mod figures;
mod merge;
mod page;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::figures::{Figures, Verdict};
use crate::merge::Coverage;

/// Tell what tests and fuzz runs have exercised of the contract.
///
/// Exits with 0 only where no figure of the tests is below that of the gate. What fuzz runs add is told, and no part of
/// the figures: they find something else each time.
#[derive(Parser)]
#[command(name = "coverage")]
struct Cli {
    /// The folder with the records of a test run.
    #[arg(long)]
    records: PathBuf,
    /// The folder of a fuzz run, whose HAR files are its record.
    #[arg(long)]
    fuzz: Option<PathBuf>,
    /// The folder for index.html and coverage.txt.
    #[arg(long)]
    folder: PathBuf,
    /// The file with the figures that must be reached.
    #[arg(long)]
    gate: PathBuf,
    /// Write the gate anew, where the figures have risen.
    #[arg(long)]
    raise: bool,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("coverage: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool, String> {
    let mut coverage = Coverage::default();
    coverage.add_records(&cli.records)?;
    if let Some(fuzz) = &cli.fuzz {
        coverage.add_fuzz(fuzz)?;
    }
    let write = |name: &str, text: String| {
        let path = cli.folder.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(&cli.folder).map_err(|error| format!("{}: {error}", cli.folder.display()))?;
    write("coverage.txt", text::whole(&coverage))?;
    write("index.html", page::html(&coverage))?;
    let (figures, gate) = (Figures::from_coverage(&coverage), Figures::read(&cli.gate)?);
    let verdict = figures.against(&gate);
    let mut reported = text::totals(&coverage);
    reported
        .push_str(&format!("See {} and coverage.txt beside it.\n", cli.folder.join("index.html").display()));
    reported.push_str(&match &verdict {
        Verdict::Lower(names) => text::fallen(&coverage, names, &gate),
        Verdict::Same => "The figures are those of the gate.\n".to_owned(),
        Verdict::Higher if cli.raise => raise(&figures, &cli.gate)?,
        Verdict::Higher => {
            format!(
                "The figures have risen: './justw coverage-gate --raise' writes the gate anew:\n{figures}"
            )
        }
    });
    write!(std::io::stdout(), "{reported}").map_err(|error| error.to_string())?;
    Ok(!matches!(verdict, Verdict::Lower(_)))
}

fn raise(figures: &Figures, gate: &Path) -> Result<String, String> {
    std::fs::write(gate, figures.to_string()).map_err(|error| format!("{}: {error}", gate.display()))?;
    Ok(format!("{} is raised.\n", gate.display()))
}
