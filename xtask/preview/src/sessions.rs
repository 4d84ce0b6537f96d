//! Decides which pages may run programs: launch links, each valid once, and the tokens that they are exchanged for.
//!
//! A link is text: it may be copied into a chat, or stay visible on a screen. So it is valid only once and for a short
//! time. A second use shows that two parties have it. Then the session of the first one is ended too, since nothing tells
//! which of the two is the author (RFC 6749, section 4.1.2, says the same about authorization codes).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;

use crate::secret::Secret;

/// How long a link stays valid when it is not opened.
pub(crate) const LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

pub(crate) struct Sessions {
    lifetime: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    links: Vec<Link>,
    sessions: Vec<Session>,
}

struct Link {
    secret: Secret,
    created: Instant,
    /// The index of the session that it opened.
    used: Option<usize>,
}

struct Session {
    token: Secret,
    /// True once the session has ended.
    ended: watch::Sender<bool>,
}

/// Why a launch secret was not exchanged for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidLink {
    /// It is unknown or expired.
    UnknownOrExpired,
    /// It was used before. The session that it opened has been ended.
    Used,
}

impl InvalidLink {
    /// The message for the author.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::UnknownOrExpired => {
                "this link is unknown or expired\nhelp: press Enter in the terminal of the preview for a new one"
            }
            Self::Used => {
                "this link was used before, and each link works once, so the tab that used it has been disconnected too\n\
                 help: press Enter in the terminal of the preview for a new one"
            }
        }
    }
}

impl Sessions {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, state: Mutex::default() }
    }

    /// Creates a launch secret. Secrets that were not used yet become invalid.
    pub(crate) fn new_secret(&self) -> Result<String> {
        let secret = Secret::new()?;
        let text = secret.reveal();
        let mut state = self.state();
        state.links.retain(|link| link.used.is_some());
        state.links.push(Link { secret, created: Instant::now(), used: None });
        Ok(text)
    }

    /// Exchanges a launch secret for a token. The outer error means that the system has no random numbers.
    pub(crate) fn launch(&self, secret: &str) -> Result<Result<String, InvalidLink>> {
        let token = Secret::new()?;
        let mut state = self.state();
        let State { links, sessions } = &mut *state;
        links.retain(|link| link.created.elapsed() < self.lifetime);
        let Some(link) = links.iter_mut().find(|link| link.secret.is(secret)) else {
            return Ok(Err(InvalidLink::UnknownOrExpired));
        };
        if let Some(first) = link.used {
            sessions[first].ended.send_replace(true);
            return Ok(Err(InvalidLink::Used));
        }
        link.used = Some(sessions.len());
        let text = token.reveal();
        sessions.push(Session { token, ended: watch::Sender::new(false) });
        Ok(Ok(text))
    }

    /// The returned value becomes true when the session of this token ends. `None` if the token is not valid.
    pub(crate) fn enter(&self, token: &str) -> Option<watch::Receiver<bool>> {
        let state = self.state();
        let session = state.sessions.iter().find(|session| session.token.is(token))?;
        (!*session.ended.borrow()).then(|| session.ended.subscribe())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_and_its_second_use_ends_the_session() {
        let sessions = Sessions::new(LINK_LIFETIME);
        let link = sessions.new_secret().unwrap();
        let token = sessions.launch(&link).unwrap().unwrap();
        let ended = sessions.enter(&token).unwrap();
        assert!(!*ended.borrow());
        assert_eq!(sessions.launch(&link).unwrap(), Err(InvalidLink::Used));
        assert!(*ended.borrow() && sessions.enter(&token).is_none());
    }

    #[test]
    fn a_new_link_invalidates_an_unused_one_and_keeps_sessions() {
        let sessions = Sessions::new(LINK_LIFETIME);
        let token = sessions.launch(&sessions.new_secret().unwrap()).unwrap().unwrap();
        let unused = sessions.new_secret().unwrap();
        let fresh = sessions.new_secret().unwrap();
        assert_eq!(sessions.launch(&unused).unwrap(), Err(InvalidLink::UnknownOrExpired));
        assert!(sessions.launch(&fresh).unwrap().is_ok() && sessions.enter(&token).is_some());
    }

    #[test]
    fn expired_links_and_guesses_open_nothing() {
        let sessions = Sessions::new(Duration::ZERO);
        let link = sessions.new_secret().unwrap();
        assert_eq!(sessions.launch(&link).unwrap(), Err(InvalidLink::UnknownOrExpired));
        assert_eq!(sessions.launch("").unwrap(), Err(InvalidLink::UnknownOrExpired));
        assert!(sessions.enter("").is_none());
    }
}
