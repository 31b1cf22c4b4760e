//! The rows as a bar chart: CPU time of the server and of PostgreSQL, stacked, with one scale per operation.

use std::fmt::Write as _;

use crate::report::Row;
use crate::statistics::median;

const WIDTH: usize = 920;
/// Left edge of the bars.
const LEFT: f64 = 240.0;
/// Length of the longest bar of an operation.
const LONGEST: f64 = 480.0;
/// Distance between bars.
const LINE: usize = 22;
const OF_SERVER: &str = "#2f6f9f";
const OF_DATABASE: &str = "#e0a030";

/// Renders the chart as SVG.
pub fn render(rows: &[Row]) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.rounds.is_empty()).collect();
    let mut body = String::new();
    let mut y = 2 * LINE;
    legend(&mut body);
    for group in rows.chunk_by(|one, next| one.operation == next.operation) {
        y += LINE;
        let title = escaped(group[0].operation);
        let _ = writeln!(body, r#"<text x="10" y="{y}" font-weight="bold">{title}</text>"#);
        let most = group.iter().map(|row| costs(row).iter().sum::<f64>()).fold(f64::MIN_POSITIVE, f64::max);
        for row in group {
            y += LINE;
            bar(&mut body, row, y, LONGEST / most);
        }
        y += LINE / 2;
    }
    let height = y + LINE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn legend(body: &mut String) {
    let _ = writeln!(
        body,
        r#"<text x="10" y="{LINE}" font-size="16">CPU microseconds a request, medians</text>"#
    );
    for (x, colour, name) in [(420, OF_SERVER, "server"), (520, OF_DATABASE, "PostgreSQL")] {
        let _ = writeln!(body, r#"<rect x="{x}" y="10" width="14" height="14" fill="{colour}"/>"#);
        let _ = writeln!(body, r#"<text x="{}" y="{LINE}">{name}</text>"#, x + 20);
    }
}

/// Returns the median CPU time of the server and of PostgreSQL, in microseconds per request.
fn costs(row: &Row) -> [f64; 2] {
    [median(&row.server_costs()), median(&row.database_costs())]
}

fn bar(body: &mut String, row: &Row, y: usize, scale: f64) {
    let _ = writeln!(body, r#"<text x="20" y="{y}">{}</text>"#, escaped(row.server));
    let mut x = LEFT;
    for (cost, colour) in costs(row).into_iter().zip([OF_SERVER, OF_DATABASE]) {
        let (top, width) = (y - 13, cost * scale);
        let _ =
            writeln!(body, r#"<rect x="{x:.1}" y="{top}" width="{width:.1}" height="16" fill="{colour}"/>"#);
        x += width;
    }
    let reported: Vec<String> =
        costs(row).iter().filter(|cost| **cost > 0.0).map(|cost| format!("{cost:.1}")).collect();
    let _ = writeln!(body, r#"<text x="{:.1}" y="{y}">{}</text>"#, x + 8.0, reported.join(" + "));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use regex::Regex;

    use super::*;
    use crate::report::Round;

    fn row(operation: &'static str, server: Option<f64>, database: f64) -> Row {
        let round = Round { server, database, latencies: vec![Duration::ZERO], rate: 1.0 };
        Row { operation, server: "a < b & c", is_bounded: false, why_not: None, rounds: vec![round] }
    }

    #[test]
    fn the_picture_is_well_formed() {
        let svg = render(&[
            row("GET /a", Some(30.0), 10.0),
            row("GET /a", None, 20.0),
            row("GET /b", Some(1.0), 1.0),
        ]);
        let element = Regex::new(r#"<(/?)(\w+)((?: [\w:-]+="[^"<&]*")*)(/?)>"#).expect("a pattern");
        let mut open = Vec::new();
        for found in element.captures_iter(&svg) {
            match (&found[1], &found[4]) {
                ("", "") => open.push(found[2].to_owned()),
                ("/", _) => assert_eq!(open.pop().as_deref(), Some(&found[2]), "{svg}"),
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?}");
        let text = element.replace_all(&svg, "");
        let text = text.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "");
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
    }

    #[test]
    fn each_operation_has_its_own_scale() {
        let svg = render(&[row("GET /a", Some(30.0), 10.0), row("GET /b", Some(3.0), 1.0)]);
        assert_eq!(svg.matches(r#"width="360.0""#).count(), 2, "{svg}");
        assert!(svg.contains(">30.0 + 10.0<"), "{svg}");
    }
}
