//! Reads the names in a text stub library, version 4: a YAML document for each library of an umbrella.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::cfg::Arches;
use super::names::Names;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "install-name")]
    install_name: String,
    #[serde(rename = "current-version", default)]
    current_version: Option<serde_json::Value>,
    #[serde(default)]
    exports: Vec<Section>,
    #[serde(default)]
    reexports: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Section {
    targets: Vec<String>,
    #[serde(default)]
    symbols: Vec<String>,
    #[serde(default)]
    weak_symbols: Vec<String>,
    #[serde(default)]
    objc_classes: Vec<String>,
}

/// An umbrella library with everything that its parts export.
pub(crate) struct Umbrella {
    pub install_name: String,
    pub current_version: Option<String>,
    pub names: Names,
}

/// Reads all documents. The first one is the library that programs load.
pub(crate) fn read(text: &str) -> Result<Umbrella> {
    let documents = documents(text)?;
    let mut names = Names::default();
    for section in documents.iter().flat_map(|document| document.exports.iter().chain(&document.reexports)) {
        add(section, &mut names);
    }
    let first = documents.into_iter().next().context("the stub library has no document")?;
    let current_version = first.current_version.map(|version| version.to_string().replace('"', ""));
    Ok(Umbrella { install_name: first.install_name, current_version, names })
}

fn documents(text: &str) -> Result<Vec<Document>> {
    // serde does not know the tag in the first line of each document.
    let text = text.replace("--- !tapi-tbd", "---");
    serde_yaml_ng::Deserializer::from_str(&text)
        .map(|document| Document::deserialize(document).context("not a text stub library of version 4"))
        .collect()
}

fn add(section: &Section, names: &mut Names) {
    let has = |target: &str| section.targets.iter().any(|known| known == target);
    let arches = Arches { amd64: has("x86_64-macos"), arm64: has("arm64-macos") };
    if arches == Arches::NONE {
        return;
    }
    for symbol in section.symbols.iter().chain(&section.weak_symbols) {
        // `$ld$…` are instructions to Apple's linker about older systems, not symbols.
        if !symbol.starts_with("$ld$") {
            names.add_symbol(symbol, arches);
        }
    }
    section.objc_classes.iter().for_each(|class| names.add_class(class, arches));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_umbrella_has_the_names_of_all_its_parts() {
        let text = "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\n\
                    install-name: '/usr/lib/libU.dylib'\ncurrent-version: 7\n\
                    exports:\n  - targets: [ x86_64-macos ]\n    symbols: [ _a, '_b$INODE64',\n             '$ld$hide$os10.4$_c' ]\n\
                    --- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\ninstall-name: '/usr/lib/part.dylib'\n\
                    exports:\n  - targets: [ arm64-macos ]\n    symbols: [ _a ]\n    objc-classes: [ OS_x ]\n\
                    \u{20} - targets: [ arm64-maccatalyst ]\n    symbols: [ _d ]\n...\n";
        let umbrella = read(text).expect("the text is a stub library");
        assert_eq!(umbrella.install_name, "/usr/lib/libU.dylib");
        assert_eq!(umbrella.current_version.as_deref(), Some("7"));
        assert_eq!(umbrella.names.symbols.keys().collect::<Vec<_>>(), ["_a", "_b$INODE64"]);
        assert_eq!(umbrella.names.symbols["_a"], Arches::ALL);
        assert_eq!(umbrella.names.classes.keys().collect::<Vec<_>>(), ["OS_x"]);
    }
}
