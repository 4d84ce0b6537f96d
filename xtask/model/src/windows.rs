//! Names that an author adds to our lists of what Windows exports, in `[workspace.metadata.extension.windows]`:
//!
//! ```toml
//! symbols = { kernel32 = ["NewFunction"] }
//! ```

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Names as C spells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extra {
    /// By DLL, in lower case and without `.dll`.
    pub symbols: BTreeMap<String, Vec<String>>,
}

impl Extra {
    /// Fails if a name cannot be a symbol or a DLL. The error names the key.
    pub fn validate(&self) -> Result<()> {
        let is_plain = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        for (dll, names) in &self.symbols {
            let key = format!("[workspace.metadata.extension.windows] symbols.{dll}");
            ensure!(
                is_plain(dll, "_-") && *dll == dll.to_ascii_lowercase(),
                "{key}: write the name of the DLL in lower case and without `.dll`"
            );
            for name in names {
                ensure!(is_plain(name, "_"), "{key}: {name:?} is not the name of a function or a variable");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_key() {
        let check = |text: &str| toml::from_str::<Extra>(text).expect("the text is TOML").validate();
        check("symbols = { kernel32 = ['NewFunction'] }").expect("the table is valid");
        let error = |text| check(text).expect_err("the table is invalid").to_string();
        assert!(error("symbols = { 'Kernel32.dll' = [] }").contains("symbols.Kernel32.dll: write the name"));
        assert!(error("symbols = { kernel32 = ['a b'] }").contains("\"a b\" is not the name"));
    }
}
