//! Password hashing in separate threads, and verification in a time that reveals nothing.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::try_generate_salt;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, oneshot};
use unicode_normalization::UnicodeNormalization;

use crate::error::Error;

/// Maximum number of passwords that wait to be hashed before further ones are refused.
const WAITING_HASHES: usize = 64;

/// Maximum of `Retry-After`, in seconds, when the queue is full. The values rotate from 1 to this number: with the
/// same value all clients would retry at the same moment.
const RETRY_SECONDS: u32 = 4;

/// Niceness of the hashing threads. The rest of the server, and a database on the same host, take precedence.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Hashes passwords on dedicated threads, one fewer than there are cores, so that a storm of logins leaves a core to
/// other requests. A hash takes 19 MiB, which each thread keeps for the next one. Freeing and allocating it again
/// would fragment the heap.
#[derive(Clone)]
pub struct PasswordHashing {
    queue: mpsc::Sender<Job>,
    /// Number of refused requests.
    refused: Arc<AtomicU32>,
    /// Hash that is verified for unknown users, so that they cost the same time.
    nobody: Arc<str>,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;
/// Working memory of Argon2id.
type Memory = Vec<Block>;

/// A slot in the queue for hashing. A request takes it before its other work, so that a refused request costs next to
/// nothing.
pub struct HashSlot {
    queue: mpsc::OwnedPermit<Job>,
    nobody: Arc<str>,
}

impl PasswordHashing {
    /// Starts the threads. They end when the last clone is dropped.
    ///
    /// # Errors
    /// Returns an error if the system has no randomness, or cannot start a thread.
    pub fn new() -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(WAITING_HASHES);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads() {
            let jobs = Arc::clone(&jobs);
            std::thread::Builder::new()
                .name("hashing".to_owned())
                .spawn(move || work(&jobs))
                .map_err(|error| Error::Internal(format!("a thread cannot be started: {error}")))?;
        }
        Ok(Self {
            queue,
            refused: Arc::default(),
            nobody: hash(&mut Memory::new(), "nobody's password")?.into(),
        })
    }

    /// Takes a slot in the queue.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if the queue is full.
    pub fn slot(&self) -> Result<HashSlot, Error> {
        let queue = self.queue.clone().try_reserve_owned();
        let later = || 1 + self.refused.fetch_add(1, Ordering::Relaxed) % RETRY_SECONDS;
        let queue = queue.map_err(|_| Error::Busy("too many passwords wait to be hashed", later()))?;
        Ok(HashSlot { queue, nobody: Arc::clone(&self.nobody) })
    }

    /// Takes a slot and verifies a password as [`HashSlot::verify`] does.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if the queue is full.
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Error> {
        self.slot()?.verify(password, phc).await
    }

    /// Returns the Argon2id hash of a password, as a PHC string.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if the queue is full.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.slot()?.run(move |memory| hash(memory, password.expose_secret())).await?
    }
}

impl HashSlot {
    /// Returns `true` if a password matches a PHC string. `None` represents an unknown user, and never matches.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if hashing fails.
    pub async fn verify(self, password: SecretString, phc: Option<String>) -> Result<bool, Error> {
        let is_known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.to_string());
        let is_right = self.run(move |memory| verify(memory, password.expose_secret(), &phc)).await?;
        Ok(is_right && is_known)
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (response, answered) = oneshot::channel();
        let job = move |memory: &mut Memory| {
            // Skip the work for a client that disconnected while waiting.
            if !response.is_closed() {
                metrics::counter!("agora_password_hashes_total").increment(1);
                // Fails only if the client has disconnected in the meantime.
                let _ = response.send(work(memory));
            }
        };
        self.queue.send(Box::new(job));
        answered.await.map_err(|_| Error::Internal("hashing a password panicked".to_owned()))
    }
}

/// Returns the number of threads. One core is left free if there are several.
fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).max(1)
}

