//! How an error is shown to the user.

use anyhow::Error;

use crate::disk;

/// The whole chain of an error: what happened, the causes below it, and then the help.
///
/// Help is what follows the first `\nhelp: ` in the text of an error or of a cause.
///
/// ```
/// let cause = anyhow::anyhow!("it is a folder\nhelp: remove the folder");
/// let text = sixfold_base::error::explain(&cause.context("cannot write a.tar"));
/// assert_eq!(text, "cannot write a.tar\n  because: it is a folder\nhelp: remove the folder");
/// ```
pub fn explain(error: &Error) -> String {
    let (mut text, mut help) = (String::new(), Vec::new());
    for cause in error.chain() {
        let cause = cause.to_string();
        let (what, advice) = cause.split_once("\nhelp: ").unwrap_or((&cause, ""));
        if !text.is_empty() {
            text.push_str("\n  because: ");
        }
        text.push_str(&if text.is_empty() { what.to_owned() } else { what.replace('\n', "\n  ") });
        help.extend((!advice.is_empty()).then(|| advice.to_owned()));
    }
    help.extend(disk::help(error, &text).map(str::to_owned));
    for advice in help {
        text.push_str(&format!("\nhelp: {advice}"));
    }
    text
}
