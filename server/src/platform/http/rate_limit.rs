//! Rate limits: how many requests a client may send in a minute. An operation's `x-rate-limit` names its class.
//!
//! The limits are those of one server. A client that has sent as many requests as it may can send the next one when its
//! share of the minute has passed (GCRA), not only in the next minute.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agora_runtime::Operation;
use axum::extract::Request;
use futures_util::TryFutureExt as _;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use tower::service_fn;

use crate::error::Error;
use crate::platform::http::forwarded::Client;
use crate::platform::http::http_service::HttpService;
use crate::platform::http::request::Called;

/// Interval at which clients are forgotten that have not sent a request lately.
const FORGET_EVERY: Duration = Duration::from_secs(60);
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Maximum number of requests in a minute, for each class.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Requests without a valid credential, by address.
    pub anonymous: NonZeroU32,
    /// Requests with a valid credential, by user.
    pub user: NonZeroU32,
    /// Requests for operations on credentials, by address.
    pub credentials: NonZeroU32,
}

/// The limits of all classes, with the recent clients.
pub struct RateLimits {
    anonymous: Limiter<Network>,
    user: Limiter<i64>,
    credentials: Limiter<Network>,
}

struct Limiter<K: Clone + Eq + Hash> {
    states: RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

/// The address of a client, as far as limits tell addresses apart: one customer usually has a whole IPv6 /64.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Network {
    Unknown,
    V4([u8; 4]),
    V6([u8; 8]),
}

impl From<Option<IpAddr>> for Network {
    fn from(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(IpAddr::V4(address)) => Self::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// The requests that a client can still send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Standing {
    limit: u32,
    remaining: u32,
    /// Seconds until all of the limit is available.
    reset: u64,
}

/// Client and standing of a request, in its extensions.
#[derive(Clone)]
struct Slot {
    client: Client,
    standing: Arc<Mutex<Option<Standing>>>,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    fn new(a_minute: NonZeroU32) -> Self {
        let states = RateLimiter::hashmap(Quota::per_minute(a_minute));
        Self { states: states.with_middleware(), clock: DefaultClock::default() }
    }

    /// Counts a request. Returns the standing of its client, and the time to wait if it must not be served.
    fn count(&self, key: &K) -> (Standing, Option<Duration>) {
        let standing = |quota: Quota, remaining: u32| {
            let limit = quota.burst_size().get();
            let used = limit.saturating_sub(remaining);
            Standing { limit, remaining, reset: whole_seconds(quota.replenish_interval() * used).into() }
        };
        match self.states.check_key(key) {
            Ok(state) => (standing(state.quota(), state.remaining_burst_capacity()), None),
            Err(refused) => (standing(refused.quota(), 0), Some(refused.wait_time_from(self.clock.now()))),
        }
    }

    fn forget(&self) {
        self.states.retain_recent();
        self.states.shrink_to_fit();
    }
}

fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u32::MAX)
}

impl RateLimits {
    /// Creates limits that know no clients.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self {
            anonymous: Limiter::new(rates.anonymous),
            user: Limiter::new(rates.user),
            credentials: Limiter::new(rates.credentials),
        }
    }

    /// Counts a request for operations on credentials, before the credentials are looked at. Requests for other operations are
    /// not counted.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if its address has no request left.
    pub fn count_credentials(&self, operation: &Operation, parts: &Parts) -> Result<(), Error> {
        if operation.rate_limit != "credentials" {
            return Ok(());
        }
        self.count_guess(parts)
    }

    /// Counts a request for another operation with which a password can be guessed.
    ///
    /// # Errors
    /// As for [`RateLimits::count_credentials`].
    pub fn count_guess(&self, parts: &Parts) -> Result<(), Error> {
        let Some(slot) = parts.extensions.get::<Slot>() else { return Ok(()) };
        settle(slot, self.credentials.count(&slot.client.address.into()))
    }

    /// Counts a request for other operations: that of a user, by ID, or else of an address.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if the user or the address has no request left.
    pub fn count(&self, operation: &Operation, parts: &Parts, user: Option<i64>) -> Result<(), Error> {
        if operation.rate_limit != "public" {
            return Ok(());
        }
        let Some(slot) = parts.extensions.get::<Slot>() else { return Ok(()) };
        settle(
            slot,
            match user {
                Some(user) => self.user.count(&user),
                None => self.anonymous.count(&slot.client.address.into()),
            },
        )
    }

    /// Forgets clients that have all of their limit again, until the task is aborted.
    pub async fn forget_loop(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(FORGET_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.anonymous.forget();
            self.user.forget();
            self.credentials.forget();
        }
    }
}

/// Keeps the standing for the response: the last one, of a request that counts for an address and a user.
fn settle(slot: &Slot, (standing, wait): (Standing, Option<Duration>)) -> Result<(), Error> {
    *slot.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    // Some clients repeat a POST at once after a `Retry-After` of 0.
    wait.map_or(Ok(()), |wait| Err(Error::RateLimited(whole_seconds(wait).max(1))))
}

/// Adds the standing of the client to the response of every request that was counted.
pub fn layer<I: HttpService>(mut inner: I) -> impl HttpService {
    service_fn(move |mut request: Request| {
        let client = request.extensions().get::<Called>().map(|called| called.client).unwrap_or_default();
        let standing = Arc::<Mutex<Option<Standing>>>::default();
        request.extensions_mut().insert(Slot { client, standing: Arc::clone(&standing) });
        inner.call(request).map_ok(move |mut response| {
            let standing = *standing.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Standing { limit, remaining, reset }) = standing {
                let headers = response.headers_mut();
                headers.insert(LIMIT, HeaderValue::from(limit));
                headers.insert(REMAINING, HeaderValue::from(remaining));
                headers.insert(RESET, HeaderValue::from(reset));
            }
            response
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::from(Some(address.parse::<IpAddr>().expect("an address")))
    }

    #[test]
    fn addresses_of_one_network_share_a_limit() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_ne!(network("192.0.2.1"), Network::from(None));
    }

    #[test]
    fn each_key_has_its_own_limit_and_is_told_when_it_is_available_again() {
        let limiter = Limiter::new(NonZeroU32::new(3).expect("positive"));
        for remaining in [2, 1, 0] {
            let (standing, wait) = limiter.count(&1);
            assert_eq!(standing, Standing { limit: 3, remaining, reset: 20 * u64::from(3 - remaining) });
            assert_eq!(wait, None);
        }
        let (standing, wait) = limiter.count(&1);
        let seconds = wait.expect("must wait").as_secs_f64();
        assert!(seconds > 19.0 && seconds <= 20.0, "{seconds}");
        assert_eq!(standing, Standing { limit: 3, remaining: 0, reset: 60 });
        assert_eq!(limiter.count(&2).1, None);
        limiter.forget();
        assert!(limiter.count(&1).1.is_some(), "not forgotten yet");
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
    }
}
