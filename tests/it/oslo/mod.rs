//! What oslo.config does, one test for each thing that a plain reader of INI files
//! would get wrong. Each says what comes of it, and both the real oslo.config and
//! this program have to say the same.

mod environment;
mod files;
mod lines;
pub(crate) mod ours;
mod own;
mod references;
mod trial;
mod types;
