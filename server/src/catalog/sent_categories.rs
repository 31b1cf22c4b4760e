//! Categories of a product in a request body: IDs or objects as in responses, as `categories` or `categoryIds`.

use agora_runtime::{IdOrObject, Location, STORED, STORED_MESSAGE, Violation, Violations};

use crate::catalog::model::Product;
use crate::error::Error;

/// Categories of a product in a request body.
pub(super) struct SentCategories {
    /// Distinct IDs, or `None` if the body names no categories.
    pub(super) ids: Option<Vec<i64>>,
    objects: Vec<IdOrObject>,
}

impl SentCategories {
    /// Reads both names of the member. If both are present, they must contain the same IDs.
    pub(super) fn read(categories: Option<Vec<IdOrObject>>, other: Option<Vec<i64>>) -> Result<Self, Error> {
        let ids = categories.as_deref().map(|sent| each_once(sent.iter().map(|one| one.id)));
        let other = other.map(each_once);
        if ids.is_some() && other.is_some() && ids != other {
            return Err(Error::field(
                "categoryIds",
                "exclusive",
                "must contain the same IDs as categories, or be left out",
            ));
        }
        Ok(Self { ids: ids.or(other), objects: categories.unwrap_or_default() })
    }

    /// Rejects objects with a different name for a category, because they look like a rename. `product` is the product
    /// with these categories, since the statement that changes it reads their names.
    pub(super) fn require_names(&self, product: &Product) -> Result<(), Error> {
        let is_called_so = |sent: &IdOrObject| {
            let stored = product.categories.iter().find(|(id, _)| *id == sent.id).map(|(_, name)| name);
            sent.name.is_none() || sent.name.as_ref() == stored
        };
        let others = self.objects.iter().enumerate().filter(|(_, sent)| !is_called_so(sent));
        let violation = |index| {
            Violation::new(Location::Body, format!("categories.{index}.name"), STORED, STORED_MESSAGE)
        };
        let violations: Violations = others.map(|(index, _)| violation(index)).collect();
        if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
    }
}

/// Sorts IDs and removes duplicates.
pub(super) fn each_once(ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
