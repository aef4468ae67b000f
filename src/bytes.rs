//! Where a byte stands in a text, searched with SIMD.
//!
//! What a processor can do beyond the base of its architecture is not asked for: in a
//! virtual machine its host answers, which takes as long as reading a service's files.
//! For lines, which are short, the base is as good.

pub(crate) use base::{find, find_either, rfind};

#[cfg(target_arch = "x86_64")]
mod base {
    use memchr::arch::x86_64::sse2::memchr::{One, Two};

    /// The first place of a byte.
    pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
        One::new(byte).map_or_else(|| memchr::memchr(byte, text), |one| one.find(text))
    }

    /// The last place of a byte.
    pub(crate) fn rfind(byte: u8, text: &[u8]) -> Option<usize> {
        One::new(byte).map_or_else(|| memchr::memrchr(byte, text), |one| one.rfind(text))
    }

    /// The first place of one of two bytes.
    pub(crate) fn find_either(one: u8, other: u8, text: &[u8]) -> Option<usize> {
        Two::new(one, other).map_or_else(|| memchr::memchr2(one, other, text), |two| two.find(text))
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod base {
    pub(crate) use memchr::{memchr as find, memchr2 as find_either, memrchr as rfind};
}
