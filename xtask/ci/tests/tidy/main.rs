//! The rules of this repository that no compiler checks. Each test prints every violation and says how to fix it.
//!
//! The rules themselves have unit tests on small inputs, in the file of each rule.

mod adopting;
mod graph;
mod imports;
mod layers;
mod links;
mod lints;
mod modules;
mod prose;
mod references;
mod repository;
mod resolver;
mod sample;
mod security;

use repository::Repository;
use sixfold_base::program::FOR_THIS_MACHINE;

/// Fails with every violation, and with what to do about them.
#[track_caller]
fn assert_clean(violations: &[String], help: &str) {
    assert!(violations.is_empty(), "\n{}\nhelp: {help}\n", violations.join("\n"));
}

#[test]
fn no_crate_has_an_import_cycle() {
    let targets = Repository::open().targets();
    assert!(!targets.is_empty(), "found no crate below xtask/");
    let violations: Vec<_> = targets.iter().flat_map(imports::cycles_in).collect();
    assert_clean(
        &violations,
        "move the item that both sides need into a file of its own, and import it from there; a function or a type \
         that is re-exported has to be imported from the file that defines it",
    );
}

#[test]
fn crates_depend_only_on_crates_above_them() {
    let violations = layers::violations(&Repository::open().packages());
    assert_clean(
        &violations,
        "move the shared code into a crate further up, or pass the value in; the order is in layers.rs of this test",
    );
}

#[test]
fn only_the_sample_mentions_the_sample() {
    let violations = sample::mentions(&Repository::open().texts(&[]));
    assert_clean(
        &violations,
        "write a name of your own, such as `hello`: authors replace the sample, and the tool has to work without it. A \
         test or a benchmark that builds the sample belongs in the list in sample.rs of this test",
    );
}

#[test]
fn the_documented_adopted_extensions_are_those_that_are_tested() {
    assert_clean(
        &adopting::missing(&Repository::open().texts(&[])),
        "copy the file into docs/adopting.md, indented by four spaces",
    );
}

#[test]
fn every_lint_is_documented() {
    let repository = Repository::open();
    let violations = lints::violations(&repository.texts(&["rs"]), &repository.read("docs/lints.md"));
    assert_clean(&violations, "give each lint one heading in docs/lints.md: ### `code` (severity)");
}

#[test]
fn links_in_the_documentation_resolve() {
    let repository = Repository::open();
    let violations = links::dead(&repository.texts(&["md"]), |path| repository.has(path));
    assert_clean(
        &violations,
        "correct the path or the anchor; an anchor is the heading in lower case, with `-` for blanks and without \
         punctuation",
    );
}

#[test]
fn the_prose_is_plain_english() {
    let violations = prose::violations(&Repository::open().texts(prose::EXTENSIONS));
    assert_clean(
        &violations,
        "say it as a native speaker would; the words to use are in prose.rs of this test",
    );
}

#[test]
fn the_alias_builds_xtask_with_the_flags_that_all_use() {
    let config: toml::Table = Repository::open().read(".cargo/config.toml").parse().unwrap();
    let words: Vec<_> =
        config["alias"]["xtask"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(words[1..7], FOR_THIS_MACHINE, "write FOR_THIS_MACHINE into the alias in .cargo/config.toml");
}

#[test]
fn workflows_pin_what_they_download() {
    let workflows = Repository::open().texts(&["yml"]);
    let violations = security::unpinned(&workflows);
    assert_clean(
        &violations,
        "write the commit of the action, or the digest of the image, and its version beside it",
    );
}

#[test]
fn every_attack_in_the_security_page_has_a_test() {
    let repository = Repository::open();
    let sources = repository.texts(&["rs", "ts", "tsx", "mjs", "js"]);
    let violations = security::missing_tests(&repository.read(security::PAGE), &sources);
    assert_clean(&violations, "name a test that tries the attack in the last column, or write one");
}
