//! Merges the contract coverage of tests and fuzz runs into an HTML page and a text file. Fails if no test shows a fact
//! that the file of gaps does not list, or if that file has grown. Run it by `./justw coverage`.

mod figures;
mod gaps;
mod merge;
mod page;
mod text;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::gaps::{Difference, Gaps};
use crate::merge::Coverage;

/// Report the parts of the contract that tests and fuzz runs have exercised.
///
/// Exits with 0 only if tests show every fact that the file of gaps does not list. Facts of fuzz runs are reported, but
/// do not count: each run finds others.
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
    /// The file with the facts that no test shows, relative to the root of the repository.
    #[arg(long)]
    gaps: PathBuf,
    /// The branch whose file of gaps this one must not exceed.
    #[arg(long)]
    base: Option<String>,
    /// Remove from the file of gaps what tests show by now.
    #[arg(long)]
    shrink: bool,
    /// Add everything that is missing to the file of gaps; for a new contract.
    #[arg(long)]
    start: bool,
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
    let gaps = Gaps::read(&cli.gaps)?;
    let write = |path: PathBuf, text: String| {
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(&cli.folder).map_err(|error| format!("{}: {error}", cli.folder.display()))?;
    write(cli.folder.join("coverage.txt"), text::whole(&coverage))?;
    write(cli.folder.join("index.html"), page::html(&coverage, &gaps))?;
    let mut reported = text::totals(&coverage);
    reported.push_str(&text::reasons(&gaps));
    reported
        .push_str(&format!("See {} and coverage.txt beside it.\n", cli.folder.join("index.html").display()));
    let Difference { new, closed } = gaps.difference(&coverage);
    if cli.shrink && !closed.is_empty() {
        write(cli.gaps.clone(), gaps.rewritten(&closed, &[]))?;
    }
    if cli.start {
        write(cli.gaps.clone(), gaps.rewritten(&closed, &new))?;
    }
    reported
        .push_str(&text::listed("No test shows these facts, and the file of gaps does not list them", &new));
    reported.push_str(&text::listed("Tests show these gaps by now; remove them with --shrink", &closed));
    let base = cli.base.as_deref().map(|base| Gaps::of_base(base, &cli.gaps)).transpose()?.flatten();
    let added = base
        .map(|(base, contract)| Gaps::read(&cli.gaps).map(|gaps| gaps.beyond(&base, &contract)))
        .transpose()?;
    let added = added.unwrap_or_default();
    reported.push_str(&text::listed("The file of gaps may only shrink, and these lines are new", &added));
    write!(std::io::stdout(), "{reported}").map_err(|error| error.to_string())?;
    Ok((new.is_empty() || cli.start) && added.is_empty())
}
