//! Systems without a session bus: nothing carries buttons.

use crate::engine::bubble::Bubble;
use crate::io::desktop::error::DeliveryError;
use crate::io::desktop::heard::Heard;

/// There is none.
#[derive(Debug)]
pub(crate) enum Link {}

impl Link {
    /// Cannot be had.
    #[expect(clippy::unused_async, reason = "the shape of the real one")]
    pub(crate) async fn open() -> Result<Option<Self>, DeliveryError> {
        Ok(None)
    }

    pub(crate) fn server(&self) -> Option<&str> {
        match *self {}
    }

    pub(crate) fn shows_buttons(&self) -> bool {
        match *self {}
    }

    pub(crate) fn reads_markup(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn ask_server(&mut self) -> Result<(), DeliveryError> {
        match *self {}
    }

    pub(crate) fn forget_server(&mut self) {
        match *self {}
    }

    pub(crate) async fn notify(
        &self,
        _replaces: u32,
        _bubble: &Bubble,
    ) -> Result<u32, DeliveryError> {
        match *self {}
    }

    pub(crate) async fn close(&self, _id: u32) {
        match *self {}
    }

    pub(crate) async fn heard(&mut self) -> Heard {
        match *self {}
    }
}
