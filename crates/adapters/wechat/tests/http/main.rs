//! The client over real HTTP, against a server that plays a script.

#[cfg(test)]
mod access_token;
#[cfg(test)]
mod bad_responses;
#[cfg(test)]
mod errcodes;
#[cfg(test)]
mod error_secrecy;
#[cfg(test)]
mod every_call;
#[cfg(test)]
mod exchange_code;
#[cfg(test)]
mod log_secrecy;
#[cfg(test)]
mod phone_number;
#[cfg(test)]
mod resilience;
#[cfg(test)]
mod scripted_server;
#[cfg(test)]
mod secret_rotation;
#[cfg(test)]
mod sent_once;
#[cfg(test)]
mod session_key;
#[cfg(test)]
mod support;
