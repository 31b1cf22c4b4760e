//! A lexer for Rust sources. It separates the code from comments and from the contents of strings.

/// A source, split into code and strings.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    /// The code, with comments, strings and characters blanked out. Every line keeps its number.
    pub(crate) code: String,
    /// String literals, each with the line on which it begins.
    pub(crate) strings: Vec<(usize, String)>,
}

/// Splits a source into code and strings.
pub(crate) fn parts(text: &str) -> Parts {
    let mut reader = Reader { rest: text, line: 1, parts: Parts::default() };
    while reader.step() {}
    reader.parts
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    parts: Parts,
}

impl Reader<'_> {
    /// Consumes one token. Returns `false` at the end of the source.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        let is_in_word = self.parts.code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        if self.rest.starts_with("//") {
            self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.blank(comment(self.rest));
        } else if let Some(hashes) = raw(self.rest).filter(|_| !is_in_word) {
            let opening = self.rest.find('"').map_or(0, |quote| quote + 1);
            self.string(opening, &format!("\"{}", "#".repeat(hashes)), false);
        } else if first == '"' {
            self.string(1, "\"", true);
        } else if let Some(length) = character(self.rest) {
            self.blank(length);
        } else {
            self.keep(first.len_utf8());
        }
        true
    }

    fn keep(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.parts.code.push_str(taken);
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.parts.code.extend(taken.chars().map(|c| if c == '\n' { c } else { ' ' }));
        self.rest = rest;
    }

    fn string(&mut self, opening: usize, closing: &str, escapes: bool) {
        let (mut end, body) = (0, &self.rest[opening..]);
        while end < body.len() && !body[end..].starts_with(closing) {
            let escaped = escapes && body[end..].starts_with('\\');
            let mut following = body[end..].chars();
            end += following.next().map_or(1, char::len_utf8);
            end += following.next().filter(|_| escaped).map_or(0, char::len_utf8);
        }
        self.parts.strings.push((self.line, body[..end].to_owned()));
        let whole = (opening + end + closing.len()).min(self.rest.len());
        let is_line_kept = self.rest[..whole].contains('\n');
        self.blank(whole);
        if !is_line_kept {
            // Marks the place of the value with an empty string, if that does not disturb the line breaks.
            self.parts.code.truncate(self.parts.code.trim_end_matches(' ').len());
            self.parts.code.push_str(" \"\"");
        }
    }
}

/// Returns the length of a block comment, including nested comments.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    at.min(text.len())
}

/// Returns the number of hashes if the text begins with a raw string.
fn raw(text: &str) -> Option<usize> {
    let text = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r')?;
    let hashes = text.len() - text.trim_start_matches('#').len();
    text[hashes..].starts_with('"').then_some(hashes)
}

/// Returns the length of a character literal, or `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return escape[first..].find('\'').map(|end| 2 + first + end + 1);
    }
    let first = inner.chars().next()?.len_utf8();
    inner[first..].starts_with('\'').then_some(first + 2)
}

#[test]
fn comments_and_strings_are_not_code() {
    let text = "a // todo!()\n/* b /* c */ d */ e(\"x\\\"y\", 'f', '\\'', '\"') r#\"-- \"raw\"\nz\"# &'l g";
    let parts = parts(text);
    assert_eq!(parts.code.split_whitespace().collect::<String>(), "ae(\"\",,,)&'lg");
    assert_eq!(parts.code.lines().count(), text.lines().count());
    assert_eq!(parts.strings, [(2, "x\\\"y".to_owned()), (2, "-- \"raw\"\nz".to_owned())]);
}
