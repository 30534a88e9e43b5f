//! A node in this process, on threads of its own, as a process of its own would have them.

use folkmoot_node::{
    Node, Running,
    config::{Home as Places, NodeConfig},
    control::view::{FederationRequest, Taken},
};
use folkmoot_protocol::{cbor, federation::FederationAgreement, id::hex_encode, key::PublicKey};
use folkmoot_tests::harness::{Api, Home};
use tokio::runtime::Runtime;

/// A node that runs, with the configuration of every node but for the port.
pub(crate) struct Seat {
    home: Home,
    runtime: Runtime,
    running: Running,
}

impl Seat {
    /// Starts the node of a home.
    pub(crate) fn start(home: &Home) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let config = NodeConfig { listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()], ..NodeConfig::default() };
        let node = Node::open(Places::new(home.path()), config).expect("the home can be opened");
        let running = runtime.block_on(node.run()).expect("the node runs");
        Self { home: home.clone(), runtime, running }
    }

    /// Its identity and where it listens.
    pub(crate) fn contact(&self) -> (PublicKey, Vec<String>) {
        (self.running.node(), self.running.listening().iter().map(ToString::to_string).collect())
    }

    /// Its control API.
    pub(crate) fn api(&self) -> Api {
        self.home.api()
    }

    /// Tells it of a federation.
    pub(crate) fn follow(&self, agreement: &FederationAgreement) {
        let request = FederationRequest { agreement: hex_encode(&cbor::encode(agreement)), comes: false };
        let _: Taken = self.api().post("/v1/federations", &request).expect("the node has a seat");
    }

    /// Stops it.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.running.shut_down()).expect("the store holds");
    }
}
