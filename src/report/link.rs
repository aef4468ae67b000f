//! File names as links on a terminal (OSC 8). The name that is shown stays the same;
//! whether there are links at all is not decided here.

use super::anchor::manifest;
use super::escape::encoded;

/// Where the files of this run's names are.
#[derive(Debug, PartialEq, Eq)]
pub struct Links {
    /// `file://HOST`.
    host: String,
    /// The working directory, encoded, which relative names are below.
    directory: String,
}

impl Links {
    /// Of a host's name and the bytes of a working directory.
    pub fn new(host: &[u8], directory: &[u8]) -> Self {
        Self { host: format!("file://{}", encoded(host)), directory: encoded(directory) }
    }

    /// A shown name as a link to a file; as it is if there is no such file to open.
    pub(super) fn to(&self, file: &str, shown: &str) -> String {
        // Of bytes that are no UTF-8 the name tells nothing any more.
        if file.is_empty() || file == STDIN || file.contains('\u{fffd}') || manifest(file).is_some() {
            return shown.to_owned();
        }
        let path = encoded(file.trim_start_matches("./").as_bytes());
        let below = if path.starts_with('/') {
            String::new()
        } else {
            format!("{}/", self.directory.trim_end_matches('/'))
        };
        format!("\u{1b}]8;;{}{below}{path}\u{1b}\\{shown}\u{1b}]8;;\u{1b}\\", self.host)
    }
}

/// How standard input is called among files.
const STDIN: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_linked_by_its_absolute_path() {
        let links = Links::new(b"ctl1", b"/srv/a \xff");
        for (file, uri) in [
            ("etc/nova.conf", "file://ctl1/srv/a%20%FF/etc/nova.conf"),
            ("./a;b\u{e9}.conf", "file://ctl1/srv/a%20%FF/a%3Bb%C3%A9.conf"),
            ("../x.conf", "file://ctl1/srv/a%20%FF/../x.conf"),
            ("/etc/nova/nova.conf", "file://ctl1/etc/nova/nova.conf"),
        ] {
            assert_eq!(links.to(file, "shown"), format!("\u{1b}]8;;{uri}\u{1b}\\shown\u{1b}]8;;\u{1b}\\"));
        }
        assert!(Links::new(b"h", b"/").to("a", "a").contains(";file://h/a\u{1b}"));
    }

    #[test]
    fn what_no_program_can_open_is_not_linked() {
        let links = Links::new(b"ctl1", b"/srv");
        for file in ["-", "", "nova.yaml#nova-etc/nova.conf", "a\u{fffd}.conf"] {
            assert_eq!(links.to(file, "shown"), "shown");
        }
    }
}
