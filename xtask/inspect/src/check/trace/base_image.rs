//! What is known about base images without looking at them.

/// The image that the first stage of a chain starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseImage {
    Scratch,
    /// A system or a language: what hosts could get is only in system folders.
    System {
        is_compiler: bool,
    },
    /// Its content is not known.
    Unknown,
}

const SYSTEMS: [&str; 36] = [
    "almalinux",
    "alpine",
    "alt",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "caddy",
    "clearlinux",
    "debian",
    "docker",
    "eclipse-temurin",
    "fedora",
    "gradle",
    "haproxy",
    "httpd",
    "maven",
    "nginx",
    "node",
    "openjdk",
    "opensuse",
    "oraclelinux",
    "perl",
    "photon",
    "php",
    "postgres",
    "pypy",
    "python",
    "redis",
    "rockylinux",
    "ruby",
    "sl",
    "traefik",
    "ubuntu",
    "amazoncorretto",
];
const COMPILERS: [&str; 7] = ["golang", "rust", "gcc", "swift", "haskell", "dart", "elixir"];
const PREFIXES: [&str; 4] =
    ["gcr.io/distroless/", "cgr.dev/chainguard/", "mcr.microsoft.com/", "registry.access.redhat.com/ubi"];
const SYSTEM_FOLDERS: [&str; 9] = ["bin", "etc", "lib", "lib64", "opt", "root", "sbin", "usr", "var"];

impl BaseImage {
    /// `name` is `None` if a variable in it is not known.
    pub(super) fn new(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::Unknown };
        if name == "scratch" {
            return Self::Scratch;
        }
        let short = ["docker.io/", "public.ecr.aws/docker/", "library/"]
            .iter()
            .fold(name, |name, prefix| name.strip_prefix(prefix).unwrap_or(name));
        let short = short.split([':', '@']).next().unwrap_or(short);
        let is_compiler = COMPILERS.contains(&short);
        let is_system = SYSTEMS.contains(&short) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if is_system || is_compiler { Self::System { is_compiler } } else { Self::Unknown }
    }

    /// Whether the image may contain a file. Never for a path outside of the system folders of a known image.
    pub(super) fn may_have(self, path: &str) -> bool {
        let first = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
        match self {
            Self::Scratch => false,
            Self::System { .. } => SYSTEM_FOLDERS.contains(&first),
            Self::Unknown => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_systems_and_languages_are_known() {
        let has = |name, path| BaseImage::new(name).may_have(path);
        for name in [
            "scratch",
            "alpine:3.22",
            "docker.io/library/debian@sha256:0",
            "gcr.io/distroless/static",
            "golang",
        ] {
            assert!(!has(Some(name), "/darwin/tool"), "{name}");
        }
        for name in [Some("example/other-extension:1"), Some("our-extension"), Some("ghcr.io/a/alpine"), None]
        {
            assert!(has(name, "/darwin/tool"), "{name:?}");
        }
        assert!(has(Some("python:3.13"), "/usr/bin/python3") && !has(Some("scratch"), "/usr/bin/x"));
    }
}
