//! The same SQL by pgbench, PostgreSQL's load generator: the cost of the database alone.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use agora_cluster::Cluster;
use regex::{Captures, Regex};

use crate::operations::{Operation, Statement};
use crate::report::Round;
use crate::statements::statement;
use crate::statistics::as_f64;
use crate::usage::{self, CpuTime};
use crate::world::World;

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub enum Value {
    /// An integer.
    Number(i64),
    /// A value sent as text: text, boolean or array.
    Text(String),
    /// `null` of this type.
    Null(&'static str),
    /// The id of the client's cart.
    Cart,
    /// A new UUID for each execution.
    NewUuid,
    /// A new Idempotency-Key for each transaction.
    Key,
    /// The id of a buyer, another one for each transaction.
    Buyer,
}

/// The pgbench program and the folder for its scripts.
pub struct Pgbench {
    pub program: PathBuf,
    pub folder: PathBuf,
}

/// The script of one operation and its variables.
struct Script {
    path: PathBuf,
    variables: Vec<(String, String)>,
}

impl Pgbench {
    /// Finds pgbench in the cluster's installation, or returns the reason why it is unavailable.
    pub fn find(cluster: &Cluster, folder: &Path) -> Result<Self, &'static str> {
        let installation = cluster.installation().ok_or("PostgreSQL runs in a container")?;
        let program = installation.bin().join("pgbench");
        if !program.is_file() {
            return Err("pgbench is not installed");
        }
        Ok(Self { program, folder: folder.join("pgbench") })
    }

    /// Measures one round of an operation. The cost of connecting and preparing is measured by a run of one transaction
    /// per client, and subtracted.
    pub fn round(&self, world: &World, operation: Operation, transactions: usize) -> Result<Round, String> {
        let script = self.script(world, operation)?;
        let each = transactions.div_ceil(world.connections).max(2);
        let (start, _) = self.run(world, &script, 1)?;
        let (all, rate) = self.run(world, &script, each)?;
        let counted = as_f64(((each - 1) * world.connections) as u64);
        Ok(Round { server: None, database: (all - start) / counted, latencies: Vec::new(), rate })
    }

    fn script(&self, world: &World, operation: Operation) -> Result<Script, String> {
        let (text, variables) = script(&operation.statements(world), world.first_cart)?;
        let path = self.folder.join(format!("{operation:?}.sql").to_lowercase());
        let written = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&path, text));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Script { path, variables })
    }

    /// Runs `each` transactions per client. Returns PostgreSQL's CPU time in microseconds, and transactions per second.
    fn run(&self, world: &World, script: &Script, each: usize) -> Result<(f64, f64), String> {
        let threads =
            std::thread::available_parallelism().map_or(1, |cores| cores.get().min(world.connections));
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared"])
            .arg(format!("--client={}", world.connections))
            .arg(format!("--jobs={threads}"))
            .arg(format!("--transactions={each}"))
            .arg(format!("--file={}", script.path.display()))
            .args(script.variables.iter().map(|(name, value)| format!("--define={name}={value}")))
            .arg(&world.url)
            .env("PGOPTIONS", "-c role=agora_app -c timezone=UTC");
        let children = usage::children(world.postgres)?.len();
        let (living, ended) = (CpuTime::of_family(world.postgres)?, usage::ended_children(world.postgres)?);
        let output = command.output().map_err(|error| format!("{}: {error}", self.program.display()))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("pgbench failed with {}: {why}", script.path.display()));
        }
        let rate = rate(&String::from_utf8_lossy(&output.stdout)).ok_or("pgbench tells no tps")?;
        // CPU time of backends is counted when they have exited, shortly after pgbench.
        let deadline = Instant::now() + Duration::from_secs(2);
        while usage::children(world.postgres)?.len() > children && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        let living = CpuTime::of_family(world.postgres)?.microseconds_since(&living);
        let ended = usage::ended_children(world.postgres)?.saturating_sub(ended);
        Ok((living + ended.as_secs_f64() * 1e6, rate))
    }
}

