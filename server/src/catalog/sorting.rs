//! Categories and tags of a product in a request body: IDs or objects as in responses. Categories are in `categories` or
//! `categoryIds`.

use agora_runtime::{IdOrObject, Location, STORED, STORED_MESSAGE, Violation, Violations};

use uuid::Uuid;

use crate::catalog::model::Product;
use crate::error::Error;

/// Categories and tags of a product in a request body.
pub(super) struct Sorted {
    /// Distinct IDs of categories, or `None` if the body names none.
    pub(super) categories: Option<Vec<i64>>,
    /// Distinct IDs of tags, or `None` if the body names none.
    pub(super) tags: Option<Vec<Uuid>>,
    objects: Vec<IdOrObject>,
    tag_objects: Vec<IdOrObject<Uuid>>,
}

impl Sorted {
    /// Reads the members. If both names of the categories are present, they must contain the same IDs.
    pub(super) fn read(
        categories: Option<Vec<IdOrObject>>,
        other: Option<Vec<i64>>,
        tags: Option<Vec<IdOrObject<Uuid>>>,
    ) -> Result<Self, Error> {
        let ids = categories.as_deref().map(|sent| each_once(sent.iter().map(|one| one.id)));
        let other = other.map(each_once);
        if ids.is_some() && other.is_some() && ids != other {
            return Err(Error::field(
                "categoryIds",
                "exclusive",
                "must contain the same IDs as categories, or be left out",
            ));
        }
        Ok(Self {
            categories: ids.or(other),
            tags: tags.as_deref().map(|sent| each_once(sent.iter().map(|one| one.id))),
            objects: categories.unwrap_or_default(),
            tag_objects: tags.unwrap_or_default(),
        })
    }

    /// Rejects objects with a different name for a category or a tag, because they look like a rename. `product` is the
    /// product with these, since the statement that changes it reads their names.
    pub(super) fn require_names(&self, product: &Product) -> Result<(), Error> {
        let mut violations = renamed("categories", &self.objects, &product.categories);
        violations.extend(renamed("tags", &self.tag_objects, &product.tags));
        if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
    }
}

/// Returns the violations of objects that have another name than the stored one.
fn renamed<T: Eq>(member: &str, sent: &[IdOrObject<T>], stored: &[(T, String)]) -> Violations {
    let is_called_so = |sent: &IdOrObject<T>| {
        let stored = stored.iter().find(|(id, _)| *id == sent.id).map(|(_, name)| name);
        sent.name.is_none() || sent.name.as_ref() == stored
    };
    let others = sent.iter().enumerate().filter(|(_, sent)| !is_called_so(sent));
    others
        .map(|(index, _)| {
            Violation::new(Location::Body, format!("{member}.{index}.name"), STORED, STORED_MESSAGE)
        })
        .collect()
}

/// Sorts IDs and removes duplicates.
pub(super) fn each_once<T: Ord>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
