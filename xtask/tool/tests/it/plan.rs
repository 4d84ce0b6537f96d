//! `plan` shows what `dist` would do, and does nothing.

use serde_json::Value;

use crate::project::Project;

#[test]
fn the_plan_is_a_table_and_a_list_of_steps() {
    let ran = Project::with_ui().run(&["plan"]).succeeded();
    let version =
        String::from_utf8(std::process::Command::new("rustc").arg("--version").output().unwrap().stdout)
            .unwrap();
    let version = version.split(' ').nth(1).unwrap();
    insta::assert_snapshot!(ran.stdout.replace(version, "[rustc]"));
}

#[test]
fn the_json_has_the_fields_that_scripts_rely_on() {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"darwin\", \"linux\"]");
    project.edit("metadata.json", "\"darwin\": []", "\"darwin\": [{\"path\": \"/darwin/tool\"}]");
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    let ran = project.run(&["plan", "--format", "json", "--tag", "2.0.0"]).succeeded();
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["image"], "example/tool:2.0.0");
    assert_eq!(plan["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert!(plan["rustc"].as_str().unwrap().starts_with("1."));
    let cells = plan["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 4);
    let expected = serde_json::json!({
        "binary": "tool", "os": "darwin", "arch": "arm64", "platform": "linux/arm64",
        "target": "aarch64-apple-darwin", "linker": "rust-lld", "path": "/darwin/tool", "source": "cargo",
    });
    assert_eq!(cells[1], expected);
}

#[test]
fn a_repeated_tag_counts_once() {
    let tags = ["--tag", "2.0.0", "--tag", "1.0.0", "--tag", "2.0.0"];
    let ran = Project::new().run(&[&["plan", "--format", "json"][..], &tags].concat()).succeeded();
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["names"], serde_json::json!(["example/tool:2.0.0", "example/tool:1.0.0"]));
}

#[test]
fn a_dockerfile_that_only_buildkit_understands_is_built_by_buildx() {
    let project = Project::new();
    for line in ["LABEL v=${V#v}", "LABEL v=${V:?none}", "ENTRYPOINT []"] {
        project.write("Dockerfile", &format!("FROM scratch\nARG V\n{line}\n"));
        let ran = project.run(&["plan"]).succeeded();
        assert!(ran.stdout.contains("docker buildx build"), "{line}: {}", ran.stdout);
        project.run(&["plan", "--engine", "builtin"]).failed(1, &["Dockerfile:3: ", "`--engine buildx`"]);
    }
}

#[test]
fn planning_writes_nothing_and_works_from_any_folder() {
    let project = Project::new();
    let ran = project.run_with(&["plan"], |command| {
        command.current_dir(project.path("tool/src"));
    });
    ran.succeeded();
    assert!(!project.path("target").exists());
}

#[test]
fn a_git_failure_is_reported_but_a_missing_repository_is_not() {
    let project = Project::new();
    let plan = |change: fn(&mut std::process::Command)| {
        let ran = project.run_with(&["plan", "--format", "json"], |command| {
            command.env_remove("SOURCE_DATE_EPOCH").env("GIT_CONFIG_NOSYSTEM", "1");
            // A global configuration may declare every folder safe.
            command.env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" });
            change(command);
        });
        let ran = ran.succeeded();
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        (json["created"].as_u64().unwrap(), ran.stderr)
    };
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=x", "-c", "user.email=x@example.org"]).args(args);
        assert!(git.current_dir(project.path("")).output().unwrap().status.success());
    };
    assert_eq!(plan(|_| {}), (0, String::new()), "no repository");
    git(&["init"]);
    assert_eq!(plan(|_| {}), (0, String::new()), "no commit");
    git(&["commit", "--allow-empty", "--message", "first"]);
    let (created, said) = plan(|_| {});
    assert!(created > 1_600_000_000 && said.is_empty(), "{created} {said}");
    // Git's own tests use this variable.
    let (created, said) = plan(|command| {
        command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    });
    assert_eq!(created, 0);
    assert!(said.contains("SOURCE_DATE_EPOCH") && said.contains("dubious ownership"), "{said}");
}
