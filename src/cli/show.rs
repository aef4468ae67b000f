//! `show`: the options in force and where each comes from.

use std::collections::HashSet;
use std::io::IsTerminal;

use super::args::{RulesFormat, ShowArgs};
use super::error::CliError;
use super::plan::{Inputs, colour, width};
use super::{Exit, print, services, settings};
use crate::report::{ShowOptions, Style, Verbosity, show};

pub(super) fn run(mut args: ShowArgs, typed: &HashSet<String>) -> Result<Exit, CliError> {
    settings::of(&args.own)?.apply_to_show(&mut args, |id| typed.contains(id));
    let inputs = Inputs::new(&args.targets, &args.release, None, args.with_env)?;
    let services = services::services(&inputs, |_| {})?.services;
    let options = ShowOptions { defaults: args.defaults, reveal: args.reveal };
    let text = match args.format {
        RulesFormat::Text => {
            let colour = colour(args.color, std::io::stdout().is_terminal());
            let style = Style { colour, width: width(), verbosity: Verbosity::Normal, links: None };
            show::text(&services, options, style)
        }
        RulesFormat::Json => show::json(&services, options)
            .map_err(|error| CliError::Write { what: "the options".to_owned(), reason: error.to_string() })?,
    };
    print(text.as_bytes())?;
    Ok(if show::any_refused(&services) { Exit::Findings } else { Exit::Success })
}
