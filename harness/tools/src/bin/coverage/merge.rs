//! The merged facts of all records, each with the source that covered it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use agora_harness::coverage::{Exchange, Fact, wanted};
use base64::Engine as _;
use serde::Deserialize;

/// The source that covered a fact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// By a test.
    Tests,
    /// By a fuzz run only.
    Fuzz,
    /// Nowhere.
    Nowhere,
}

/// All facts that the contract allows, each with the source that covered it.
pub struct Coverage {
    pub facts: BTreeMap<Fact, Seen>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { facts: wanted().into_iter().map(|fact| (fact, Seen::Nowhere)).collect() }
    }
}

impl Coverage {
    /// Adds the records of a test run, one file per process.
    pub fn add_records(&mut self, folder: &Path) -> Result<(), String> {
        let files = files(folder)?;
        if files.is_empty() {
            return Err(format!("{} has no record", folder.display()));
        }
        for name in files {
            let reported = |error: String| format!("{}: {error}", name.display());
            let file = File::open(&name).map_err(|error| reported(error.to_string()))?;
            for line in BufReader::new(file).lines() {
                let line = line.map_err(|error| reported(error.to_string()))?;
                let fact: Fact = serde_json::from_str(&line).map_err(|error| reported(error.to_string()))?;
                self.see(&fact, Seen::Tests);
            }
        }
        Ok(())
    }

    /// Adds the HAR files of a fuzz run; does nothing if the folder does not exist.
    pub fn add_fuzz(&mut self, folder: &Path) -> Result<(), String> {
        if !folder.exists() {
            return Ok(());
        }
        for name in
            files(folder)?.into_iter().map(|turn| turn.join("requests.har")).filter(|name| name.exists())
        {
            let file = File::open(&name).map_err(|error| format!("{}: {error}", name.display()))?;
            let har: Har = serde_json::from_reader(BufReader::new(file))
                .map_err(|error| format!("{}: {error}", name.display()))?;
            let facts: BTreeSet<Fact> = har.log.entries.iter().flat_map(Entry::facts).collect();
            for fact in facts {
                self.see(&fact, Seen::Fuzz);
            }
        }
        Ok(())
    }

    /// Ignores facts that the contract does not allow: an undocumented response already fails the run itself.
    fn see(&mut self, fact: &Fact, seen: Seen) {
        if let Some(known) = self.facts.get_mut(fact)
            && *known != Seen::Tests
        {
            *known = seen;
        }
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let reported = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(reported)? {
        files.push(entry.map_err(reported)?.path());
    }
    files.sort();
    Ok(files)
}

/// The part of a HAR file that shows coverage.
#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    headers: Vec<Header>,
    post_data: Option<Content>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    headers: Vec<Header>,
    content: Content,
}

#[derive(Default, Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
    encoding: Option<String>,
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self.encoding.as_deref() {
            Some("base64") => {
                base64::engine::general_purpose::STANDARD.decode(&self.text).unwrap_or_default()
            }
            _ => self.text.clone().into_bytes(),
        }
    }
}

impl Entry {
    fn facts(&self) -> BTreeSet<Fact> {
        // The path begins at the third slash.
        let path = self.request.url.splitn(4, '/').nth(3).unwrap_or_default();
        let headers = self.request.headers.iter().map(|header| (header.name.clone(), header.value.clone()));
        let exchange = Exchange {
            method: &self.request.method,
            target: &format!("/{path}"),
            headers: headers.collect(),
            body: &self.request.post_data.as_ref().map(Content::bytes).unwrap_or_default(),
            status: self.response.status,
            response_headers: self
                .response
                .headers
                .iter()
                .map(|header| header.name.to_ascii_lowercase())
                .collect(),
            response: &self.response.content.bytes(),
        };
        exchange.facts()
    }
}
