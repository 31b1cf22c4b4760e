//! Connection parameters of a cluster.

use std::fmt::{self, Write};

/// The address of the cluster and the superuser's credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// An address, or the folder of the Unix socket, which begins with `/`.
    pub host: String,
    /// The port, which is also part of the socket's name.
    pub port: u16,
    /// The superuser's name.
    pub user: String,
    /// The password, if one is required.
    pub password: Option<String>,
}

impl Connection {
    /// Returns the connection URL for `database`, in the format of libpq.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url = format!("postgresql://{}", encode(&self.user));
        if let Some(password) = &self.password {
            url.push(':');
            url.push_str(&encode(password));
        }
        let (host, port, database) = (encode(&self.host), self.port, encode(database));
        url.push_str(&format!("@{host}:{port}/{database}"));
        url
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

/// Percent-encodes all characters except the unreserved ones of RFC 3986, section 2.3.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(host: &str, password: Option<&str>) -> Connection {
        Connection {
            host: host.to_owned(),
            port: 5432,
            user: "postgres".to_owned(),
            password: password.map(str::to_owned),
        }
    }

    #[test]
    fn a_socket_folder_is_the_encoded_host() {
        assert_eq!(
            connection("/tmp/a b", None).url("shop"),
            "postgresql://postgres@%2Ftmp%2Fa%20b:5432/shop"
        );
    }

    #[test]
    fn a_password_stands_before_the_host() {
        assert_eq!(
            connection("127.0.0.1", Some("p@ss")).url("shop"),
            "postgresql://postgres:p%40ss@127.0.0.1:5432/shop"
        );
    }

    #[test]
    fn debug_output_hides_the_password() {
        let text = format!("{:?}", connection("127.0.0.1", Some("p@ss")));
        assert!(!text.contains("p@ss"), "{text}");
    }
}