/// Returns the text of a script and its variables. Parameters stay parameters, so that PostgreSQL plans as it does for
/// the server. With literals, the planner would remove the branches that they rule out.
pub fn script(groups: &[Vec<Statement>], first_cart: i64) -> Result<(String, Vec<(String, String)>), String> {
    let mut text = String::new();
    let mut variables =
        vec![("none".to_owned(), "-".to_owned()), ("first_cart".to_owned(), first_cart.to_string())];
    text.push_str("\\set cart :first_cart + :client_id\n");
    text.push_str("\\set key random(1, 9000000000000000000)\n\\set buyer random(1, 12)\n");
    for (group, statements) in groups.iter().enumerate() {
        // A single statement needs no pipeline.
        let is_pipeline = statements.len() > 1;
        text.push_str(if is_pipeline { "\\startpipeline\n" } else { "" });
        for (place, (name, values)) in statements.iter().enumerate() {
            let sql = if name.contains('.') && !name.contains(' ') { statement(name)? } else { name };
            let prefix = format!("p{group}_{place}");
            let _ = writeln!(text, "{};", bound(sql, &prefix, values)?);
            variables.extend(values.iter().enumerate().filter_map(|(index, value)| {
                let value = match value {
                    Value::Number(number) => number.to_string(),
                    Value::Text(text) => text.clone(),
                    Value::Null(_) | Value::Cart | Value::NewUuid | Value::Key | Value::Buyer => return None,
                };
                Some((format!("{prefix}_{}", index + 1), value))
            }));
        }
        text.push_str(if is_pipeline { "\\endpipeline\n" } else { "" });
    }
    Ok((text, variables))
}

/// Replaces the parameters of a statement by pgbench variables.
fn bound(sql: &str, prefix: &str, values: &[Value]) -> Result<String, String> {
    let parameter = Regex::new(r"\$(\d+)").map_err(|error| error.to_string())?;
    let mut missing = None;
    let text = parameter.replace_all(sql, |captured: &Captures<'_>| {
        let number: usize = captured[1].parse().unwrap_or_default();
        match number.checked_sub(1).and_then(|index| values.get(index)) {
            Some(Value::Number(_) | Value::Text(_)) => format!(":{prefix}_{number}"),
            Some(Value::Null(of)) => format!("nullif(:none, '-')::{of}"),
            Some(Value::Cart) => ":cart".to_owned(),
            Some(Value::NewUuid) => "gen_random_uuid()".to_owned(),
            Some(Value::Key) => ":key".to_owned(),
            Some(Value::Buyer) => ":buyer".to_owned(),
            None => {
                missing = Some(number);
                String::new()
            }
        }
    });
    match missing {
        Some(number) => Err(format!("no value for ${number} of {sql}")),
        None => Ok(text.into_owned()),
    }
}

pub fn rate(output: &str) -> Option<f64> {
    let line = output.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_variables() {
        let values = [Value::Number(7), Value::Null("uuid"), Value::Cart];
        let text =
            bound("a = coalesce($1, $2) and b = $1::int and c = $3", "p0_1", &values).expect("is whole");
        assert_eq!(
            text,
            "a = coalesce(:p0_1_1, nullif(:none, '-')::uuid) and b = :p0_1_1::int and c = :cart"
        );
        assert!(bound("a = $4", "p", &values).is_err(), "a parameter without a value");
    }

    #[test]
    fn what_travels_together_is_a_pipeline() {
        let groups = [
            vec![("begin", vec![]), ("carts.lock_cart", vec![Value::Cart, Value::Null("uuid")])],
            vec![("commit", vec![])],
        ];
        let (text, variables) = script(&groups, 8).expect("the statements are there");
        let (before, after) = text.split_once("\\endpipeline\n").expect("a pipeline");
        assert!(before.contains("\\startpipeline\nbegin;\n-- carts.lock_cart\n"), "{before}");
        assert_eq!(after, "commit;\n");
        assert!(variables.contains(&("first_cart".to_owned(), "8".to_owned())));
        assert!(script(&[vec![("carts.none", vec![])]], 8).is_err());
    }

    #[test]
    fn the_rate_is_read() {
        let output = "latency average = 0.5 ms\ntps = 12345.6 (without initial connection time)\n";
        assert_eq!(rate(output), Some(12345.6));
        assert_eq!(rate(""), None);
    }
}
