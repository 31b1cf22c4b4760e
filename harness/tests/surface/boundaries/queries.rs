//! Rules for SQL: the files that contain it, its labels, and the tables that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use super::sources::{Source, Tree, pattern};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "B11",
        sentence: "SQL stands in queries.rs, in seeds and in platform, nowhere else.",
        breaches: sql_has_its_room,
    },
    Rule {
        id: "B12",
        sentence: "SQL begins with a label line, `-- module.name`: its own module, and a name used once, for logs and plans.",
        breaches: sql_is_labelled,
    },
    Rule {
        id: "B13",
        sentence: "SQL names its columns: no `select *`, no `returning *`: a new column must not change an old answer.",
        breaches: columns_are_named,
    },
    Rule {
        id: "B14",
        sentence: "A migration says in its first line whose tables it makes, `-- module: name`, a module of the server.",
        breaches: migrations_name_their_module,
    },
    Rule {
        id: "B15",
        sentence: "A module's SQL names its own tables only, but for listed exceptions.",
        breaches: tables_belong_to_their_module,
    },
];

/// Permitted reads of other modules' tables: the reading module, the table, and the reason.
const READS: [(&str, &str, &str); 7] = [
    (
        "credentials",
        "users",
        "a session begins and goes on only while its user may sign in, in one statement",
    ),
    ("catalog", "users", "a product shows its owner's id and name"),
    ("carts", "stock", "a bag shows how many units of its products can be ordered"),
    ("carts", "users", "a bag is ordered after its user is locked, as every order is placed"),
    ("carts", "products", "a cart does not show lines of products that are deleted"),
    (
        "orders",
        "products",
        "an order keeps the title, price and seller that the reserved units have in one statement",
    ),
    ("orders", "users", "a buyer's orders are placed one after the other, while the account exists"),
];

/// Permitted writes to other modules' tables, like [`READS`].
const WRITES: [(&str, &str, &str); 2] = [
    ("orders", "stock", "units are reserved, released and sold in the statement that changes the order"),
    ("orders", "stock_movements", "the ledger is written in the statement that moves the units"),
];

/// Modules of migrations of which the tables belong to another module now: landed migrations are never changed.
const MOVED: [(&str, &str); 1] = [("auth", "credentials")];

/// Returns every SQL statement of the server: its file, line and text.
fn statements(tree: &Tree) -> Vec<(&Source, usize, &str)> {
    let is_sql = pattern(
        r"(?is)^\s*(--\s|(select|with|values)\s+\S+.*\b(from|as|select)\b|select\s+[\w.]+\(|insert\s+into\s|update\s+[\w.]+\s+(as\s+\w+\s+)?set\s|delete\s+from\s|merge\s+into\s)",
    );
    let mut found = Vec::new();
    for source in tree.server() {
        let sql = source.parts.strings.iter().filter(|(_, text)| is_sql.is_match(text));
        found.extend(sql.map(|(line, text)| (source, *line, text.as_str())));
    }
    found
}

fn reported(source: &Source, line: usize, text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    format!("{}:{line}: {first}", source.path)
}

fn sql_has_its_room(tree: &Tree) -> Vec<String> {
    let is_room = |source: &Source| {
        ["queries", "seed"].contains(&source.stem())
            || ["platform", "seed"].contains(&source.module().unwrap_or(""))
    };
    let outside = statements(tree).into_iter().filter(|(source, ..)| !is_room(source));
    outside.map(|(source, line, text)| reported(source, line, text)).collect()
}

fn sql_is_labelled(tree: &Tree) -> Vec<String> {
    let label = pattern(r"^-- ([a-z_]+)\.([a-z][a-z0-9_]*)\n");
    let mut seen = BTreeSet::new();
    let mut breaches = Vec::new();
    for (source, line, text) in statements(tree) {
        match label.captures(text) {
            None => breaches.push(format!("{} (no label)", reported(source, line, text))),
            Some(found) if Some(&found[1]) != source.module() => {
                breaches.push(format!("{} (another's label)", reported(source, line, text)));
            }
            Some(found) if !seen.insert(found[0].to_owned()) => {
                breaches.push(format!("{} (a label used before)", reported(source, line, text)));
            }
            Some(_) => {}
        }
    }
    breaches
}

/// Returns SQL in lower case, without comments and string literals.
fn bare(sql: &str) -> String {
    pattern(r"--[^\n]*|(?s:/\*.*?\*/)|'[^']*'").replace_all(sql, " ").to_lowercase()
}

