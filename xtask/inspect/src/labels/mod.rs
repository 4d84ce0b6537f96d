//! Checks the labels of an extension's image against Docker's documentation and validator.

mod active_content;

use std::collections::BTreeMap;

use semver::VersionReq;
use serde_json::Value;

use sixfold_model::config_file::CONFIG;
use sixfold_model::finding::{Finding, Lint, Place, Severity};
use sixfold_model::html;

sixfold_model::lints! {
    LABEL_MISSING = Warning "label-missing";
    LABEL_UNKNOWN = Warning "label-unknown";
    LABEL_TITLE = Warning "label-title";
    LABEL_API_VERSION = Warning "label-api-version";
    LABEL_URL = Warning "label-url";
    LABEL_JSON = Warning "label-json";
    LABEL_CATEGORIES = Warning "label-categories";
    LABEL_HTML = Warning "label-html";
    /// HTML that runs code.
    LABEL_SCRIPT = Error "label-script";
    /// The title breaks host binaries in Podman Desktop.
    TITLE_CHARACTERS = Warning "title-characters";
    LABEL_ACCOUNT_INFO = Warning "label-account-info";
}

pub(crate) const TITLE: &str = "org.opencontainers.image.title";
pub(crate) const DESCRIPTION: &str = "org.opencontainers.image.description";
pub(crate) const VENDOR: &str = "org.opencontainers.image.vendor";
pub(crate) const API_VERSION: &str = "com.docker.desktop.extension.api.version";
pub(crate) const ICON: &str = "com.docker.desktop.extension.icon";
pub(crate) const SCREENSHOTS: &str = "com.docker.extension.screenshots";
const DETAILED: &str = "com.docker.extension.detailed-description";
const PUBLISHER: &str = "com.docker.extension.publisher-url";
const CHANGELOG: &str = "com.docker.extension.changelog";
const CATEGORIES: &str = "com.docker.extension.categories";
const URLS: &str = "com.docker.extension.additional-urls";
const ACCOUNT: &str = "com.docker.extension.account-info";

/// The labels that Docker's validator requires. Podman Desktop does not recognize an image without the first four as an
/// extension.
const REQUIRED: [&str; 10] =
    [TITLE, DESCRIPTION, VENDOR, API_VERSION, ICON, SCREENSHOTS, DETAILED, PUBLISHER, CHANGELOG, CATEGORIES];
const OPTIONAL: [&str; 2] = [URLS, ACCOUNT];
/// The labels that Podman Desktop requires.
pub(crate) const BASIC: [&str; 4] = [TITLE, DESCRIPTION, VENDOR, API_VERSION];

/// True for a missing label that only Docker's marketplace needs.
pub fn is_for_marketplace(finding: &Finding) -> bool {
    let label = finding.place.label.as_deref().unwrap_or_default();
    *finding.lint == LABEL_MISSING && !BASIC.contains(&label)
}

/// All labels that Docker documents.
pub fn documented() -> impl Iterator<Item = &'static str> {
    REQUIRED.into_iter().chain(OPTIONAL)
}

/// The valid words in the label for categories.
const KNOWN_CATEGORIES: [&str; 12] = [
    "ci-cd",
    "container-orchestration",
    "cloud-deployment",
    "cloud-development",
    "database",
    "kubernetes",
    "networking",
    "image-registry",
    "security",
    "testing-tools",
    "utility-tools",
    "volumes",
];

/// The limit of findings, since an image may have any number of labels.
const FINDINGS: usize = 200;

/// Checks these labels. `place` returns the place of a label.
pub fn check(labels: &BTreeMap<String, String>, place: &dyn Fn(&str) -> Place) -> Vec<Finding> {
    let mut checker = Checker { place, findings: vec![] };
    for label in REQUIRED {
        match labels.get(label).map(|value| value.trim()) {
            None => checker.missing(label, "is missing"),
            Some("") => checker.missing(label, "is empty, which counts as missing"),
            Some(_) => {}
        }
    }
    for (label, value) in labels {
        if !value.trim().is_empty() {
            checker.value(label, value.trim());
        }
    }
    checker.findings
}

