//! The arguments of COPY and ADD.

use super::instruction::Instruction;

/// COPY or ADD, as written: variables are not expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyArguments {
    /// `--name=value` or `--name`, without the dashes.
    pub flags: Vec<(String, Option<String>)>,
    /// Each source and its offset in the file, in bytes. In the JSON form, all have the offset of the array.
    pub sources: Vec<(String, usize)>,
    pub dest: String,
}

impl CopyArguments {
    /// `None` without a source and a destination.
    pub fn new(item: &Instruction) -> Option<Self> {
        // The lines of a here-document follow.
        let end = item.line.text.find('\n').unwrap_or(item.line.text.len());
        let words = item.line.words().into_iter().take_while(|word| word.start < end);
        let (mut flags, mut sources, mut first) = (vec![], vec![], None);
        for word in words {
            match word.text.strip_prefix("--").filter(|_| first.is_none()) {
                Some(flag) => flags.push(match flag.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (flag.to_owned(), None),
                }),
                None => {
                    first.get_or_insert((word.start, word.at));
                    sources.push((word.text, word.at));
                }
            }
        }
        let (start, at) = first?;
        let json = serde_json::from_str::<Vec<String>>(item.line.text.get(start..end)?.trim());
        if let Ok(words) = json {
            sources = words.into_iter().map(|word| (word, at)).collect();
        }
        let (dest, _) = sources.pop()?;
        (!sources.is_empty()).then_some(Self { flags, sources, dest })
    }

    /// The value of a flag; of several, the last.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(other, _)| other == name)?.1.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::Dockerfile;
    use super::*;

    fn copy(arguments: &str) -> Option<CopyArguments> {
        let file = Dockerfile::parse(&format!("FROM scratch\nCOPY {arguments}\n")).unwrap();
        CopyArguments::new(&file.stages[0].instructions[0])
    }

    #[test]
    fn flags_sources_and_destination_are_told_apart() {
        let read = copy("--from=a --link x --y /z").unwrap();
        assert_eq!((read.flag("from"), read.flag("link")), (Some("a"), None));
        assert_eq!(read.flags.len(), 2);
        assert_eq!(read.sources, [("x".into(), 34), ("--y".into(), 36)]);
        assert_eq!(read.dest, "/z");
        let read = copy("--link [\"a b\", \"/\"]").unwrap();
        assert_eq!((read.sources, read.dest.as_str()), (vec![("a b".into(), 25)], "/"));
    }

    #[test]
    fn the_text_of_a_here_document_is_no_argument() {
        let read = copy("<<EOF /x\nhi there\nEOF").unwrap();
        assert_eq!((read.sources[0].0.as_str(), read.dest.as_str()), ("<<EOF", "/x"));
        assert_eq!(read.sources.len(), 1);
    }
}