fn columns_are_named(tree: &Tree) -> Vec<String> {
    let star = pattern(r"(?:\b(?:select|returning)\s+(?:distinct\s+)?|,\s*)(?:(\w+)\.)?\*");
    // Functions and subqueries with an alias (`unnest(...) as given`) have a written list of columns, which cannot
    // grow unnoticed.
    let is_written_out = |sql: &str, name: &str| pattern(&format!(r"\)\s+(as\s+)?{name}\b")).is_match(sql);
    let is_open = |sql: &str| {
        star.captures_iter(sql)
            .any(|found| found.get(1).is_none_or(|name| !is_written_out(sql, name.as_str())))
    };
    let all = statements(tree).into_iter().filter(|(_, _, text)| is_open(&bare(text)));
    all.map(|(source, line, text)| reported(source, line, text)).collect()
}

/// Returns the module that the first line of a migration names.
fn module_of(migration: &str) -> Option<&str> {
    migration.lines().next()?.strip_prefix("-- module: ").map(str::trim)
}

fn migrations_name_their_module(tree: &Tree) -> Vec<String> {
    let rooms = tree.rooms();
    let migrations = tree.migrations().filter(|file| file.path.ends_with(".sql"));
    let strange =
        migrations.filter(|file| module_of(&file.text).is_none_or(|module| !rooms.contains_key(module)));
    strange.map(|file| format!("{}: {}", file.path, file.text.lines().next().unwrap_or_default())).collect()
}

/// Returns the tables and views that the migrations create, each with its module.
fn tables(tree: &Tree) -> BTreeMap<String, String> {
    let table = pattern(
        r"\bcreate\s+(?:unlogged\s+table|table|(?:or\s+replace\s+)?view)\s+(?:if\s+not\s+exists\s+)?(?:\w+\.)?(\w+)",
    );
    let mut tables = BTreeMap::new();
    for file in tree.migrations() {
        if let Some(module) = module_of(&file.text) {
            let module = MOVED.iter().find(|(former, _)| *former == module).map_or(module, |(_, now)| now);
            let created = bare(&file.text);
            tables
                .extend(table.captures_iter(&created).map(|found| (found[1].to_owned(), module.to_owned())));
        }
    }
    tables
}

/// Returns the tables that a statement names, each with `true` if the statement writes to it.
fn named(sql: &str) -> Vec<(String, bool)> {
    let naming = pattern(
        r"\b(delete\s+from|insert\s+into|merge\s+into|truncate|update|from|join|using|table)\s+(?:only\s+)?(?:\w+\.)?(\w+)((?:\s+(?:as\s+)?\w+)?(?:\s*,\s*\w+(?:\s+(?:as\s+)?\w+)?)*)",
    );
    let further = pattern(r",\s*(\w+)");
    let mut found = Vec::new();
    let sql = bare(sql);
    let mut start = 0;
    while let Some(naming) = naming.captures_at(&sql, start) {
        let writes = !["from", "join", "using", "table"].contains(&&naming[1]);
        found.push((naming[2].to_owned(), writes));
        let listed = further.captures_iter(&naming[3]).map(|table| (table[1].to_owned(), false));
        found.extend(listed.filter(|_| &naming[1] == "from"));
        // The text after the name may contain a further keyword (`from a join b`): continue directly after the name.
        start = naming.get(2).map_or(sql.len(), |name| name.end());
    }
    found
}

fn tables_belong_to_their_module(tree: &Tree) -> Vec<String> {
    let tables = tables(tree);
    let mut breaches = Vec::new();
    for (source, line, text) in statements(tree) {
        let own = source.module().unwrap_or_default();
        for (table, writes) in named(text) {
            let Some(owner) = tables.get(&table).filter(|owner| *owner != own && own != "seed") else {
                continue;
            };
            let permits = |list: &[(&str, &str, &str)]| {
                list.iter().any(|(module, name, _)| *module == own && *name == table)
            };
            if !permits(&WRITES) && (writes || !permits(&READS)) {
                let work = if writes { "writes" } else { "reads" };
                breaches.push(format!("{} ({work} {table} of {owner})", reported(source, line, text)));
            }
        }
    }
    breaches
}

#[test]
fn tables_are_found_where_sql_names_them() {
    let names = |sql: &str| {
        named(sql).into_iter().map(|(name, writes)| format!("{name}{}", if writes { "!" } else { "" }))
    };
    let sql =
        "with a as (select 1 from b, c d join e using (id)) insert into f select extract(day from g) from a";
    assert_eq!(names(sql).collect::<Vec<_>>().join(" "), "b c e f! g a");
    let sql = "-- x.from y\nupdate a as b set c = 'from d' from only e where f for update of b";
    assert_eq!(names(sql).collect::<Vec<_>>().join(" "), "a! e of!");
}
