//! Linkers, C compilers and the author's settings: what the plan shows, and which settings are errors.

use serde_json::{Value, json};

use crate::project::Project;

/// Changes the only host of the binary to darwin.
fn on_darwin(project: &Project) {
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"darwin\"]");
    project.edit("metadata.json", "\"darwin\": []", "\"darwin\": [{\"path\": \"/darwin/tool\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
}

/// Changes the only host of the binary to Windows.
fn on_windows(project: &Project) {
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"windows\"]");
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
}

/// Adds a table before that of the labels.
fn configure(project: &Project, table: &str) {
    let labels = "[workspace.metadata.extension.labels]";
    project.edit("Cargo.toml", labels, &format!("{table}\n{labels}"));
}

fn plan(project: &Project) -> Value {
    serde_json::from_str(&project.run(&["plan", "--format", "json"]).succeeded().stdout).unwrap()
}

/// Adds a dependency whose build script compiles C with a fake crate `cc`.
fn with_c(project: &Project) {
    project.edit("Cargo.toml", "[\"tool\"]", "[\"tool\", \"native\", \"cc\"]");
    let package = |name: &str, rest: &str| {
        let text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{rest}");
        project.write(&format!("{name}/Cargo.toml"), &text);
        project.write(&format!("{name}/src/lib.rs"), "");
    };
    package("cc", "");
    package("native", "[build-dependencies]\ncc = { path = \"../cc\" }\n");
    project.write("native/build.rs", "fn main() {}");
    let tool = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    let dependency =
        "[target.'cfg(target_os = \"linux\")'.dependencies]\nnative = { path = \"../native\" }\n";
    project.write("tool/Cargo.toml", &format!("{tool}{dependency}"));
}

#[test]
fn zig_compiles_c_only_for_targets_with_c_code() {
    let project = Project::new();
    with_c(&project);
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"darwin\", \"linux\"]");
    project.edit("metadata.json", "\"darwin\": []", "\"darwin\": [{\"path\": \"/darwin/tool\"}]");
    let plan = plan(&project);
    assert_eq!(plan["targets"][0]["target"], "x86_64-apple-darwin");
    assert_eq!(plan["targets"][0]["c"], Value::Null);
    let c = json!({ "compiler": "zig", "crates": ["native"], "why": "C code in native" });
    assert_eq!(plan["targets"][1]["c"], c);
    assert_eq!(plan["cells"][1]["linker"], "rust-lld");
    let text = project.run(&["plan"]).succeeded().stdout;
    assert!(text.contains("C compilers\n  x86_64-unknown-linux-musl  zig       C code in native"), "{text}");
}

#[test]
fn zig_compiles_windows_resources_and_rust_lld_links_them() {
    let project = Project::new();
    project.edit("Cargo.toml", "[\"tool\"]", "[\"tool\", \"embed-resource\", \"cc\"]");
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"linux\", \"windows\"]");
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    let package = |name: &str, rest: &str| {
        let text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{rest}");
        project.write(&format!("{name}/Cargo.toml"), &text);
        project.write(&format!("{name}/src/lib.rs"), "");
    };
    package("cc", "");
    // It has this dependency only for a compiler of resources that it does not find here.
    package("embed-resource", "[dependencies]\ncc = { path = \"../cc\" }\n");
    let tool = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    let dependency = "[build-dependencies]\nembed-resource = { path = \"../embed-resource\" }\n";
    project.write("tool/Cargo.toml", &format!("{tool}{dependency}"));
    project.write("tool/build.rs", "fn main() {}");
    let plan = plan(&project);
    let target = |at: usize| &plan["targets"][at];
    assert_eq!((&target(0)["linker"], &target(0)["c"]), (&json!("rust-lld"), &Value::Null));
    assert_eq!((&target(0)["resources"], &target(1)["resources"]), (&json!(["tool"]), &Value::Null));
    assert!(plan["zig"].is_string(), "{}", plan["zig"]);
    let text = project.run(&["plan"]).succeeded().stdout;
    let line = "Compilers of Windows resources\n  x86_64-pc-windows-gnullvm  zig       resources of tool";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_project_without_c_needs_no_zig() {
    assert_eq!(plan(&Project::new())["zig"], Value::Null);
}

