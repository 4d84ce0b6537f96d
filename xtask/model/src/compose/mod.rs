//! The compose file of an extension: what its services run, and what a desktop would stumble over.

mod yaml;

use std::iter::successors;

pub use yaml::{At, Mistake};
use yaml::{Node, Value};

/// The variable that stands for the image of the extension; desktops set it when they install the extension.
const OWN_IMAGE: &str = "DESKTOP_PLUGIN_IMAGE";

/// The largest file that is read, in bytes: far above what any extension has.
const LARGEST: usize = 1 << 20;

/// True for the variable that stands for the image of the extension, in each form that Compose knows: `$NAME`, `${NAME}`, and
/// with a default or a message such as `${NAME:-…}`.
pub fn is_own_image(image: &str) -> bool {
    let Some(name) = image.strip_prefix('$') else { return false };
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    name.strip_prefix(OWN_IMAGE).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-', '?']))
}

/// A compose file.
#[derive(Clone, Debug, Default)]
pub struct Compose {
    /// In the order of the text.
    pub services: Vec<Service>,
    /// The place of `services`.
    pub at: At,
    /// Other files have more services: `include`.
    pub has_more: bool,
}

/// A service, with the keys that matter to an extension.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its place.
    pub at: At,
    /// The image that it names.
    pub image: Option<(String, At)>,
    /// It runs the image of the extension, by its own `image` or that of a service which it extends.
    pub is_own: bool,
    /// The place of `build`.
    pub build: Option<At>,
    /// Something else says what it runs: `extends` or `provider`.
    pub is_defined_elsewhere: bool,
    /// It does not start with the others, because it has `profiles`.
    pub is_optional: bool,
    /// The place of a `container_name` that has no variable in it.
    pub container_name: Option<At>,
    /// The program that replaces the entry point of the image, with its arguments. Empty: none.
    pub entrypoint: Option<Vec<String>>,
    /// What replaces the command of the image.
    pub command: Option<Vec<String>>,
    /// The paths of the machine that it mounts.
    pub binds: Vec<(String, At)>,
    /// The ports of the machine that it publishes.
    pub ports: Vec<u16>,
}

impl Compose {
    /// Reads a file. Fails with the place of the first mistake that makes it unusable.
    pub fn read(bytes: &[u8]) -> Result<Self, Mistake> {
        let start = At { line: 1, column: 1 };
        if bytes.len() > LARGEST {
            return Err(Mistake::new(start, "is larger than 1 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Mistake::new(start, "is not UTF-8"))?;
        let root = yaml::read(text)?.ok_or_else(|| Mistake::new(start, "is empty"))?;
        let has_more = root.get("include").is_some();
        let services = match root.get("services") {
            Some(services) if matches!(services.value, Value::Map(_)) => services,
            Some(services) => return Err(Mistake::new(services.at, "has `services` that are not a map")),
            None if has_more => return Ok(Self { has_more, ..Self::default() }),
            None => return Err(Mistake::new(root.at, "has no `services`")),
        };
        let at = services.at;
        let read = |(name, node): &(String, Node)| service(name, node, services);
        Ok(Self { services: services.entries().iter().map(read).collect(), at, has_more })
    }
}

fn service(name: &str, node: &Node, services: &Node) -> Service {
    // More than ten go in a circle.
    let extended: Vec<_> =
        successors(extended(node, services), |node| extended(node, services)).take(10).collect();
    let inherited = |key: &str| node.get(key).or_else(|| extended.iter().find_map(|node| node.get(key)));
    let has = |key: &str| node.get(key).is_some();
    let volumes = node.get("volumes").map(Node::items).unwrap_or_default();
    let ports = node.get("ports").map(Node::items).unwrap_or_default();
    Service {
        name: name.to_owned(),
        at: node.at,
        image: node.get("image").and_then(|image| Some((image.text()?.to_owned(), image.at))),
        is_own: inherited("image").and_then(Node::text).is_some_and(is_own_image),
        build: node.get("build").map(|build| build.at),
        is_defined_elsewhere: has("extends") || has("provider"),
        is_optional: node.get("profiles").is_some_and(|profiles| !profiles.items().is_empty()),
        container_name: node.get("container_name").filter(|name| is_fixed(name)).map(|name| name.at),
        entrypoint: inherited("entrypoint").and_then(words),
        command: inherited("command").and_then(words),
        binds: volumes.iter().filter_map(bind).collect(),
        ports: ports.iter().filter_map(port).collect(),
    }
}

/// The service of the same file that a service extends.
fn extended<'a>(node: &Node, services: &'a Node) -> Option<&'a Node> {
    let extends = node.get("extends")?;
    let is_here = extends.get("file").is_none();
    let name = extends.text().or_else(|| extends.get("service").filter(|_| is_here)?.text())?;
    services.get(name)
}

/// A command as a list, or as a text that is split like in a shell.
fn words(node: &Node) -> Option<Vec<String>> {
    match node.text() {
        Some(text) => shell_words::split(text).ok(),
        None => Some(node.items().iter().filter_map(Node::text).map(str::to_owned).collect()),
    }
}

/// True for a text without variables.
fn is_fixed(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.contains('$'))
}

