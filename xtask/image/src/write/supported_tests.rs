//! What the engine supports of a Dockerfile, what it rejects, and that no text makes it panic.

use camino::Utf8Path;
use proptest::prelude::*;

use super::recipe::Recipe;
use super::supported::{BuiltinDockerfile, DockerfileError};
use sixfold_model::matrix::Platform;

/// Evaluated for linux/arm64.
fn recipe(text: &str) -> Result<Recipe, DockerfileError> {
    BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), text, false)?.recipe(Platform::ALL[1])
}

/// Compared with what `docker buildx` 0.13 writes for the same text.
#[test]
fn history_and_configuration_match_buildkit() {
    let text = r#"# syntax=docker/dockerfile:1
ARG G=glob
FROM scratch AS only
ARG TARGETARCH
ARG TARGETPLATFORM TARGETVARIANT TARGETOS G H=h
LABEL a="x y" b='q "r"' c=\
# a comment inside
"con\
   tin" d=$TARGETARCH
LABEL old style "value" here
ENV E1=1 E2=$E1 P2=$PATH
ENV X=envx
ARG X=argx
LABEL x=$X y=${NO:-dd} g=$G
COPY --chown=0:0 --chmod=755 --link ${TARGETARCH}/bin /
WORKDIR /w/x
WORKDIR y
EXPOSE 80 443/UDP 1000-1002
ENV E1=2
USER 1000
ENTRYPOINT ["/bin", "a"]
CMD ["é\"\t"]
"#;
    let recipe = recipe(&text.replace('\n', "\r\n")).unwrap();
    let history: Vec<_> = recipe.steps.iter().map(|step| step.created_by.as_str()).collect();
    insta::assert_snapshot!(history.join("\n"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&recipe.config).unwrap());
    assert_eq!(recipe.steps[0].line, 4);
    assert_eq!(recipe.steps[3].line, 10);
}

#[test]
fn unsupported_instructions_are_left_to_buildx_with_their_line() {
    for (line, text) in [
        (2, "FROM scratch\nRUN make\n"),
        (2, "FROM scratch\nADD x /\n"),
        (2, "FROM scratch\nVOLUME /x\n"),
        (2, "FROM scratch\nHEALTHCHECK NONE\n"),
        (2, "FROM scratch\nCOPY --from=x a /\n"),
        (2, "FROM scratch\nCOPY --chown=1000 a /\n"),
        (2, "FROM scratch\nCOPY --chmod=u+x a /\n"),
        (2, "FROM scratch\nCOPY --chmod=4755 a /\n"),
        (2, "FROM scratch\nCOPY <<EOF /x\nhi\nEOF\n"),
        (2, "FROM scratch\nCOPY [ab].js /x\n"),
        (2, "FROM scratch\nCOPY ../x /x\n"),
        (2, "FROM scratch\nCMD run it\n"),
        (3, "FROM scratch\nUSER 7\nWORKDIR /x\n"),
        (2, "FROM scratch\nARG BUILDARCH\n"),
        (3, "FROM scratch\nARG V\nLABEL v=${V#v}\n"),
        (3, "FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH:?no arch} /\n"),
        (2, "FROM scratch\nLABEL v=${V/a/b}${W%c}\n"),
        (2, "FROM scratch\nENTRYPOINT []\n"),
        (2, "FROM scratch\nSHELL no list\n"),
        (2, "FROM scratch\nARG A=1 B=$A\n"),
        (3, "FROM scratch AS a\n\nFROM scratch\n"),
        (1, "FROM alpine\n"),
        (2, "ARG I=alpine\nFROM $I\n"),
        (1, "FROM --platform=linux/amd64 scratch\n"),
        (1, "# escape=`\nFROM scratch\n"),
        (1, "# syntax=example/other\nFROM scratch\n"),
    ] {
        let error = recipe(text).unwrap_err();
        assert!(error.is_for_buildx(), "{text}: {error}");
        let message = error.to_string();
        assert!(message.starts_with(&format!("Dockerfile:{line}: ")), "{text}: {message}");
        assert!(message.ends_with("`--engine buildx`"), "{message}");
    }
}

