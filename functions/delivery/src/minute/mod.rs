//! What the schedule asks for every minute.

mod parked;

use crate::Handler;

impl Handler {
    /// Does what is due. What cannot be done now is left for the next minute.
    pub async fn handle_minute(&self) {
        self.send_parked().await;
    }
}