/// Checks the title of an extension with host binaries.
pub(crate) fn check_title(
    labels: &BTreeMap<String, String>,
    place: &dyn Fn(&str) -> Place,
) -> Option<Finding> {
    let broken = labels.get(TITLE)?.chars().find(|c| matches!(c, '&' | '+' | '#'))?;
    let message = format!("contains `{broken}`, so host binaries do not run in Podman Desktop");
    Some(Finding::new(&TITLE_CHARACTERS, place(TITLE), message, "write the title without `&`, `+` and `#`"))
}

/// What is wrong with the title of an extension with host binaries.
pub fn title_mistake(title: &str) -> Option<Finding> {
    let labels = BTreeMap::from([(TITLE.to_owned(), title.to_owned())]);
    let mut found = check(&labels, &Place::label);
    found.retain(|finding| *finding.lint != LABEL_MISSING);
    found.into_iter().chain(check_title(&labels, &Place::label)).next()
}

struct Checker<'a> {
    place: &'a dyn Fn(&str) -> Place,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn add(&mut self, lint: &'static Lint, label: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding::new(lint, (self.place)(label), message, help));
        }
    }

    fn missing(&mut self, label: &str, what: &str) {
        let is_basic = BASIC.contains(&label);
        let who = if is_basic {
            "Docker's validator and Podman Desktop require it"
        } else {
            "Docker's validator requires it"
        };
        let help = match label {
            DESCRIPTION => {
                "set `description` where the version is set, or in the table of labels, or set the label with LABEL"
            }
            _ => &format!("set it in {}, or with LABEL", CONFIG.table("labels")),
        };
        self.add(&LABEL_MISSING, label, format!("{what}: {who}"), help);
        if let (true, Some(finding)) = (is_basic, self.findings.last_mut()) {
            finding.severity = Severity::Error;
        }
    }

    fn value(&mut self, label: &str, value: &str) {
        match label {
            TITLE if value.to_lowercase().contains("extension") => {
                self.add(
                    &LABEL_TITLE,
                    label,
                    "contains the word `extension`, which Docker's validator refuses",
                    "remove the word",
                );
            }
            API_VERSION => self.api_version(value),
            ICON => self.icon(value),
            PUBLISHER => self.url(label, value),
            SCREENSHOTS => self.list(label, value, "alt"),
            URLS => self.list(label, value, "title"),
            CATEGORIES => self.categories(value),
            DETAILED | CHANGELOG => self.html(label, value),
            ACCOUNT if value != "required" => {
                self.add(
                    &LABEL_ACCOUNT_INFO,
                    label,
                    "has a value other than `required`",
                    "write `required`, or remove the label",
                );
            }
            _ => self.unknown(label),
        }
    }

    fn html(&mut self, label: &str, value: &str) {
        if let Some(code) = active_content::find(value) {
            let message = format!("{code}, which Docker Desktop before 4.34.2 runs (CVE-2024-8695)");
            self.add(&LABEL_SCRIPT, label, message, "remove it");
        }
        if let Some(mistake) = html::mistake(value) {
            let message = format!("is not well-formed HTML: it {mistake}");
            let help = "fix the HTML; if LABEL removed its quotes, set the label with `--label`";
            self.add(&LABEL_HTML, label, message, help);
        }
    }

    fn unknown(&mut self, label: &str) {
        let ours = ["com.docker.extension.", "com.docker.desktop.extension.", "com.docker.desktop.plugin."];
        let known = documented().any(|known| known == label);
        if !known && ours.iter().any(|prefix| label.starts_with(prefix)) {
            let similar = documented().find(|known| is_similar(label, known));
            let help = similar.map_or("remove it".into(), |similar| format!("use `{similar}`, or remove it"));
            self.add(&LABEL_UNKNOWN, label, "is not a label that Docker documents", help);
        }
    }

    /// To Docker's validator, a bare version means exactly this version: it refused 0.3.0 for a server with 0.3.3.
    fn api_version(&mut self, value: &str) {
        let help = "write a constraint such as `>= 0.3.4`";
        let parts = || value.split("||").flat_map(|part| part.split(',')).map(str::trim);
        if parts().any(|part| VersionReq::parse(part).is_err()) {
            self.add(
                &LABEL_API_VERSION,
                API_VERSION,
                format!("is not a version constraint: `{value}`"),
                help,
            );
        } else if parts().all(|part| part.starts_with(|c: char| c.is_ascii_digit() || c == '=')) {
            self.add(&LABEL_API_VERSION, API_VERSION, format!("allows only one version: `{value}`"), help);
        }
    }

    fn icon(&mut self, value: &str) {
        self.url(ICON, value);
        let path = value.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        if !is_url(value) || [".svg", ".png", ".jpg", ".jpeg"].iter().any(|end| path.ends_with(end)) {
            return;
        }
        let message = "is not the URL of an .svg, .png or .jpg file";
        self.add(&LABEL_URL, ICON, message, "use one of these formats");
        // A server may send one of these formats for a URL without an extension.
        let name = path.rsplit('/').next().unwrap_or_default();
        if let (false, Some(finding)) = (name.contains('.'), self.findings.last_mut()) {
            finding.message = "does not say whether the icon is an .svg, .png or .jpg file".into();
            finding.severity = Severity::Note;
        }
    }

    fn url(&mut self, label: &str, value: &str) {
        if !is_url(value) {
            self.add(&LABEL_URL, label, "is not a complete URL", "write all of it, starting with https://");
        }
    }

    /// Checks a JSON array of objects with `url` and one more key.
    fn list(&mut self, label: &str, value: &str, key: &str) {
        let form = format!(r#"[{{"{key}": "…", "url": "https://…"}}]"#);
        let help = format!("write it as {form}; if LABEL removed its quotes, set the label with `--label`");
        let items = match serde_json::from_str::<Value>(value) {
            Ok(Value::Array(items)) => items,
            Ok(_) => return self.add(&LABEL_JSON, label, "is not a JSON array", help),
            Err(error) => return self.add(&LABEL_JSON, label, format!("is not valid JSON: {error}"), help),
        };
        let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
        for item in &items {
            if text(item, key).is_none_or(|text| text.is_empty()) || text(item, "url").is_none() {
                return self.add(&LABEL_JSON, label, format!("has an entry without `{key}` or `url`"), help);
            }
            if let Some(url) = text(item, "url").filter(|url| !is_url(url)) {
                let url: String = url.chars().take(60).collect();
                return self.add(
                    &LABEL_URL,
                    label,
                    format!("has an entry whose url is not a complete URL: {url}"),
                    help,
                );
            }
        }
        if items.is_empty() && label == SCREENSHOTS {
            self.add(
                &LABEL_JSON,
                label,
                "is an empty array, but Docker's validator requires a screenshot",
                help,
            );
        }
    }

    fn categories(&mut self, value: &str) {
        let all = KNOWN_CATEGORIES.join(", ");
        if value.starts_with('[') {
            return self.add(
                &LABEL_CATEGORIES,
                CATEGORIES,
                "is JSON instead of a comma-separated list",
                "write `a,b`",
            );
        }
        for word in value.split(',').map(str::trim).filter(|word| !KNOWN_CATEGORIES.contains(word)) {
            let word: String = word.chars().take(40).collect();
            self.add(
                &LABEL_CATEGORIES,
                CATEGORIES,
                format!("contains `{word}`, which is not a category"),
                format!("choose from: {all}"),
            );
        }
    }
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        host.contains('.') && !host.starts_with(['/', '.']) && !text.contains(char::is_whitespace)
    })
}

/// Whether the last parts of two labels start alike: `…category` and `…categories`.
fn is_similar(label: &str, known: &str) -> bool {
    let last = |text: &str| text.rsplit('.').next().unwrap_or_default().to_owned();
    let (label, known) = (last(label), last(known));
    label == known || label.chars().take(6).eq(known.chars().take(6))
}

#[cfg(test)]
mod tests;