/// Runs jobs in the order of their arrival, until the queue is closed.
fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    // On Linux each thread has its own priority; elsewhere the call would change that of the whole process. If it
    // fails, the threads keep the normal priority.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Memory::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = job else { return };
        // A panic ends only this job. Its caller sees the closed channel.
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
    }
}

/// Normalizes a password so that it does not depend on the keyboard: the `OpaqueString` profile of RFC 8265.
fn prepared(password: &str) -> String {
    let is_blank = |letter: char| letter.is_whitespace() && !letter.is_control();
    password.chars().map(|letter| if is_blank(letter) { ' ' } else { letter }).nfc().collect()
}

/// Returns the forms in which a password may have been hashed: normalized, or as sent before normalization was
/// introduced, composed or decomposed. For ASCII they are the same.
fn spellings(password: &str) -> Vec<String> {
    let mut spellings = vec![prepared(password)];
    for other in [password.nfc().collect(), password.nfd().collect()] {
        if !spellings.contains(&other) {
            spellings.push(other);
        }
    }
    spellings
}

/// Returns the Argon2id hash of a password, as a PHC string.
fn hash(memory: &mut Memory, password: &str) -> Result<String, Error> {
    let reported = |error: &dyn Display| Error::Internal(format!("a password cannot be hashed: {error}"));
    let salt = try_generate_salt().map_err(|error| reported(&error))?;
    let hashed = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&Params::default()).map_err(|error| reported(&error))?,
        salt: Some(Salt::new(&salt).map_err(|error| reported(&error))?),
        hash: None,
    };
    let output = output(memory, &prepared(password), &hashed).map_err(|error| reported(&error))?;
    Ok(PasswordHash { hash: Some(output), ..hashed }.to_string())
}

fn verify(memory: &mut Memory, password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else {
        return false;
    };
    // `Output` compares in constant time.
    spellings(password)
        .iter()
        .any(|spelling| output(memory, spelling, &parsed).is_ok_and(|output| parsed.hash == Some(output)))
}

