//! Reads the names in a module definition file of mingw-w64.

use std::collections::BTreeSet;

/// What a file says about its DLL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Its file name, such as `KERNEL32.dll`.
    pub dll: String,
    pub exports: BTreeSet<Export>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Export {
    pub name: String,
    /// The name in the DLL, if it is another.
    pub exported_as: Option<String>,
    pub is_data: bool,
}

/// Reads a file without macros. Names that only a linker for 32-bit programs needs, and exports without a name, are left out.
pub(crate) fn read(text: &str) -> Definition {
    let mut definition = Definition::default();
    for line in text.lines() {
        let line = line.split(';').next().unwrap_or_default().trim();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("LIBRARY" | "NAME") => definition.dll = dll(words.next().unwrap_or_default()),
            Some("EXPORTS") | None => {}
            Some(name) => definition.exports.extend(export(name, line)),
        }
    }
    definition
}

fn dll(word: &str) -> String {
    let name = word.trim_matches('"');
    if name.contains('.') { name.to_owned() } else { format!("{name}.dll") }
}

fn export(word: &str, line: &str) -> Option<Export> {
    // `name@12` has the size of the arguments, which is part of the name in 32-bit programs.
    let plain = |word: &str| word.split('@').next().unwrap_or_default().to_owned();
    let exported_as = line.split_once("==").map(|(_, name)| plain(name.trim()));
    let is_data = line.split_whitespace().any(|word| word == "DATA");
    let name = plain(word.split("==").next().unwrap_or_default());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !name.starts_with("ord_")).then_some(Export { name, exported_as, is_data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_without_decorations() {
        let text = "; a comment\nLIBRARY \"WS2_32.dll\"\nEXPORTS\nbind@12\nplain ; why\ng_pci DATA\n\
                    close == _close\nord_16 @16\n?Mangled@@YAXXZ\n";
        let definition = read(text);
        assert_eq!(definition.dll, "WS2_32.dll");
        let shown: Vec<_> = definition
            .exports
            .iter()
            .map(|it| format!("{} {:?} {}", it.name, it.exported_as.as_deref(), it.is_data))
            .collect();
        assert_eq!(
            shown,
            ["bind None false", "close Some(\"_close\") false", "g_pci None true", "plain None false"]
        );
        assert_eq!(read("LIBRARY odbc32").dll, "odbc32.dll");
    }
}
