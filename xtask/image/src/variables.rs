//! What `$` stands for in a Dockerfile: ARG, ENV and the values that BuildKit gives for each platform.
//!
//! An ARG that would hide BuildKit's value, or take one from the machine that builds, is refused: the first gives every
//! platform the same files, the second another image on every machine.

use std::collections::BTreeMap;

use super::dockerfile::{Fault, mistake, unsupported};
use super::words;
use sixfold_model::matrix::Platform;

/// What BuildKit puts into the environment of an image from scratch.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Vars = BTreeMap<String, String>;

pub(crate) struct Variables {
    /// What an ARG without a default takes: BuildKit's own values and the ARGs before FROM.
    globals: Vars,
    /// What a word sees: ARG and ENV so far, the later one of a name.
    vars: Vars,
}

impl Variables {
    pub(crate) fn new(platform: Platform) -> Self {
        let globals = [
            ("TARGETPLATFORM", platform.to_string()),
            ("TARGETOS", "linux".to_owned()),
            ("TARGETARCH", platform.arch().to_string()),
            ("TARGETVARIANT", String::new()),
        ];
        Self {
            globals: globals.map(|(name, value)| (name.to_owned(), value)).into(),
            vars: Vars::from([("PATH".to_owned(), PATH.to_owned())]),
        }
    }

    pub(crate) fn set(&mut self, name: String, value: String) {
        self.vars.insert(name, value);
    }

    pub(crate) fn expand(&self, word: &str) -> Result<String, Fault> {
        expand(word, &self.vars)
    }

    /// For FROM and what is before it.
    pub(crate) fn expand_global(&self, word: &str) -> Result<String, Fault> {
        expand(word, &self.globals)
    }

    /// An ARG before FROM.
    pub(crate) fn declare_global(&mut self, arguments: &[(String, Option<String>)]) -> Result<(), Fault> {
        for (name, default) in arguments {
            check(name, true)?;
            let Some(default) = default else { continue };
            let value = self.expand_global(default)?;
            self.globals.insert(name.clone(), value);
        }
        Ok(())
    }

    /// An ARG after FROM; gives its line of the history.
    pub(crate) fn declare(&mut self, arguments: &[(String, Option<String>)]) -> Result<String, Fault> {
        let mut history = String::from("ARG");
        for (name, default) in arguments {
            check(name, default.is_some())?;
            history.push_str(&format!(" {name}"));
            match default {
                // BuildKit's versions differ in whether a default sees the names before it on its line.
                Some(default) if arguments.len() > 1 && default.contains('$') => {
                    return unsupported("ARG has several names and a variable: give each a line of its own");
                }
                Some(default) => {
                    let value = self.expand(default)?;
                    history.push_str(&format!("={value}"));
                    self.set(name.clone(), value);
                }
                None => {
                    let value = self.globals.get(name).cloned();
                    self.vars.extend(value.map(|value| (name.clone(), value)));
                }
            }
        }
        Ok(history)
    }
}

fn expand(word: &str, vars: &Vars) -> Result<String, Fault> {
    words::expand(word, &|name| vars.get(name).map(String::as_str))
}

/// Refuses what would give a wrong or an unrepeatable image.
fn check(name: &str, has_default: bool) -> Result<(), Fault> {
    match name {
        "" => mistake("an ARG has no name"),
        "TARGETPLATFORM" | "TARGETOS" | "TARGETARCH" | "TARGETVARIANT" if has_default => mistake(format!(
            "this ARG hides the {name} that BuildKit gives, so every platform's image gets the same files: \
             write `ARG {name}` after FROM, with no default"
        )),
        "TARGETSTAGE" | "TARGETOSVERSION" | "SOURCE_DATE_EPOCH" => {
            unsupported(format!("the value of {name} depends on the engine"))
        }
        _ if name.starts_with("BUILD") && ["PLATFORM", "OS", "ARCH", "VARIANT"].contains(&&name[5..]) => {
            unsupported(format!(
                "{name} is that of the machine that builds, not of the image (use TARGET{})",
                &name[5..]
            ))
        }
        _ => Ok(()),
    }
}
