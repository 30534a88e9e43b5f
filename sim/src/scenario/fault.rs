//! Faults: what goes wrong, from when to when.

use folkmoot_protocol::{name::Name, time::Span};
use serde::Deserialize;

/// Something that goes wrong for a while.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it starts, after the scenario's start.
    pub at: Span,
    /// When it ends, after the scenario's start.
    #[serde(default)]
    pub until: Option<Span>,
    /// How long it lasts, instead of `until`.
    #[serde(default, rename = "for")]
    pub lasts: Option<Span>,
    /// What.
    pub kind: FaultKind,
    /// The share of messages, from 0 to 1, for `loss` and `duplicate`.
    #[serde(default)]
    pub rate: Option<f64>,
    /// The least extra time, for `delay`.
    #[serde(default)]
    pub min: Option<Span>,
    /// The most extra time, for `delay`; how far the clock of the second face is behind, for `two_faces`.
    #[serde(default)]
    pub max: Option<Span>,
    /// The nodes on each side, for `partition`; a node on no side reaches all. For `two_faces` who sees which.
    #[serde(default)]
    pub sides: Vec<Vec<Name>>,
    /// The node, for `crash` and `two_faces`.
    #[serde(default)]
    pub node: Option<Name>,
    /// A `crash` strikes while the node writes, if it writes before the fault ends.
    #[serde(default)]
    pub while_writing: bool,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Messages are lost.
    Loss,
    /// Messages take longer.
    Delay,
    /// Messages come twice.
    Duplicate,
    /// Messages overtake each other.
    Reorder,
    /// Nodes cannot reach each other.
    Partition,
    /// A node stops, loses what it had not synced, and starts again.
    Crash,
    /// A node shows itself to some as another one with the same keys, which goes its own way.
    TwoFaces,
}

impl FaultKind {
    /// All kinds that befall honest nodes.
    pub const ALL: [Self; 6] = [Self::Loss, Self::Delay, Self::Duplicate, Self::Reorder, Self::Partition, Self::Crash];

    /// Its word in scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Delay => "delay",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Partition => "partition",
            Self::Crash => "crash",
            Self::TwoFaces => "two_faces",
        }
    }
}

/// A fault whose parts were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// So many of a million messages are lost.
    Loss(u64),
    /// Messages take so much longer.
    Delay(Span, Span),
    /// So many of a million messages come twice.
    Duplicate(u64),
    /// Messages overtake each other.
    Reorder,
    /// The nodes on different sides cannot reach each other.
    Partition(Vec<Vec<Name>>),
    /// The node stops.
    Crash {
        /// Which.
        node: Name,
        /// Only once it writes, if it does.
        while_writing: bool,
    },
    /// The node has a second face.
    TwoFaces {
        /// Which.
        node: Name,
        /// Who sees the second one.
        see: Vec<Name>,
        /// How far its clock is behind.
        behind: Span,
    },
}

impl Fault {
    /// When it ends, after the scenario's start.
    pub fn end(&self) -> Span {
        let lasts = self.lasts.unwrap_or(Span::ZERO);
        self.until.unwrap_or(Span::from_millis(self.at.millis() + lasts.millis()))
    }

    /// Its checked form.
    ///
    /// # Errors
    /// What is missing or too much, and what to write.
    pub fn trouble(&self) -> Result<Trouble, String> {
        let word = self.kind.word();
        if self.until.is_some() == self.lasts.is_some() {
            return Err(format!("'{word}' needs either until = \"…\" or for = \"…\""));
        }
        if self.end() <= self.at {
            return Err("it ends before it starts".into());
        }
        self.surplus()?;
        match self.kind {
            FaultKind::Loss => self.millionths().map(Trouble::Loss),
            FaultKind::Duplicate => self.millionths().map(Trouble::Duplicate),
            FaultKind::Reorder => Ok(Trouble::Reorder),
            FaultKind::Delay => match (self.min.unwrap_or(Span::ZERO), self.max) {
                (min, Some(max)) if min <= max => Ok(Trouble::Delay(min, max)),
                _ => Err("'delay' needs max = \"…\", and min not over it".into()),
            },
            FaultKind::Partition if self.sides.len() < 2 => {
                Err("'partition' needs sides = [[\"…\"], [\"…\"]], at least two".into())
            }
            FaultKind::Partition => Ok(Trouble::Partition(self.sides.clone())),
            FaultKind::Crash => {
                let node = self.node.clone().ok_or("'crash' needs node = \"…\"")?;
                Ok(Trouble::Crash { node, while_writing: self.while_writing })
            }
            FaultKind::TwoFaces => {
                let node = self.node.clone().ok_or("'two_faces' needs node = \"…\"")?;
                let [_, see] = self.sides.as_slice() else {
                    return Err(
                        "'two_faces' needs sides = [[\"…\"], [\"…\"]]: who sees the first face, and who the second"
                            .into(),
                    );
                };
                Ok(Trouble::TwoFaces { node, see: see.clone(), behind: self.max.unwrap_or(Span::ZERO) })
            }
        }
    }

    fn surplus(&self) -> Result<(), String> {
        use FaultKind::{Crash, Delay, Duplicate, Loss, Partition, TwoFaces};
        let parts = [
            ("rate", self.rate.is_some() && !matches!(self.kind, Loss | Duplicate)),
            ("min", self.min.is_some() && self.kind != Delay),
            ("max", self.max.is_some() && !matches!(self.kind, Delay | TwoFaces)),
            ("sides", !self.sides.is_empty() && !matches!(self.kind, Partition | TwoFaces)),
            ("node", self.node.is_some() && !matches!(self.kind, Crash | TwoFaces)),
            ("while_writing", self.while_writing && self.kind != Crash),
        ];
        match parts.iter().find(|(_, there)| *there) {
            Some((part, _)) => Err(format!("'{}' has no '{part}': leave it out", self.kind.word())),
            None => Ok(()),
        }
    }

    fn millionths(&self) -> Result<u64, String> {
        match self.rate {
            Some(rate) if (0.0..=1.0).contains(&rate) => Ok((rate * 1e6) as u64),
            _ => Err(format!("'{}' needs rate = a share from 0 to 1", self.kind.word())),
        }
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        self.at = self.at.scaled_down(scale);
        for span in [&mut self.until, &mut self.lasts, &mut self.min, &mut self.max].into_iter().flatten() {
            *span = span.scaled_down(scale);
        }
    }
}
