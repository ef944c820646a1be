//! Work on the parts of a list by several threads at once.

use std::panic::resume_unwind;
use std::thread::{Builder, available_parallelism, scope};

/// Does `work` on a list in as many parts as there are processors, and returns what it made of each, in their order. A list of up to `alone` items
/// is one part, which this thread does itself. A thread has the priority of the one that called; a panic there is one here.
pub fn in_parts<T: Sync, R: Send>(items: &[T], alone: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, usize::from);
    if items.len() <= alone || threads == 1 {
        return vec![work(items)];
    }
    let (first, others) = items.split_at(items.len().div_ceil(threads));
    scope(|scope| {
        let others: Vec<_> = others
            .chunks(first.len())
            .map(|part| {
                let work = &work;
                (part, Builder::new().spawn_scoped(scope, move || work(part)))
            })
            .collect();
        let mut done = vec![work(first)];
        for (part, thread) in others {
            done.push(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system has no thread to give.
                Err(_) => work(part),
            });
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_the_list_in_its_order() {
        for count in [0, 1, 2, 3, 7, 100, 1001] {
            let items: Vec<usize> = (0..count).collect();
            let parts = in_parts(&items, 2, <[usize]>::to_vec);
            assert_eq!(parts.concat(), items, "{count}");
        }
        assert_eq!(in_parts(&[1, 2], 2, <[i32]>::len), [2]);
    }
}
