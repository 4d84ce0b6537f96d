//! A Dockerfile evaluated for one platform: the steps that make layers, and the configuration of the image.
//!
//! History lines and the configuration follow BuildKit (`frontend/dockerfile/dockerfile2llb/convert.go`; compared with
//! 0.13), so that both engines make the same image.

use std::collections::BTreeMap;

use super::arguments::{check_argument, expose_port};
use super::supported::{BuiltinDockerfile, DockerfileError, permission_bits};
use crate::dockerfile::{
    CopyArguments, Expanded, Instruction, Keyword, Problem, Scope, invalid, unsupported,
};
use crate::oci::RunConfig;
use sixfold_model::matrix::{ImagePath, Platform};

/// The environment that BuildKit gives an image from scratch.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The image of one platform, before any file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Every instruction after FROM, in order.
    pub(crate) steps: Vec<Step>,
    pub(crate) config: RunConfig,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line in the Dockerfile, from 1.
    pub(crate) line: usize,
    /// For the history of the image.
    pub(crate) created_by: String,
    pub(crate) action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Changes only the configuration, which is already done.
    Configure,
    /// WORKDIR makes its folder, in a layer of its own.
    MakeDir(ImagePath),
    Copy(CopyStep),
}

/// A COPY whose variables are expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyStep {
    /// Relative to the build context. The last parts may contain `*` and `?`.
    pub(crate) sources: Vec<ImagePath>,
    pub(crate) dest: ImagePath,
    /// The destination ends with a slash, so it is a folder, which is made if needed.
    pub(crate) into_folder: bool,
    /// Permission bits for everything that is copied.
    pub(crate) chmod: Option<u32>,
    /// `--link`: the layer does not see the layers below it.
    pub(crate) link: bool,
}

impl BuiltinDockerfile {
    /// Evaluates the instructions for one platform.
    pub fn recipe(&self, platform: Platform) -> Result<Recipe, DockerfileError> {
        let mut evaluation = Evaluation::new(platform);
        for item in &self.file.globals {
            evaluation.global(item).map_err(|problem| self.error(item.line_number, problem))?;
        }
        for stage in &self.file.stages {
            let from = evaluation.from(&stage.base.text);
            from.map_err(|problem| self.error(stage.from.line_number, problem))?;
        }
        for (_, item) in self.file.instructions() {
            let step = evaluation.instruction(item);
            let (created_by, action) = step.map_err(|problem| self.error(item.line_number, problem))?;
            evaluation.recipe.steps.push(Step { line: item.line_number, created_by, action });
        }
        Ok(evaluation.recipe)
    }
}

struct Evaluation {
    /// For FROM, and for an ARG without a default.
    globals: Scope,
    scope: Scope,
    recipe: Recipe,
}

impl Evaluation {
    fn new(platform: Platform) -> Self {
        let config = RunConfig {
            env: Some(vec![format!("PATH={PATH}")]),
            working_dir: "/".to_owned(),
            ..RunConfig::default()
        };
        let mut scope = Scope::stage();
        scope.set("PATH", PATH.to_owned());
        let recipe = Recipe { steps: Vec::new(), config };
        Self { globals: Scope::predefined(platform), scope, recipe }
    }

    /// An ARG before FROM.
    fn global(&mut self, item: &Instruction) -> Result<(), Problem> {
        for pair in item.pairs() {
            // Without a default, BuildKit 0.13 makes its own value empty.
            check_argument(&pair.name, true)?;
        }
        self.globals.declare(item, None)
    }

    fn from(&mut self, image: &str) -> Result<(), Problem> {
        match self.globals.expand(image)?.text.as_str() {
            "scratch" => Ok(()),
            image => unsupported(format!("the base image is `{image}`, not scratch")),
        }
    }

    /// The line of the history, and the action.
    fn instruction(&mut self, item: &Instruction) -> Result<(String, Action), Problem> {
        let text = item.line.text.trim();
        let created_by = match item.keyword {
            Keyword::Copy => return self.copy(item),
            Keyword::Workdir => return self.workdir(text),
            Keyword::Arg => self.arg(item)?,
            Keyword::Label => self.label(item)?,
            Keyword::Env => self.env(item)?,
            Keyword::User => self.user(text)?,
            Keyword::Expose => self.expose(item)?,
            Keyword::Entrypoint => self.entrypoint(item.json().unwrap_or_default()),
            Keyword::Cmd => self.cmd(item.json().unwrap_or_default()),
            keyword => return unsupported(format!("{} is more than copying files", keyword.name())),
        };
        Ok((created_by, Action::Configure))
    }

    fn expand(&self, word: &str) -> Result<String, Problem> {
        Ok(self.scope.expand(word)?.text)
    }

    fn arg(&mut self, item: &Instruction) -> Result<String, Problem> {
        let pairs = item.pairs();
        for pair in &pairs {
            check_argument(&pair.name, pair.value.is_some())?;
            // BuildKit's versions differ in whether a default sees the names before it on its line.
            if pairs.len() > 1 && pair.value.as_ref().is_some_and(|default| default.contains('$')) {
                return unsupported("one ARG has several names and a variable");
            }
        }
        self.scope.declare(item, Some(&self.globals))?;
        let shown = pairs.iter().map(|pair| match &pair.value {
            Some(_) => format!(" {}={}", pair.name, self.scope.value(&pair.name).unwrap_or_default()),
            None => format!(" {}", pair.name),
        });
        Ok(format!("ARG{}", shown.collect::<String>()))
    }

