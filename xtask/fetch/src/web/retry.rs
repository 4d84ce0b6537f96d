//! Trying again.
//!
//! Invariant: it ends, whatever servers answer.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::trouble::Trouble;
use crate::watch::Watch;

/// So many bytes more than ever before, and an attempt was not in vain: a large file over a bad line needs many.
const PROGRESS: u64 = 1 << 20;
/// All attempts, for each that may be in vain.
const FOR_EACH: u32 = 20;
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

/// Calls `attempt` until it succeeds or fails for good, or there were too many. `here`: how many bytes there are already;
/// a failed attempt also says how many there are then.
pub fn until_done<T>(
    patience: Patience,
    here: u64,
    watch: &mut Watch<'_>,
    mut attempt: impl FnMut(&mut Watch<'_>) -> Result<T, (Trouble, u64)>,
) -> Result<T> {
    let (mut tried, mut in_vain, mut longest) = (0, 0, here);
    loop {
        tried += 1;
        let (error, after) = match attempt(watch) {
            Ok(value) => return Ok(value),
            Err((Trouble::Final(error), _)) => return Err(error),
            Err((Trouble::Passing { error, after }, reached)) => {
                in_vain += 1;
                // A file that starts over again and again is no progress.
                if reached >= longest.saturating_add(PROGRESS) {
                    (longest, in_vain) = (reached, 0);
                }
                (error, after)
            }
        };
        if in_vain >= patience.attempts || tried >= patience.attempts.saturating_mul(FOR_EACH) {
            return Err(error).with_context(|| format!("tried {tried} times: run the command again later"));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How many attempts there are when the first, second ... reaches so many bytes and then breaks off.
    fn attempts(here: u64, reached: impl Fn(u64) -> u64) -> u64 {
        let patience = Patience { attempts: 3, pause: Duration::ZERO, ..Patience::default() };
        let mut count = 0;
        let result: Result<()> = until_done(patience, here, &mut Watch::new("tool", &|_| ()), |_| {
            count += 1;
            Err((Trouble::passing("broken"), reached(count)))
        });
        let error = format!("{:#}", result.unwrap_err());
        assert!(error.contains(&format!("tried {count} times")), "{error}");
        count
    }

    #[test]
    fn only_what_was_never_reached_before_is_progress() {
        assert_eq!(attempts(0, |_| 0), 3);
        assert_eq!(attempts(9 * PROGRESS, |_| 9 * PROGRESS), 3);
        assert_eq!(attempts(0, |count| count.min(5) * PROGRESS), 5 + 3);
        assert_eq!(attempts(0, |count| count * PROGRESS / 2), 60, "small steps add up");
        let in_turn = |count: u64| if count.is_multiple_of(2) { 0 } else { 9 * PROGRESS };
        assert_eq!(attempts(0, in_turn), 1 + 3);
    }

    #[test]
    fn there_is_an_end_even_to_progress() {
        assert_eq!(attempts(0, |count| count * PROGRESS), 60);
    }
}
