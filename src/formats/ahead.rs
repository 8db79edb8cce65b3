//! Reading ahead: one thread reads a file while another maps what has been read.
//!
//! Batches go over in the order of the file; the first failure in that order is the one that counts. At most three
//! exist: one is filled, one waits, one is mapped. Their memory goes back to be filled again.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::unreadable;
use crate::errors::{Error, Result};

/// Has `fill` fill batches on a thread of its own, until it says false or fails, and gives them to `map`, which hands
/// them back when it is done. What was filled before a failure is mapped.
///
/// # Errors
/// Those of `fill` and of `map`, whichever comes first in the file; BB-3001 where no thread can be had.
pub(super) fn read<B: Default + Send, T, E: From<Error> + Send>(
    fill: impl FnMut(&mut B) -> std::result::Result<bool, E> + Send,
    map: impl FnOnce(&mut dyn Iterator<Item = B>, &dyn Fn(B)) -> Result<T>,
) -> std::result::Result<T, E> {
    thread::scope(|scope| {
        let (ready, batches) = mpsc::sync_channel(1);
        let (emptied, empty) = mpsc::channel();
        let reading = thread::Builder::new()
            .spawn_scoped(scope, move || fill_all(fill, &ready, &empty))
            .map_err(|error| unreadable(&error))?;
        // A batch that nobody fills any more is let go of.
        let done = |batch| drop(emptied.send(batch));
        let mapped = map(&mut batches.iter(), &done);
        // Where mapping failed the other thread need not go on.
        drop(batches);
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mapped = mapped?;
        read.map(|()| mapped)
    })
}

fn fill_all<B: Default, E>(
    mut fill: impl FnMut(&mut B) -> std::result::Result<bool, E>,
    ready: &SyncSender<B>,
    empty: &Receiver<B>,
) -> std::result::Result<(), E> {
    loop {
        let mut batch = empty.try_recv().unwrap_or_default();
        let filled = fill(&mut batch);
        if ready.send(batch).is_err() {
            // Nobody wants more: mapping has failed.
            return Ok(());
        }
        if !filled? {
            return Ok(());
        }
    }
}