/// Hashes a password with the algorithm, the parameters and the salt of another hash.
fn output(
    memory: &mut Memory,
    password: &str,
    of: &PasswordHash,
) -> Result<Output, argon2::password_hash::Error> {
    let params = Params::try_from(of)?;
    let version = of.version.map(Version::try_from).transpose()?.unwrap_or_default();
    memory.resize(params.block_count(), Block::new());
    let mut bytes = [0; Output::MAX_LENGTH];
    let bytes = &mut bytes[..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let salt = of.salt.as_ref().map(AsRef::as_ref).unwrap_or_default();
    Argon2::new(of.algorithm.as_str().try_into()?, version, params).hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        bytes,
        memory,
    )?;
    Ok(Output::new(bytes)?)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_passes() {
        let hashing = PasswordHashing::new().expect("randomness");
        let phc = hash(&mut Memory::new(), "right").expect("randomness");
        let verify = |password: &str, phc: Option<String>| hashing.verify(password.to_owned().into(), phc);
        assert!(verify("right", Some(phc.clone())).await.expect("a permit"));
        assert!(!verify("wrong", Some(phc)).await.expect("a permit"));
        assert!(!verify("nobody's password", None).await.expect("a permit"));
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let hashing = PasswordHashing::new().expect("randomness");
        let places: Vec<HashSlot> = (0..WAITING_HASHES).map(|_| hashing.slot().expect("is free")).collect();
        let mut later = Vec::new();
        for _ in 0..=RETRY_SECONDS {
            match hashing.hash("any".to_owned().into()).await {
                Err(Error::Busy(_, seconds)) => later.push(seconds),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(later, [1, 2, 3, 4, 1], "not all at once");
        drop(places);
        assert!(hashing.hash("any".to_owned().into()).await.is_ok());
    }

    #[tokio::test]
    async fn nothing_is_hashed_for_a_caller_who_went_away() {
        let hashing = PasswordHashing::new().expect("randomness");
        let started = |mut job: Pin<Box<dyn Future<Output = Result<(), Error>>>>| {
            let mut context = Context::from_waker(Waker::noop());
            assert!(job.as_mut().poll(&mut context).is_pending());
            job
        };
        let is_free = Arc::new(Mutex::new(()));
        let locked = is_free.lock().expect("nobody panicked");
        let busy = (0..threads()).map(|_| {
            let is_free = Arc::clone(&is_free);
            let wait = move |_: &mut Memory| drop(is_free.lock());
            started(Box::pin(hashing.slot().expect("is free").run(wait)))
        });
        let busy: Vec<_> = busy.collect();
        let is_done = Arc::new(Mutex::new(false));
        let done = Arc::clone(&is_done);
        let work = move |_: &mut Memory| *done.lock().expect("nobody panicked") = true;
        drop(started(Box::pin(hashing.slot().expect("is free").run(work))));
        drop(locked);
        for job in busy {
            job.await.expect("is done");
        }
        // These jobs queue behind it, one for each thread.
        for _ in 0..threads() {
            hashing.hash("any".to_owned().into()).await.expect("is done");
        }
        assert!(!*is_done.lock().expect("nobody panicked"));
    }

    #[tokio::test]
    async fn a_job_that_panics_takes_no_thread_with_it() {
        let hashing = PasswordHashing::new().expect("randomness");
        for _ in 0..WAITING_HASHES {
            let place = hashing.slot().expect("is free");
            assert!(place.run(|_| assert_eq!(1, 2, "as a test wants it")).await.is_err());
        }
        assert!(hashing.hash("any".to_owned().into()).await.is_ok());
    }

    #[test]
    fn a_password_is_the_same_from_every_keyboard() {
        let mut memory = Memory::new();
        let phc = hash(&mut memory, "caf\u{e9} na\u{ef}ve").expect("randomness");
        for same in ["cafe\u{301} nai\u{308}ve", "caf\u{e9}\u{a0}na\u{ef}ve", "caf\u{e9}\u{3000}na\u{ef}ve"] {
            assert!(verify(&mut memory, same, &phc), "{same}");
        }
        for other in ["cafe naive", "Caf\u{e9} na\u{ef}ve", "\u{ff43}af\u{e9} na\u{ef}ve"] {
            assert!(!verify(&mut memory, other, &phc), "{other}");
        }
    }

    #[test]
    fn hashes_of_passwords_that_were_not_prepared_stay_good() {
        let mut memory = Memory::new();
        let phc = hash(&mut memory, "any").expect("randomness");
        let parsed = PasswordHash::new(&phc).expect("a hash");
        for raw in ["cafe\u{301} 12", "caf\u{e9}\u{a0}12"] {
            let output = output(&mut memory, raw, &parsed).expect("is hashed");
            let old = PasswordHash { hash: Some(output), ..parsed.clone() }.to_string();
            // The contract layer composes text on arrival.
            let sent: String = raw.nfc().collect();
            assert!(verify(&mut memory, &sent, &old), "{raw}");
        }
        assert_eq!(spellings("m38rmF$"), ["m38rmF$"]);
    }

    #[test]
    fn hashes_bear_their_own_parameters() {
        let phc = hash(&mut Memory::new(), "right").expect("randomness");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        // From the command line tool of argon2, with other parameters. It is verified in the same memory after a hash
        // with the server's parameters.
        let other = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let mut memory = Memory::new();
        assert!(verify(&mut memory, "right", &phc));
        assert!(verify(&mut memory, "password", other));
        assert!(!verify(&mut memory, "passwort", other));
        assert!(verify(&mut memory, "right", &phc));
        for odd in
            ["", "right", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ", "$scrypt$v=1$c29tZXNhbHQ$nf65EOgLrQMR"]
        {
            assert!(!verify(&mut memory, "right", odd), "{odd}");
        }
    }
}
