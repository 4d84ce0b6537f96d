use super::*;

/// Labels that Docker's validator accepts.
pub(super) fn valid() -> BTreeMap<String, String> {
    [
        (TITLE, "Hello"),
        (DESCRIPTION, "Shows the machine"),
        (VENDOR, "Example"),
        (API_VERSION, ">= 0.3.4"),
        (ICON, "https://example.org/icon.svg"),
        (SCREENSHOTS, r#"[{"alt": "the tab", "url": "https://example.org/a.png"}]"#),
        (DETAILED, "<p>It <b>reports</b>.</p>"),
        (PUBLISHER, "https://example.org"),
        (CHANGELOG, "<ul><li>first</li></ul>"),
        (CATEGORIES, "utility-tools,testing-tools"),
        ("org.example.other", "anything"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

fn codes(change: impl FnOnce(&mut BTreeMap<String, String>)) -> Vec<&'static str> {
    let mut labels = valid();
    change(&mut labels);
    check(&labels, &Place::label).iter().map(Finding::code).collect()
}

#[test]
fn valid_labels_have_no_findings() {
    assert_eq!(codes(|_| {}), [""; 0]);
    for constraint in [">=0.3.4", ">= 1.4.7, < 2.0", "^0.3", ">= 0.3 || >= 1.0.0"] {
        assert_eq!(
            codes(|labels| drop(labels.insert(API_VERSION.into(), constraint.into()))),
            [""; 0],
            "{constraint}"
        );
    }
}

#[test]
fn an_icon_of_unknown_format_is_only_a_note() {
    let mut labels = valid();
    labels.insert(ICON.into(), "https://avatars.example.org/u/1234?v=4".into());
    let findings = check(&labels, &Place::label);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code(), findings[0].severity), ("label-url", Severity::Note));
}

#[test]
fn characters_that_break_podman_desktop_are_reported_in_titles() {
    let broken = |title: &str| {
        let labels = BTreeMap::from([(TITLE.to_owned(), title.to_owned())]);
        check_title(&labels, &Place::label).map(|finding| finding.message)
    };
    assert_eq!(broken("A-B, C!"), None);
    for (title, character) in [("R&D", "`&`"), ("C++", "`+`"), ("C#", "`#`")] {
        assert!(broken(title).is_some_and(|message| message.contains(character)), "{title}");
    }
}

#[test]
fn each_mistake_has_its_code() {
    for (label, value, expected) in [
        (TITLE, "My Extension", "label-title"),
        (TITLE, " ", "label-missing"),
        (API_VERSION, "0.3.0", "label-api-version"),
        (API_VERSION, "newest", "label-api-version"),
        (ICON, "icon.svg", "label-url"),
        (ICON, "https://example.org/icon.gif", "label-url"),
        (SCREENSHOTS, "[{alt: a, url: b}]", "label-json"),
        (SCREENSHOTS, "[]", "label-json"),
        (URLS, r#"[{"title": "x"}]"#, "label-json"),
        (URLS, r#"[{"title": "x", "url": "docs"}]"#, "label-url"),
        (DETAILED, "<a href=https://example.org>x</a>", "label-html"),
        (CHANGELOG, "<p onclick=\"x()\">new</p>", "label-script"),
        (CATEGORIES, r#"["database"]"#, "label-categories"),
        (CATEGORIES, "database,utility", "label-categories"),
        (ACCOUNT, "yes", "label-account-info"),
        ("com.docker.extension.category", "database", "label-unknown"),
        ("com.docker.desktop.plugin.api.version", ">= 0.3.4", "label-unknown"),
    ] {
        assert_eq!(
            codes(|labels| drop(labels.insert(label.into(), value.into()))),
            [expected],
            "{label} = {value}"
        );
    }
    let findings = check(&BTreeMap::new(), &Place::label);
    assert_eq!(findings.len(), 10);
    let in_table = |finding: &Finding| finding.help.contains("extension.labels]");
    assert_eq!(findings.iter().position(|finding| !in_table(finding)), Some(1), "the description");
    assert_eq!(findings.iter().filter(|finding| in_table(finding)).count(), 9);
    assert_eq!(findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 4);
}
