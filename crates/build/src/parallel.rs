//! Work spread over the cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies `work` to each item by as many threads as there are cores; results in the order of the items. The
/// first error in that order is returned, and no further items are begun once one has failed.
pub(crate) fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let cores = kit::cores().min(items.len());
    if cores < 2 || items.len() < 4 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<R, E>>>> = Mutex::new(items.iter().map(|_| None).collect());
    let run = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            results[at] = Some(result);
        }
    };
    kit::helpers(cores, run);
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_keep_the_order_and_an_error_wins() {
        let items: Vec<u32> = (0..100).collect();
        assert_eq!(map::<_, _, ()>(&items, |n| Ok(n * 2)).unwrap()[99], 198);
        assert_eq!(map(&items, |n| if *n == 50 { Err(*n) } else { Ok(()) }), Err(50));
    }
}
