//! Finds arguments that Docker Desktop would change.
//!
//! Its plain exec joins the arguments and splits them again, on some systems through a shell that also expands `$`. Its
//! streamed exec passes them on unchanged (docker/extensions-sdk issues 212 and 303). The preview always passes them on
//! unchanged, so it has to warn about arguments that only work here.
/// A warning about arguments of a plain exec that Docker Desktop would change, and what to do instead.
pub(crate) fn warning(cmd: &str, args: &[String]) -> Option<String> {
    let unsafe_ones: Vec<_> = args.iter().filter(|arg| !is_safe(arg)).map(|arg| shorten(arg)).collect();
    let first = unsafe_ones.first()?;
    let others = match unsafe_ones.len() {
        1 => String::new(),
        number => format!(" and {} more", number - 1),
    };
    Some(format!(
        "exec {cmd}: the argument {first}{others} works here, but Docker Desktop joins the arguments of a plain exec and \
         splits them again, which changes spaces, quotes, `$` and the like\n\
         help: use only letters, digits and _ . / : = @ - in arguments, which is safe in every desktop; send anything else \
         as one base64url argument"
    ))
}

fn is_safe(arg: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@-".contains(c);
    !arg.is_empty() && arg.chars().all(plain)
}

fn shorten(arg: &str) -> String {
    const SHOWN: usize = 60;
    let text: String = arg.chars().take(SHOWN).collect();
    let more = if text.len() < arg.len() { "…" } else { "" };
    format!("{text:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warn(args: &[&str]) -> Option<String> {
        warning("tool", &args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_arguments_that_would_change_cause_a_warning() {
        assert_eq!(warn(&["--watch", "1.5", "a=b", "/etc/hosts", "me@host:80", "eyJrIjoxfQ"]), None);
        for arg in ["", "a b", "\"a\"", "$HOME", "{\"k\":1}", "a;b", "ä", "a\nb"] {
            assert!(warn(&["fine", arg]).unwrap().contains("base64url"), "{arg:?}");
        }
        assert!(warn(&["a b", "c d"]).unwrap().contains("\"a b\" and 1 more"));
        assert!(warn(&[&"ü".repeat(1000)]).unwrap().chars().count() < 500);
    }
}
