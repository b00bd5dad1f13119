//! The executable: command line, configuration, wiring, shutdown.
