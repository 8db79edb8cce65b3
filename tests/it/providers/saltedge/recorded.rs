//! The provider over answers that were recorded, or put together from what working clients read.
