//! A strict reader of JSON: duplicate keys and NUL characters are faults, and all of them are told with their places.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::fault::{Fault, Place};

/// Below this, 2 to the 53rd, a float tells every whole number apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a JSON document from UTF-8 bytes.
///
/// # Errors
/// The faults: one `syntax` fault, or one for each duplicate key and each text with a NUL character.
pub fn decode(bytes: &[u8]) -> Result<Value, Vec<Fault>> {
    let faults = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let tree = Node { faults: &faults, path: None }
        .deserialize(&mut reader)
        .and_then(|tree| reader.end().map(|()| tree))
        .map_err(|error| vec![syntax(&error)])?;
    let faults = faults.into_inner();
    if faults.is_empty() { Ok(tree) } else { Err(faults) }
}

fn syntax(error: &serde_json::Error) -> Fault {
    // Only the place is told: the reader's own message could repeat a piece of the body.
    let message = format!("is not JSON in UTF-8: line {}, column {}", error.line(), error.column());
    Fault::new(Place::Body, "body", "syntax", message)
}

/// A step on the way to a value, borrowed from the frames above so that a good document costs no path.
struct Step<'a> {
    name: Name<'a>,
    above: Option<&'a Step<'a>>,
}

enum Name<'a> {
    Member(&'a str),
    Item(usize),
}

fn dotted(step: Option<&Step<'_>>) -> String {
    let Some(step) = step else {
        return "body".to_owned();
    };
    let name = match step.name {
        Name::Member(name) => name.replace('\0', "\u{fffd}"),
        Name::Item(index) => index.to_string(),
    };
    match step.above {
        Some(above) => format!("{}.{name}", dotted(Some(above))),
        None => name,
    }
}

struct Node<'a> {
    faults: &'a RefCell<Vec<Fault>>,
    path: Option<&'a Step<'a>>,
}

impl Node<'_> {
    fn report(&self, path: Option<&Step<'_>>, rule: &str, message: &str) {
        self.faults.borrow_mut().push(Fault::new(Place::Body, dotted(path), rule, message));
    }

    fn text(&self, text: &str) {
        if text.contains('\0') {
            self.report(self.path, "nul", "has a NUL character");
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // To JSON Schema `1.0` is an integer, to serde it is none: what is whole, and exact as a float, becomes one.
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Ok(Value::Number((value as i64).into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.text(value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        self.text(&value);
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let step = Step { name: Name::Item(items.len()), above: self.path };
            let Some(item) = access.next_element_seed(Node { faults: self.faults, path: Some(&step) })?
            else {
                return Ok(Value::Array(items));
            };
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let step = Step { name: Name::Member(&key), above: self.path };
            if key.contains('\0') {
                self.report(Some(&step), "nul", "has a NUL character in its name");
            }
            if members.contains_key(&key) {
                self.report(Some(&step), "duplicate", "is there more than once");
            }
            let value = access.next_value_seed(Node { faults: self.faults, path: Some(&step) })?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<(String, String)> {
        let faults = decode(text.as_bytes()).expect_err("is refused");
        faults.into_iter().map(|fault| (fault.field, fault.rule)).collect()
    }

    #[test]
    fn duplicates_and_nul_are_told_together_with_their_places() {
        let told = rules(r#"{"a":1,"b":[{"c":"x\u0000","c":2}],"a":3}"#);
        let expected = [("b.0.c", "nul"), ("b.0.c", "duplicate"), ("a", "duplicate")];
        assert_eq!(told, expected.map(|(field, rule)| (field.to_owned(), rule.to_owned())));
    }

    #[test]
    fn what_is_not_one_json_document_is_a_syntax_fault() {
        for text in ["", "{", "{} x", "[1,]", "nul", "{\"a\":1e999}", "\"\\ud800\"", "{a:1}"] {
            assert_eq!(rules(text), [("body".to_owned(), "syntax".to_owned())], "{text}");
        }
        assert!(decode(b"\"\xff\"").is_err());
        assert!(decode("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        for (text, number) in
            [("1.0", 1_i64), ("-3e2", -300), ("0.0", 0), ("9007199254740991.0", 9_007_199_254_740_991)]
        {
            assert_eq!(decode(text.as_bytes()).expect("reads"), Value::from(number));
        }
        for text in ["0.5", "9007199254740993.0", "-9223372036854775809"] {
            assert!(decode(text.as_bytes()).expect("reads").is_f64(), "{text}");
        }
    }

    #[test]
    fn good_documents_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,0.5,true,null,"é\n"],"b":{}}"#;
        assert_eq!(
            decode(text.as_bytes()).expect("reads"),
            serde_json::from_str::<Value>(text).expect("reads")
        );
    }
}
