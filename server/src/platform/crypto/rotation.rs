//! The replacement of the signing key in a file, step by step: append a new key, move it to the front, remove the old one.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::{SigningKey, SigningKeys};

/// Beginning of the line that says when the first key was moved to the front. Readers of PEM skip it.
const MOVED: &str = "# signs since ";
/// Beginning of the line that says when the second key was appended.
const APPENDED: &str = "# verifies since ";

/// A step of the replacement, which has been taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RotationStep {
    /// A new key verifies, and the old one still signs.
    Appended,
    /// The new key signs, and the old one still verifies.
    Moved,
    /// Only the new key is left.
    Removed,
}

/// Takes the next step in a text with keys, and returns the new text.
///
/// `lifetime` is that of everything that the keys sign. `is_immediate` appends and moves the new key in one step, for a single
/// server whose tokens nobody else verifies.
///
/// # Errors
/// Returns a message for the operator if the text has other keys than one, or two of an earlier step, or if the old key is still
/// needed.
pub fn next_rotation(
    text: &SecretString,
    now: DateTime<Utc>,
    lifetime: TimeDelta,
    is_immediate: bool,
) -> Result<(SecretString, RotationStep), String> {
    let keys = SigningKeys::from_pem(text).map_err(str::to_owned)?;
    let pems: Vec<String> = keys.iter().map(SigningKey::to_pem).collect();
    let time = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let moved = |front: &str, back: &str| format!("{MOVED}{time}\n{front}{back}");
    let (text, step) = match &pems[..] {
        [old] => {
            let new = SigningKey::generate_pem()?;
            let new = new.expose_secret();
            match is_immediate {
                true => (moved(new, old), RotationStep::Moved),
                false => (format!("{old}{APPENDED}{time}\n{new}"), RotationStep::Appended),
            }
        }
        [first, second] => match moved_at(text.expose_secret())? {
            None if text.expose_secret().contains(APPENDED) => (moved(second, first), RotationStep::Moved),
            // Either may be the newer one.
            None => {
                return Err("has two keys that this command has not written: finish by hand (docs/keys.md)"
                    .to_owned());
            }
            Some(at) if now >= at + lifetime => (first.clone(), RotationStep::Removed),
            Some(at) => return Err(too_early(at + lifetime)),
        },
        keys => return Err(format!("has {} keys, and can be rotated with one or two", keys.len())),
    };
    Ok((text.into(), step))
}

fn too_early(end: DateTime<Utc>) -> String {
    let mut text = "still needs the old key: run this again after ".to_owned();
    let _ = write!(text, "{}", end.to_rfc3339_opts(SecondsFormat::Secs, true));
    text
}

/// Returns the time at which the first key was moved to the front.
fn moved_at(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    let Some(line) = text.lines().find_map(|line| line.trim().strip_prefix(MOVED)) else { return Ok(None) };
    let time =
        DateTime::parse_from_rfc3339(line.trim()).map_err(|_| format!("has no time behind `{MOVED}`"))?;
    Ok(Some(time.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: TimeDelta = TimeDelta::minutes(15);

    fn ids(text: &SecretString) -> Vec<String> {
        SigningKeys::from_pem(text).expect("keys").iter().map(|key| key.id.clone()).collect()
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn neighbouring_steps_accept_the_keys_that_sign_in_each_other() {
        let first = SigningKey::generate_pem().expect("randomness");
        let (appended, step) = next_rotation(&first, at(0), QUARTER, false).expect("goes on");
        assert_eq!((step, ids(&appended).len()), (RotationStep::Appended, 2));
        let (moved, step) = next_rotation(&appended, at(1), QUARTER, false).expect("goes on");
        assert_eq!(step, RotationStep::Moved);
        let early = next_rotation(&moved, at(15), QUARTER, false).map(|(_, step)| step);
        assert_eq!(
            early.expect_err("is too early"),
            "still needs the old key: run this again after 1970-01-01T00:16:00Z"
        );
        let (removed, step) = next_rotation(&moved, at(16), QUARTER, false).expect("goes on");
        assert_eq!((step, ids(&removed).len()), (RotationStep::Removed, 1));
        let texts = [first, appended, moved, removed].map(|text| ids(&text));
        for pair in texts.windows(2) {
            assert!(pair[0].contains(&pair[1][0]) && pair[1].contains(&pair[0][0]), "{texts:?}");
        }
        assert_ne!(texts[0], texts[3]);
    }

    #[test]
    fn a_single_server_moves_the_new_key_to_the_front_at_once() {
        let first = SigningKey::generate_pem().expect("randomness");
        let (moved, step) = next_rotation(&first, at(0), QUARTER, true).expect("goes on");
        assert_eq!((step, ids(&moved)[1..].to_vec()), (RotationStep::Moved, ids(&first)));
        assert!(next_rotation(&moved, at(14), QUARTER, true).is_err());
        assert!(next_rotation(&moved, at(15), QUARTER, true).is_ok());
    }

    #[test]
    fn other_texts_are_refused() {
        let pem = || SigningKey::generate_pem().expect("randomness").expose_secret().to_owned();
        let refused =
            |text: String| next_rotation(&text.into(), at(0), QUARTER, false).expect_err("is refused");
        assert_eq!(
            refused(format!("{}{}{}", pem(), pem(), pem())),
            "has 3 keys, and can be rotated with one or two"
        );
        assert_eq!(
            refused(format!("# signs since long ago\n{}{}", pem(), pem())),
            "has no time behind `# signs since `"
        );
        assert_eq!(refused("x".to_owned()), "is not PEM");
        let by_hand = refused(format!("{}{}", pem(), pem()));
        assert_eq!(by_hand, "has two keys that this command has not written: finish by hand (docs/keys.md)");
    }
}
