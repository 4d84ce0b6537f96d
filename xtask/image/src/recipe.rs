//! A Dockerfile evaluated for one platform: the steps that make layers, and the image's configuration.
//!
//! Variables, history lines and the configuration follow BuildKit (`frontend/dockerfile/dockerfile2llb/convert.go`;
//! compared with 0.13), so that both engines make the same image.

use std::collections::BTreeMap;

use super::dockerfile::{Copy, Dockerfile, Fault, Instruction, Refusal, mistake, unsupported};
use super::oci::{Empty, RunConfig};
use super::variables::{PATH, Variables};
use sixfold_model::matrix::{ImagePath, Platform};

/// One platform's image before any file is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Every instruction after FROM, in order.
    pub steps: Vec<Step>,
    pub config: RunConfig,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line in the Dockerfile, from 1.
    pub line: usize,
    /// What the image's history says.
    pub created_by: String,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Changes the configuration only, which is already done.
    Configure,
    /// WORKDIR makes its folder, in a layer of its own.
    MakeDir(ImagePath),
    Copy(CopyStep),
}

/// A COPY whose variables are put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyStep {
    /// Relative to the build context; the last parts may hold `*` and `?`.
    pub sources: Vec<ImagePath>,
    pub dest: ImagePath,
    /// The destination ends with a slash: it is a folder, made if need be.
    pub into_folder: bool,
    /// Permission bits for all that is copied.
    pub chmod: Option<u32>,
    /// The layer does not see what is below it.
    pub link: bool,
}

impl Dockerfile {
    /// Evaluates the instructions for one platform.
    pub fn recipe(&self, platform: Platform) -> Result<Recipe, Refusal> {
        let mut evaluation = Evaluation::new(platform);
        for (line, instruction) in &self.instructions {
            let fault = match evaluation.instruction(instruction) {
                Ok(None) => continue,
                Ok(Some((created_by, action))) => {
                    evaluation.recipe.steps.push(Step { line: *line, created_by, action });
                    continue;
                }
                Err(fault) => fault,
            };
            return Err(self.refusal(*line, fault));
        }
        Ok(evaluation.recipe)
    }
}

struct Evaluation {
    variables: Variables,
    /// FROM is behind.
    inside: bool,
    recipe: Recipe,
}

impl Evaluation {
    fn new(platform: Platform) -> Self {
        let config = RunConfig {
            env: Some(vec![format!("PATH={PATH}")]),
            working_dir: "/".to_owned(),
            ..RunConfig::default()
        };
        let variables = Variables::new(platform);
        Self { variables, inside: false, recipe: Recipe { steps: Vec::new(), config } }
    }

    /// The step that an instruction makes; none before and at FROM.
    fn instruction(&mut self, instruction: &Instruction) -> Result<Option<(String, Action)>, Fault> {
        let configure = |created_by| (created_by, Action::Configure);
        let step = match instruction {
            Instruction::Arg(arguments) if !self.inside => {
                return self.variables.declare_global(arguments).map(|()| None);
            }
            Instruction::From(image) => return self.from(image).map(|()| None),
            Instruction::Arg(arguments) => configure(self.variables.declare(arguments)?),
            Instruction::Label(pairs) => configure(self.label(pairs)?),
            Instruction::Env(pairs) => configure(self.env(pairs)?),
            Instruction::Copy(copy) => self.copy(copy)?,
            Instruction::Workdir(path) => self.workdir(path)?,
            Instruction::User(user) => configure(self.user(user)?),
            Instruction::Expose(ports) => configure(self.expose(ports)?),
            Instruction::Entrypoint(words) => configure(self.entrypoint(words)),
            Instruction::Cmd(words) => configure(self.cmd(words)),
        };
        Ok(Some(step))
    }

    fn expand(&self, word: &str) -> Result<String, Fault> {
        self.variables.expand(word)
    }

    fn from(&mut self, image: &str) -> Result<(), Fault> {
        self.inside = true;
        match self.variables.expand_global(image)?.as_str() {
            "scratch" => Ok(()),
            image => unsupported(format!("the base image is `{image}`, not scratch")),
        }
    }

    /// The pairs with variables put in, all of them as they were before the line.
    fn pairs(&self, pairs: &[(String, String)]) -> Result<Vec<(String, String)>, Fault> {
        let pairs: Result<Vec<_>, _> =
            pairs.iter().map(|(name, value)| Ok((self.expand(name)?, self.expand(value)?))).collect();
        match pairs {
            Ok(pairs) if pairs.iter().any(|(name, _)| name.is_empty()) => mistake("a name is empty"),
            pairs => pairs,
        }
    }

    fn label(&mut self, pairs: &[(String, String)]) -> Result<String, Fault> {
        let pairs = self.pairs(pairs)?;
        let history = pair_history("LABEL", &pairs);
        self.recipe.config.labels.get_or_insert_default().extend(pairs);
        Ok(history)
    }

