//! Nodes with two faces: a host that shows one branch of its logs to some and another one to others, a witness that
//! notes both. Each face is a whole node with the same keys, and follows the rules on its own.

use folkmoot_protocol::{id::LogId, key::PublicKey, name::Name, time::Span};

use super::{
    disk::Disk,
    network::{NodeNo, pair},
    node::Node,
    world::World,
};

/// What makes a node one of two with the same keys.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    /// The first face, or the second, which comes later and goes again.
    second: bool,
    /// Who sees the second face; nobody any more once that is gone.
    see: Vec<Name>,
}

impl World<'_> {
    /// A node gets a second face, which `see` see from now on; its clock is `behind`.
    pub(crate) fn turn_two_faced(&mut self, name: &Name, see: &[Name], behind: Span) -> Result<(), String> {
        let Some(first) = self.nodes.iter().position(|node| node.name == *name) else { return Ok(()) };
        if self.nodes[first].machine.is_none() || self.second_face(first).is_some() {
            return Ok(());
        }
        let hosted = self.groups.values().filter(|hosted| hosted.node == first).map(|hosted| hosted.log);
        self.hostile.extend(hosted.collect::<Vec<LogId>>());
        self.nodes[first].face = Some(Face { second: false, see: see.to_vec() });
        let node = &self.nodes[first];
        // Whoever lies about its clock does not mind what witnesses say of it.
        let settings = folkmoot_protocol::machine::Settings { skew: Span::from_days(1), ..node.settings };
        let mut disk = Disk::new(false);
        disk.store = node.disk.store.clone();
        let mut second = Node::new(name.clone(), node.key.clone(), node.ahead, settings, disk);
        second.log_keys.clone_from(&node.log_keys);
        second.behind = behind;
        second.face = Some(Face { second: true, see: see.to_vec() });
        second.start(self.now, &mut self.facts)?;
        let at = self.nodes.len();
        self.nodes.push(second);
        for other in 0..at {
            if self.network.links.contains(&pair(first, other)) && see.contains(&self.nodes[other].name) {
                self.unlink(first, other)?;
            }
        }
        self.pump(at)?;
        self.schedule_wake(at);
        Ok(())
    }

    /// The second face of a node goes: those who saw it see the first one from now on.
    pub(crate) fn lose_second_face(&mut self, name: &Name) -> Result<(), String> {
        let Some(first) = self.nodes.iter().position(|node| node.name == *name) else { return Ok(()) };
        let Some(second) = self.second_face(first) else { return Ok(()) };
        self.nodes[second].crash();
        self.network.pending.retain(|_, pending| pending.from != second && pending.to != second);
        for other in 0..self.nodes.len() {
            self.unlink(second, other)?;
        }
        if let Some(face) = &mut self.nodes[first].face {
            face.see.clear();
        }
        Ok(())
    }

    /// The second face of a node, while it is there.
    pub(crate) fn second_face(&self, first: NodeNo) -> Option<NodeNo> {
        let is_second = |node: &Node| node.face.as_ref().is_some_and(|face| face.second) && node.machine.is_some();
        let key = self.nodes[first].public();
        self.nodes.iter().position(|node| is_second(node) && node.public() == key)
    }

    /// The node with that key that another one sees.
    pub(crate) fn seen_by(&self, at: NodeNo, key: &PublicKey) -> Option<NodeNo> {
        let first = self.by_key.get(key).copied()?;
        let faces = [Some(first), self.second_face(first)];
        faces.into_iter().flatten().find(|face| self.faces(at, *face)).or(Some(first))
    }

    /// Says whether two nodes show each other these faces.
    pub(crate) fn faces(&self, a: NodeNo, b: NodeNo) -> bool {
        let (one, other) = (&self.nodes[a], &self.nodes[b]);
        let shows = |face: &Face, name: &Name| face.see.contains(name) == face.second;
        match (&one.face, &other.face) {
            (None, None) => true,
            (Some(face), None) => shows(face, &other.name),
            (None, Some(face)) => shows(face, &one.name),
            (Some(face), Some(of_other)) => face.second == of_other.second && one.public() != other.public(),
        }
    }

    /// Says whether a node has been honest all the time.
    pub(crate) fn is_honest(&self, at: NodeNo) -> bool {
        self.nodes[at].face.is_none()
    }

    /// Says whether a node with a seat has shown two faces.
    pub(crate) fn witnesses_lied(&self) -> bool {
        let panel = self.scenario.federation.iter().flat_map(|federation| &federation.panel);
        panel.into_iter().any(|name| self.nodes.iter().any(|node| node.face.is_some() && node.name == *name))
    }

    /// Says whether some node has shown two faces.
    pub(crate) fn somebody_lied(&self) -> bool {
        self.nodes.iter().any(|node| node.face.is_some())
    }
}
