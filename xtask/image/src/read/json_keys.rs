//! Keys of JSON objects that readers understand differently.
//!
//! Engines read JSON with Go's `encoding/json`, which ignores the case of keys: for them `Layers` is `layers`, and the last one
//! counts.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::oci::{ImageConfig, Index, Layout, Manifest};

/// A document of an image, of which this module knows the keys.
pub(super) trait Document: DeserializeOwned {
    /// All keys that are read, also those of nested objects.
    const KEYS: &'static [&'static str];
}

impl Document for Layout {
    const KEYS: &'static [&'static str] = &["imageLayoutVersion"];
}

impl Document for Index {
    const KEYS: &'static [&'static str] = &[
        "annotations",
        "architecture",
        "digest",
        "manifests",
        "mediaType",
        "os",
        "platform",
        "size",
        "variant",
    ];
}

impl Document for Manifest {
    const KEYS: &'static [&'static str] = &["config", "digest", "layers", "mediaType", "size"];
}

impl Document for ImageConfig {
    const KEYS: &'static [&'static str] =
        &["Labels", "architecture", "config", "diff_ids", "os", "rootfs", "type", "variant"];
}

/// Objects with keys that users choose.
const FREE: [&str; 5] = ["annotations", "ExposedPorts", "Labels", "LayerSources", "Volumes"];

/// Reads a document. Fails if a key has another case than in the format.
pub(super) fn parse<T: Document>(bytes: &[u8]) -> serde_json::Result<T> {
    Keys(T::KEYS).deserialize(&mut serde_json::Deserializer::from_slice(bytes))?;
    serde_json::from_slice(bytes)
}

/// Checks the keys of a value. Nothing is kept in memory.
#[derive(Clone, Copy)]
struct Keys(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let folded = fold(&key);
            if let Some(exact) = self.0.iter().find(|exact| fold(exact) == folded && **exact != key) {
                return Err(A::Error::custom(format_args!(
                    "it has the key `{}` instead of `{exact}`",
                    key.escape_debug()
                )));
            }
            if FREE.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(self)?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Equal for keys that are equal for Go.
fn fold(key: &str) -> String {
    key.replace('\u{17f}', "s").replace('\u{212a}', "k").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_another_case_are_errors() {
        for manifest in [
            r#"{"schemaVersion":2,"config":CONFIG,"layers":[],"Layers":[]}"#,
            r#"{"schemaVersion":2,"config":CONFIG,"LAYERS":[]}"#,
            r#"{"schemaVersion":2,"config":CONFIG,"layer\u017f":[]}"#,
            r#"{"schemaVersion":2,"config":CONFIG,"layers":[{"Digest":1}]}"#,
            r#"{"schemaVersion":2,"config":CONFIG,"layers":[],"layers":[]}"#,
        ] {
            let config = r#"{"mediaType":"x","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}"#;
            let error = parse::<Manifest>(manifest.replace("CONFIG", config).as_bytes()).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("instead of") || error.contains("duplicate field"), "{error}");
        }
    }

    #[test]
    fn labels_have_any_keys() {
        let config = r#"{"os":"linux","architecture":"amd64","config":{"Labels":{"OS":"x","Architecture":"y"},"User":""},
            "container_config":{"Cmd":null,"Tty":true},"x":[1,-1,0.5,"\n"],"rootfs":{"type":"layers"}}"#;
        assert_eq!(parse::<ImageConfig>(config.as_bytes()).unwrap().config.labels.unwrap().len(), 2);
    }
}
