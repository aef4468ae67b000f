//! PasteDeploy's files: the grammar of Python's `configparser`, `%(name)s`
//! references, and the way from an application's name to the filters that stand
//! before it.
//!
//! The outcome is what the `auth_token` filter in use is handed. What its
//! options mean is not known here, nor where the file is found; the grammar of
//! oslo.config is another one (`ini/`).
//!
//! Source: PasteDeploy 3.1 `paste/deploy/loadwsgi.py`, Python's
//! `configparser.py`, swift 2.38 `swift/common/wsgi.py` and
//! `swift/common/utils/config.py`.

mod grammar;
mod interpolate;
mod problem;
mod route;
mod section;

pub use grammar::{Entry, PasteFile};
pub use problem::PasteProblem;
pub use route::{Filter, Found, Loader, Route};
pub use section::{Conf, Item};
