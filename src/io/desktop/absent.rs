//! Systems without a session bus: nothing carries buttons.

use crate::engine::bubble::Bubble;
use crate::io::desktop::error::DeliveryError;
use crate::io::desktop::heard::Heard;

/// There is none.
#[derive(Debug)]
pub(super) enum Link {}

impl Link {
    /// Cannot be had.
    #[expect(clippy::unused_async, reason = "the shape of the real one")]
    pub(super) async fn open() -> Result<Option<Self>, DeliveryError> {
        Ok(None)
    }

    pub(super) fn server(&self) -> Option<&str> {
        match *self {}
    }

    pub(super) fn shows_buttons(&self) -> bool {
        match *self {}
    }

    pub(super) fn reads_markup(&self) -> bool {
        match *self {}
    }

    pub(super) async fn ask_server(&mut self) -> Result<(), DeliveryError> {
        match *self {}
    }

    pub(super) fn forget_server(&mut self) {
        match *self {}
    }

    pub(super) async fn notify(
        &self,
        _replaces: u32,
        _bubble: &Bubble,
    ) -> Result<u32, DeliveryError> {
        match *self {}
    }

    pub(super) async fn close(&self, _id: u32) {
        match *self {}
    }

    pub(super) async fn heard(&mut self) -> Heard {
        match *self {}
    }
}
