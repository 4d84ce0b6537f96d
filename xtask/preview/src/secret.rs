//! Secrets: what proves that a request comes from the page that we opened.
//!
//! Invariant: a secret is compared in constant time, and shows itself only where it is meant to leave the program.

use std::fmt;

use anyhow::{Context as _, Result};
use subtle::ConstantTimeEq as _;

/// 256 random bits.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Fails only where the system gives no random numbers.
    pub fn new() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
        Ok(Self(bytes))
    }

    /// In hexadecimal digits, for the link and for the page.
    pub fn reveal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `text` is this secret; takes as long whatever of it is right.
    pub fn is(&self, text: &str) -> bool {
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
    fn a_secret_is_itself_and_nothing_else() {
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
