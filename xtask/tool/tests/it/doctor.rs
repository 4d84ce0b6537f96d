//! `doctor`: shows which tools are installed, and how to install or fix the others.

use crate::project::Project;

#[test]
fn a_machine_with_all_tools_passes() {
    let ran = Project::new().run(&["doctor"]).succeeded();
    for line in ["ok project: example/tool in [project]", "ok rust: rustc ", "ok rust-lld: ", "ok cache: "] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
}

#[test]
fn an_unreadable_project_does_not_stop_the_other_checks() {
    let project = Project::new();
    std::fs::remove_file(project.path("metadata.json")).unwrap();
    project.run(&["doctor"]).failed(1, &["error: project: ", "metadata.json", "ok rust: "]);
}

#[test]
#[cfg(unix)]
fn a_missing_tool_that_only_some_commands_need_is_a_note() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let ran = Project::new().run_with(&["doctor"], |command| {
        command.env("PATH", &path);
    });
    for line in [
        "note docker: not found; `dist --push`",
        "help: install Docker",
        "note desktop: `install` does not work: ",
    ] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
}

#[test]
#[cfg(unix)]
fn only_programs_that_build_the_ui_are_checked() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let doctor = |project: &Project| {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    let project = Project::with_ui();
    let ran = doctor(&project);
    assert!(!ran.stderr.contains("node") && !ran.stderr.contains("npm"), "{}", ran.stderr);
    assert!(ran.stderr.contains("ok rustc: "), "{}", ran.stderr);
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    doctor(&project).failed(1, &["node: not found", "npm: not found"]);
}

#[test]
#[cfg(unix)]
fn versions_are_compared_with_the_required_ones() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let says = |name, text| crate::project::program(tools.path(), name, &format!("#!/bin/sh\necho {text}\n"));
    says("npm", "9.0.0");
    says("python3", "'pip 20.3.4 from /usr/lib/python2.7 (python 2.7)'");
    let docker = "#!/bin/sh\ntest \"$1\" != version && echo github.com/docker/buildx v0.9.1 abc\n";
    crate::project::program(tools.path(), "docker", docker);
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    project.write("ui/package.json", r#"{"engines": {"node": "^20.19.0 || >=22.12.0"}}"#);
    let doctor = || {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    says("node", "v20.18.1");
    let too_old =
        ["node: package.json does not allow version v20.18.1", "help: install Node.js ^20.19.0 || >=22.12.0"];
    let ran = doctor().failed(1, &too_old);
    for line in [
        "python: no Python 3 with pip found",
        "buildx v0.9.1 abc is too old\n",
        "0.10.0 or later",
        "docker: the engine does not respond",
    ] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
    says("node", "v20.19.0");
    let stderr = doctor().stderr;
    assert!(stderr.contains("ok node: v20.19.0") && stderr.contains("ok npm: 9.0.0 in "), "{stderr}");
}

#[test]
fn a_cache_folder_that_is_not_writable_is_an_error() {
    let project = Project::new();
    project.write("file", "");
    let ran = project.run_with(&["doctor"], |command| {
        command.env("SIXFOLD_CACHE", project.path("file/cache"));
    });
    ran.failed(
        1,
        &["error: cache: cannot write to [project]/file/cache", "help: set SIXFOLD_CACHE to a folder"],
    );
    let ran = project.run_with(&["doctor"], |command| {
        command.env("SIXFOLD_CACHE", project.path("cache"));
    });
    assert!(ran.stderr.contains("ok cache: [project]/cache; keep"), "{}", ran.stderr);
    assert_eq!(project.path("cache").read_dir_utf8().unwrap().count(), 0, "doctor left a file");
}

#[test]
#[cfg(unix)]
fn a_docker_that_is_podman_is_not_taken_for_docker() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let podman = "case \"$1 $2\" in 'buildx version') echo 'buildah 1.39.3';; '--version ') echo 'podman version 5.4.2';; \
                  'version --format') echo 5.4.2;; *) exit 125;; esac";
    crate::project::program(tools.path(), "docker", &format!("#!/bin/sh\n{podman}\n"));
    let run = |command: &str, flags: &[&str]| {
        Project::new().run_with(&[&[command], flags].concat(), |command| {
            command.env("PATH", &path);
        })
    };
    run("dist", &["--load"]).failed(1, &["`docker` is podman here", "help: install Docker with buildx"]);
    let stderr = run("doctor", &[]).stderr;
    for line in [
        "note docker: the command `docker` is podman version 5.4.2 here, which has no buildx",
        "help: install Docker with buildx",
        "note buildx: buildah 1.39.3 is not buildx",
    ] {
        assert!(stderr.contains(line), "{line:?} is missing in:\n{stderr}");
    }
}

