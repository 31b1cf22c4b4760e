//! Paths in Rust code. Trees of `use` are expanded: `a::{b, c::d}` becomes `a::b` and `a::c::d`.

/// Returns every path that begins with a name, without that name and with its line.
pub(crate) fn beginning_with(code: &str, beginning: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let opening = format!("{beginning}::");
    for (at, _) in code.match_indices(&opening) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|last| last.is_alphanumeric() || last == '_' || last == ':') {
            continue;
        }
        let line = 1 + code[..at].matches('\n').count();
        let mut rest = &code[at + opening.len()..];
        for path in tree(&mut rest) {
            found.push((line, path));
        }
    }
    found
}

/// Parses the text after `::`: a path, or a list of paths in braces.
fn tree(rest: &mut &str) -> Vec<Vec<String>> {
    *rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('{') {
        *rest = inner;
        return list(rest);
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(rest.len());
    let name = rest[..end].to_owned();
    *rest = &rest[end..];
    match rest.strip_prefix("::") {
        Some(inner) if !inner.starts_with('<') => {
            *rest = inner;
            let under = |mut path: Vec<String>| {
                path.insert(0, name.clone());
                path
            };
            tree(rest).into_iter().map(under).collect()
        }
        _ => vec![vec![name]],
    }
}

fn list(rest: &mut &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    loop {
        *rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('}') {
            *rest = rest.get(1..).unwrap_or_default();
            return found;
        }
        found.extend(tree(rest));
        let next = rest.find([',', '}']).unwrap_or(rest.len());
        *rest = rest[next..].strip_prefix(',').unwrap_or(&rest[next..]);
    }
}

#[test]
fn trees_of_use_are_unfolded() {
    let code =
        "use crate::{a::{self, b as c}, d,\n e::*};\nlet x = crate::f::g::<T>(); my_crate::h; not::crate::i";
    let paths: Vec<(usize, String)> =
        beginning_with(code, "crate").into_iter().map(|(line, path)| (line, path.join("::"))).collect();
    let expected = [(1, "a::self"), (1, "a::b"), (1, "d"), (1, "e::*"), (3, "f::g")];
    assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
}
