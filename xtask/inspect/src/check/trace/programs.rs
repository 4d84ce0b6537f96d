//! What the programs that are known here write.

use super::effect::{Call, Effect, Kind};
use super::paths::absolute;
use super::symbol::is_known;

impl Call<'_> {
    /// The value of a flag: `-o X`, `-fLo X`, `-oX`, `--output X`, `--output=X`.
    fn flag(&self, short: char, long: &str) -> Vec<&str> {
        let mut values = vec![];
        let mut words = self.arguments().iter();
        while let Some(word) = words.next() {
            let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            let attached = cluster.and_then(|rest| rest.split_once(short)).map(|(_, value)| value);
            let value = match word.strip_prefix(long).filter(|_| !long.is_empty()) {
                Some("") => Some(""),
                Some(rest) => rest.strip_prefix('='),
                None => attached,
            };
            match value {
                Some("") => values.extend(words.next().map(String::as_str)),
                Some(value) => values.push(value),
                None => {}
            }
        }
        values
    }

    pub(super) fn fetch(&self) -> Vec<Effect> {
        let is_curl = self.program() == "curl";
        let (short, long, folder) = if is_curl {
            ('o', "--output", "--output-dir")
        } else {
            ('O', "--output-document", "--directory-prefix")
        };
        let outputs = self.flag(short, long);
        let folders = self.flag(if is_curl { '\0' } else { 'P' }, folder);
        let folder = folders.first().copied().unwrap_or(".");
        if !outputs.is_empty() {
            let outputs =
                outputs.into_iter().filter(|output| !matches!(*output, "-" | "/dev/null" | "/dev/stdout"));
            return outputs.map(|output| self.file(&absolute(folder, output), Kind::Fetched)).collect();
        }
        let keeps_name = !is_curl
            || self.arguments().iter().any(|word| {
                word.starts_with("--remote-name")
                    || word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains('O'))
            });
        let urls = self.plain().into_iter().filter(|word| word.contains('/') && keeps_name);
        let name = |url: &String| url.rsplit('/').next().unwrap_or_default().to_owned();
        urls.map(|url| self.file(&absolute(folder, &name(url)), Kind::Fetched)).collect()
    }

    /// What is removed for certain.
    pub(super) fn remove(&self) -> Effect {
        Effect::Remove(
            self.plain().into_iter().filter(|path| is_known(path)).map(|path| self.path(path)).collect(),
        )
    }

    pub(super) fn unpack(&self) -> Vec<Effect> {
        let first = self.arguments().first().map_or("", String::as_str);
        let is_tar = self.program() != "unzip";
        let extracts = !is_tar
            || (!first.starts_with("--") && first.contains('x'))
            || self.arguments().iter().any(|word| {
                matches!(word.as_str(), "--extract" | "--get")
                    || (word.starts_with('-') && !word.starts_with("--") && word.contains('x'))
            });
        if !extracts {
            return self.flag('f', "--file").iter().map(|file| self.file(file, Kind::Other)).collect();
        }
        let folders = if is_tar { self.flag('C', "--directory") } else { self.flag('d', "") };
        vec![self.below(folders.first().copied().unwrap_or("."), Kind::Fetched)]
    }

    pub(super) fn copy(&self) -> Option<Effect> {
        let valued = |word: &&str| self.program() == "install" && matches!(*word, "-m" | "-o" | "-g");
        let (mut plain, mut words) = (vec![], self.arguments().iter().map(String::as_str));
        while let Some(word) = words.next() {
            if valued(&word) || word == "-t" {
                words.next();
            } else if !word.starts_with('-') {
                plain.push(word);
            }
        }
        let folders = self.flag('t', "--target-directory");
        let folder = folders.first().filter(|_| self.arguments().iter().any(|word| word == "-t"));
        let dest = match folder {
            Some(folder) => format!("{folder}/"),
            None => plain.pop()?.to_owned(),
        };
        let sources: Vec<_> = plain.iter().map(|path| absolute(&self.command.cwd, path)).collect();
        (!sources.is_empty()).then(|| match is_known(&dest) {
            true => Effect::Move(sources, self.path(&dest)),
            false => Effect::Anything(self.made(Kind::Other)),
        })
    }

    pub(super) fn go(&self) -> Vec<Effect> {
        let value = |name| self.command.env.get(name).filter(|value| !value.is_empty()).cloned();
        let kind = match value("GOARCH").as_deref() {
            Some("wasm") => Kind::Other,
            arch => Kind::Go { os: value("GOOS"), arch: arch.map(str::to_owned) },
        };
        match self.arguments().first().map(String::as_str) {
            Some("build") => match self.output().as_deref() {
                Some(path) => vec![self.file(path, kind)],
                None => vec![self.below(".", kind)],
            },
            Some("install") => vec![self.below(value("GOBIN").as_deref().unwrap_or("/go/bin"), kind)],
            Some("env" | "mod" | "version" | "vet" | "test" | "get" | "clean") => vec![],
            _ => vec![Effect::Anything(self.made(Kind::Other))],
        }
    }

    /// The value of Go's `-o`.
    fn output(&self) -> Option<String> {
        let mut words = self.arguments().iter();
        let found = words.find(|word| *word == "-o" || word.starts_with("-o="))?;
        found.strip_prefix("-o=").map(str::to_owned).or_else(|| words.next().cloned())
    }
}
