//! The report as one page that needs nothing else: to attach to a change, to
//! read on a phone, to print. The answer comes first; scripts only filter, so
//! the page says the same without them.
//!
//! The template escapes everything; [`page`] holds what it shows.

mod page;

use std::io::{self, Write};

use super::Report;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = page::page(report);
    let text = askama::Template::render(&page).map_err(io::Error::other)?;
    // The template engine drops the last line end.
    writeln!(out, "{text}")
}
