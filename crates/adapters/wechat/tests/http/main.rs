//! The client over real HTTP, against a server that answers whatever it is told to.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod canned;
#[cfg(test)]
mod errcodes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod once;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod quotations;
#[cfg(test)]
mod resilience;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod session_key;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;