#[test]
fn a_c_compiler_of_the_author_is_used() {
    let project = Project::new();
    with_c(&project);
    let ran = project.run_with(&["plan", "--format", "json"], |command| {
        command.env("CC_x86_64_unknown_linux_musl", "musl-gcc");
    });
    let plan: Value = serde_json::from_str(&ran.succeeded().stdout).unwrap();
    assert_eq!(plan["targets"][0]["c"]["compiler"], "native");
    assert_eq!(plan["targets"][0]["c"]["why"], "CC_x86_64_unknown_linux_musl=musl-gcc; C code in native");
    assert_eq!(plan["zig"], Value::Null);
}

/// Compiles C as the crate `cc` does.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const BUILD_C: &str = r#"fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    let source = std::env::current_dir().unwrap().join("file.c");
    let flags = std::env::var("CFLAGS_x86_64-unknown-linux-musl").unwrap();
    assert!(flags.contains("-DAUTHOR"));
    let run = |program: &str, args: &[&str]| {
        assert!(std::process::Command::new(program).args(args).status().unwrap().success());
    };
    let object = format!("{out}/file.o");
    let args = [flags.split(' ').collect(), vec!["-c", source.to_str().unwrap(), "-o", &object]].concat();
    run("cc", &args);
    run("ar", &["rcs", &format!("{out}/libfile.a"), &object]);
    println!("cargo::rustc-link-search={out}\ncargo::rustc-link-lib=static=file");
}"#;

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn c_code_of_a_native_compiler_has_no_path_of_this_machine() {
    let project = Project::new();
    with_c(&project);
    project.write("native/build.rs", BUILD_C);
    project.write("native/file.c", "const char *file(void) { return __FILE__; }\n");
    let call = "unsafe extern \"C\" { fn file() -> *const std::ffi::c_char; }\n\
                pub fn name() -> &'static std::ffi::CStr { unsafe { std::ffi::CStr::from_ptr(file()) } }\n";
    project.write("native/src/lib.rs", call);
    project.write("tool/src/main.rs", "fn main() { println!(\"{:?}\", native::name()); }\n");
    let dist = |command: &mut std::process::Command| {
        command.env("CC_x86_64_unknown_linux_musl", "cc").env("CFLAGS_x86_64_unknown_linux_musl", "-DAUTHOR");
    };
    project.run_with(&["dist"], dist).succeeded();
    let program = project.path("target/x86_64-unknown-linux-musl/release/tool");
    let output = std::process::Command::new(program).output().unwrap().stdout;
    assert_eq!(String::from_utf8(output).unwrap(), "\"/workspace/native/file.c\"\n");
}

#[test]
fn a_linker_of_the_author_is_shown_with_its_origin() {
    let project = Project::new();
    project.write(".cargo/config.toml", "[target.x86_64-unknown-linux-musl]\nlinker = \"musl-gcc\"\n");
    let plan = plan(&project);
    assert_eq!(plan["cells"][0]["linker"], "native");
    let why = plan["targets"][0]["why"].as_str().unwrap().replace('\\', "/");
    assert_eq!(why, "musl-gcc is set by .cargo/config.toml");
}

#[test]
fn cargos_default_linker_can_be_requested() {
    let project = Project::new();
    let table = "[workspace.metadata.extension.targets.x86_64-unknown-linux-musl]\nlinker = \"native\"\n";
    project.edit(
        "Cargo.toml",
        "[workspace.metadata.extension.labels]",
        &format!("{table}\n[workspace.metadata.extension.labels]"),
    );
    assert_eq!(plan(&project)["cells"][0]["linker"], "native");
    project.edit("Cargo.toml", "targets.x86_64-unknown-linux-musl", "targets.x86_64-unknown-linux-gnu");
    project.run(&["plan"]).failed(1, &["x86_64-unknown-linux-gnu` is not a target", "^^^"]);
}

