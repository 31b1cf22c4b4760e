//! Carts, changes of carts, and the rules of read access.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::{Principal, UserId};

/// Maximum number of products in a cart.
pub(super) const MOST_PRODUCTS: usize = 100;
/// Maximum quantity of a product in a cart. The table has the same constraint.
pub(super) const MOST_OF_ONE: i64 = 1_000_000;

/// A cart.
#[derive(Clone, Debug)]
pub(super) struct Cart {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) user_id: UserId,
    pub(super) date: NaiveDate,
    /// Lines in the order in which they were added, each product once.
    pub(super) lines: Vec<Line>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// A product and its quantity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) product_id: i64,
    pub(super) quantity: i64,
}

/// The changes to a cart, applied in the order of the fields. Each field has each product at most once.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Set when all lines are removed first.
    pub(super) is_emptied: bool,
    /// Quantities to add.
    pub(super) add: Vec<Line>,
    /// Quantities to set.
    pub(super) update: Vec<Line>,
    /// Products to remove.
    pub(super) remove: Vec<i64>,
    /// The date of the cart.
    pub(super) date: Option<NaiveDate>,
    /// The new owner.
    pub(super) user_id: Option<UserId>,
}

impl Changes {
    /// Returns `true` if the changes have no effect on a cart.
    pub(super) fn is_empty_for(&self, cart: &Cart) -> bool {
        let Self { is_emptied, add, update, remove, date, user_id } = self;
        let mut lines = if *is_emptied { Vec::new() } else { cart.lines.clone() };
        for (changed, merge) in
            [(add, (|there, more| there + more) as fn(i64, i64) -> i64), (update, |_, last| last)]
        {
            for line in changed {
                match lines.iter_mut().find(|there| there.product_id == line.product_id) {
                    Some(there) => there.quantity = merge(there.quantity, line.quantity),
                    None => lines.push(*line),
                }
            }
        }
        lines.retain(|line| !remove.contains(&line.product_id));
        lines == cart.lines
            && date.is_none_or(|date| date == cart.date)
            && user_id.is_none_or(|user| user == cart.user_id)
    }

    /// Returns the products that must exist. Products to remove need not.
    pub(super) fn product_ids(&self) -> Vec<i64> {
        self.add.iter().chain(&self.update).map(|line| line.product_id).collect()
    }
}

/// Merges lines so that each product appears once. Quantities of the same product are added up.
///
/// # Errors
/// Returns [`Error::Validation`] for a quantity that is out of range.
pub(super) fn summed(lines: impl IntoIterator<Item = Line>) -> Result<Vec<Line>, Error> {
    merged(lines, |there, more| there + more)
}

/// Merges lines so that each product appears once. The last line of a product counts.
///
/// # Errors
/// Returns [`Error::Validation`] for a quantity that is out of range.
pub(super) fn latest(lines: impl IntoIterator<Item = Line>) -> Result<Vec<Line>, Error> {
    merged(lines, |_, last| last)
}

fn merged(lines: impl IntoIterator<Item = Line>, merge: fn(i64, i64) -> i64) -> Result<Vec<Line>, Error> {
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        if line.quantity < 1 {
            let details = json!({"productId": line.product_id, "quantity": line.quantity});
            return Err(Error::Validation("Invalid quantity".to_owned(), details));
        }
        match merged.iter_mut().find(|there| there.product_id == line.product_id) {
            Some(there) => there.quantity = merge(there.quantity, line.quantity),
            None => merged.push(line),
        }
    }
    if merged.iter().any(|line| line.quantity > MOST_OF_ONE) {
        return Err(Error::field("quantity", "maximum", "must be at most 1,000,000 per product"));
    }
    Ok(merged)
}

/// Parses the day of a date, or of a date-time in UTC.
///
/// # Errors
/// Returns [`Error::Validation`] for a day that does not exist.
pub(super) fn day(text: &str) -> Result<NaiveDate, Error> {
    let day = if text.len() == 10 {
        text.parse().ok()
    } else {
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc().date_naive())
    };
    day.filter(|day: &NaiveDate| (0..=9999).contains(&day.year()))
        .ok_or_else(|| Error::field("date", "format", "must be a date or a date-time"))
}

/// The carts that a caller may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Readable {
    /// All carts.
    All,
    /// The carts of this user.
    Of(UserId),
    /// No carts.
    None,
}

impl Readable {
    /// Returns the carts that a caller may read. If the directory is open or the caller is staff, these are all carts.
    /// Otherwise they are the caller's own, or none for an anonymous caller.
    pub(super) fn to(caller: Option<&Principal>, is_directory_open: bool) -> Self {
        match caller {
            _ if is_directory_open => Self::All,
            Some(principal) if principal.may_change(None) => Self::All,
            Some(principal) => Self::Of(principal.id),
            None => Self::None,
        }
    }

