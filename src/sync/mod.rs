//! The heart: read, check, match, push, advance. One run moves the statements of one source into one Odoo.
//!
//! It knows formats and Odoo by their traits only, keeps nothing between runs, and writes nothing but through
//! the addon, so a run may be killed anywhere and simply be repeated.
//!
//! | file | what |
//! |---|---|
//! | [`import`] | a bank file into Odoo |
//! | [`online`] | the transactions of an online connection into Odoo |
//! | [`preview`] | what a person is shown of a file before it is imported |
//! | `once` | what two statements of one file both hold |
//! | `push` | the lines of a statement, batch by batch |
//! | [`batches`] | how many lines go into one call |

pub mod batches;
pub mod import;
mod once;
pub mod online;
pub mod preview;
mod push;

use serde::Serialize;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Progress {
    /// The file was read.
    Read {
        /// Statements in it.
        statements: usize,
        /// Lines in it.
        lines: usize,
    },
    /// An account is begun.
    Account {
        /// Its number, from 1.
        number: usize,
        /// Accounts in all.
        of: usize,
    },
    /// Odoo told what is there already.
    Planned {
        /// Lines to push.
        to_push: usize,
        /// Lines known.
        known: usize,
    },
    /// A batch is in.
    Pushed {
        /// Lines so far.
        done: usize,
        /// Lines in all.
        of: usize,
    },
}
