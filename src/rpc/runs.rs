//! Imports of this process, for `bank.run_status`. Odoo keeps the history; this is only for who waits.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::answer::ErrorData;
use super::backend::Progress;
use crate::errors::Result;

/// Imports remembered.
pub(super) const REMEMBERED: usize = 1_000;

/// State of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Being worked on.
    Running,
    /// All of it is in Odoo.
    Done,
    /// Stopped; `error` says why.
    Failed,
}

/// One import, as `bank.run_status` tells it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunStatus {
    /// Its id.
    pub run: String,
    /// How it stands.
    pub state: State,
    /// What came in, once it is done.
    pub counts: Option<Value>,
    /// How far it is, once it has begun.
    pub progress: Option<Progress>,
    /// Why it failed.
    pub error: Option<ErrorData>,
}

/// The last imports.
#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<Uuid, RunStatus>,
    order: VecDeque<Uuid>,
}

impl Runs {
    /// Takes note of an import that begins, unless it is known already. The oldest finished one is forgotten where
    /// there are too many.
    pub(super) fn begin(&self, run: Uuid) -> bool {
        let mut known = self.known();
        if known.by_id.contains_key(&run) {
            return false;
        }
        if known.order.len() >= REMEMBERED {
            let finished =
                |id: &Uuid| known.by_id.get(id).is_none_or(|status| status.state != State::Running);
            let oldest = known.order.iter().position(finished).unwrap_or(0);
            if let Some(id) = known.order.remove(oldest) {
                known.by_id.remove(&id);
            }
        }
        let status = RunStatus {
            run: run.to_string(),
            state: State::Running,
            counts: None,
            progress: None,
            error: None,
        };
        known.by_id.insert(run, status);
        known.order.push_back(run);
        true
    }

    /// Takes note of progress.
    pub(super) fn report(&self, run: Uuid, progress: Progress) {
        if let Some(status) = self.known().by_id.get_mut(&run) {
            status.progress = Some(progress);
        }
    }

    /// Takes note of the end.
    pub(super) fn end(&self, run: Uuid, outcome: &Result<Value>) {
        if let Some(status) = self.known().by_id.get_mut(&run) {
            match outcome {
                Ok(counts) => {
                    status.state = State::Done;
                    status.counts = Some(counts.clone());
                }
                Err(error) => {
                    status.state = State::Failed;
                    status.error = Some(ErrorData { run: Some(run.to_string()), ..ErrorData::new(error) });
                }
            }
        }
    }

    /// One import.
    pub(super) fn get(&self, run: Uuid) -> Option<RunStatus> {
        self.known().by_id.get(&run).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_finished_imports_are_forgotten() {
        let runs = Runs::default();
        let ids: Vec<_> = (0..REMEMBERED + 2).map(|_| Uuid::now_v7()).collect();
        for (number, id) in ids.iter().enumerate() {
            runs.begin(*id);
            if number > 0 {
                runs.end(*id, &Ok(Value::Null));
            }
        }
        assert_eq!(runs.get(ids[0]).unwrap().state, State::Running);
        assert!(runs.get(ids[1]).is_none() && runs.get(ids[2]).is_none());
        assert_eq!(runs.get(ids[3]).unwrap().state, State::Done);
        assert_eq!(runs.known().by_id.len(), REMEMBERED);
        assert_eq!(runs.known().order.len(), REMEMBERED);
    }
}
