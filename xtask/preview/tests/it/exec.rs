//! Plain exec: one program, until it ends.

use serde_json::json;
use sixfold_preview::limits::Limits;

use crate::served::Served;

#[tokio::test]
async fn output_and_exit_codes_are_returned_unchanged() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["exit", "7"], json!({})).await;
    assert_eq!(
        answer,
        json!({"op": "result", "id": 1, "cmd": "actor exit 7", "code": 7, "signal": null, "killed": false,
               "stdout": "", "stderr": format!("leaving with 7\n")})
    );
    let answer = socket.exec(&["args", "fine"], json!({})).await;
    assert_eq!((&answer["code"], &answer["stdout"]), (&json!(0), &json!("\"fine\"\n")));
}

#[tokio::test]
async fn arguments_reach_the_program_unchanged_with_a_warning() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let awkward = [
        "a b",
        "\"q\"",
        "'q'",
        "{\"k\":1}",
        "$HOME",
        "$(id)",
        "`id`",
        ";id",
        "a\nb",
        "",
        "ä😀",
        "*",
        "%PATH%",
        "\\",
    ];
    let mut args = vec!["args"];
    args.extend(awkward);
    socket.start("exec", &args, json!({})).await;
    let warning = socket.next().await;
    assert_eq!(warning["op"], "warning");
    assert!(warning["text"].as_str().unwrap().contains("base64url"), "{warning}");
    let expected: String = awkward.iter().map(|arg| format!("{arg:?}\n")).collect();
    assert_eq!(socket.next().await["stdout"], expected);
    // Every desktop passes the arguments of a streamed exec unchanged.
    let id = socket.stream(&args, json!({})).await;
    assert_eq!(socket.follow(id).await.0.concat(), expected);
}

#[tokio::test]
async fn a_page_can_choose_folder_and_environment() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let cwd = |answer: serde_json::Value| {
        answer["stdout"].as_str().unwrap_or_else(|| panic!("{answer}")).trim_end().to_owned()
    };
    assert_eq!(cwd(socket.exec(&["cwd"], json!({})).await), served.app.binaries.folder().as_str());
    assert_eq!(cwd(socket.exec(&["cwd"], json!({"cwd": "ui"})).await), served.root.join("ui").as_str());
    let absolute = served.root.join("ui/assets");
    assert_eq!(cwd(socket.exec(&["cwd"], json!({"cwd": absolute})).await), absolute.as_str());
    let answer = socket.exec(&["env", "MY_NAME"], json!({"env": {"MY_NAME": "ä b$"}})).await;
    assert_eq!(answer["stdout"], "MY_NAME=Some(\"ä b$\")\n");
}

#[tokio::test]
async fn five_megabytes_are_returned_and_more_than_the_limit_is_an_error() {
    let served = Served::with(Limits { exec_output: 6_000_000, ..Limits::default() }).await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["print", "5000000"], json!({})).await;
    assert_eq!(answer["stdout"].as_str().unwrap().len(), 5_000_000);
    let answer = socket.exec(&["print", "6000000"], json!({})).await;
    assert_eq!(answer["op"], "result");
    let answer = socket.exec(&["print", "6000001"], json!({})).await;
    assert!(answer["message"].as_str().unwrap().contains("stream"), "{answer}");
    let answer = socket.exec(&["flood"], json!({})).await;
    assert!(answer["message"].as_str().unwrap().contains("6.0 MB"), "{answer}");
}

#[tokio::test]
async fn invalid_utf8_becomes_replacement_characters() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["bytes", "61", "ff", "f0", "9f", "98", "80", "c3"], json!({})).await;
    assert_eq!(answer["stdout"], "a\u{fffd}😀\u{fffd}");
}

#[tokio::test]
async fn a_plain_exec_can_be_killed() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.start("exec", &["sleep"], json!({})).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    socket.send(json!({"op": "kill", "id": id})).await;
    let answer = socket.next().await;
    assert_eq!((&answer["killed"], &answer["code"]), (&json!(true), &json!(null)), "{answer}");
    assert_eq!(answer["signal"], "SIGTERM");
}

/// Such as one with half a surrogate pair.
#[tokio::test]
async fn an_invalid_call_does_not_affect_others() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let half = r#"{"op":"exec","id":90,"cli":"host","cmd":"actor","args":["\ud800"]}"#.to_owned();
    for text in [half, json!({"op": "list", "id": 90, "what": "images", "options": null}).to_string()] {
        socket.send_text(text).await.unwrap();
        let answer = socket.next().await;
        assert_eq!((&answer["op"], &answer["id"]), (&json!("failed"), &json!(90)), "{answer}");
    }
    assert_eq!(socket.exec(&["exit", "4"], json!({})).await["code"], 4);
}

#[tokio::test]
async fn backend_and_missing_docker_are_errors() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["x"], json!({"cli": "vm"})).await;
    assert!(answer["message"].as_str().unwrap().contains("does not run the backend container"), "{answer}");
    if which::which("docker").is_err() {
        let answer = socket.exec(&["x"], json!({"cli": "docker"})).await;
        assert!(answer["message"].as_str().unwrap().contains("install Docker"), "{answer}");
        socket.send(json!({"op": "list", "id": 99, "what": "images"})).await;
        let answer = socket.next().await;
        assert!(answer["message"].as_str().unwrap().contains("install Docker"), "{answer}");
    }
}
