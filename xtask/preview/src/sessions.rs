//! Who may run programs: launch links, each good for one use, and the tokens that they are exchanged for.
//!
//! A link is text: it may be copied into a chat, or stay on a screen. So it serves once and not for long, and whoever
//! comes second shows that two have it: then the session of the first is ended too, since nothing tells which of the two
//! was the author (as RFC 6749, section 4.1.2, has it for authorization codes).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;

use crate::secret::Secret;

/// How long a link that nobody opens stays good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

pub struct Sessions {
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
    made: Instant,
    /// The session that it opened, as an index.
    used: Option<usize>,
}

struct Session {
    token: Secret,
    /// True once it has been ended.
    over: watch::Sender<bool>,
}

/// Why a launch secret gives no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// None of ours, or one whose time is over.
    Unknown,
    /// Its second use, which has ended the session of its first.
    Used,
}

impl Refusal {
    /// For people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unknown => {
                "this link is no longer good: press Enter in the terminal of the preview for a new one"
            }
            Self::Used => {
                "this link was used before, and serves once: the tab that used it has been cut off too. \
                 Press Enter in the terminal of the preview for a new one"
            }
        }
    }
}

impl Sessions {
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, state: Mutex::default() }
    }

    /// A new launch secret; one that nobody has used yet becomes void.
    pub fn new_link(&self) -> Result<String> {
        let secret = Secret::new()?;
        let text = secret.reveal();
        let mut state = self.state();
        state.links.retain(|link| link.used.is_some());
        state.links.push(Link { secret, made: Instant::now(), used: None });
        Ok(text)
    }

    /// Exchanges a launch secret for a token. Both for its own use and for the page, so that errors name no secret.
    pub fn launch(&self, secret: &str) -> Result<Result<String, Refusal>> {
        let token = Secret::new()?;
        let mut state = self.state();
        let State { links, sessions } = &mut *state;
        links.retain(|link| link.made.elapsed() < self.lifetime);
        let Some(link) = links.iter_mut().find(|link| link.secret.is(secret)) else {
            return Ok(Err(Refusal::Unknown));
        };
        if let Some(first) = link.used {
            sessions[first].over.send_replace(true);
            return Ok(Err(Refusal::Used));
        }
        link.used = Some(sessions.len());
        let text = token.reveal();
        sessions.push(Session { token, over: watch::Sender::new(false) });
        Ok(Ok(text))
    }

    /// Says when the session of this token ends; `None` for a token that opens none.
    pub fn enter(&self, token: &str) -> Option<watch::Receiver<bool>> {
        let state = self.state();
        let session = state.sessions.iter().find(|session| session.token.is(token))?;
        (!*session.over.borrow()).then(|| session.over.subscribe())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_serves_once_and_its_second_use_ends_the_session() {
        let sessions = Sessions::new(LINK_LIFETIME);
        let link = sessions.new_link().unwrap();
        let token = sessions.launch(&link).unwrap().unwrap();
        let over = sessions.enter(&token).unwrap();
        assert!(!*over.borrow());
        assert_eq!(sessions.launch(&link).unwrap(), Err(Refusal::Used));
        assert!(*over.borrow() && sessions.enter(&token).is_none());
    }

    #[test]
    fn a_new_link_voids_an_unused_one_and_leaves_sessions_alone() {
        let sessions = Sessions::new(LINK_LIFETIME);
        let token = sessions.launch(&sessions.new_link().unwrap()).unwrap().unwrap();
        let unused = sessions.new_link().unwrap();
        let fresh = sessions.new_link().unwrap();
        assert_eq!(sessions.launch(&unused).unwrap(), Err(Refusal::Unknown));
        assert!(sessions.launch(&fresh).unwrap().is_ok() && sessions.enter(&token).is_some());
    }

    #[test]
    fn a_link_expires_and_a_guess_opens_nothing() {
        let sessions = Sessions::new(Duration::ZERO);
        let link = sessions.new_link().unwrap();
        assert_eq!(sessions.launch(&link).unwrap(), Err(Refusal::Unknown));
        assert_eq!(sessions.launch("").unwrap(), Err(Refusal::Unknown));
        assert!(sessions.enter("").is_none());
    }
}