#[test]
fn mistakes_are_not_left_to_buildx() {
    for (line, text) in [
        (2, "FROM scratch\nARG TARGETARCH=amd64\n"),
        (1, "ARG TARGETARCH=amd64\nFROM scratch\nARG TARGETARCH\n"),
        // BuildKit 0.13 makes the value empty.
        (1, "ARG TARGETARCH\nFROM scratch\nARG TARGETARCH\n"),
        (2, "FROM scratch\nLABEL a=b c\n"),
        (2, "FROM scratch\nLABEL a\n"),
        (2, "FROM scratch\nENV =x\n"),
        (2, "FROM scratch\nLABEL a=\"x\n"),
        (2, "FROM scratch\nLABEL a=${V\n"),
        (2, "FROM scratch\nLABEL a=${V!x}\n"),
        (2, "FROM scratch\nCOPY a b /x\n"),
        (2, "FROM scratch\nEXPOSE web\n"),
        (2, "FROM scratch\nEXPOSE 9-1\n"),
        (2, "FROM scratch\nNONSENSE\n"),
        (1, "COPY a b\n"),
    ] {
        let error = recipe(text).unwrap_err();
        assert!(!error.is_for_buildx(), "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("Dockerfile:{line}: ")), "{text}: {error}");
    }
    assert!(recipe("").is_err());
}

#[test]
fn an_empty_cmd_removes_the_command() {
    assert_eq!(recipe("FROM scratch\nCMD [\"a\"]\nCMD []\n").unwrap().config.cmd, None);
}

#[test]
fn parse_errors_in_unknown_syntax_are_left_to_buildx() {
    for text in ["# syntax = example/other:2\nhello: world\n", "FROM x\nRUN cat <<EOF > /y\nhello\nEOF\n"] {
        assert!(recipe(text).unwrap_err().is_for_buildx(), "{text}");
    }
    for text in ["", "hello\n", "# syntax=docker/dockerfile:1\nhello\n", "# a << b\nARG TARGETARCH=amd64\n"] {
        assert!(!recipe(text).unwrap_err().is_for_buildx(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        let _ = recipe(&text);
        let _ = recipe(&format!("FROM scratch\n{text}"));
    }

    #[test]
    fn no_mixture_of_keywords_causes_a_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "FROM", "scratch", "ARG", "LABEL", "ENV", "COPY", "--chmod=", "--link", "WORKDIR", "EXPOSE", "CMD", "RUN",
            "ENTRYPOINT", "USER", "ONBUILD", " ", " ", "\n", "\\\n", "\\", "\r", "#", "=", "a", "1-70000", "/", "..",
            "\"", "'", "$A", "${", "}", ":-", "[", "]", ",", "<<", "EOF", "*", "é", "\u{feff}", "\0", "\t",
        ]), 0..40)
    ) {
        let _ = recipe(&words.concat());
        let _ = recipe(&format!("FROM scratch\n{}", words.concat()));
    }
}

#[test]
fn with_a_build_context_all_copies_are_from_the_stage() {
    let parse = |text: &str| BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), text, true);
    parse("FROM scratch\nCOPY --from=stage --chmod=0755 common/ /\n").unwrap();
    for text in ["COPY common/ /", "COPY --from=other a /", "COPY --from=$S a /"] {
        assert!(parse(&format!("FROM scratch\n{text}\n")).unwrap_err().is_for_buildx(), "{text}");
    }
    let error = parse("FROM scratch AS Stage\nFROM scratch\nCOPY --from=stage a /\n").unwrap_err();
    assert!(!error.is_for_buildx() && error.to_string().contains("has the name `stage`"), "{error}");
    let without =
        BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), "FROM scratch\nCOPY --from=stage a /\n", false);
    assert!(without.unwrap_err().is_for_buildx());
}
