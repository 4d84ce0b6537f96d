//! How an error is shown to the user.

use anyhow::Error;

use crate::chain::describe;
use crate::disk;

/// The whole chain of an error: what happened, the causes below it, and then the help. A full disk is recognized, and
/// explained.
///
/// Help is what follows the first `\nhelp: ` in the text of an error or of a cause.
///
/// ```
/// let cause = anyhow::anyhow!("it is a folder\nhelp: remove the folder");
/// let text = sixfold_base::error::explain(&cause.context("cannot write a.tar"));
/// assert_eq!(text, "cannot write a.tar\n  because: it is a folder\nhelp: remove the folder");
/// ```
pub fn explain(error: &Error) -> String {
    let text = describe(error);
    match disk::help(error, &text) {
        Some(help) => format!("{text}\nhelp: {help}"),
        None => text,
    }
}