    fn label(&mut self, item: &Instruction) -> Result<String, Problem> {
        let pairs = self.scope.pairs(item)?;
        let history = pair_history("LABEL", &pairs);
        let pairs = pairs.into_iter().map(|(name, value)| (name, value.text));
        self.recipe.config.labels.get_or_insert_default().extend(pairs);
        Ok(history)
    }

    fn env(&mut self, item: &Instruction) -> Result<String, Problem> {
        let pairs = self.scope.pairs(item)?;
        let history = pair_history("ENV", &pairs);
        let env = self.recipe.config.env.get_or_insert_default();
        for (name, value) in pairs {
            let entry = format!("{name}={}", value.text);
            let prefix = format!("{name}=");
            match env.iter_mut().find(|other| other.starts_with(&prefix)) {
                Some(other) => *other = entry,
                None => env.push(entry),
            }
            self.scope.set_expanded(name, value);
        }
        Ok(history)
    }

    fn copy(&self, item: &Instruction) -> Result<(String, Action), Problem> {
        let Some(copy) = CopyArguments::new(item) else {
            return invalid("COPY needs a source and a destination");
        };
        let sources = copy.sources.iter().map(|(word, _)| self.expand(word));
        let sources: Vec<_> = sources.collect::<Result<_, _>>()?;
        let dest = self.expand(&copy.dest)?;
        let into_folder = dest.ends_with('/') || matches!(dest.as_str(), "" | ".");
        if sources.len() > 1 && !into_folder {
            return invalid(format!("COPY has several sources\nhelp: end `{dest}` with a slash"));
        }
        let flags = ["chown", "chmod"].into_iter().filter_map(|name| Some((name, copy.flag(name)?)));
        let flags: String = flags.map(|(name, value)| format!(" --{name}={value}")).collect();
        let history = format!("COPY{flags} {} {dest} # buildkit", sources.join(" "));
        let is_link =
            |(name, value): &(String, Option<String>)| name == "link" && value.as_deref() != Some("false");
        let step = CopyStep {
            sources: sources.iter().map(|source| context_path(source)).collect::<Result<_, _>>()?,
            dest: image_path(&self.scope.absolute(&dest))?,
            into_folder,
            chmod: copy.flag("chmod").and_then(permission_bits),
            link: copy.flags.iter().any(is_link),
        };
        Ok((history, Action::Copy(step)))
    }

    fn workdir(&mut self, path: &str) -> Result<(String, Action), Problem> {
        let path = image_path(&self.scope.absolute(&self.expand(path)?))?;
        self.scope.workdir = path.as_str().to_owned();
        self.recipe.config.working_dir = path.as_str().to_owned();
        let action = match path.as_str() {
            "/" => Action::Configure,
            _ if !matches!(self.recipe.config.user.as_str(), "" | "0" | "root") => {
                return unsupported("WORKDIR after USER makes a folder that does not belong to root");
            }
            _ => Action::MakeDir(path.clone()),
        };
        Ok((format!("WORKDIR {path}"), action))
    }

    fn user(&mut self, user: &str) -> Result<String, Problem> {
        let user = self.expand(user)?;
        let history = format!("USER {user}");
        self.recipe.config.user = user;
        Ok(history)
    }

    fn expose(&mut self, item: &Instruction) -> Result<String, Problem> {
        let mut ports = BTreeMap::new();
        for word in item.line.words() {
            for port in self.expand(&word.text)?.split_whitespace() {
                expose_port(&mut ports, port)?;
            }
        }
        let list: Vec<_> = ports.keys().map(|port| format!("{port}:{{}}")).collect();
        self.recipe.config.exposed_ports.get_or_insert_default().extend(ports);
        Ok(format!("EXPOSE map[{}]", list.join(" ")))
    }

    fn entrypoint(&mut self, words: Vec<String>) -> String {
        let history = format!("ENTRYPOINT {}", quoted(&words));
        self.recipe.config.args_escaped = true;
        self.recipe.config.entrypoint = Some(words);
        history
    }

    fn cmd(&mut self, words: Vec<String>) -> String {
        let history = format!("CMD {}", quoted(&words));
        self.recipe.config.args_escaped = true;
        // An empty list removes the command.
        self.recipe.config.cmd = Some(words).filter(|words| !words.is_empty());
        history
    }
}

fn pair_history(instruction: &str, pairs: &[(String, Expanded)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!(" {name}={}", value.text));
    format!("{instruction}{}", pairs.collect::<String>())
}

/// As Go prints a list of quoted strings.
fn quoted(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

fn image_path(text: &str) -> Result<ImagePath, Problem> {
    ImagePath::new(text).map_err(Problem::Unsupported)
}

fn context_path(source: &str) -> Result<ImagePath, Problem> {
    match source.contains('[') {
        true => unsupported(format!("the source `{source}` has a character class")),
        false => image_path(source),
    }
}
