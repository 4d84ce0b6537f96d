//! The table of a benchmark: which times it compares, and whether they meet their goals.

use std::fmt::Write as _;

use super::times::Times;

/// The goal for a time.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// At most this many times the other time.
    Ratio(f64),
    /// The same for CPU time.
    CpuRatio(f64),
    /// At most this many seconds, on a machine like the one of the published table.
    Seconds(f64),
}

/// One line of a table: our time compared with theirs.
pub(crate) struct Row {
    pub what: String,
    pub ours: Times,
    pub against: String,
    pub theirs: Times,
    pub limit: Option<Limit>,
}

/// The result of a benchmark.
#[derive(Default)]
pub(crate) struct Measured {
    pub rows: Vec<Row>,
    /// Complete sentences for below the table.
    pub notes: Vec<String>,
}

impl Limit {
    fn is_met(self, row: &Row) -> bool {
        match self {
            Self::Ratio(most) => row.ratio() <= most,
            // Where CPU time is unknown, the goal is not shown to be met.
            Self::CpuRatio(most) => row.cpu_ratio().is_some_and(|ratio| ratio <= most),
            Self::Seconds(most) => row.ours.median() <= most,
        }
    }

    fn markdown(self) -> String {
        match self {
            Self::Ratio(most) => format!("ratio at most {most:.2}"),
            Self::CpuRatio(most) => format!("cpu ratio at most {most:.2}"),
            Self::Seconds(most) => format!("at most {most:.1} s"),
        }
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours.median() / self.theirs.median()
    }

    fn cpu_ratio(&self) -> Option<f64> {
        Some(self.ours.cpu()? / self.theirs.cpu()?)
    }

    fn markdown(&self) -> String {
        let (goal, met) = match self.limit {
            Some(limit) => (limit.markdown(), if limit.is_met(self) { "yes" } else { "**no**" }),
            None => ("none".to_owned(), ""),
        };
        let (ours, theirs) = (self.ours.markdown(), self.theirs.markdown());
        let (what, against, ratio) = (&self.what, &self.against, self.ratio());
        let cpu = self.cpu_ratio().map(|ratio| format!(" (cpu {ratio:.2})")).unwrap_or_default();
        format!("| {what} | {ours} | {against} | {theirs} | {ratio:.2}{cpu} | {goal} | {met} |\n")
    }
}

impl Measured {
    pub(crate) fn markdown(&self, machine: &str) -> String {
        let mut text =
            "| what | time | compared with | time | ratio | goal | met |\n|---|---|---|---|---|---|---|\n"
                .to_owned();
        self.rows.iter().for_each(|row| text.push_str(&row.markdown()));
        let method = match self.rows.first().map_or(0, |row| row.ours.runs()) {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::stopwatch::Sample;

    fn times(millis: &[u64]) -> Times {
        let sample = |millis: &u64| Sample { clock: Duration::from_millis(*millis), cpu: None };
        millis.iter().map(sample).collect()
    }

    fn row(ours: &[u64], theirs: &[u64], limit: Limit) -> Row {
        let (ours, theirs) = (times(ours), times(theirs));
        Row { what: "a".to_owned(), ours, against: "b".to_owned(), theirs, limit: Some(limit) }
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
        (row.ours, row.theirs) = ([sample(3)].into_iter().collect(), [sample(4)].into_iter().collect());
        let shown = "| a | 2.00 s (cpu 3.00 s) | b | 2.00 s (cpu 4.00 s) | 1.00 (cpu 0.75) | ratio at most 1.10 | yes |\n";
        assert_eq!(row.markdown(), shown);
        row.limit = Some(Limit::CpuRatio(0.75));
        assert!(row.markdown().ends_with("| cpu ratio at most 0.75 | yes |\n"));
        row.limit = Some(Limit::CpuRatio(0.74));
        assert!(row.markdown().ends_with("| **no** |\n"));
    }
}
