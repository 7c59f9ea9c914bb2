//! What a whole simulation found.

use serde::{Deserialize, Serialize};

use super::{check::Checked, scenarios::Ran};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub sizes: Vec<Ran>,
    pub neighbours: Vec<Ran>,
    pub backlogs: Vec<Ran>,
    /// Beside the embedded stack.
    pub checked: Vec<Checked>,
}
