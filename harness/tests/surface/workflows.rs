//! Checks that CI runs recipes which exist, with arguments that they take, and each suite on its own stack once.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use super::spec_rules::repository::{File, repository, text};

/// Number of arguments that a recipe takes: the least, and the most unless it takes any number.
type Arity = (usize, Option<usize>);

/// Returns the recipes of a Justfile.
fn recipes(justfile: &str) -> BTreeMap<String, Arity> {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)^@?([a-z_][a-z0-9_-]*)((?: [*+]?[A-Z]+(?:="[^"]*")?)*):(?:[^=]|$)"#)
            .expect("the pattern is valid")
    });
    HEAD.captures_iter(justfile)
        .map(|head| {
            let parameters: Vec<&str> = head[2].split_whitespace().collect();
            let least = parameters.iter().filter(|one| !one.starts_with('*') && !one.contains('=')).count();
            let any = parameters.iter().any(|one| one.starts_with(['*', '+']));
            (head[1].to_owned(), (least, (!any).then_some(parameters.len())))
        })
        .collect()
}

/// A job of a workflow: its matrix, its environment (that of its steps included), and its commands.
#[derive(Default)]
struct Job {
    name: String,
    lists: BTreeMap<String, Vec<String>>,
    env: BTreeMap<String, String>,
    commands: Vec<String>,
}

/// Reads the jobs of a workflow. The first has what stands above all jobs.
///
/// This understands the YAML that our workflows use: block mappings, lists on one line, and block texts.
fn jobs(workflow: &str) -> Vec<Job> {
    let mut jobs = vec![Job::default()];
    let mut lines = workflow.lines().peekable();
    let mut below_jobs = false;
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let entry = line.trim_start().trim_start_matches("- ");
        let Some((key, value)) = entry.split_once(':').filter(|_| !entry.starts_with('#')) else { continue };
        let value = value.split(" #").next().unwrap_or_default().trim();
        below_jobs |= line == "jobs:";
        if below_jobs && indent == 2 {
            jobs.push(Job { name: key.to_owned(), ..Job::default() });
            continue;
        }
        let job = jobs.last_mut().expect("there is a first job");
        if key == "run" {
            let mut command = value.to_owned();
            if value == "|" {
                command.clear();
                let is_inside =
                    |next: &&str| next.trim().is_empty() || next.len() - next.trim_start().len() > indent;
                while let Some(next) = lines.next_if(is_inside) {
                    command = format!("{command}{}\n", next.trim());
                }
            }
            job.commands.push(command);
        } else if let Some(list) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
            job.lists.insert(key.to_owned(), list.split(',').map(|one| one.trim().to_owned()).collect());
        } else {
            job.env.insert(key.to_owned(), value.trim_matches('"').to_owned());
        }
    }
    jobs
}

impl Job {
    /// Returns the values of a word of a command: those of the matrix for a variable that holds one.
    fn values(&self, word: &str) -> Vec<String> {
        static MATRIX: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^\$\{\{ matrix\.(\w+) \}\}$").expect("the pattern is valid"));
        let word = word.trim_matches('"');
        let held = word.strip_prefix('$').and_then(|name| self.env.get(name)).map_or(word, String::as_str);
        match MATRIX.captures(held) {
            Some(found) => self.lists.get(&found[1]).cloned().unwrap_or_default(),
            None => vec![held.to_owned()],
        }
    }

    /// Returns the calls of `./justw`: recipes with the number of their arguments.
    fn calls(&self) -> Vec<(String, usize)> {
        let lines = self.commands.iter().flat_map(|command| command.split(['\n', ';', '&', '|']));
        let calls = lines.filter_map(|line| line.trim().strip_prefix("./justw ")).flat_map(|call| {
            let mut words = call.split_whitespace();
            let recipes = self.values(words.next().unwrap_or_default());
            let arguments = words.count();
            recipes.into_iter().map(move |recipe| (recipe, arguments))
        });
        calls.collect()
    }
}

/// Returns the calls in a workflow that `recipes` does not allow.
fn bad_calls(recipes: &BTreeMap<String, Arity>, workflow: &File) -> Vec<String> {
    let mut found = Vec::new();
    for job in jobs(&workflow.text) {
        let place = format!("{}: {}", workflow.path, job.name);
        for (recipe, arguments) in job.calls() {
            match recipes.get(&recipe) {
                Some((least, most)) if arguments < *least || most.is_some_and(|most| arguments > most) => {
                    found.push(format!("{place}: {recipe} does not take {arguments} arguments"));
                }
                Some(_) if !recipe.starts_with('_') => {}
                _ => found.push(format!("{place}: there is no recipe {recipe:?}")),
            }
        }
        let starts = job.commands.iter().map(|command| command.matches("justw").count()).sum::<usize>();
        let is_matrix = |call: &(String, usize)| job.lists.values().any(|list| list.contains(&call.0));
        if starts
            != job.calls().iter().filter(|call| !is_matrix(call)).count()
                + usize::from(job.calls().iter().any(is_matrix))
        {
            found.push(format!("{place}: a call of justw is not understood"));
        }
    }
    found
}