#[test]
fn flags_that_break_a_cell_are_errors_with_their_origin() {
    let project = Project::new();
    let with = |name: &'static str, value: &'static str| {
        project.run_with(&["dist"], move |command| {
            command.env(name, value);
        })
    };
    with("RUSTFLAGS", "-C linker=clang")
        .failed(1, &["`-Clinker=clang`, set by RUSTFLAGS", "linker = \"native\""]);
    with("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-cpu=native")
        .failed(1, &["set by CARGO_ENCODED_RUSTFLAGS", "processor"]);
    project.write(".cargo/config.toml", "[build]\nrustflags = [\"-Ctarget-feature=-crt-static\"]\n");
    project.run(&["dist"]).failed(1, &["config.toml", "hosts do not have", "help: remove it"]);
    project.assert_nothing_done();
}

#[test]
#[cfg(unix)]
fn settings_with_an_effect_are_in_the_plan() {
    let project = Project::new();
    on_darwin(&project);
    // `env` runs its arguments, as a wrapper does.
    let with = |version: &'static str| {
        project.run_with(&["plan"], move |command| {
            command.env("MACOSX_DEPLOYMENT_TARGET", version).env("RUSTC_WRAPPER", "env");
        })
    };
    let text = with("12.0").succeeded().stdout;
    assert!(
        text.contains("MACOSX_DEPLOYMENT_TARGET = 12.0: ") && text.contains("RUSTC_WRAPPER = env: "),
        "{text}"
    );
    with("10.13").failed(1, &["MACOSX_DEPLOYMENT_TARGET=10.13 is older than 11.0"]);
}

#[test]
fn flags_of_the_author_reach_the_compiler() {
    let project = Project::new();
    project
        .write("tool/src/main.rs", "#[cfg(not(given))]\ncompile_error!(\"a flag is lost\");\nfn main() {}");
    project.edit("tool/Cargo.toml", "[package]", "[lints.rust]\nunexpected_cfgs = \"allow\"\n\n[package]");
    for config in [
        "[build]\nrustflags = [\"--cfg\", \"given\"]",
        "[target.x86_64-unknown-linux-musl]\nrustflags = \"--cfg given\"",
        "[target.'cfg(target_os = \"linux\")']\nrustflags = [\"--cfg\", \"given\"]",
    ] {
        project.write(".cargo/config.toml", config);
        project.run(&["dist"]).succeeded();
    }
    project.write(".cargo/config.toml", "");
    project
        .run_with(&["dist"], |command| {
            command.env("RUSTFLAGS", "--cfg given");
        })
        .succeeded();
}

#[test]
fn a_linux_binary_has_a_fixed_address_only_if_the_author_asks_for_it() {
    const EXECUTABLE: u8 = 2;
    const RELOCATABLE: u8 = 3;
    let project = Project::new();
    project.edit("Cargo.toml", "[\"linux/amd64\"]", "[\"linux/amd64\", \"linux/arm64\"]");
    for (flags, kind) in [("", RELOCATABLE), ("-C relocation-model=static", EXECUTABLE)] {
        let ran = project.run_with(&["dist"], |command| {
            command.env("RUSTFLAGS", flags);
        });
        ran.succeeded();
        for arch in ["amd64", "arm64"] {
            let binary = project.read(&format!("target/dist/stage/{arch}/linux/tool"));
            assert_eq!(binary[16], kind, "{arch}, {flags:?}");
        }
    }
}

#[test]
fn libraries_that_are_empty_in_musl_can_be_linked() {
    let project = Project::new();
    let names = ["crypt", "dl", "m", "pthread", "resolv", "rt", "util", "xnet"];
    let lines = names.map(|name| format!("    println!(\"cargo:rustc-link-lib={name}\");\n")).concat();
    project.write("tool/build.rs", &format!("fn main() {{\n{lines}}}\n"));
    project.run(&["dist"]).succeeded();
}

