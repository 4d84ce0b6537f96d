//! Keeps other pages out: [`origin`] rejects requests that do not come from the page that we serve, and [`headers`]
//! protects the responses.

pub(crate) mod headers;
pub(crate) mod origin;

pub use origin::Origin;
