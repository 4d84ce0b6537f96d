//! `check --published`: an image in a real registry, with a greater version beside it, and addresses where no picture is.

use serde_json::Value;

use crate::sandbox::{Sandbox, repository};

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_published_image_is_checked_with_its_tags_and_pictures() {
    let sandbox = Sandbox::hello();
    // Nothing listens there.
    let labels = "vendor = \"Example\"\nicon = \"https://127.0.0.1:1/icon.svg\"";
    sandbox.edit("Cargo.toml", "vendor = \"Example\"", labels);
    let image = repository("published");
    let push = |tag: &str| sandbox.xtask(&["dist", "--push", "--image", &image, "--tag", tag]).succeeded();
    push("1.0.0");
    let found = |tag: &str| {
        let name = format!("{image}:{tag}");
        let done = sandbox.xtask(&["check", "--published", &name, "--format", "json"]);
        assert_eq!(done.status.code(), Some(1), "{}", done.stderr);
        let report: Value = serde_json::from_str(&done.stdout).unwrap();
        let problems = report["problems"].as_array().unwrap();
        problems.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let only = found("1.0.0");
    assert!(only.contains(&"picture-missing".to_owned()), "{only:?}");
    assert!(only.contains(&"label-missing".to_owned()), "the labels are checked, too: {only:?}");
    assert!(!only.contains(&"tag-not-greatest".to_owned()), "{only:?}");
    push("1.1.0");
    assert!(found("1.0.0").contains(&"tag-not-greatest".to_owned()));
    assert!(!found("1.1.0").contains(&"tag-not-greatest".to_owned()));

    let missing = sandbox.xtask(&["check", "--published", &format!("{image}:9.9.9")]);
    missing.failed(1, &["9.9.9"]);
    sandbox.xtask(&["check", "--published", &image]).failed(2, &["has no tag", "help: add it"]);
    sandbox
        .xtask(&["check", ".", "--published", &format!("{image}:1.0.0")])
        .failed(2, &["cannot be used with"]);
}