#[test]
fn an_unknown_macos_symbol_fails_the_link_and_can_be_added() {
    let project = Project::new();
    on_darwin(&project);
    let source = "unsafe extern \"C\" {\n    fn NoSuchFunctionXyz();\n}\nfn main() {\n    unsafe { NoSuchFunctionXyz() }\n}\n";
    project.write("tool/src/main.rs", source);
    let ran = project.run(&["dist"]).failed(
        1,
        &["symbol _NoSuchFunctionXyz is not in any known macOS library (used by tool)", "extension.macos]"],
    );
    assert!(
        ran.stderr.contains("undefined symbol: _NoSuchFunctionXyz"),
        "the linker's message is missing: {}",
        ran.stderr
    );
    let table = "[workspace.metadata.extension.macos]\nsymbols = { libSystem = [\"_NoSuchFunctionXyz\"] }\n";
    project.edit(
        "Cargo.toml",
        "[workspace.metadata.extension.labels]",
        &format!("{table}\n[workspace.metadata.extension.labels]"),
    );
    project.run(&["dist"]).succeeded();
}

#[test]
fn an_unknown_windows_symbol_fails_the_link_and_can_be_added() {
    let project = Project::new();
    on_windows(&project);
    let source = "#[link(name = \"Kernel32\")]\nunsafe extern \"system\" {\n    fn NoSuchFunctionXyz();\n}\n\
                  fn main() {\n    unsafe { NoSuchFunctionXyz() }\n}\n";
    project.write("tool/src/main.rs", source);
    let words = [
        "symbol NoSuchFunctionXyz is not in any known DLL of Windows (used by tool)",
        "[workspace.metadata.extension.windows]",
    ];
    project.run(&["dist"]).failed(1, &words);
    configure(
        &project,
        "[workspace.metadata.extension.windows]\nsymbols.kernel32 = [\"NoSuchFunctionXyz\"]\n",
    );
    project.run(&["dist"]).succeeded();
}

#[test]
fn a_windows_import_that_bypasses_the_lists_is_a_warning() {
    let project = Project::new();
    on_windows(&project);
    let source = "#[link(name = \"kernel32\", kind = \"raw-dylib\")]\nunsafe extern \"system\" {\n    \
                  fn NoSuchFunctionXyz();\n}\nfn main() {\n    unsafe { NoSuchFunctionXyz() }\n}\n";
    project.write("tool/src/main.rs", source);
    let said = project.run(&["dist"]).succeeded().stderr;
    let words =
        "imports NoSuchFunctionXyz from kernel32.dll, which our lists of what every Windows exports do not";
    assert!(said.contains(words), "{said}");
    assert!(said.contains("symbols.kernel32 = [\"NoSuchFunctionXyz\"]"), "{said}");
    configure(
        &project,
        "[workspace.metadata.extension.windows]\nsymbols.kernel32 = [\"NoSuchFunctionXyz\"]\n",
    );
    assert!(!project.run(&["dist"]).succeeded().stderr.contains("NoSuchFunctionXyz"));
}

