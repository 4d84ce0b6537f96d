//! Formats a library as a text stub (version 4), which ld64.lld and Apple's linker accept in place of the library.

use std::fmt::Write;

use super::library::{Library, Name, On};

/// lld knows these two, but crashes on some others that Apple's files name.
const TARGETS: &str = "x86_64-macos, arm64-macos";

/// The stub's text. `reexports` are the install names of re-exported libraries; `added` are further symbols.
pub(crate) fn render(library: &Library, reexports: &[&str], added: &[String]) -> String {
    let mut text = format!("--- !tapi-tbd\ntbd-version: 4\ntargets: [ {TARGETS} ]\n");
    text.push_str(&format!("install-name: '{}'\n", library.install_name));
    if let Some(version) = library.current_version {
        text.push_str(&format!("current-version: {version}\n"));
    }
    if !reexports.is_empty() {
        let libraries: Vec<String> = reexports.iter().map(|path| format!("'{path}'")).collect();
        text.push_str("reexported-libraries:\n");
        text.push_str(&format!("  - targets: [ {TARGETS} ]\n    libraries: [ {} ]\n", libraries.join(", ")));
    }
    let sections: String = [(On::Both, TARGETS), (On::Amd64, "x86_64-macos"), (On::Arm64, "arm64-macos")]
        .iter()
        .map(|(on, targets)| section(library, *on, targets, if *on == On::Both { added } else { &[] }))
        .collect();
    if !sections.is_empty() {
        text.push_str(&format!("exports:\n{sections}"));
    }
    text.push_str("...\n");
    text
}

/// The exports for the same targets; empty if there are none.
fn section(library: &Library, on: On, targets: &str, added: &[String]) -> String {
    let exports = || library.exports.iter().filter(|export| export.on == on);
    let symbols = exports().filter_map(|export| match export.name {
        Name::Symbol(name) => Some(name),
        Name::Class(_) => None,
    });
    let symbols: Vec<&str> = symbols.chain(added.iter().map(String::as_str)).collect();
    let classes = exports().filter_map(|export| match export.name {
        Name::Class(name) => Some(name),
        Name::Symbol(_) => None,
    });
    let classes: Vec<&str> = classes.collect();
    let mut text = String::new();
    if !(symbols.is_empty() && classes.is_empty()) {
        text.push_str(&format!("  - targets: [ {targets} ]\n"));
        names(&mut text, "symbols", &symbols);
        names(&mut text, "objc-classes", &classes);
    }
    text
}

/// `key: [ 'a', 'b' ]`, quoted because names may contain `$`.
fn names(text: &mut String, key: &str, names: &[&str]) {
    for (at, name) in names.iter().enumerate() {
        let before = if at == 0 { format!("    {key}: [ ") } else { ",\n      ".to_owned() };
        // Writing to a String cannot fail.
        let _ = write!(text, "{before}'{name}'");
    }
    if !names.is_empty() {
        text.push_str(" ]\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_has_reexports_and_exports_for_each_architecture() {
        let list = "install-name: /usr/lib/libA.1.dylib\ncurrent-version: 7\nreexports: libB\n\n\
                    class OS_a\n_a\nx86_64 _a$INODE64\narm64 _b\n";
        let text = render(&Library::parse("libA", list), &["/usr/lib/libB.dylib"], &["_mine".to_owned()]);
        insta::assert_snapshot!(text, @r"
        --- !tapi-tbd
        tbd-version: 4
        targets: [ x86_64-macos, arm64-macos ]
        install-name: '/usr/lib/libA.1.dylib'
        current-version: 7
        reexported-libraries:
          - targets: [ x86_64-macos, arm64-macos ]
            libraries: [ '/usr/lib/libB.dylib' ]
        exports:
          - targets: [ x86_64-macos, arm64-macos ]
            symbols: [ '_a',
              '_mine' ]
            objc-classes: [ 'OS_a' ]
          - targets: [ x86_64-macos ]
            symbols: [ '_a$INODE64' ]
          - targets: [ arm64-macos ]
            symbols: [ '_b' ]
        ...
        ");
    }

    #[test]
    fn a_library_that_only_reexports_others_has_no_exports() {
        let text = render(&Library::parse("Cocoa", "install-name: /C\nreexports: AppKit"), &["/A"], &[]);
        assert!(!text.contains("exports:\n  - targets: [ x86_64-macos, arm64-macos ]\n    symbols"));
        assert!(text.ends_with("libraries: [ '/A' ]\n...\n"));
    }
}
