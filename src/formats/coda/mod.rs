//! Placeholder until the format lands.
use super::{Confidence, Input, ParseOptions, StatementFormat};
use crate::domain::Statement;
use crate::errors::Result;
/// The format.
pub struct Coda;
impl StatementFormat for Coda {
    fn id(&self) -> &'static str {
        "coda"
    }
    fn title(&self) -> &'static str {
        "coda"
    }
    fn sniff(&self, _: &Input) -> Confidence {
        Confidence::No
    }
    fn parse(&self, _: &Input, _: &ParseOptions) -> Result<Vec<Statement>> {
        Ok(Vec::new())
    }
}
