//! Tries again after failures that may pass.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};

use super::failure::Failure;
use super::policy::Policy;
use crate::reporter::Reporter;

/// The longest pause that a server may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(120);

/// Calls `attempt` until it succeeds, fails for good, or has failed as often as the policy allows.
pub(crate) fn run<T>(
    policy: Policy,
    reporter: &mut Reporter<'_>,
    mut attempt: impl FnMut(&mut Reporter<'_>) -> Result<T, Failure>,
) -> Result<T> {
    let mut failed = 0;
    let mut backoff = policy.pause;
    loop {
        let (error, retry_after) = match attempt(reporter) {
            Ok(value) => return Ok(value),
            Err(Failure::Permanent(error)) => return Err(error),
            Err(Failure::Transient { error, retry_after }) => (error, retry_after),
        };
        failed += 1;
        if failed >= policy.attempts {
            bail!(
                "tried {failed} times: {error:#}\nhelp: check your network, or run the command again later"
            );
        }
        let pause = retry_after.unwrap_or(backoff);
        if pause > MAX_PAUSE {
            let seconds = pause.as_secs();
            bail!("{error:#}\nhelp: run the command again later; the server asks you to wait {seconds} s");
        }
        reporter.retrying(&error, pause);
        sleep(pause);
        backoff = backoff.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    /// Returns the result, and how many attempts there were. `attempt` receives their number, from 1.
    fn run_three_times(attempt: impl Fn(u32) -> Result<(), Failure>) -> (Result<()>, u32) {
        let policy = Policy { attempts: 3, pause: Duration::ZERO, ..Policy::default() };
        let mut count = 0;
        let result = run(policy, &mut Reporter::new("tool", &|_| ()), |_| {
            count += 1;
            attempt(count)
        });
        (result, count)
    }

    #[test]
    fn transient_failures_are_retried_a_fixed_number_of_times() {
        let (result, count) = run_three_times(|_| Err(Failure::transient("broken")));
        let error = result.unwrap_err().to_string();
        assert!(error.contains("tried 3 times: broken"), "{error}");
        assert_eq!(count, 3);
    }

    #[test]
    fn an_attempt_that_succeeds_is_the_last_one() {
        let (result, count) =
            run_three_times(|count| if count < 3 { Err(Failure::transient("broken")) } else { Ok(()) });
        result.unwrap();
        assert_eq!(count, 3);
    }

    #[test]
    fn permanent_failures_are_not_retried() {
        let (result, count) = run_three_times(|_| Err(Failure::Permanent(anyhow!("not found"))));
        assert_eq!(result.unwrap_err().to_string(), "not found");
        assert_eq!(count, 1);
    }
}
