//! The times of two things that ran alternately.

use std::time::Duration;

use anyhow::Result;

use super::stopwatch::Sample;

/// The times of one thing, in the order of the runs.
#[derive(Clone)]
pub(crate) struct Times(Vec<Sample>);

/// Runs the two alternately, so that other work on the machine affects both. Each gets the number of the run.
pub(crate) fn alternate(
    runs: usize,
    mut ours: impl FnMut(usize) -> Result<Sample>,
    mut theirs: impl FnMut(usize) -> Result<Sample>,
) -> Result<(Times, Times)> {
    let mut times = (Times(Vec::new()), Times(Vec::new()));
    for run in 0..runs {
        times.0.0.push(ours(run)?);
        times.1.0.push(theirs(run)?);
    }
    Ok(times)
}

impl Times {
    /// The number of runs.
    pub(crate) fn runs(&self) -> usize {
        self.0.len()
    }

    /// The median elapsed time, in seconds.
    pub(crate) fn median(&self) -> f64 {
        median(self.0.iter().map(|sample| sample.clock).collect())
    }

    /// The median CPU time in seconds, if it is known.
    pub(crate) fn cpu(&self) -> Option<f64> {
        self.0.iter().map(|sample| sample.cpu).collect::<Option<_>>().map(median)
    }

    /// The median, the quickest and the slowest if there are several, and the CPU time.
    pub(crate) fn markdown(&self) -> String {
        let clock = self.0.iter().map(|sample| sample.clock);
        let mut details = Vec::new();
        if self.runs() > 1
            && let (Some(least), Some(most)) = (clock.clone().min(), clock.max())
        {
            let [least, most] = [least, most].map(|time| seconds(time.as_secs_f64()));
            details.push(format!("{least} to {most}"));
        }
        details.extend(self.cpu().map(|cpu| format!("cpu {} s", seconds(cpu))));
        let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) };
        format!("{} s{details}", seconds(self.median()))
    }
}

impl FromIterator<Sample> for Times {
    fn from_iter<T: IntoIterator<Item = Sample>>(samples: T) -> Self {
        Self(samples.into_iter().collect())
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let middle = times.len() / 2;
    let upper = times.get(middle).map_or(0.0, Duration::as_secs_f64);
    if middle > 0 && times.len().is_multiple_of(2) {
        return (upper + times[middle - 1].as_secs_f64()) / 2.0;
    }
    upper
}

fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: &[u64]) -> Times {
        let sample = |millis: &u64| Sample { clock: Duration::from_millis(*millis), cpu: None };
        millis.iter().map(sample).collect()
    }

    #[test]
    fn the_median_of_unsorted_times_is_found() {
        assert_eq!(times(&[3000, 1000, 2000]).median(), 2.0);
        assert_eq!(times(&[4000, 1000]).median(), 2.5);
        assert_eq!(times(&[1500]).median(), 1.5);
    }

    #[test]
    fn runs_alternate() {
        let order = std::cell::RefCell::new(Vec::new());
        let record = |name| {
            let order = &order;
            move |run| {
                order.borrow_mut().push((name, run));
                Ok(Sample::default())
            }
        };
        alternate(2, record('a'), record('b')).unwrap();
        assert_eq!(*order.borrow(), [('a', 0), ('b', 0), ('a', 1), ('b', 1)]);
    }
}