    fn env(&mut self, pairs: &[(String, String)]) -> Result<String, Fault> {
        let pairs = self.pairs(pairs)?;
        let history = pair_history("ENV", &pairs);
        let env = self.recipe.config.env.get_or_insert_default();
        for (name, value) in pairs {
            let entry = format!("{name}={value}");
            let prefix = format!("{name}=");
            match env.iter_mut().find(|other| other.starts_with(&prefix)) {
                Some(other) => *other = entry,
                None => env.push(entry),
            }
            self.variables.set(name, value);
        }
        Ok(history)
    }

    fn copy(&self, copy: &Copy) -> Result<(String, Action), Fault> {
        let sources: Vec<_> = copy.sources.iter().map(|word| self.expand(word)).collect::<Result<_, _>>()?;
        let dest = self.expand(&copy.dest)?;
        let into_folder = dest.ends_with('/') || matches!(dest.as_str(), "" | ".");
        if sources.len() > 1 && !into_folder {
            return mistake(format!("COPY has several sources: end `{dest}` with a slash"));
        }
        let mut history = String::from("COPY");
        if let Some(owner) = &copy.chown {
            history.push_str(&format!(" --chown={owner}"));
        }
        if let Some((mode, _)) = &copy.chmod {
            history.push_str(&format!(" --chmod={mode}"));
        }
        history.push_str(&format!(" {} {dest} # buildkit", sources.join(" ")));
        let step = CopyStep {
            sources: sources.iter().map(|source| context_path(source)).collect::<Result<_, _>>()?,
            dest: self.absolute(&dest)?,
            into_folder,
            chmod: copy.chmod.as_ref().map(|(_, bits)| *bits),
            link: copy.link,
        };
        Ok((history, Action::Copy(step)))
    }

    fn absolute(&self, path: &str) -> Result<ImagePath, Fault> {
        let base = if path.starts_with('/') { "" } else { &self.recipe.config.working_dir };
        image_path(&format!("{base}/{path}"))
    }

    fn workdir(&mut self, path: &str) -> Result<(String, Action), Fault> {
        let path = self.absolute(&self.expand(path)?)?;
        self.recipe.config.working_dir = path.as_str().to_owned();
        let action = match path.as_str() {
            "/" => Action::Configure,
            _ if !matches!(self.recipe.config.user.as_str(), "" | "0" | "root") => {
                return unsupported("WORKDIR after USER makes a folder that is not root's");
            }
            _ => Action::MakeDir(path.clone()),
        };
        Ok((format!("WORKDIR {path}"), action))
    }

    fn user(&mut self, user: &str) -> Result<String, Fault> {
        let user = self.expand(user)?;
        let history = format!("USER {user}");
        self.recipe.config.user = user;
        Ok(history)
    }

    fn expose(&mut self, words: &[String]) -> Result<String, Fault> {
        let mut ports = BTreeMap::new();
        for word in words {
            for port in self.expand(word)?.split_whitespace() {
                expose_port(&mut ports, port)?;
            }
        }
        let list: Vec<_> = ports.keys().map(|port| format!("{port}:{{}}")).collect();
        self.recipe.config.exposed_ports.get_or_insert_default().extend(ports);
        Ok(format!("EXPOSE map[{}]", list.join(" ")))
    }

    fn entrypoint(&mut self, words: &[String]) -> String {
        self.recipe.config.args_escaped = true;
        self.recipe.config.entrypoint = Some(words.to_vec());
        format!("ENTRYPOINT {}", quoted(words))
    }

    fn cmd(&mut self, words: &[String]) -> String {
        self.recipe.config.args_escaped = true;
        // An empty one takes the command away.
        self.recipe.config.cmd = Some(words.to_vec()).filter(|words| !words.is_empty());
        format!("CMD {}", quoted(words))
    }
}

fn pair_history(instruction: &str, pairs: &[(String, String)]) -> String {
    pairs.iter().fold(instruction.to_owned(), |line, (name, value)| format!("{line} {name}={value}"))
}

/// As Go prints a list of quoted strings.
fn quoted(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

fn image_path(text: &str) -> Result<ImagePath, Fault> {
    ImagePath::new(text).map_err(Fault::Unsupported)
}

fn context_path(source: &str) -> Result<ImagePath, Fault> {
    match source.contains('[') {
        true => unsupported(format!("the source `{source}` holds a character class")),
        false => image_path(source),
    }
}

/// `80`, `80/udp`, `8000-8002`; without a protocol it is tcp.
fn expose_port(ports: &mut BTreeMap<String, Empty>, text: &str) -> Result<(), Fault> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let protocol = protocol.to_lowercase();
    match (first.parse::<u16>(), last.parse::<u16>(), protocol.as_str()) {
        (Ok(first), Ok(last), "tcp" | "udp" | "sctp") if first <= last => {
            ports.extend((first..=last).map(|port| (format!("{port}/{protocol}"), Empty {})));
            Ok(())
        }
        _ => mistake(format!("`{text}` is not a port: write for example 80 or 80/udp")),
    }
}