/// By what `-l` and `-framework` mean, and the other names of a framework.
#[test]
fn libraries_of_macos_that_few_programs_use_can_be_linked() {
    let project = Project::new();
    on_darwin(&project);
    let link = |name: &str, kind: &str, symbol: &str| {
        format!("#[link(name = \"{name}\"{kind})]\nunsafe extern \"C\" {{\n    fn {symbol}();\n}}\n")
    };
    let framework = ", kind = \"framework\"";
    let used = [
        ("pam", "", "pam_start"),
        ("ncurses", "", "initscr"),
        ("xml2", "", "xmlFreeDoc"),
        ("compression", "", "compression_encode_buffer"),
        ("sandbox", "", "sandbox_compile_string"),
        ("EndpointSecurity", "", "es_new_client"),
        ("ldap", "", "ldap_initialize"),
        ("krb5", "", "krb5_init_context"),
        ("GSS", framework, "gss_wrap"),
        ("Hypervisor", framework, "hv_vm_create"),
        ("Accelerate", framework, "cblas_dgemm"),
        ("NetFS", framework, "NetFSMountURLSync"),
    ];
    let blocks: String = used.iter().map(|(name, kind, symbol)| link(name, kind, symbol)).collect();
    let calls: String = used.iter().map(|(.., symbol)| format!("        {symbol}();\n")).collect();
    project.write("tool/src/main.rs", &format!("{blocks}fn main() {{\n    unsafe {{\n{calls}    }}\n}}\n"));
    project.run(&["dist"]).succeeded();
    let binary = project.read("target/dist/stage/amd64/darwin/tool");
    let needs = |library: &str| binary.windows(library.len()).any(|part| part == library.as_bytes());
    assert!(needs("/usr/lib/libpam.2.dylib") && needs("LDAP.framework/Versions/A/LDAP"));
}

#[test]
fn a_macos_import_that_is_newer_than_the_oldest_macos_is_a_warning() {
    let project = Project::new();
    on_darwin(&project);
    let source = "unsafe extern \"C\" {\n    fn strchrnul(text: *const i8, c: i32) -> *const i8;\n}\n\
                  fn main() {\n    unsafe { strchrnul(c\"a\".as_ptr().cast(), 1) };\n}\n";
    project.write("tool/src/main.rs", source);
    let words =
        "is for macOS 11.0, and imports _strchrnul, which macOS has since 15.5, so an older one does not";
    let said = project.run(&["dist"]).succeeded().stderr;
    for word in [words, "MACOSX_DEPLOYMENT_TARGET=15.5", "[newer-import]"] {
        assert!(said.contains(word), "{said}");
    }
    let newer = project.run_with(&["dist"], |command| {
        command.env("MACOSX_DEPLOYMENT_TARGET", "15.5");
    });
    assert!(!newer.succeeded().stderr.contains("strchrnul"));
}

#[test]
fn windows_is_linked_by_rust_lld_unless_there_is_c_code_or_the_author_asks_for_zig() {
    let project = Project::new();
    on_windows(&project);
    let shown = plan(&project);
    assert_eq!((shown["cells"][0]["linker"].as_str(), &shown["zig"]), (Some("rust-lld"), &Value::Null));
    with_c(&project);
    project.edit("tool/Cargo.toml", "\"linux\"", "\"windows\"");
    assert_eq!(plan(&project)["cells"][0]["linker"], "zig");
    let project = Project::new();
    on_windows(&project);
    let table = |target: &str| format!("[workspace.metadata.extension.targets.{target}]\nlinker = \"zig\"\n");
    configure(&project, &table("x86_64-pc-windows-gnullvm"));
    assert_eq!(plan(&project)["cells"][0]["linker"], "zig");
    let project = Project::new();
    on_darwin(&project);
    configure(&project, &table("x86_64-apple-darwin"));
    project
        .run(&["plan"])
        .failed(1, &["x86_64-apple-darwin] linker: zig cannot link for macOS", "help: remove it"]);
}

#[test]
fn binaries_do_not_depend_on_the_path_of_the_stubs() {
    for (prepare, path) in [
        (on_darwin as fn(&Project), "target/dist/stage/amd64/darwin/tool"),
        (on_windows, "target/dist/stage/amd64/windows/tool.exe"),
    ] {
        same_in_another_cache(prepare, path);
    }
}

fn same_in_another_cache(prepare: fn(&Project), path: &str) {
    let programs = ["one", "another"].map(|name| {
        let project = Project::new();
        prepare(&project);
        let cache = tempfile::tempdir().unwrap();
        let ran = project.run_with(&["dist"], |command| {
            command.env("SIXFOLD_CACHE", cache.path().join(name));
        });
        ran.succeeded();
        project.read(path)
    });
    assert!(programs[0] == programs[1], "the programs at {path} differ");
}