fn workflows() -> Vec<File> {
    let folder = ".github/workflows";
    let entries = fs::read_dir(repository().join(folder)).expect("there are workflows");
    let names =
        entries.map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned());
    names.map(|name| format!("{folder}/{name}")).map(|path| File::new(&path, &text(&path))).collect()
}

fn job<'a>(jobs: &'a [Job], name: &str) -> &'a Job {
    jobs.iter().find(|job| job.name == name).unwrap_or_else(|| panic!("there is no job {name}"))
}

#[test]
fn workflows_run_recipes_that_exist() {
    let recipes = recipes(&text("Justfile"));
    let workflows = workflows();
    let calls: usize =
        workflows.iter().flat_map(|workflow| jobs(&workflow.text)).map(|job| job.calls().len()).sum();
    assert!(calls >= 20, "only {calls} calls of ./justw were found");
    let found: Vec<String> = workflows.iter().flat_map(|workflow| bad_calls(&recipes, workflow)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn steps_of_ci_are_recipes() {
    let script = text(".ci/run");
    let recipes = recipes(&text("Justfile"));
    let steps =
        script.lines().find_map(|line| line.strip_prefix("all_steps=(")).expect("the script has steps");
    let (_, cases) = script.split_once("case $1 in").expect("the script has steps of its own");
    for step in steps.trim_end_matches(')').split_whitespace() {
        let has_case = cases.lines().any(|line| line.trim_start().starts_with(&format!("{step})")));
        assert!(has_case || recipes.get(step).is_some_and(|(least, _)| *least == 0), "{step} is no recipe");
    }
    for call in script.lines().filter_map(|line| line.split_once("./justw ")).map(|(_, call)| call) {
        let name = call.split_whitespace().next().unwrap_or_default();
        assert!(name == "\"$1\"" || recipes.contains_key(name), "{call}: there is no such recipe");
    }
}

/// Docker is present on GitHub's runners, so a job without a choice would take containers.
#[test]
fn each_suite_of_ci_runs_once_on_its_own_stack() {
    let jobs = jobs(&text(".github/workflows/ci.yml"));
    assert_eq!(jobs[0].env["HARNESS_STACK"], "private");
    let others: Vec<_> = jobs[1..].iter().filter(|job| job.env.contains_key("HARNESS_STACK")).collect();
    assert_eq!(others.len(), 1, "only the job of the containers has another stack");
    assert_eq!((&*others[0].name, &*others[0].env["HARNESS_STACK"]), ("containers", "containers"));
    let suites = ["test", "test-component", "coverage"];
    let calls = jobs.iter().flat_map(|job| job.calls().into_iter().map(|(recipe, _)| (recipe, &*job.name)));
    let mut found: Vec<_> = calls.filter(|(recipe, _)| suites.contains(&recipe.as_str())).collect();
    found.sort();
    assert_eq!(found, [("coverage".to_owned(), "check"), ("test-component".to_owned(), "containers")]);
    let nightly = super::workflows::jobs(&text(".github/workflows/nightly.yml"));
    assert_eq!(nightly[0].env["HARNESS_STACK"], "private");
}

#[test]
fn shards_of_the_planted_bugs_are_complete() {
    let jobs = jobs(&text(".github/workflows/nightly.yml"));
    let shards = &job(&jobs, "mutants").lists["shard"];
    let expected: Vec<String> = (1..=shards.len()).map(|shard| shard.to_string()).collect();
    assert_eq!(*shards, expected);
    let command = format!("./justw mutants --shard \"$SHARD/{}\"", shards.len());
    assert_eq!(job(&jobs, "mutants").commands, [command]);
}

#[test]
fn a_wrong_recipe_and_a_wrong_number_of_arguments_are_seen() {
    let recipes = recipes(
        "set shell := [\"bash\"]\ntest *ARGS: build\ndump FROM=\"15\" TO=\"18\":\npostgres MAJOR *ARGS:\n_hidden:\n",
    );
    let found = |run: &str| {
        let workflow = format!(
            "jobs:\n  one:\n    strategy:\n      matrix:\n        recipe: [test, {run}]\n    steps:\n      - name: a\n        env:\n          RECIPE: ${{{{ matrix.recipe }}}}\n        run: ./justw \"$RECIPE\"\n"
        );
        bad_calls(&recipes, &File::new("a.yml", &workflow))
    };
    assert_eq!(found("dump"), [""; 0]);
    assert_eq!(found("nothing"), ["a.yml: one: there is no recipe \"nothing\""]);
    assert_eq!(found("_hidden"), ["a.yml: one: there is no recipe \"_hidden\""]);
    assert_eq!(found("postgres"), ["a.yml: one: postgres does not take 0 arguments"]);
    let direct = |run: &str| {
        bad_calls(&recipes, &File::new("a.yml", &format!("jobs:\n  one:\n    steps:\n      - run: {run}\n")))
    };
    assert_eq!(direct("./justw postgres 18 -j 1"), [""; 0]);
    assert_eq!(direct("./justw dump 15 16 17"), ["a.yml: one: dump does not take 3 arguments"]);
    assert_eq!(
        direct("|\n          echo\n          ./justw tests"),
        ["a.yml: one: there is no recipe \"tests\""]
    );
    assert_eq!(direct("time ./justw test"), ["a.yml: one: a call of justw is not understood"]);
}
