//! The times of two things that ran alternately, and the table that shows them.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::stopwatch::Sample;

/// The times of one thing, in the order of the runs.
#[derive(Clone)]
pub struct Times(Vec<Sample>);

/// The goal for a time.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At most this many times the other time.
    Ratio(f64),
    /// At most this many seconds, on a machine like the one of the published table.
    Seconds(f64),
}

/// One line of a table: our time compared with theirs.
pub struct Row {
    pub what: String,
    pub ours: Times,
    pub against: String,
    pub theirs: Times,
    pub limit: Option<Limit>,
}

/// The result of a benchmark.
#[derive(Default)]
pub struct Measured {
    pub rows: Vec<Row>,
    /// Complete sentences for below the table.
    pub notes: Vec<String>,
}

/// Runs the two alternately, so that other work on the machine affects both. Each gets the number of the run.
pub fn alternate(
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
    /// The median elapsed time, in seconds.
    pub fn median(&self) -> f64 {
        median(self.0.iter().map(|sample| sample.clock).collect())
    }

    /// The median CPU time in seconds, if it is known.
    fn cpu(&self) -> Option<f64> {
        self.0.iter().map(|sample| sample.cpu).collect::<Option<_>>().map(median)
    }

    /// The median, the quickest and the slowest if there are several, and the CPU time.
    fn markdown(&self) -> String {
        let clock = self.0.iter().map(|sample| sample.clock);
        let mut details = Vec::new();
        if self.0.len() > 1
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

impl Limit {
    fn is_met(self, row: &Row) -> bool {
        match self {
            Self::Ratio(most) => row.ratio() <= most,
            Self::Seconds(most) => row.ours.median() <= most,
        }
    }

    fn markdown(self) -> String {
        match self {
            Self::Ratio(most) => format!("ratio at most {most:.2}"),
            Self::Seconds(most) => format!("at most {most:.1} s"),
        }
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours.median() / self.theirs.median()
    }

    fn markdown(&self) -> String {
        let (goal, met) = match self.limit {
            Some(limit) => (limit.markdown(), if limit.is_met(self) { "yes" } else { "**no**" }),
            None => ("none".to_owned(), ""),
        };
        let (ours, theirs) = (self.ours.markdown(), self.theirs.markdown());
        let (what, against, ratio) = (&self.what, &self.against, self.ratio());
        let cpu = self.ours.cpu().zip(self.theirs.cpu());
        let cpu = cpu.map(|(ours, theirs)| format!(" (cpu {:.2})", ours / theirs)).unwrap_or_default();
        format!("| {what} | {ours} | {against} | {theirs} | {ratio:.2}{cpu} | {goal} | {met} |\n")
    }
}

impl Measured {
    pub fn markdown(&self, machine: &str) -> String {
        let mut text =
            "| what | time | compared with | time | ratio | goal | met |\n|---|---|---|---|---|---|---|\n"
                .to_owned();
        self.rows.iter().for_each(|row| text.push_str(&row.markdown()));
        let method = match self.rows.first().map_or(0, |row| row.ours.0.len()) {
            1 => "one run of each".to_owned(),
            runs => {
                format!("medians of {runs} alternating runs, with the quickest and the slowest in brackets")
            }
        };
        let _ = writeln!(text, "\nMeasured on {machine}: {method}.");
        self.notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
        text
    }
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

    fn row(ours: &[u64], theirs: &[u64], limit: Limit) -> Row {
        let (ours, theirs) = (times(ours), times(theirs));
        Row { what: "a".to_owned(), ours, against: "b".to_owned(), theirs, limit: Some(limit) }
    }

    #[test]
    fn the_median_of_unsorted_times_is_found() {
        assert_eq!(times(&[3000, 1000, 2000]).median(), 2.0);
        assert_eq!(times(&[4000, 1000]).median(), 2.5);
        assert_eq!(times(&[1500]).median(), 1.5);
    }

    #[test]
    fn a_row_says_whether_its_goal_is_met() {
        let met = row(&[1100, 900, 1050], &[1000, 1000, 1000], Limit::Ratio(1.1)).markdown();
        assert_eq!(
            met,
            "| a | 1.05 s (0.90 to 1.10) | b | 1.00 s (1.00 to 1.00) | 1.05 | ratio at most 1.10 | yes |\n"
        );
        let missed = row(&[1200], &[100], Limit::Seconds(1.0)).markdown();
        assert_eq!(missed, "| a | 1.20 s | b | 0.10 s | 12.00 | at most 1.0 s | **no** |\n");
    }

    #[test]
    fn cpu_time_is_shown_if_it_is_known() {
        let sample = |cpu| Sample { clock: Duration::from_secs(2), cpu: Some(Duration::from_secs(cpu)) };
        let mut row = row(&[], &[], Limit::Ratio(1.1));
        (row.ours, row.theirs) = (Times(vec![sample(3)]), Times(vec![sample(4)]));
        let shown = "| a | 2.00 s (cpu 3.00 s) | b | 2.00 s (cpu 4.00 s) | 1.00 (cpu 0.75) | ratio at most 1.10 | yes |\n";
        assert_eq!(row.markdown(), shown);
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
