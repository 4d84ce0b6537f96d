//! The launch link: it works once, for a short time, and only for our own page.

use std::time::Duration;

use serde_json::json;
use sixfold_preview::Origin;
use sixfold_preview::limits::Limits;
use sixfold_preview::server::Listeners;

use crate::served::Served;
use crate::web::{Address as _, Socket, launch, post};

#[tokio::test]
async fn a_link_opens_a_session_that_survives_a_reload() {
    let served = Served::start().await;
    let token = served.token().await;
    for _ in 0..2 {
        Socket::open(&served, &token).await;
    }
}

#[tokio::test]
async fn a_replayed_link_is_rejected_and_ends_the_first_session() {
    let served = Served::start().await;
    let secret = served.secret();
    let token = launch(&served, &secret).await;
    let mut socket = Socket::open(&served, &token).await;
    let (_, pids) = socket.start_runner("sleep", 1).await;

    let second = post(&served, &secret, &[]).await;
    assert_eq!(second.status, 403);
    assert!(second.body.contains("press Enter"), "{}", second.body);
    assert_eq!(socket.closed().await, 4401);
    crate::process::all_gone(&pids).await;
    let mut again = Socket::connect(&served).await;
    again.send(json!({"op": "hello", "token": token})).await;
    assert_eq!(again.closed().await, 4401);
}

#[tokio::test]
async fn an_unused_link_expires() {
    let served = Served::with(Limits { link_lifetime: Duration::from_millis(50), ..Limits::default() }).await;
    let secret = served.secret();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(post(&served, &secret, &[]).await.status, 403);
}

#[tokio::test]
async fn guessed_links_are_rejected() {
    let served = Served::start().await;
    let secret = served.secret();
    for guess in [
        "",
        "0",
        &"0".repeat(64),
        &secret[..63],
        &secret.to_uppercase().replace(char::is_alphabetic, "0"),
        &format!("{secret}0"),
    ] {
        assert_eq!(post(&served, guess, &[]).await.status, 403, "{guess:?}");
    }
    // None of them has used up the real one.
    assert_eq!(post(&served, &secret, &[]).await.status, 200);
}

/// Browsers leave out the port in `Host` and `Origin` if it is the default one.
#[tokio::test]
async fn port_80_works() {
    let listeners = Listeners::bind(0).await.unwrap();
    let origin = Origin::new("actor.localhost", 80);
    let served = Served::build_at(origin, listeners, Limits::default(), None).await;
    assert_eq!((served.host(), served.origin()), ("actor.localhost", "http://actor.localhost"));
    assert!(served.app.new_link().unwrap().starts_with("http://actor.localhost/#launch="));
    let mut socket = served.open().await;
    assert_eq!(socket.exec(&["exit", "3"], json!({})).await["code"], 3);
}
