//! Access to the environment, from which settings are read.

use std::collections::{BTreeSet, HashMap};

use super::Profile;
use super::settings::{ALL, ByDefault, ELSEWHERE, IN_FILES, Setting};

/// Variables of the environment, and the errors found so far.
#[derive(Default)]
pub(super) struct Source {
    pub(super) vars: HashMap<String, String>,
    pub(super) refusals: Vec<String>,
    /// Names of the refused settings.
    pub(super) refused: BTreeSet<String>,
}

impl Source {
    /// Reads an optional setting.
    pub(super) fn set<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let name = setting.name;
        let text = if IN_FILES.contains(&name) { self.text_or_file(name) } else { self.text(name) }?;
        match (setting.read)(&text) {
            Ok(value) => Some(value),
            Err(whys) if whys.is_empty() => {
                self.reject(name, format!("{name} is invalid: set {}", setting.expected));
                None
            }
            Err(whys) => {
                whys.iter().for_each(|why| self.reject(name, format!("{name} {why}")));
                None
            }
        }
    }

    /// Reads a setting, or its default.
    pub(super) fn value<T>(&mut self, setting: &Setting<T>, profile: Profile) -> T {
        let default = match (setting.default, profile) {
            (ByDefault::Always(text), _) => text,
            (ByDefault::ByProfile { sandbox, .. }, Profile::Sandbox) => sandbox,
            (ByDefault::ByProfile { production, .. }, Profile::Production) => production,
            (ByDefault::None(_), _) => "",
        };
        self.set(setting).unwrap_or_else(|| (setting.read)(default).expect("defaults are usable"))
    }

    /// Returns the text of a variable without surrounding quotes, which `.env` files may keep. Empty counts as not set.
    fn text(&self, name: &str) -> Option<String> {
        let text = self.vars.get(name)?.trim();
        let quoted = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        let text = quoted('"').or_else(|| quoted('\'')).unwrap_or(text).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns the text of a variable, or of the file that the variable with the suffix `_FILE` names.
    fn text_or_file(&mut self, name: &str) -> Option<String> {
        let by_file = format!("{name}_FILE");
        match (self.text(name), self.text(&by_file)) {
            (Some(_), Some(_)) => {
                self.reject(name, format!("{by_file} and {name} are both set: set only one"));
                None
            }
            (Some(text), None) => Some(text),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) if text.trim().is_empty() => {
                    let why = format!("{by_file} refers to {path}, which is empty: write the secret to it");
                    self.reject(name, why);
                    None
                }
                Ok(text) => Some(text.trim().to_owned()),
                Err(error) => {
                    let why = format!(
                        "{by_file} refers to {path}, which cannot be read ({error}): correct the path or its permissions"
                    );
                    self.reject(name, why);
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// Returns a line for each unknown variable with a name close to a setting that is not set.
    pub(super) fn misspelt(&self) -> Vec<String> {
        let names = || ALL.iter().map(|row| row.name());
        let is_near = |name: &str, known: &str| {
            !self.vars.contains_key(known) && strsim::damerau_levenshtein(name, known) <= 2
        };
        let hint = |name: &String| {
            let near = names().filter(|_| setting_of(name).is_none()).find(|known| is_near(name, known))?;
            Some(format!("{name} is an unknown setting and is ignored; did you mean {near}?"))
        };
        let mut hints: Vec<String> = self.vars.keys().filter_map(hint).collect();
        hints.sort();
        hints
    }

    /// Refuses a setting. The line starts with the name of the variable.
    pub(super) fn reject(&mut self, setting: &str, line: String) {
        self.refused.insert(setting.to_owned());
        self.refusals.push(line);
    }
}

/// Returns the setting that a variable belongs to, or `None` if Agora does not read the variable.
pub(super) fn setting_of(variable: &str) -> Option<&str> {
    let setting = variable.strip_suffix("_FILE").filter(|name| IN_FILES.contains(name)).unwrap_or(variable);
    let is_ours = ALL.iter().any(|row| row.name() == setting) || ELSEWHERE.contains(&variable);
    is_ours.then_some(setting)
}
