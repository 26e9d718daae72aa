//! Where a bubble is.

use crate::engine::bubble::{Bubble, Button};

/// A bubble, and where it is.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) bubble: Bubble,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It should be on the screen, and is not. The id is that of what it replaces.
    Waiting(Option<u32>),
    /// On the screen. A server that takes it away after a press does so by itself.
    Up { id: u32, pressed: Option<Button> },
    /// Its time was over before it was answered.
    Away,
    /// An earlier process showed it; whether it still stands is not known yet.
    Left(Option<u32>),
}

impl Place {
    pub(crate) fn id(self) -> Option<u32> {
        match self {
            Self::Waiting(id) | Self::Left(id) => id,
            Self::Up { id, .. } => Some(id),
            Self::Away => None,
        }
    }

    pub(crate) fn is_up_as(self, wanted: u32) -> bool {
        matches!(self, Self::Up { id, .. } if id == wanted)
    }

    pub(crate) fn without_id(self) -> Self {
        match self {
            Self::Waiting(_) | Self::Up { .. } => Self::Waiting(None),
            Self::Away => Self::Away,
            Self::Left(_) => Self::Left(None),
        }
    }
}
