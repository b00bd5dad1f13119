//! What the simulator remembers.

pub(crate) mod calls;
pub(crate) mod clock;
pub(crate) mod codes;
pub(crate) mod faults;
pub(crate) mod people;

/// Everything that `DELETE /sim` forgets.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) clock: clock::Clock,
    pub(crate) people: people::People,
    pub(crate) codes: codes::LoginCodes,
    pub(crate) faults: faults::Faults,
    pub(crate) calls: calls::Calls,
}
