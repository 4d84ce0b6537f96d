//! Trying again.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::trouble::Trouble;
use crate::watch::Watch;

/// So many bytes, and an attempt was not in vain: a large file over a bad line needs many.
const PROGRESS: u64 = 1 << 20;
/// The longest pause that a server may ask for.
const LONGEST: Duration = Duration::from_secs(120);

/// How much is borne before giving up.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How many attempts in a row may bring next to nothing.
    pub attempts: u32,
    /// Before the second attempt; doubled for each further one.
    pub pause: Duration,
    /// For making a connection.
    pub connect: Duration,
    /// For the server to say anything more.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            pause: Duration::from_secs(1),
            connect: Duration::from_secs(30),
            silence: Duration::from_secs(60),
        }
    }
}

/// Calls `attempt` until it succeeds or fails for good. A failed attempt also says how many bytes it brought.
pub fn until_done<T>(
    patience: Patience,
    watch: &mut Watch<'_>,
    mut attempt: impl FnMut(&mut Watch<'_>) -> Result<T, (Trouble, u64)>,
) -> Result<T> {
    let mut in_vain = 0;
    loop {
        let (error, after) = match attempt(watch) {
            Ok(value) => return Ok(value),
            Err((Trouble::Final(error), _)) => return Err(error),
            Err((Trouble::Passing { error, after }, brought)) => {
                in_vain = if brought >= PROGRESS { 0 } else { in_vain + 1 };
                (error, after)
            }
        };
        if in_vain >= patience.attempts {
            return Err(error).with_context(|| format!("tried {in_vain} times: run the command again later"));
        }
        let pause = after.unwrap_or(patience.pause * 2_u32.pow(in_vain.saturating_sub(1).min(5)));
        if pause > LONGEST {
            let seconds = pause.as_secs();
            return Err(error).with_context(|| format!("the server asks to try again in {seconds} s"));
        }
        watch.waiting(format_args!("{error:#}"), pause);
        sleep(pause);
    }
}
