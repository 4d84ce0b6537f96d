//! Secrets, which prove that a request comes from the page that we opened.
//!
//! Invariant: secrets are compared in constant time, and never appear in debug output.

use std::fmt;

use anyhow::{Context as _, Result};
use subtle::ConstantTimeEq as _;

/// 256 random bits.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Fails only if the system has no random numbers.
    pub(crate) fn new() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("cannot get random numbers from the system")?;
        Ok(Self(bytes))
    }

    /// The secret as hexadecimal digits, for the link and for the page.
    pub(crate) fn reveal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// True if `text` is this secret. The time does not depend on how much of it is right.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.reveal().as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_equals_only_itself() {
        let (one, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        let text = one.reveal();
        assert_eq!(text.len(), 64);
        assert!(one.is(&text) && !other.is(&text));
        assert!(
            !one.is(&text[1..])
                && !one.is("")
                && !one.is(&text.to_uppercase().replace(|c: char| !c.is_alphabetic(), "A"))
        );
        assert_eq!(format!("{one:?}"), "Secret");
    }
}