    /// Returns `true` if the carts of this user are included.
    pub(super) fn includes(self, owner: UserId) -> bool {
        match self {
            Self::All => true,
            Self::Of(user) => user == owner,
            Self::None => false,
        }
    }

    /// Restricts the carts to those of `wanted`, if given.
    pub(super) fn narrowed(self, wanted: Option<UserId>) -> Self {
        match wanted {
            None => self,
            Some(user) if self.includes(user) => Self::Of(user),
            Some(_) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;

    fn line(product_id: i64, quantity: i64) -> Line {
        Line { product_id, quantity }
    }

    #[test]
    fn products_named_twice_add_up_or_the_last_counts() {
        let lines = [line(2, 4), line(1, 1), line(2, 3)];
        assert_eq!(summed(lines).expect("is fine"), [line(2, 7), line(1, 1)]);
        assert_eq!(latest(lines).expect("is fine"), [line(2, 3), line(1, 1)]);
    }

    #[test]
    fn quantities_have_bounds() {
        for bad in [0, -5, i64::MIN] {
            match summed([line(1, 1), line(7, bad)]) {
                Err(Error::Validation(detail, details)) => {
                    assert_eq!(detail, "Invalid quantity");
                    assert_eq!(details, json!({"productId": 7, "quantity": bad}));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(summed([line(1, MOST_OF_ONE)]).is_ok());
        assert!(summed([line(1, MOST_OF_ONE), line(1, 1)]).is_err());
        assert!(latest([line(1, MOST_OF_ONE), line(1, 1)]).is_ok());
    }

    #[test]
    fn days_are_dates_or_times_of_them() {
        for (text, expected) in [
            ("2020-03-02", Some("2020-03-02")),
            ("2020-02-29", Some("2020-02-29")),
            ("2020-03-02T23:59:59.5Z", Some("2020-03-02")),
            ("2020-03-02t23:30:00-01:00", Some("2020-03-03")),
            ("0000-01-01", Some("0000-01-01")),
            ("2021-02-29", None),
            ("2020-13-01", None),
            ("2020-03-02T24:00:00Z", None),
            ("9999-12-31T23:00:00-02:00", None),
            ("0000-01-01T00:00:00+02:00", None),
        ] {
            assert_eq!(day(text).ok().map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn carts_are_read_by_their_owner_and_staff_unless_the_directory_is_open() {
        let of = |role, id| Principal { id: UserId(id), uuid: Uuid::now_v7(), role, session: Uuid::nil() };
        let (user, staff) = (of(Role::User, 1), of(Role::Staff, 12));
        assert_eq!(Readable::to(None, true), Readable::All);
        assert_eq!(Readable::to(None, false), Readable::None);
        assert_eq!(Readable::to(Some(&user), false), Readable::Of(UserId(1)));
        assert_eq!(Readable::to(Some(&staff), false), Readable::All);
        let own = Readable::Of(UserId(1));
        assert_eq!(own.narrowed(Some(UserId(2))), Readable::None);
        assert_eq!(own.narrowed(Some(UserId(1))), own);
        assert_eq!(Readable::All.narrowed(Some(UserId(2))), Readable::Of(UserId(2)));
        assert!(own.includes(UserId(1)) && !own.includes(UserId(2)) && !Readable::None.includes(UserId(1)));
    }

    #[test]
    fn a_change_is_empty_for_a_cart_that_it_leaves_as_it_is() {
        let cart = Cart {
            id: 1,
            uuid: Uuid::nil(),
            user_id: UserId(1),
            date: day("2020-03-02").expect("is a day"),
            lines: vec![line(2, 4), line(1, 1)],
            created_at: DateTime::UNIX_EPOCH,
            updated_at: None,
        };
        let none = Changes::default;
        let same = [
            none(),
            Changes { update: vec![line(1, 1)], ..none() },
            Changes { remove: vec![3], ..none() },
            Changes { add: vec![line(3, 1)], remove: vec![3], ..none() },
            Changes { is_emptied: true, add: cart.lines.clone(), ..none() },
            Changes { date: Some(cart.date), user_id: Some(cart.user_id), ..none() },
        ];
        for changes in same {
            assert!(changes.is_empty_for(&cart), "{changes:?}");
        }
        let others = [
            Changes { is_emptied: true, ..none() },
            Changes { add: vec![line(1, 1)], ..none() },
            Changes { update: vec![line(1, 2)], ..none() },
            Changes { update: vec![line(3, 1)], ..none() },
            Changes { remove: vec![1], ..none() },
            Changes { is_emptied: true, add: vec![line(1, 1), line(2, 4)], ..none() },
            Changes { date: day("2020-03-03").ok(), ..none() },
            Changes { user_id: Some(UserId(2)), ..none() },
        ];
        for changes in others {
            assert!(!changes.is_empty_for(&cart), "{changes:?}");
        }
    }
}
