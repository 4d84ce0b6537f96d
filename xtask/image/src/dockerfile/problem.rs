//! What is wrong with an instruction.

/// Why the builtin engine cannot build an instruction. The text may end with a `help:` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// BuildKit supports this, or may support it. The builtin engine does not.
    Unsupported(String),
    /// BuildKit rejects this too, or builds an image that the author cannot want.
    Invalid(String),
}

impl Problem {
    /// The same message, as a reason to use buildx.
    pub(crate) fn into_unsupported(self) -> Self {
        match self {
            Self::Unsupported(message) | Self::Invalid(message) => Self::Unsupported(message),
        }
    }
}

/// For `return unsupported(…)`.
pub(crate) fn unsupported<T>(message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Unsupported(message.into()))
}

/// For `return invalid(…)`.
pub(crate) fn invalid<T>(message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Invalid(message.into()))
}
