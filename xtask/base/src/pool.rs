//! Work on many items on several threads.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// As many threads as this machine can run at the same time.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Calls `work` for every item, on up to `threads` threads, and returns the results in the order of the items.
///
/// After the first error no further item is begun, and the error of the first item that failed is returned. A panic in
/// `work` continues in the caller.
///
/// ```
/// let lengths = sixfold_base::pool::map(&["one", "three"], 4, |word| Ok::<_, std::io::Error>(word.len()));
/// assert_eq!(lengths.unwrap(), [3, 5]);
/// ```
pub fn map<I: Sync, O: Send, E: Send>(
    items: &[I],
    threads: usize,
    work: impl Fn(&I) -> Result<O, E> + Sync,
) -> Result<Vec<O>, E> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || {
        let mut results = Vec::new();
        while !has_failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let result = work(item);
            has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.push((index, result));
        }
        results
    };
    let mut results = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1).min(items.len())).map(|_| scope.spawn(worker)).collect();
        let results =
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        results.collect::<Vec<_>>()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u64> = (0..50).collect();
        let results = map(&items, 8, |item| {
            thread::sleep(Duration::from_millis(50 - item));
            Ok::<_, ()>(item * 2)
        });
        assert_eq!(results.unwrap(), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(map(&[0; 0], 8, |_| Ok::<_, ()>(1)), Ok(vec![]));
        assert_eq!(
            map(&items[..2], 0, |item| Ok::<_, ()>(*item)),
            Ok(vec![0, 1]),
            "there is always one thread"
        );
    }

    #[test]
    fn each_item_is_worked_on_once() {
        let count = AtomicUsize::new(0);
        map(&[0; 100], 4, |_| Ok::<_, ()>(count.fetch_add(1, Ordering::Relaxed))).unwrap();
        assert_eq!(count.into_inner(), 100);
    }

    #[test]
    fn items_are_worked_on_at_the_same_time() {
        let barrier = std::sync::Barrier::new(3);
        // Would wait forever with fewer threads.
        map(&[0; 3], 3, |_| Ok::<_, ()>(barrier.wait().is_leader())).unwrap();
    }

    #[test]
    fn nothing_begins_after_an_error() {
        let begun = AtomicUsize::new(0);
        let items: Vec<usize> = (0..1000).collect();
        let result = map(&items, 2, |item| {
            begun.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(1));
            if *item < 3 { Ok(()) } else { Err(*item) }
        });
        assert_eq!(result, Err(3));
        assert!(begun.into_inner() <= 5);
    }

    #[test]
    #[should_panic(expected = "item 3")]
    fn a_panic_reaches_the_caller() {
        let _ = map(&[1, 2, 3], 2, |item| -> Result<(), ()> {
            assert_ne!(*item, 3, "item 3");
            Ok(())
        });
    }
}
