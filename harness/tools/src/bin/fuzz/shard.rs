//! Parts of the contract by tag, so that machines can share a run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use agora_api::OPERATIONS;
use agora_runtime::Operation;

/// Tag of the operations that put the database back or move its clock. They run after all others, since they end sessions.
pub const ALONE: &str = "sandbox";

/// The k-th of n parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("must be K/N with K from 1 to N".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Returns `true` if there is only one part.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Returns the tags of this part. The largest tag is given to the smallest part first.
    pub fn tags(self) -> Vec<&'static str> {
        let mut sizes = BTreeMap::<&str, usize>::new();
        for operation in OPERATIONS {
            *sizes.entry(operation.tag).or_default() += 1;
        }
        let mut tags: Vec<(&str, usize)> = sizes.into_iter().collect();
        tags.sort_by_key(|(tag, size)| (usize::MAX - size, *tag));
        let mut parts = vec![(0, Vec::new()); self.of];
        for (tag, size) in tags {
            if let Some(part) = parts.iter_mut().min_by_key(|(sum, _)| *sum) {
                part.0 += size;
                part.1.push(tag);
            }
        }
        parts.into_iter().nth(self.number - 1).map(|(_, tags)| tags).unwrap_or_default()
    }

    /// Returns the operations of this part.
    pub fn operations(self) -> impl Iterator<Item = &'static Operation> {
        let tags = self.tags();
        OPERATIONS.iter().copied().filter(move |operation| tags.contains(&operation.tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_every_tag_once_and_about_the_same_size() {
        let parts: Vec<Shard> = (1..=3).map(|number| Shard { number, of: 3 }).collect();
        let mut tags: Vec<&str> = parts.iter().flat_map(|part| part.tags()).collect();
        tags.sort_unstable();
        let mut all = Shard { number: 1, of: 1 }.tags();
        all.sort_unstable();
        assert_eq!(tags, all);
        let sizes: Vec<usize> = parts.iter().map(|part| part.operations().count()).collect();
        assert!(sizes.iter().max() < sizes.iter().min().map(|least| least + 16).as_ref(), "{sizes:?}");
    }

    #[test]
    fn a_part_is_k_of_n() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for bad in ["0/1", "2/1", "1", "1/x", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
