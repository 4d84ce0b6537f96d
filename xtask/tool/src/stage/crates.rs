//! Compares the crates that a program lists with cargo's graph.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use sixfold_judge::listed_crates;
use sixfold_project::plan::{Crates, PlannedCell};

/// Fails if a program that has to list its crates does not list those that it is built from.
pub(super) fn verify(crates: &Crates, planned: &PlannedCell, content: &[u8]) -> Result<()> {
    if !planned.auditable {
        return Ok(());
    }
    let cell = planned.cell();
    let listed = match listed_crates(&content) {
        Ok(Some(listed)) => listed,
        Ok(None) => bail!(
            "{cell} does not list its crates, so cargo-auditable had no effect on it\n\
             help: see above whether it printed a warning, and install its latest version"
        ),
        Err(error) => {
            bail!("{cell}: its list of crates {error}\nhelp: install the latest version of cargo-auditable")
        }
    };
    let listed = listed.into_iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    let known = crates.of(&planned.binary, planned.target)?.into_iter();
    let known = known.map(|it| format!("{} {}", it.name, it.version)).collect();
    if let Some(difference) = difference(&known, &listed) {
        bail!(
            "{cell} does not list the crates that cargo has for it: {difference}\n\
             help: run `cargo clean`, so that everything is compiled again, and repeat the command"
        );
    }
    Ok(())
}

/// What is different, with the names of a few crates.
fn difference(known: &BTreeSet<String>, listed: &BTreeSet<String>) -> Option<String> {
    const SHOWN: usize = 3;
    let missing = |a: &BTreeSet<String>, b: &BTreeSet<String>, what: &str| {
        let all: Vec<_> = a.difference(b).map(|name| name.escape_debug().to_string()).collect();
        let more = all.len().checked_sub(SHOWN).filter(|more| *more > 0);
        let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
        let names: Vec<_> = all.iter().take(SHOWN).map(String::as_str).collect();
        (!all.is_empty()).then(|| format!("{}{more} {what}", names.join(", ")))
    };
    let both = [missing(known, listed, "not listed"), missing(listed, known, "only listed")];
    let both: Vec<_> = both.into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_named() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let known = set(&["a 1.0.0", "b 1.0.0"]);
        assert_eq!(difference(&known, &known), None);
        let text = |listed: &[&str]| difference(&known, &set(listed)).unwrap();
        assert_eq!(text(&["a 1.0.0"]), "b 1.0.0 not listed");
        assert_eq!(text(&["a 1.0.0", "b 1.0.1"]), "b 1.0.0 not listed; b 1.0.1 only listed");
        let many = ["a 1.0.0", "b 1.0.0", "c 1.0.0", "d 1.0.0", "e 1.0.0", "f 1.0.0"];
        assert_eq!(text(&many), "c 1.0.0, d 1.0.0, e 1.0.0 and 1 more only listed");
    }
}
