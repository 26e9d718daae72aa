//! How links fail in a soak, from a fixed seed.

/// The daemon's limits while they do: hours in minutes.
pub const LIMITS: &str = "connect_timeout = \"2s\"\ncommand_timeout = \"4s\"\ndone_timeout = \"2s\"\n\
     idle_renewal = \"15s\"\nbackoff_first = \"200ms\"\nbackoff_longest = \"2s\"\nbusy_first = \"500ms\"\n\
     busy_longest = \"4s\"\nconnect_burst = 10\nconnect_refill = \"500ms\"\n";

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A TCP reset.
    Reset,
    /// The server says nothing more and closes its half.
    HalfClose,
    /// Nothing comes and nothing is read any more.
    BlackHole,
}

/// Numbers that are the same in every run (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        u32::try_from(mixed % u64::from(sides)).expect("a side")
    }

    pub fn fault(&mut self) -> Fault {
        match self.throw(3) {
            0 => Fault::Reset,
            1 => Fault::HalfClose,
            _ => Fault::BlackHole,
        }
    }
}
