//! Dockerfiles whose build context is the project.

use crate::project::Project;

const STAGE: &str = "FROM scratch\nARG TARGETARCH\nCOPY --from=stage common/ /\nCOPY --from=stage --chmod=0755 ${TARGETARCH}/ /\n";

/// A project with a build context and a Dockerfile in a folder.
fn project(dockerfile: &str) -> Project {
    let project = Project::new();
    let keys = "dockerfile = \"docker/Dockerfile\"\ncontext = \".\"\nplatforms = ";
    project.edit("Cargo.toml", "platforms = ", keys);
    project.write("docker/Dockerfile", dockerfile);
    project
}

#[test]
fn a_dockerfile_that_copies_from_the_stage_alone_needs_no_buildx() {
    let project = project(STAGE);
    project.write(".dockerignore", "*\n");
    project.run(&["plan", "--engine", "builtin"]).succeeded();
    project.run(&["dist"]).succeeded();
    let check = project.run(&["check"]);
    assert!(!check.stdout.contains("copy-missing"), "{}", check.stdout);
}

#[test]
fn platforms_that_are_not_built_are_not_checked() {
    let project = project(STAGE);
    let check = project.run(&["check"]).stdout;
    assert!(!check.contains("path-not-copied"), "only linux/amd64 is built: {check}");
    project.edit("docker/Dockerfile", "--chmod=0755 ${TARGETARCH}/ /", "${TARGETARCH}/darwin /darwin");
    let check = project.run(&["check"]).stdout;
    assert!(check.contains("error[path-not-copied]") && check.contains("/linux/tool"), "{check}");
}

#[test]
fn a_dockerfile_that_copies_from_the_project_is_built_by_buildx() {
    let project = project(&format!("{STAGE}COPY tool/src /src\n"));
    let plan = project.run(&["plan"]).succeeded();
    assert!(plan.stdout.contains("docker buildx build"), "{}", plan.stdout);
    project.run(&["plan", "--engine", "builtin"]).failed(1, &["docker/Dockerfile:5: ", "not `--from=stage`"]);
}

#[test]
fn a_copy_of_a_missing_file_is_an_error_that_names_the_context() {
    let missing = project(&format!("{STAGE}COPY nothing /x\n"));
    missing.write("tool/nothing", "");
    missing.edit("docker/Dockerfile", "nothing", "tool/src/nothing");
    for command in ["plan", "dist", "check"] {
        let ran = missing.run(&[command]);
        let text = ran.stdout + &ran.stderr;
        let words = "copies `tool/src/nothing`, which is not in the build context `.`";
        assert!(text.contains("docker/Dockerfile:5:6"), "{command}: {text}");
        assert!(ran.code == Some(1) && text.contains(words), "{command}: {text}");
    }
    let at_the_top = project(&format!("{STAGE}COPY nothing gone/x /x/\n"));
    for path in ["nothing", "gone/x"] {
        let words = format!("copies `{path}`, which is not in the build context `.`");
        at_the_top.run(&["plan"]).failed(1, &[&words]);
    }
    at_the_top.write(".gitignore", "nothing\ngone\n");
    at_the_top.run(&["plan"]).succeeded();
    let stage = project(&STAGE.replace("common/", "comon/"));
    stage.run(&["plan"]).failed(1, &["copies `comon`, which is not in the build context `stage`", "help: "]);
}

#[test]
fn an_ignore_file_that_empties_the_context_is_an_error() {
    for copy in ["COPY . /src", "COPY tool/src/*.rs /src/", "RUN --mount=target=/src make"] {
        let project = project(&format!("{STAGE}{copy}\n"));
        project.write(".dockerignore", "# all\n*\n");
        project
            .run(&["plan"])
            .failed(1, &[" from the build context `.`, of which .dockerignore leaves nothing"]);
        project.write("docker/Dockerfile.dockerignore", "target\n");
        project.run(&["plan"]).succeeded();
    }
}

#[test]
fn without_a_context_the_stage_has_no_name() {
    let project = Project::new();
    project.write("Dockerfile", STAGE);
    let words = "copies from the build context `stage`, but the stage is the only build context";
    project.run(&["plan"]).failed(1, &["Dockerfile:3:", words, "or set `context`"]);
    let check = project.run(&["check"]).stdout;
    assert!(check.contains("error[copy-missing]"), "{check}");
}

#[test]
fn a_build_stage_named_stage_is_an_error() {
    let project = project(&format!("FROM scratch AS stage\n{STAGE}"));
    project
        .run(&["plan"])
        .failed(1, &["docker/Dockerfile:1: a build stage has the name `stage`", "help: rename it"]);
}
