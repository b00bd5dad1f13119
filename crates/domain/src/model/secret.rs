/// Implements `Debug` for a type whose content must not be printed: it shows the name of the type.
macro_rules! opaque_debug {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

/// Declares a text type that is never printed: `Debug` hides the text, there is no `Display`, and
/// the memory is wiped when the value is dropped.
macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the text, for the code that has to send or use it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        $crate::model::opaque_debug!($name);

        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }
    };
}

pub(crate) use opaque_debug;
pub(super) use secret_text;

secret_text! {
    /// A password or another text from the configuration, such as an `AppSecret`.
    Secret
}

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
