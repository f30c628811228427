//! How a command ends when it does not end well: the message and the exit code.

use owo_colors::{OwoColorize, Stream};

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The library refused.
    #[error(transparent)]
    Library(#[from] nncompress::error::Error),
    /// The command was used in a way that the argument parser cannot see.
    #[error("{0}")]
    Usage(String),
    /// No plan keeps to the constraint; nothing was written.
    #[error("{0}")]
    Unreachable(String),
    /// Reading, writing, or anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// 1 input, output, internal; 2 usage; 3 constraint; 4 not supported.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Library(error) if error.is_unsupported() => 4,
            Self::Library(_) | Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }

    /// Prints the message on standard error; with `json` an object on standard output too.
    pub fn report(&self, json: bool) {
        let error = "error:".if_supports_color(Stream::Stderr, |text| text.red());
        eprintln!("{error} {self}");
        if json {
            let object =
                serde_json::json!({"schema": 1, "error": self.to_string(), "exit_code": self.exit_code()});
            println!("{object:#}");
        }
    }
}
