//! Client of the contract "Agora" 0.1.0. Made by `just gen`; whatever is changed here is lost.
#![allow(clippy::all, rustdoc::bare_urls, rustdoc::invalid_html_tags, unused_imports)]

// Models name the crate `serde_with` for members that may be absent or null. The one module that they use is here, which
// spares everybody the crate.
extern crate self as serde_with;

pub mod apis;
pub mod models;

#[doc(hidden)]
pub mod rust {
    pub mod double_option {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<T: Serialize, S: Serializer>(
            value: &Option<Option<T>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            value.as_ref().and_then(Option::as_ref).serialize(serializer)
        }

        pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Option<T>>, D::Error> {
            Option::<T>::deserialize(deserializer).map(Some)
        }
    }
}
