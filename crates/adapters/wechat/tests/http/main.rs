//! The client over real HTTP, against a server that answers whatever it is told to.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod canned;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod once;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod support;
