//! Log lines that name their request. A request costs nothing until it writes a line: a span with the same fields would
//! format them for every request.

use std::fmt;

use futures_util::future::Either;
use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;
use crate::platform::http::request::Called;

tokio::task_local! {
    /// Request of the current task, for its log lines.
    pub(super) static REQUEST: Called;
}

/// Runs work of the current request in another task.
pub fn of_current_request<W: Future>(work: W) -> impl Future<Output = W::Output> {
    match REQUEST.try_with(Clone::clone) {
        Ok(request) => Either::Left(REQUEST.scope(request, work)),
        Err(_) => Either::Right(work),
    }
}

/// Adds the request to the lines of another formatter.
pub(super) struct WithRequest<E> {
    pub(super) event: E,
    pub(super) format: LogFormat,
}

impl<S, N, E> FormatEvent<S, N> for WithRequest<E>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    E: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.event.format_event(context, Writer::new(&mut line), event)?;
        // Outside of a request there is nothing to add.
        let _ = REQUEST.try_with(|request| add(&mut line, request, self.format));
        writer.write_str(&line)
    }
}

/// Adds id, method and path of a request at the end of a line.
fn add(line: &mut String, request: &Called, format: LogFormat) {
    let Called { method, path, request_id, .. } = request;
    match format {
        LogFormat::Pretty => {
            line.truncate(line.trim_end().len());
            line.push_str(&format!(" request_id={request_id} method={method} path={path}\n"));
        }
        LogFormat::Json => {
            let object = line.trim_end();
            line.truncate(object.strip_suffix('}').unwrap_or(object).len());
            let [id, method, path] = [&**request_id, method.as_str(), &**path].map(|text| json!(text));
            line.push_str(&format!(",\"request_id\":{id},\"method\":{method},\"path\":{path}}}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::Value;

    use super::*;
    use crate::platform::http::forwarded::Client;

    fn with_request(line: &str, format: LogFormat) -> String {
        let mut line = line.to_owned();
        let request = Called {
            method: Method::GET,
            path: "/a\"b".into(),
            prefix: "".into(),
            client: Client::default(),
            request_id: "mine-1".into(),
        };
        add(&mut line, &request, format);
        line
    }

    #[test]
    fn lines_end_with_their_request() {
        let plain = with_request("WARN slow reason=x\n", LogFormat::Pretty);
        assert_eq!(plain, "WARN slow reason=x request_id=mine-1 method=GET path=/a\"b\n");
        let text = with_request("{\"level\":\"WARN\",\"span\":{\"name\":\"x\"}}\n", LogFormat::Json);
        let line: Value = serde_json::from_str(&text).expect("a line of JSON");
        let request = json!({"request_id": "mine-1", "method": "GET", "path": "/a\"b"});
        let mut expected = json!({"level": "WARN", "span": {"name": "x"}});
        expected.as_object_mut().expect("an object").extend(request.as_object().cloned().expect("an object"));
        assert_eq!((line, text.matches('\n').count()), (expected, 1));
    }
}
