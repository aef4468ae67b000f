//! All network code: logging in as keystoneauth1 would, and validating tokens
//! as keystonemiddleware would.
//!
//! Facts come out as plain data. Tokens never leave this folder. Every step is
//! bounded in time and size; nothing here prints. A request that carries a
//! secret is sent once, and after one refusal no other secret is tried for that
//! account.

mod auth;
mod diagnose;
mod discovery;
mod expiry;
mod fault;
mod http;
mod preview;
mod probe;
mod redact;
mod run;
mod sent;
mod tls;
mod token;
mod url;
mod validate;

pub use fault::{Fault, FaultKind};
pub use preview::{probe_request, requests, validation_request};
pub use probe::{Evidence, Probe, ProbeOutcome};
pub use run::{Limits, Login, Outcome, Validation, Work, load_roots, run};
pub use sent::Sent;
pub use tls::Roots;
pub use token::{ApplicationCredential, Endpoint, TokenFacts, TokenScope};

/// What became of one login.
#[derive(Debug, Clone)]
pub enum LoginOutcome {
    /// Keystone gave a token.
    Ok(Box<TokenFacts>),
    /// Keystone said no.
    Refused {
        /// The HTTP status: 400, 401, 403 or 404.
        status: u16,
        /// Keystone's own words.
        detail: String,
    },
    /// Nothing was learnt.
    Unreachable(Fault),
    /// Not tried.
    Skipped {
        /// Why, as a sentence fragment.
        reason: String,
    },
}

/// Whether a receiver's login may validate other users' tokens.
#[derive(Debug, Clone)]
pub enum ValidationOutcome {
    /// It validated the token of a different user.
    Works,
    /// Keystone refused the validation.
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// The receiver's catalogue has no identity endpoint for its settings.
    NoEndpoint {
        /// Why, as a sentence fragment.
        reason: String,
    },
    /// Nothing was learnt.
    Unreachable(Fault),
    /// No other user's token was at hand.
    NotTried,
}
