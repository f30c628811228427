//! How many weights are in work at a time, whatever the number of threads.

use std::sync::{Condvar, Mutex, PoisonError};

/// The weights in work at a time. A weight of a layer that is tried takes up to 30 bytes, so this is a gigabyte.
pub(super) const WEIGHTS: usize = 1 << 25;

/// Lets work begin while what is under way is small.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

impl Default for Budget {
    fn default() -> Self {
        Self { limit: WEIGHTS, used: Mutex::new(0), freed: Condvar::new() }
    }
}

impl Budget {
    /// Runs `work` on so many weights as soon as they fit beside what is under way; alone if they never fit. `work` must
    /// neither ask for more of the same budget nor use rayon, which may give a waiting thread other work that does.
    pub(super) fn with<T>(&self, weights: usize, work: impl FnOnce() -> T) -> T {
        let weights = weights.min(self.limit);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while *used + weights > self.limit {
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used += weights;
        drop(used);
        let _freed_at_the_end = Taken { budget: self, weights };
        work()
    }
}

struct Taken<'a> {
    budget: &'a Budget,
    weights: usize,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.budget.used.lock().unwrap_or_else(PoisonError::into_inner) -= self.weights;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use core::time::Duration;
    use std::thread;

    #[test]
    fn no_more_than_the_limit_is_under_way() {
        let budget = Budget { limit: 10, ..Budget::default() };
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for weights in [3, 4, 5, 6, 7, 25, 1, 2] {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    for _ in 0..5 {
                        budget.with(weights, || {
                            let share = weights.min(10);
                            most.fetch_max(now.fetch_add(share, SeqCst) + share, SeqCst);
                            thread::sleep(Duration::from_micros(300));
                            now.fetch_sub(share, SeqCst);
                        });
                    }
                });
            }
        });
        assert!((7..=10).contains(&most.into_inner()));
        assert_eq!(*budget.used.lock().unwrap(), 0);
    }
}