/// The path of the machine in `PATH:TARGET`, or in the long form. `None` for a named volume, and for a variable, which the user sets.
fn bind(volume: &Node) -> Option<(String, At)> {
    let source = match volume.text() {
        Some(short) => short_source(short)?,
        None if volume.get("type").and_then(Node::text) == Some("bind") => {
            volume.get("source").or_else(|| volume.get("src"))?.text()?
        }
        None => return None,
    };
    let is_path = source.starts_with(['/', '.', '~']) || is_on_drive(source);
    (is_path && !source.contains('$')).then(|| (source.to_owned(), volume.at))
}

/// The source in `SOURCE:TARGET:MODE`. `None` for a volume without a name, which has only a target.
fn short_source(text: &str) -> Option<&str> {
    let drive = if is_on_drive(text) { 2 } else { 0 };
    let colon = text.get(drive..)?.find(':')?;
    text.get(..drive + colon)
}

/// True for a path of Windows such as `C:\data` or `C:/data`.
fn is_on_drive(path: &str) -> bool {
    let [letter, b':', b'\\' | b'/', ..] = path.as_bytes() else { return false };
    letter.is_ascii_alphabetic()
}

/// The port of the machine in `8080:80`, `127.0.0.1:8080:80/tcp`, or in the long form. `None` for ranges and any free port.
fn port(node: &Node) -> Option<u16> {
    let published = match node.text() {
        Some(short) => short.rsplit_once(':')?.0.rsplit(':').next()?,
        None => node.get("published")?.text()?,
    };
    published.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        let Mistake { at, message } = Compose::read(text.as_bytes()).unwrap_err();
        format!("{}:{} {message}", at.line, at.column)
    }

    #[test]
    fn services_are_read_with_their_places() {
        let text = "x-base: &base\n  image: ${DESKTOP_PLUGIN_IMAGE}\nservices:\n  one:\n    <<: *base\n    command: [\"serve\", \"-v\"]\n    ports: [\"127.0.0.1:8080:80\", \"81\", {target: 1, published: 9000}]\n    volumes:\n      - data:/data\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n  two:\n    image: \"nginx:latest\"\n    build: .\n    entrypoint: /bin/x 'a b'\n";
        let compose = Compose::read(text.as_bytes()).unwrap();
        let [one, two] = compose.services.as_slice() else { panic!("{compose:?}") };
        assert!(one.is_own && !two.is_own);
        assert_eq!(one.command.as_deref(), Some(&["serve".to_owned(), "-v".to_owned()][..]));
        assert_eq!(one.ports, [8080, 9000]);
        assert_eq!(one.binds, [("/var/run/docker.sock".to_owned(), At { line: 10, column: 9 })]);
        assert_eq!(two.entrypoint.as_deref(), Some(&["/bin/x".to_owned(), "a b".to_owned()][..]));
        assert_eq!(two.build, Some(At { line: 13, column: 5 }));
    }

    #[test]
    fn a_service_runs_what_the_service_that_it_extends_runs() {
        let text = "services:\n  a: {image: $DESKTOP_PLUGIN_IMAGE, command: [x]}\n  b: {extends: {service: a}, entrypoint: [/y]}\n  c: {extends: b, image: 'z:1'}\n  d: {extends: {file: other.yaml, service: a}}\n  e: {extends: e}\n";
        let services = Compose::read(text.as_bytes()).unwrap().services;
        assert_eq!(
            services.iter().map(|it| it.is_own).collect::<Vec<_>>(),
            [true, true, false, false, false]
        );
        let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(" "));
        assert_eq!(
            (words(&services[2].entrypoint), words(&services[2].command)),
            (Some("/y".into()), Some("x".into()))
        );
    }

    #[test]
    fn an_unusable_file_is_a_mistake_with_its_place() {
        assert_eq!(mistake("services:\n  a:\n    image: b\n    image: c\n"), "4:5 has the key `image` twice");
        assert!(mistake("services: [").contains("is not YAML") && mistake("a: b: c").contains("is not YAML"));
        assert_eq!(mistake(""), "1:1 is empty");
        assert_eq!(mistake("a: 1"), "1:1 has no `services`");
        assert!(mistake("services: {}\n---\nservices: {}\n").contains("several documents"));
        assert!(mistake(&"- ".repeat(100)).contains("inside of each other"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_a_mistake(text in "([a-z&*<:{}\\[\\],|>\\-?!#'\" \\n\\t]|\\PC){0,200}") {
            let _ = Compose::read(text.as_bytes());
            let _ = Compose::read(format!("services:\n  a:\n    image: x\n    volumes: [{text}]\n").as_bytes());
        }
    }

    #[test]
    fn each_form_of_the_variable_is_the_image_of_the_extension() {
        for own in [
            "$DESKTOP_PLUGIN_IMAGE",
            "${DESKTOP_PLUGIN_IMAGE}",
            "${DESKTOP_PLUGIN_IMAGE:-me/x}",
            "${DESKTOP_PLUGIN_IMAGE?no}",
        ] {
            assert!(is_own_image(own), "{own}");
        }
        for other in
            ["DESKTOP_PLUGIN_IMAGE", "$DESKTOP_PLUGIN_IMAGES", "${DESKTOP_PLUGIN_IMAGE}:1", "${TAG}", "$", ""]
        {
            assert!(!is_own_image(other), "{other}");
        }
    }

    #[test]
    fn a_file_is_not_larger_than_any_extension_has() {
        assert_eq!(mistake(&" ".repeat(LARGEST + 1)), "1:1 is larger than 1 MiB");
    }

    #[test]
    fn aliases_cannot_use_up_the_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
        }
        assert!(mistake(&text).contains("with those of its aliases"));
    }
}
