//! Runs `harness/migrations-check` in repositories of its own: for branches, and for first and forced pushes to main.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, process};

use super::spec_rules::repository;

const CHECK: &str = "harness/migrations-check";
const LOCK: &str = "harness/tests/surface/migrations.lock";
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A clone of an empty repository. Both are deleted at the end.
struct Clone {
    folder: PathBuf,
}

impl Clone {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("agora-migrations-check-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let clone = Self { folder };
        clone.git_in(&clone.folder, &["init", "--quiet", "--bare", "--initial-branch=main", "origin"]);
        clone.git_in(&clone.folder, &["init", "--quiet", "--initial-branch=main", "clone"]);
        clone.git(&["remote", "add", "origin", "../origin"]);
        clone.write(CHECK, &repository::text(CHECK));
        clone
    }

    fn tree(&self) -> PathBuf {
        self.folder.join("clone")
    }

    /// A command without the settings of the user, and without the variables that git gives to hooks.
    fn command(program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")]);
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "test")
                .env(format!("GIT_{role}_EMAIL"), "test@localhost");
        }
        command
    }

    fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let done = Self::command("git", folder).args(arguments).output().expect("git runs");
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.tree(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the tree is writable");
        fs::write(path, text).expect("the tree is writable");
    }

    /// Commits migrations with their lock, and returns the id of the commit.
    fn commit(&self, migrations: &[(&str, &str)]) -> String {
        let _ = fs::remove_dir_all(self.tree().join("migrations"));
        let lock: String = migrations.iter().map(|(name, sql)| format!("{sql}  {name}\n")).collect();
        self.write(LOCK, &lock);
        for (name, sql) in migrations {
            self.write(&format!("migrations/{name}"), sql);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn check(&self, base: &str) -> Output {
        Self::command("bash", &self.tree()).args([CHECK, base]).output().expect("bash runs")
    }

    #[track_caller]
    fn passes(&self, base: &str) {
        let done = self.check(base);
        assert!(done.status.success(), "{base}: {}", String::from_utf8_lossy(&done.stderr));
    }

    #[track_caller]
    fn fails(&self, base: &str, reason: &str) {
        let done = self.check(base);
        let printed = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && printed.contains(reason), "{base}: {} {printed}", done.status);
    }

    /// Replaces the main of the origin.
    fn push(&self) {
        self.git(&["push", "--quiet", "--force", "origin", "main"]);
    }

    /// Makes a second clone the current one. It has the history of the origin's main only, like the one of a CI job.
    fn clone_again(&self) {
        fs::remove_dir_all(self.tree()).expect("the clone can be deleted");
        // By URL, since a clone of a path takes all objects.
        let origin = format!("file://{}", self.folder.join("origin").display());
        self.git_in(&self.folder, &["clone", "--quiet", &origin, "clone"]);
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const FIRST: (&str, &str) = ("V1__first.sql", "select 1;");
const SECOND: (&str, &str) = ("V2__second.sql", "select 2;");

#[test]
fn a_first_push_has_new_migrations_only() {
    let clone = Clone::new("first");
    clone.commit(&[FIRST, SECOND]);
    clone.passes(ZEROS);
    clone.commit(&[FIRST, ("second.sql", "select 2;")]);
    clone.fails(ZEROS, "are not named V<number>__<topic>.sql");
}

#[test]
fn a_push_may_only_add_migrations() {
    let clone = Clone::new("push");
    let before = clone.commit(&[FIRST]);
    clone.commit(&[FIRST, SECOND]);
    clone.passes(&before);
    clone.commit(&[("V1__first.sql", "select 3;"), SECOND]);
    clone.fails(&before, "were edited");
    clone.commit(&[FIRST, SECOND, ("V1__late.sql", "select 3;")]);
    clone.fails(&before, "with a number above 1");
}

#[test]
fn a_branch_behind_main_lacks_its_migrations() {
    let clone = Clone::new("branch");
    clone.commit(&[FIRST]);
    clone.git(&["branch", "work"]);
    clone.commit(&[FIRST, SECOND]);
    clone.git(&["checkout", "--quiet", "work"]);
    clone.passes("main");
    clone.commit(&[FIRST, ("V3__third.sql", "select 3;")]);
    clone.passes("main");
    clone.commit(&[FIRST, ("V2__other.sql", "select 3;")]);
    clone.fails("main", "with a number above 2");
    clone.fails("no-such-branch", "have no known commit in common");
}

#[test]
fn a_forced_push_is_compared_with_the_commit_that_it_replaces() {
    let clone = Clone::new("forced");
    clone.git_in(&clone.folder.join("origin"), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    clone.commit(&[FIRST]);
    let before = clone.commit(&[FIRST, SECOND]);
    clone.push();
    // As a single commit, without a common history.
    clone.git(&["checkout", "--quiet", "--orphan", "squashed"]);
    clone.commit(&[FIRST, SECOND]);
    clone.git(&["branch", "--force", "main", "squashed"]);
    clone.push();
    clone.clone_again();
    clone.passes(&before);
    // The second migration has landed too, although it is not in the history.
    clone.commit(&[FIRST, ("V2__second.sql", "select 3;")]);
    clone.fails(&before, "were edited");
    clone.commit(&[FIRST]);
    clone.fails(&before, "removed");
}

#[test]
fn a_forced_push_passes_when_the_replaced_commit_is_lost() {
    let clone = Clone::new("lost");
    clone.commit(&[FIRST]);
    let before = clone.commit(&[FIRST, SECOND]);
    clone.push();
    clone.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    clone.push();
    let origin = clone.folder.join("origin");
    clone.git_in(&origin, &["reflog", "expire", "--expire=now", "--all"]);
    clone.git_in(&origin, &["gc", "--quiet", "--prune=now"]);
    clone.clone_again();
    clone.passes(&before);
}
