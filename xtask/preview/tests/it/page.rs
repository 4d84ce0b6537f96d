//! What is served, and the headers that protect it.

use sixfold_preview::limits::Limits;
use sixfold_preview::ui::{Files, UiSource};

use crate::served::Served;
use crate::web::{get, request};

#[tokio::test]
async fn the_page_starts_with_our_scripts_and_contains_no_secret() {
    let served = Served::start().await;
    let secret = served.secret();
    let token = served.token().await;
    let page = get(&served, "/", &[]).await;
    assert_eq!(page.status, 200);
    let script = get(&served, "/__preview/client.js", &[]).await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    for text in [&page.body, &script.body, &page.head, &script.head] {
        assert!(!text.contains(&secret) && !text.contains(&token));
    }
    let policy = page.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(nonce.len(), 64);
    let expected = format!(
        "<!doctype html><head><script nonce=\"{nonce}\">window.__preview = {{\"image\":\"example/actor:0.1.0\""
    );
    assert!(page.body.starts_with(&expected), "{}", page.body);
    assert!(page.body.ends_with(&format!("<script nonce=\"{nonce}\">own</script>")), "{}", page.body);
    assert!(
        page.body
            .contains(&format!("<script nonce=\"{nonce}\" src=\"/__preview/client.js\"></script><title>"))
    );
    let again = get(&served, "/", &[]).await;
    assert!(!again.body.contains(nonce), "every response has a new nonce");
}

#[tokio::test]
async fn a_page_in_a_folder_with_any_name_is_redirected_to() {
    let served = Served::start().await;
    let folder = served.root.join("ui/a #%25ä");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "<p>there").unwrap();
    let files = Files::read(&served.root.join("ui"), "a #%25ä/index.html").unwrap();
    let served = Served::build(Limits::default(), Some(UiSource::Files(files))).await;
    let answer = get(&served, "/", &[]).await;
    assert_eq!(answer.header("location"), Some("/a%20%23%2525%c3%a4/index.html"), "{}", answer.head);
    assert!(get(&served, "/a%20%23%2525%c3%a4/index.html", &[]).await.body.ends_with("<p>there"));
}

#[tokio::test]
async fn every_response_has_protective_headers() {
    let served = Served::start().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/assets/a.js"),
        ("GET", "/none"),
        ("POST", "/__preview/launch"),
        ("DELETE", "/"),
        ("GET", "/__preview/socket"),
    ] {
        let answer = request(&served, method, path, &[("Origin", "http://evil.test")]).await;
        let policy = answer
            .header("content-security-policy")
            .unwrap_or_else(|| panic!("{method} {path}: {}", answer.head));
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "img-src 'self' data:",
            "style-src 'self' 'unsafe-inline'",
            "connect-src 'self' ws://actor.localhost:",
            "worker-src 'none'",
        ] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("'unsafe-eval'") && !policy.contains("script-src 'self' 'unsafe"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "deny"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {path}");
        }
        assert!(!answer.head.contains("access-control-"), "{}", answer.head);
        assert!(!answer.head.contains("set-cookie"), "{}", answer.head);
    }
}

#[tokio::test]
async fn only_existing_files_are_found() {
    let served = Served::start().await;
    let file = get(&served, "/assets/a.js?v=1", &[]).await;
    assert_eq!((file.status, file.body.as_str()), (200, "let a;"));
    assert_eq!(file.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(get(&served, "/index.html", &[]).await.status, 200);
    assert_eq!(get(&served, "/favicon.ico", &[]).await.status, 204);
    for path in ["/none", "/assets", "/assets/", "/__preview/", "/__preview/other"] {
        assert_eq!(get(&served, path, &[]).await.status, 404, "{path}");
    }
}

/// A link in the output folder could lead to any file of the author.
#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_in_the_output_folder_are_not_served() {
    use std::os::unix::fs::symlink;
    let served = Served::start().await;
    let ui = served.root.join("ui");
    std::fs::create_dir(served.root.join("outside")).unwrap();
    std::fs::write(served.root.join("outside/key.txt"), "secret").unwrap();
    symlink(served.root.join("secret.txt"), ui.join("file.txt")).unwrap();
    symlink("../../secret.txt", ui.join("assets/relative.txt")).unwrap();
    symlink(served.root.join("outside"), ui.join("folder")).unwrap();
    symlink("index.html", ui.join("inside.html")).unwrap();
    let UiSource::Files(files) = &served.app.ui else { unreachable!() };
    files.reload(&ui).unwrap();
    for path in ["/file.txt", "/assets/relative.txt", "/folder/key.txt", "/folder", "/inside.html"] {
        let answer = get(&served, path, &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("secret"), "{path}");
    }
    assert_eq!(get(&served, "/assets/a.js", &[]).await.status, 200);
}