#[test]
#[cfg(unix)]
fn a_pip_that_cannot_download_zig_is_a_note() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let project = Project::new();
    let doctor = |index: &str| {
        let script = format!(
            "case \"$*\" in *--version) echo 'pip 25 (python 3.13)';; *index*) {index};; *) exit 1;; esac"
        );
        crate::project::program(tools.path(), "python3", &format!("#!/bin/sh\n{script}\n"));
        let ran = project.run_with(&["doctor"], |command| {
            command.env("PATH", &path).env("SIXFOLD_CACHE", project.path("cache"));
            command.env_remove("CARGO_ZIGBUILD_ZIG_PATH");
        });
        ran.stderr
    };
    let stderr = doctor("echo 'no route to host' >&2; exit 1");
    assert!(stderr.contains("note zig: not installed, and pip cannot download it"), "{stderr}");
    assert!(stderr.contains("no route to host") && stderr.contains("help: check the network"), "{stderr}");
    assert!(doctor("true").contains("later zig: dist installs zig "), "pip works");
    assert!(
        doctor("echo 'ERROR: unknown command \"index\"' >&2; exit 1").contains("later zig: "),
        "an old pip"
    );
}

#[test]
#[cfg(unix)]
fn a_tool_that_does_not_run_is_an_error() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let broken = |name| crate::project::program(tools.path(), name, "#!/bin/sh\nexit 127\n");
    broken("npm");
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    let zig = project.path("cache/ziglang-0.15.2/ziglang");
    std::fs::create_dir_all(&zig).unwrap();
    crate::project::program(zig.as_std_path(), "zig", "#!/bin/sh\nexit 127\n");
    let ran = project.run_with(&["doctor"], |command| {
        command.env("PATH", &path).env("SIXFOLD_CACHE", project.path("cache"));
        command.env_remove("CARGO_ZIGBUILD_ZIG_PATH");
    });
    ran.failed(1, &["error: npm: ", "npm does not run", "error: zig: ", "zig does not run"]);
}

#[test]
#[cfg(unix)]
fn sccache_is_reported_with_the_setting_that_uses_it() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let doctor = |project: &Project, wrapper: Option<&str>| {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path).env_remove("RUSTC_WRAPPER");
            wrapper.map(|wrapper| command.env("RUSTC_WRAPPER", wrapper));
        })
    };
    let project = Project::new();
    assert!(doctor(&project, None).stderr.contains("ok sccache: not used; RUSTC_WRAPPER=sccache would"));
    let words = ["error: sccache: RUSTC_WRAPPER is sccache, which does not run", "help: install sccache"];
    doctor(&project, Some("sccache")).failed(1, &words);
    let wrap = "#!/bin/sh\ncase \"$1\" in --version) echo sccache 9.8.7;; *) exec \"$@\";; esac\n";
    crate::project::program(tools.path(), "sccache", wrap);
    crate::project::program(tools.path(), "other", wrap);
    let stderr = doctor(&project, Some("sccache")).stderr;
    assert!(stderr.contains("ok sccache: sccache 9.8.7 runs rustc, because RUSTC_WRAPPER is"), "{stderr}");
    let stderr = doctor(&project, Some("other")).stderr;
    assert!(stderr.contains("ok sccache: not used; RUSTC_WRAPPER is other"), "{stderr}");
    project.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"sccache\"\n");
    let stderr = doctor(&project, None).stderr;
    assert!(stderr.contains("runs rustc, because .cargo/config.toml is sccache"), "{stderr}");
}
