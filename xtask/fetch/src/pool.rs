//! Works on several items at a time.

use std::iter::from_fn;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `work` on every item, on at most `workers` threads, and returns the results in the order of the items.
/// A panic of `work` continues in the caller.
pub(crate) fn each<I: Sync, O: Send>(items: &[I], workers: usize, work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).map(|item| (index, item))
    };
    let worker = || from_fn(take).map(|(index, item)| (index, work(item))).collect::<Vec<_>>();
    let mut done: Vec<(usize, O)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1).min(items.len())).map(|_| scope.spawn(worker)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_worked_on_once_and_the_order_is_kept() {
        let items: Vec<u32> = (0..100).collect();
        let count = AtomicUsize::new(0);
        let doubled = each(&items, 4, |item| {
            count.fetch_add(1, Ordering::Relaxed);
            item * 2
        });
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(count.into_inner(), 100);
        assert_eq!(each(&items[..0], 4, |item| *item), [0; 0]);
        assert_eq!(each(&items[..2], 0, |item| *item), [0, 1], "there is always one worker");
    }

    #[test]
    #[should_panic(expected = "item 3")]
    fn a_panic_of_a_worker_reaches_the_caller() {
        each(&[1, 2, 3], 2, |item| assert_ne!(*item, 3, "item 3"));
    }
}
